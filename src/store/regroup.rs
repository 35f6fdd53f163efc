//! A changed directory applied to stored mail: whose it is, and in which case.
//!
//! Mail is decided over with the directory of its day. Where a subdomain gets an owner of its own later, mail for it lies
//! in the case of the whole, and the next notice would tell the owner of that of another's mail. So each version of the
//! directory goes over the stored mail, as `walk` says, and moves what it has another word for. Rules count in the same
//! version, so this also runs once more after each of them: a walk that finds nothing writes its cursor alone.

use crate::classify::OrganisationId;
use crate::classify::Owners;
use crate::message::Domain;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use crate::store::moves;
use crate::store::moves::Change;
use crate::store::moves::MOST_CASE_DAYS;
use crate::store::names::OTHER;
use crate::store::options::Bounds;
use crate::store::organisations::VERSION;
use crate::store::owned;
use crate::store::plan::CaseKey;
use crate::store::plan::CaseKind;
use crate::store::prepared::integer;
use crate::store::rule_steps::StepOutcome;
use crate::store::stored;
use crate::store::stored::Stored;
use crate::store::stored::StoredRecipient;
use crate::store::walk;
use crate::store::walk::SETTLE;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;

/// What the database says there is to do: the version of the directory, and the pass under way.
const STATE: &str = "SELECT coalesce((SELECT value FROM counter WHERE name = $1), 0), r.version, r.begun_at, r.cursor, \
     r.done FROM (SELECT 1 AS one) LEFT JOIN regrouping r ON r.id = 1";

type State = (i64, Option<i64>, Option<i64>, Option<Vec<u8>>, Option<bool>);

/// A pass: over the version, since when, and how far it has come.
struct Pass {
    version: i64,
    begun_at: i64,
    cursor: Option<Vec<u8>>,
}

impl Store {
    /// Takes one step: goes over at most about `rows` stored recipients with the directory as it is now.
    ///
    /// # Errors
    /// The database's; then the step has done nothing.
    pub async fn apply_directory_step(
        &self,
        now: Timestamp,
        rows: u32,
    ) -> Result<StepOutcome, StoreError> {
        let mut reader = self.readers().acquire().await?;
        let due = due(&mut reader, now).await?.is_some();
        drop(reader);
        if !due {
            return Ok(StepOutcome::default());
        }
        let bounds = self.shared.bounds;
        self.write(move |connection| Box::pin(step(connection, now, rows, bounds)))
            .await
    }
}

/// The pass that has something to do now.
async fn due(
    connection: &mut SqliteConnection,
    now: Timestamp,
) -> Result<Option<Pass>, StoreError> {
    let state: State = sqlx::query_as(STATE)
        .bind(VERSION)
        .fetch_one(connection)
        .await?;
    let (version, of, begun_at, cursor, done) = state;
    if of != Some(version) {
        // Nothing was ever listed: nothing to go over.
        return Ok((version > 0).then_some(Pass {
            version,
            begun_at: now.millis(),
            cursor: None,
        }));
    }
    let begun_at = begun_at.unwrap_or_default();
    let second = cursor.as_ref().is_some_and(|cursor| cursor.len() > 16);
    let waits = second && now.millis() < begun_at.saturating_add(SETTLE);
    let under_way = done == Some(false) && !waits;
    Ok(under_way.then_some(Pass {
        version,
        begun_at,
        cursor,
    }))
}

async fn step(
    connection: &mut SqliteConnection,
    now: Timestamp,
    rows: u32,
    bounds: Bounds,
) -> Result<StepOutcome, StoreError> {
    let Some(pass) = due(connection, now).await? else {
        return Ok(StepOutcome::default());
    };
    let cursor = pass.cursor.as_deref();
    let mut walked = walk::on(connection, cursor, pass.begun_at, rows).await?;
    let mut changes = out_of_place(connection, &walked.messages).await?;
    if moves::are_many(&changes) {
        let fewer = rows.min(MOST_CASE_DAYS);
        walked = walk::on(connection, cursor, pass.begun_at, fewer).await?;
        changes = out_of_place(connection, &walked.messages).await?;
    }
    let changed: usize = changes.iter().map(Change::recipients).sum();
    moves::write(connection, changes, "", bounds).await?;
    sqlx::query(
        "INSERT INTO regrouping (id, version, begun_at, cursor, done) VALUES (1, $1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, begun_at = excluded.begun_at, \
         cursor = excluded.cursor, done = excluded.done",
    )
    .bind(pass.version)
    .bind(pass.begun_at)
    .bind(&walked.next)
    .bind(i64::from(walked.next.is_none()))
    .execute(connection)
    .await?;
    Ok(StepOutcome {
        more: true,
        changed: integer(changed),
    })
}

