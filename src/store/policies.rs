//! Policies that staff have decided. They go before the file, name by name, until they are taken back.
//!
//! A decision is a row that is never changed: the next for the same name takes its place, and both stay to be read. Each
//! is made by somebody who has seen the state before it (`seen`, the number of [`Store::policies_version`]): where another
//! was quicker, nothing is done, so that what the audit trail says about *before* is true.

use crate::message::Decided;
use crate::message::Domain;
use crate::message::Policy;
use crate::message::Timestamp;
use crate::message::policy::Subdomains;
use crate::message::policy::Watch;
use crate::store::Store;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// Goes up with each decision, so that the server sees that there is one.
const VERSION: &str = "policies_version";

/// Names that may have a decision in force: people's work, and the listener holds them all. Long lists belong in the file.
pub const MOST_DECIDED: i64 = 1_000;

/// A decision to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPolicy {
    /// The name; `None`: the default of the zones.
    pub name: Option<Domain>,
    /// Whether the names below it are meant too.
    pub subdomains: Subdomains,
    /// What is done.
    pub policy: Policy,
    /// The first instant at which `hold` has become `count`.
    pub until: Option<Timestamp>,
}

/// A decision in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    /// Its number.
    pub id: i64,
    /// The name as it was decided; `None`: the default of the zones.
    pub name: Option<String>,
    /// Whether the names below it are meant too.
    pub subdomains: Subdomains,
    /// What is done.
    pub policy: Policy,
    /// The first instant at which `hold` has become `count`.
    pub until: Option<Timestamp>,
    /// Who decided it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionOutcome {
    /// It is in force, under this number; or this one is not in force any more.
    Done(i64),
    /// Something else was decided meanwhile.
    Outdated,
    /// More than [`MOST_DECIDED`] names would have one.
    TooMany,
    /// There is no such decision in force.
    Missing,
}

impl Store {
    /// What staff have decided and not taken back. What is no name any more by today's rules is left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn decided_policies(&self) -> Result<Decided, StoreError> {
        let mut decided = Decided::default();
        for row in self.policies_in_force().await? {
            match row.name.as_deref().map(Domain::parse) {
                None => decided.default = Some((row.policy, row.until)),
                Some(Ok(name)) => decided.entries.push(Watch {
                    name,
                    subdomains: row.subdomains,
                    policy: row.policy,
                    until: row.until,
                }),
                Some(Err(_)) => {}
            }
        }
        Ok(decided)
    }

    /// A number that changes with each decision, by whichever process. Cheap enough to ask for each second.
    ///
    /// # Errors
    /// The database's.
    pub async fn policies_version(&self) -> Result<i64, StoreError> {
        let found = sqlx::query_scalar("SELECT value FROM counter WHERE name = $1")
            .bind(VERSION)
            .fetch_optional(self.readers())
            .await?;
        Ok(found.unwrap_or(0))
    }

    /// The decisions in force, by name; the default of the zones first.
    ///
    /// # Errors
    /// The database's.
    pub async fn policies_in_force(&self) -> Result<Vec<PolicyRow>, StoreError> {
        sqlx::query(
            "SELECT id, name, subdomains, policy, until, made_by, made_at FROM policy WHERE revoked_at IS NULL \
             ORDER BY name LIMIT $1",
        )
        // The default is one more.
        .bind(MOST_DECIDED + 1)
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(PolicyRow::read)
        .collect()
    }

    /// Makes a decision, by the actor and at the time of `entry`, in the place of the one for the same name; the entry's
    /// detail is given the numbers of both. Where more was decided since `seen`, nothing is done.
    ///
    /// # Errors
    /// The database's; then nothing has changed.
    pub async fn decide_policy(
        &self,
        policy: NewPolicy,
        seen: i64,
        entry: Entry,
    ) -> Result<DecisionOutcome, StoreError> {
        self.write(move |connection| Box::pin(decide(connection, policy, seen, entry)))
            .await
    }

    /// Takes a decision back: what the file says is in force again. Where more was decided since `seen`, nothing is done.
    ///
    /// # Errors
    /// The database's; then nothing has changed.
    pub async fn revoke_policy(
        &self,
        id: i64,
        seen: i64,
        entry: Entry,
    ) -> Result<DecisionOutcome, StoreError> {
        self.write(move |connection| Box::pin(revoke(connection, id, seen, entry)))
            .await
    }
}

