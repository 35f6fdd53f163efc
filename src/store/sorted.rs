//! Whether stored mail lies where the directory and the rules of this moment say, as far as a notice of one case needs it.
//!
//! A change is applied to stored mail after it was made, in two walks (see `walk`). Until the first is through, any case may
//! hold mail that is another's. After that only a message can that was decided without the change and committed since:
//! for the directory those few are looked at one by one, and of rules those are waited for that are about a name of the
//! case.

use crate::message::Domain;
use crate::store::error::StoreError;
use crate::store::names::OTHER;
use crate::store::organisations::VERSION;
use crate::store::owned;
use crate::store::walk::SETTLE;
use serde_json::json;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// Whether mail of this case may still be moved by a change that is made already.
pub(in crate::store) async fn is_under_way(
    connection: &mut SqliteConnection,
    case: i64,
) -> Result<bool, StoreError> {
    Ok(directory_is_under_way(connection, case).await?
        || rule_is_under_way(connection, case).await?)
}

async fn directory_is_under_way(
    connection: &mut SqliteConnection,
    case: i64,
) -> Result<bool, StoreError> {
    type State = (i64, Option<i64>, Option<i64>, Option<i64>, Option<bool>);
    let state: State = sqlx::query_as(
        "SELECT coalesce((SELECT value FROM counter WHERE name = $1), 0), r.version, r.begun_at, length(r.cursor), \
         r.done FROM (SELECT 1 AS one) LEFT JOIN regrouping r ON r.id = 1",
    )
    .bind(VERSION)
    .fetch_one(&mut *connection)
    .await?;
    let (version, of, begun_at, cursor, done) = state;
    if of != Some(version) {
        return Ok(version > 0);
    }
    if done == Some(true) {
        return Ok(false);
    }
    if cursor.unwrap_or_default() <= 16 {
        return Ok(true);
    }
    let since = begun_at.unwrap_or_default().saturating_sub(SETTLE);
    lately_out_of_place(connection, case, since).await
}

/// Whether a message that was kept since then lies in this case and belongs elsewhere.
async fn lately_out_of_place(
    connection: &mut SqliteConnection,
    case: i64,
    since: i64,
) -> Result<bool, StoreError> {
    let rows: Vec<(String, Option<i64>, String)> = sqlx::query_as(
        "SELECT DISTINCT r.intended_domain, r.organisation_id, c.domain FROM message m \
         JOIN recipient r ON r.message_id = m.id JOIN cases c ON c.id = r.case_id \
         WHERE m.emptied_at IS NULL AND m.kept_at >= $1 AND r.case_id = $2 AND r.intended_domain IS NOT NULL",
    )
    .bind(since)
    .bind(case)
    .fetch_all(&mut *connection)
    .await?;
    let names: Vec<Domain> = rows
        .iter()
        .filter_map(|(name, _, _)| Domain::parse(name).ok())
        .collect();
    let owners = owned::of(connection, &names).await?;
    Ok(rows.iter().any(|(name, owner, case)| {
        Domain::parse(name).is_ok_and(|name| {
            owners.owner(&name).map(|id| id.0) != *owner
                || owners.case_domain(&name).as_str() != case
        })
    }))
}

async fn rule_is_under_way(
    connection: &mut SqliteConnection,
    case: i64,
) -> Result<bool, StoreError> {
    let open: Vec<(String, Option<i64>)> = sqlx::query_as(
        "SELECT typed, length(cursor) FROM rule WHERE revoked_at IS NULL AND done_at IS NULL",
    )
    .fetch_all(&mut *connection)
    .await?;
    if open.is_empty() {
        return Ok(false);
    }
    if open
        .iter()
        .any(|(_, cursor)| cursor.unwrap_or_default() <= 16)
    {
        return Ok(true);
    }
    let names = names(connection, case).await?;
    Ok(open.iter().any(|(typed, _)| is_about(typed, &names)))
}

async fn names(
    connection: &mut SqliteConnection,
    case: i64,
) -> Result<BTreeSet<String>, StoreError> {
    let names = sqlx::query_scalar("SELECT DISTINCT name FROM case_day_name WHERE case_id = $1");
    let names: Vec<String> = names.bind(case).fetch_all(connection).await?;
    Ok(names.into_iter().collect())
}

/// Whether a rule for `typed` is about one of these typed registrable names. What is counted as `other` has any name.
fn is_about(typed: &str, names: &BTreeSet<String>) -> bool {
    let Ok(typed) = Domain::parse(typed) else {
        return false;
    };
    names.contains(OTHER)
        || names.contains(typed.registrable().as_str())
        || names
            .iter()
            .any(|name| Domain::parse(name).is_ok_and(|name| name.is_within(&typed)))
}

/// What mail under these names in a case is sorted by: who owns the case's domain and what is above and below it, and which
/// rules there have ever been about the names. Where two of these are the same, none of it was taken out in between.
pub(in crate::store) async fn by(
    connection: &mut SqliteConnection,
    case: i64,
    names: &BTreeSet<String>,
) -> Result<String, StoreError> {
    let domain: String = sqlx::query_scalar("SELECT domain FROM cases WHERE id = $1")
        .bind(case)
        .fetch_one(&mut *connection)
        .await?;
    // No domain has a character that LIKE takes for more than itself.
    let owners: Vec<(String, i64)> = sqlx::query_as(
        "SELECT domain, organisation_id FROM organisation_domain WHERE domain = $1 OR domain LIKE '%.' || $1 \
         OR $1 LIKE '%.' || domain ORDER BY domain",
    )
    .bind(domain)
    .fetch_all(&mut *connection)
    .await?;
    let rules: Vec<(i64, String)> = sqlx::query_as("SELECT id, typed FROM rule ORDER BY id")
        .fetch_all(&mut *connection)
        .await?;
    let about = rules.iter().filter(|(_, typed)| is_about(typed, names));
    let ids: Vec<i64> = about.map(|(id, _)| *id).collect();
    Ok(json!({ "owners": owners, "rules": ids }).to_string())
}