const MEANT: Bulk = Bulk {
    head: "SELECT r.message_id, r.intended_domain, r.organisation_id, c.id, c.domain, c.organisation_id \
           FROM recipient r JOIN cases c ON c.id = r.case_id \
           WHERE r.intended_domain IS NOT NULL AND r.message_id IN (",
    columns: 1,
    tail: ")",
};

/// The messages in which the directory has another word for a recipient. Cases whose owner is another are set right.
async fn out_of_place(
    connection: &mut SqliteConnection,
    messages: &[Vec<u8>],
) -> Result<Vec<Change>, StoreError> {
    let rows = MEANT
        .fetch(connection, messages, |values, id| {
            values.push(id.as_slice());
        })
        .await?;
    let mut names = BTreeMap::new();
    let mut cases = BTreeMap::new();
    for row in &rows {
        let name: &str = row.try_get(1)?;
        if !names.contains_key(name) {
            names.insert(name, Domain::parse(name).ok());
        }
        let case: (&str, Option<i64>) = (row.try_get(4)?, row.try_get(5)?);
        cases.insert(row.try_get::<i64, _>(3)?, case);
    }
    let of_cases = cases
        .values()
        .filter_map(|(name, _)| Domain::parse(name).ok());
    let asked: Vec<Domain> = names.values().flatten().cloned().chain(of_cases).collect();
    let owners = owned::of(connection, &asked).await?;
    for (id, (name, owner)) in cases {
        let is = Domain::parse(name)
            .ok()
            .and_then(|name| owners.owner(&name));
        // `other` is nobody's: it is no name of the directory.
        if is.map(|id| id.0) != owner && name != OTHER {
            sqlx::query("UPDATE cases SET organisation_id = $1 WHERE id = $2")
                .bind(is.map(|id| id.0))
                .bind(id)
                .execute(&mut *connection)
                .await?;
        }
    }
    let mut ids: BTreeSet<Vec<u8>> = BTreeSet::new();
    for row in &rows {
        let Some(Some(name)) = names.get(row.try_get::<&str, _>(1)?) else {
            continue;
        };
        let owner: Option<i64> = row.try_get(2)?;
        let case: &str = row.try_get(4)?;
        let right = Right::of(&owners, name);
        if !right.is(owner.map(OrganisationId), case) {
            ids.insert(row.try_get(0)?);
        }
    }
    let ids: Vec<Vec<u8>> = ids.into_iter().collect();
    let found = stored::read(connection, &ids).await?;
    let changes = found.into_iter().map(|before| change(&owners, before));
    Ok(changes.filter(|change| change.recipients() > 0).collect())
}

/// Where mail for a name belongs.
struct Right {
    owner: Option<OrganisationId>,
    case: Domain,
}

impl Right {
    fn of(owners: &Owners, name: &Domain) -> Self {
        Self {
            owner: owners.owner(name),
            case: owners.case_domain(name),
        }
    }

    /// Whether it is there. What nobody owns may lie in `other`, where there was no room.
    fn is(&self, owner: Option<OrganisationId>, case: &str) -> bool {
        let without_room = self.owner.is_none() && case == OTHER;
        self.owner == owner && (self.case.as_str() == case || without_room)
    }
}

fn change(owners: &Owners, before: Stored) -> Change {
    let mut after = before.clone();
    for recipient in &mut after.recipients {
        set_right(owners, recipient);
    }
    Change {
        before,
        after,
        decided: HashSet::new(),
        listed: false,
    }
}

fn set_right(owners: &Owners, recipient: &mut StoredRecipient) {
    let name = recipient.intended.as_deref().map(Domain::parse);
    let Some(Ok(name)) = name else { return };
    let right = Right::of(owners, &name);
    if !right.is(recipient.organisation, &recipient.case.domain) {
        recipient.organisation = right.owner;
        recipient.case = CaseKey {
            kind: CaseKind::Intended,
            domain: right.case.as_str().into(),
        };
    }
}
