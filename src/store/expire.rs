//! What goes, when its time has come: small steps, each a transaction of the writer's, so that mail is not held up.
//!
//! *Emptying* a message destroys its sealed bytes and its sensitivity labels; the item's row stays with the time of its
//! removal, so that staff see that there was one. Where there was one its digest goes too, whatever time it had left: the
//! same bytes coming again are kept anew, and not called a duplicate of what is gone. A counted message never had more
//! than what stays, so its digest stays. *Removing* a message takes its rows, and what it
//! added to the sums by typed name and by sender. All other roll-ups stay. The counters
//! `sealed_items` and `sealed_bytes` say what is held now, so emptying takes from them; all other totals only grow.

use crate::message::Timestamp;
use crate::store::Store;
use crate::store::bulk::Bulk;
use crate::store::bulk::Script;
use crate::store::error::StoreError;
use crate::store::open;
use crate::store::rollup;
use crate::store::stored;
use crate::store::tally::Gains;
use serde::Serialize;
use sqlx::SqliteConnection;

/// Octets of sealed bytes that one step destroys, at most (one message more where it alone is larger): they are
/// overwritten, and that goes through the WAL.
const STEP_BYTES: i64 = 16 * 1024 * 1024;

/// What a step, or a whole pass, has taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Sealed items destroyed.
    pub sealed_items: i64,
    /// Their octets.
    pub sealed_bytes: i64,
    /// Messages whose labels and items went.
    pub emptied: i64,
    /// Messages whose rows went.
    pub messages: i64,
    /// Digests forgotten.
    pub digests: i64,
    /// Items of the operator's own mail destroyed.
    pub operator_items: i64,
    /// Their octets.
    pub operator_bytes: i64,
}

impl Removed {
    /// Adds what another step has taken.
    pub fn add(&mut self, other: Self) {
        self.sealed_items += other.sealed_items;
        self.sealed_bytes += other.sealed_bytes;
        self.emptied += other.emptied;
        self.messages += other.messages;
        self.digests += other.digests;
        self.operator_items += other.operator_items;
        self.operator_bytes += other.operator_bytes;
    }

    /// Whether nothing was taken.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

const DESTROY_PARTS: Bulk = Bulk {
    head: "WITH gone (first_part, parts) AS (",
    columns: 2,
    tail: ") DELETE FROM item_body WHERE id IN \
           (SELECT b.id FROM gone g CROSS JOIN item_body b WHERE b.id >= g.first_part AND b.id < g.first_part + g.parts)",
};

const FORGET_LABELS: Bulk = Bulk {
    head: "DELETE FROM sensitivity WHERE message_id IN (",
    columns: 1,
    tail: ")",
};

const REMOVE_RECIPIENTS: Bulk = Bulk {
    head: "DELETE FROM recipient WHERE message_id IN (",
    columns: 1,
    tail: ")",
};

const REMOVE_ITEMS: Bulk = Bulk {
    head: "DELETE FROM item WHERE message_id IN (",
    columns: 1,
    tail: ")",
};

const REMOVE_MESSAGES: Bulk = Bulk {
    head: "DELETE FROM message WHERE id IN (",
    columns: 1,
    tail: ")",
};

impl Store {
    /// Empties at most `limit` messages kept before `before`.
    ///
    /// # Errors
    /// The database's; then the step has done nothing.
    pub async fn empty_messages(
        &self,
        before: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Removed, StoreError> {
        self.write(move |connection| Box::pin(empty(connection, before, now, limit)))
            .await
    }

    /// Removes at most `limit` messages that are empty and were kept before `before`.
    ///
    /// # Errors
    /// The database's; then the step has done nothing.
    pub async fn remove_messages(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Removed, StoreError> {
        self.write(move |connection| Box::pin(remove(connection, before, limit)))
            .await
    }

    /// Forgets at most `limit` digests that have had their time at `now`.
    ///
    /// # Errors
    /// The database's; then the step has done nothing.
    pub async fn forget_digests(&self, now: Timestamp, limit: u32) -> Result<Removed, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE message SET digest = NULL, digest_expires = NULL WHERE id IN \
                     (SELECT id FROM message WHERE digest_expires <= $1 ORDER BY digest_expires LIMIT $2)",
                )
                .bind(now.millis())
                .bind(limit)
                .execute(connection)
                .await?;
                Ok(Removed {
                    digests: i64::try_from(done.rows_affected()).unwrap_or(i64::MAX),
                    ..Removed::default()
                })
            })
        })
        .await
    }

    /// Gives at most `pages` pages back to the file system where more than a quarter of the file is free; what is free
    /// below that is for the mail of the next days. Says whether there is more to give.
    ///
    /// # Errors
    /// The database's.
    pub async fn give_back_space(&self, pages: u32) -> Result<bool, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let (all, free) = open::pages(connection).await?;
                let spare = free - all / 4;
                if spare <= 0 {
                    return Ok(false);
                }
                let give = u32::try_from(spare).unwrap_or(u32::MAX).min(pages);
                open::give_back(connection, give).await?;
                Ok(spare > i64::from(give))
            })
        })
        .await
    }
}