/// The version, as the transaction sees it.
async fn version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let found = sqlx::query_scalar("SELECT value FROM counter WHERE name = $1")
        .bind(VERSION)
        .fetch_optional(connection)
        .await?;
    Ok(found.unwrap_or(0))
}

async fn raise_version(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO counter (name, value) VALUES ($1, 1) \
         ON CONFLICT (name) DO UPDATE SET value = counter.value + 1",
    )
    .bind(VERSION)
    .execute(connection)
    .await?;
    Ok(())
}

async fn decide(
    connection: &mut SqliteConnection,
    policy: NewPolicy,
    seen: i64,
    mut entry: Entry,
) -> Result<DecisionOutcome, StoreError> {
    if version(connection).await? != seen {
        return Ok(DecisionOutcome::Outdated);
    }
    let name = policy.name.as_ref().map(Domain::as_str);
    let replaced: Option<i64> = sqlx::query_scalar(
        "UPDATE policy SET revoked_by = $1, revoked_at = $2 WHERE coalesce(name, '') = $3 AND revoked_at IS NULL \
         RETURNING id",
    )
    .bind(&entry.actor)
    .bind(entry.at.millis())
    .bind(name.unwrap_or_default())
    .fetch_optional(&mut *connection)
    .await?;
    if replaced.is_none() && name.is_some() {
        let held: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM policy WHERE revoked_at IS NULL AND name IS NOT NULL",
        )
        .fetch_one(&mut *connection)
        .await?;
        if held >= MOST_DECIDED {
            return Ok(DecisionOutcome::TooMany);
        }
    }
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO policy (name, subdomains, policy, until, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6) \
         RETURNING id",
    )
    .bind(name)
    .bind(policy.subdomains == Subdomains::Included)
    .bind(policy.policy.name())
    .bind(policy.until.map(Timestamp::millis))
    .bind(&entry.actor)
    .bind(entry.at.millis())
    .fetch_one(&mut *connection)
    .await?;
    if let Some(detail) = entry.detail.as_object_mut() {
        detail.insert("decision".to_owned(), id.into());
        if let Some(replaced) = replaced {
            detail.insert("replaces".to_owned(), replaced.into());
        }
    }
    raise_version(connection).await?;
    chain::append(connection, entry).await?;
    Ok(DecisionOutcome::Done(id))
}

async fn revoke(
    connection: &mut SqliteConnection,
    id: i64,
    seen: i64,
    mut entry: Entry,
) -> Result<DecisionOutcome, StoreError> {
    if version(connection).await? != seen {
        return Ok(DecisionOutcome::Outdated);
    }
    let done = sqlx::query(
        "UPDATE policy SET revoked_by = $1, revoked_at = $2 WHERE id = $3 AND revoked_at IS NULL",
    )
    .bind(&entry.actor)
    .bind(entry.at.millis())
    .bind(id)
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(DecisionOutcome::Missing);
    }
    if let Some(detail) = entry.detail.as_object_mut() {
        detail.insert("decision".to_owned(), id.into());
    }
    raise_version(connection).await?;
    chain::append(connection, entry).await?;
    Ok(DecisionOutcome::Done(id))
}

impl PolicyRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let until: Option<i64> = row.try_get("until")?;
        let subdomains: bool = row.try_get("subdomains")?;
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            subdomains: if subdomains {
                Subdomains::Included
            } else {
                Subdomains::No
            },
            policy: Policy::from_name(row.try_get("policy")?).ok_or(StoreError::Malformed)?,
            until: until.map(Timestamp::from_millis),
            made_by: row.try_get("made_by")?,
            made_at: Timestamp::from_millis(row.try_get("made_at")?),
        })
    }
}