async fn empty(
    connection: &mut SqliteConnection,
    before: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Result<Removed, StoreError> {
    let due: Vec<(Vec<u8>, i64, bool)> = sqlx::query_as(
        "SELECT m.id, coalesce((SELECT sum(i.bytes) FROM item i WHERE i.message_id = m.id AND i.removed_at IS NULL), 0), \
         m.policy = 'hold' AND m.digest IS NOT NULL FROM message m WHERE m.emptied_at IS NULL AND m.kept_at < $1 ORDER BY m.kept_at LIMIT $2",
    )
    .bind(before.millis())
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    let mut bytes = 0;
    let fits = due
        .iter()
        .take_while(|(_, size, _)| {
            bytes += size;
            bytes <= STEP_BYTES
        })
        .count()
        .max(1)
        .min(due.len());
    let due = &due[..fits];
    let ids: Vec<&[u8]> = due.iter().map(|(id, _, _)| id.as_slice()).collect();
    let digests = due.iter().filter(|(_, _, digest)| *digest).count();
    let items: Vec<(i64, i64, i64)> = HELD_ITEMS
        .fetch(connection, &ids, |values, id| {
            values.push(*id);
        })
        .await?
        .iter()
        .map(|row| sqlx::FromRow::from_row(row).map_err(StoreError::from))
        .collect::<Result<_, _>>()?;
    DESTROY_PARTS
        .execute(connection, &items, |values, (first, parts, _)| {
            values.push(*first).push(*parts);
        })
        .await?;
    by_id(&FORGET_LABELS, connection, &ids).await?;
    for statement in [&MARK_ITEMS, &MARK_MESSAGES] {
        statement
            .execute(connection, &ids, |values, id| {
                values.push(*id).push(now.millis());
            })
            .await?;
    }
    let removed = Removed {
        sealed_items: i64::try_from(items.len()).unwrap_or(i64::MAX),
        sealed_bytes: items.iter().map(|(_, _, bytes)| bytes).sum(),
        emptied: i64::try_from(ids.len()).unwrap_or(i64::MAX),
        digests: i64::try_from(digests).unwrap_or(i64::MAX),
        ..Removed::default()
    };
    if removed.sealed_items > 0 {
        for (name, by) in [
            ("sealed_items", removed.sealed_items),
            ("sealed_bytes", removed.sealed_bytes),
        ] {
            sqlx::query("UPDATE counter SET value = value - $1 WHERE name = $2")
                .bind(by)
                .bind(name)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(removed)
}

const HELD_ITEMS: Bulk = Bulk {
    head: "SELECT first_part, parts, bytes FROM item WHERE removed_at IS NULL AND message_id IN (",
    columns: 1,
    tail: ")",
};

const MARK_ITEMS: Bulk = Bulk {
    head: "WITH gone (id, at) AS (",
    columns: 2,
    tail: ") UPDATE item SET removed_at = gone.at FROM gone WHERE item.message_id = gone.id",
};

const MARK_MESSAGES: Bulk = Bulk {
    head: "WITH gone (id, at) AS (",
    columns: 2,
    tail: ") UPDATE message SET emptied_at = gone.at, \
           digest = CASE WHEN policy = 'hold' THEN NULL ELSE digest END, \
           digest_expires = CASE WHEN policy = 'hold' THEN NULL ELSE digest_expires END \
           FROM gone WHERE message.id = gone.id",
};

async fn remove(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: u32,
) -> Result<Removed, StoreError> {
    let due: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT id FROM message WHERE emptied_at IS NOT NULL AND kept_at < $1 ORDER BY kept_at LIMIT $2",
    )
    .bind(before.millis())
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    let due: Vec<Vec<u8>> = due.into_iter().map(|(id,)| id).collect();
    uncount_names(connection, &due).await?;
    let ids: Vec<&[u8]> = due.iter().map(Vec::as_slice).collect();
    // Children first.
    for statement in [&REMOVE_RECIPIENTS, &REMOVE_ITEMS, &REMOVE_MESSAGES] {
        by_id(statement, connection, &ids).await?;
    }
    Ok(Removed {
        messages: i64::try_from(ids.len()).unwrap_or(i64::MAX),
        ..Removed::default()
    })
}

/// Takes what these messages have added to the sums by typed name and by sender away again: those live as long as the
/// metadata of what they count, since a sending domain is metadata.
async fn uncount_names(
    connection: &mut SqliteConnection,
    ids: &[Vec<u8>],
) -> Result<(), StoreError> {
    let messages = stored::read(connection, ids).await?;
    let mut gains = Gains::default();
    for message in &messages {
        gains.add(&message.counted(), -1);
    }
    let mut case_ids = vec![0; gains.cases.len()];
    for recipient in messages.iter().flat_map(|message| &message.recipients) {
        let place = gains.place_of(&recipient.case);
        case_ids[place.ok_or(StoreError::Malformed)?] = recipient.case_id;
    }
    let mut script = Script::default();
    rollup::names(connection, &mut script, &gains, &case_ids).await?;
    script.run(connection).await?;
    rollup::sweep_names(connection, &gains, &case_ids).await
}

async fn by_id(
    statement: &Bulk,
    connection: &mut SqliteConnection,
    ids: &[&[u8]],
) -> Result<(), StoreError> {
    statement
        .execute(connection, ids, |values, id| {
            values.push(*id);
        })
        .await
}
