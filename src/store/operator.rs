//! The operator's own mail: sealed, and apart from all that was caught.
//!
//! It has no case, no recipient and no verdict: nothing of it but when it came, to which mailbox, and how large it is. It is
//! kept by the rule of all mail: the answer comes after the commit, and what waits is committed together, however many
//! connections bring it. What strangers can write to (`postmaster`, `abuse`) takes only a part of the room, so that the
//! answers to notices, which strangers cannot address, always find some.

use crate::message::MessageId;
use crate::message::OperatorMailbox;
use crate::message::Timestamp;
use crate::store::Removed;
use crate::store::Store;
use crate::store::batch::PART;
use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use crate::store::incoming::NewItem;
use crate::store::messages::message_id;
use crate::store::prepared::integer;
use crate::store::writer::Boxed;
use crate::store::writer::Request;
use crate::store::writer::Work;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::sync::oneshot;

/// Items that are kept at most. Ninety days of a hundred a day, far more than a registry's postmaster reads; beyond it the
/// sender is told to come again (452), until retention has made room.
pub const OPERATOR_ITEMS_MAX: i64 = 10_000;

/// Their sealed octets at most: a stranger who writes to `postmaster` must not fill the disk that caught mail needs.
pub const OPERATOR_BYTES_MAX: i64 = 1 << 30;

/// What `postmaster` and `abuse` may take of both, in quarters: anybody can write there.
const STRANGERS_QUARTERS: i64 = 3;

/// The most items of one list.
pub const LARGEST_PAGE: u32 = 200;

/// Sealed octets after which a transaction takes no more.
const TRANSACTION_BYTES: usize = 64 * 1024 * 1024;

/// Octets that one step of retention destroys, at most (one item more where it alone is larger).
const STEP_BYTES: i64 = 16 * 1024 * 1024;

/// Counters: what is held now, of that what strangers could address, and the next part's number.
const ITEMS: &str = "operator_items";
const BYTES: &str = "operator_bytes";
const STRANGERS_ITEMS: &str = "operator_strangers_items";
const STRANGERS_BYTES: &str = "operator_strangers_bytes";
const NEXT_PART: &str = "next_operator_part";

/// A message to the operator, sealed.
#[derive(Debug)]
pub struct NewOperatorItem {
    /// Its name.
    pub id: MessageId,
    /// When.
    pub received_at: Timestamp,
    /// Where to.
    pub mailbox: OperatorMailbox,
    /// Size in octets as received.
    pub bytes: usize,
    /// Sealed to the operator's key.
    pub item: NewItem,
}

/// What there is of a kept item beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRow {
    /// Its name.
    pub id: MessageId,
    /// When it was received.
    pub received_at: Timestamp,
    /// Where to.
    pub mailbox: OperatorMailbox,
    /// Octets as received.
    pub bytes: i64,
    /// Octets, sealed.
    pub sealed_bytes: i64,
    /// Fingerprints of the keys that open it.
    pub fingerprints: Vec<String>,
    first_part: i64,
    parts: i64,
}

/// What one mailbox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorSums {
    /// Which.
    pub mailbox: OperatorMailbox,
    /// Items.
    pub items: i64,
    /// Their sealed octets.
    pub bytes: i64,
    /// When the oldest was received.
    pub oldest: Timestamp,
    /// When the newest was.
    pub newest: Timestamp,
}

struct Waiting {
    item: NewOperatorItem,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

/// What waits to be kept. Whoever adds to it asks the writer to empty it; the first that comes to it takes all.
#[derive(Default)]
pub(in crate::store) struct Queue(Mutex<VecDeque<Waiting>>);

impl Queue {
    fn add(&self, waiting: Waiting) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.push_back(waiting);
    }

    fn take(&self) -> Vec<Waiting> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = 0;
        let fits = held
            .iter()
            .take_while(|waiting| {
                bytes += waiting.item.item.sealed.len();
                bytes <= TRANSACTION_BYTES
            })
            .count();
        let fits = fits.max(1).min(held.len());
        held.drain(..fits).collect()
    }
}

/// The writer's work: to keep what waits.
struct KeepWaiting {
    queue: Arc<Queue>,
    now: Timestamp,
    taken: Vec<Waiting>,
    fitting: Vec<bool>,
    answer: oneshot::Sender<()>,
}

impl Work for KeepWaiting {
    fn run<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Boxed<'c, Result<(), StoreError>> {
        Box::pin(async move {
            self.taken = self.queue.take();
            self.fitting = keep(connection, &self.taken, self.now).await?;
            Ok(())
        })
    }

    fn answer(self: Box<Self>, ended: Result<(), StoreError>) {
        let Self {
            queue,
            mut taken,
            fitting,
            answer,
            ..
        } = *self;
        if ended.is_err() && taken.is_empty() {
            // The transaction could not even be begun: those who wait are told, and not kept later behind their backs.
            taken = queue.take();
        }
        for (at, waiting) in taken.into_iter().enumerate() {
            let outcome = match &ended {
                Err(error) => Err(error.again()),
                Ok(()) if fitting.get(at) == Some(&true) => Ok(()),
                Ok(()) => Err(StoreError::MailboxFull),
            };
            let _ = waiting.answer.send(outcome);
        }
        let _ = answer.send(());
    }
}

impl Store {
    /// Keeps a message to the operator. Comes back when it is committed and synced, with all that waited beside it.
    ///
    /// # Errors
    /// [`StoreError::MailboxFull`] where it would be more than [`OPERATOR_ITEMS_MAX`] or [`OPERATOR_BYTES_MAX`], or, for what
    /// strangers can address, more than three quarters of them; that and [`StoreError::is_about_the_disk`] in general are
    /// worth a later try, and nothing of the message is in the store then.
    pub async fn keep_for_operator(&self, item: NewOperatorItem) -> Result<(), StoreError> {
        if self.shared.only_reads {
            return Err(StoreError::Closed);
        }
        let (answer, mut wait) = oneshot::channel();
        self.shared.operator.add(Waiting { item, answer });
        let (done, ended) = oneshot::channel();
        let work = KeepWaiting {
            queue: Arc::clone(&self.shared.operator),
            now: self.shared.clock.now(),
            taken: Vec::new(),
            fitting: Vec::new(),
            answer: done,
        };
        let asked = Request::Work(Box::new(work));
        let asked = self.shared.requests.send(asked).await;
        if asked.is_err() || ended.await.is_err() {
            return wait.try_recv().unwrap_or(Err(StoreError::Closed));
        }
        // By this work or one before it: they are done in order.
        wait.try_recv().unwrap_or(Err(StoreError::Closed))
    }

    /// What each mailbox that has anything holds.
    ///
    /// # Errors
    /// The database's.
    pub async fn operator_sums(&self) -> Result<Vec<OperatorSums>, StoreError> {
        // As many rows as there may be items at most.
        let rows = sqlx::query(
            "SELECT mailbox, count(*), sum(sealed_bytes), min(received_at), max(received_at) FROM operator_item \
             INDEXED BY operator_item_mailbox GROUP BY mailbox",
        )
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(OperatorSums {
                    mailbox: mailbox(row.try_get(0)?)?,
                    items: row.try_get(1)?,
                    bytes: row.try_get(2)?,
                    oldest: Timestamp::from_millis(row.try_get(3)?),
                    newest: Timestamp::from_millis(row.try_get(4)?),
                })
            })
            .collect()
    }

    /// The items that are held, the newest first, before `before`, at most 200.
    ///
    /// # Errors
    /// The database's.
    pub async fn operator_page(
        &self,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<OperatorRow>, StoreError> {
        let before = before.unwrap_or(MessageId::from_bytes([0xff; 16]));
        sqlx::query(
            "SELECT id, received_at, mailbox, bytes, sealed_bytes, fingerprints, first_part, parts FROM operator_item \
             WHERE id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(before.as_bytes().as_slice())
        .bind(limit.min(LARGEST_PAGE))
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(OperatorRow::read)
        .collect()
    }

    /// One item.
    ///
    /// # Errors
    /// The database's.
    pub async fn operator_item(&self, id: MessageId) -> Result<Option<OperatorRow>, StoreError> {
        sqlx::query(
            "SELECT id, received_at, mailbox, bytes, sealed_bytes, fingerprints, first_part, parts FROM operator_item \
             WHERE id = $1",
        )
        .bind(id.as_bytes().as_slice())
        .fetch_optional(self.readers())
        .await?
        .as_ref()
        .map(OperatorRow::read)
        .transpose()
    }

    /// The bytes of an item: an age file. `None` where it is not held (any more).
    ///
    /// # Errors
    /// The database's.
    pub async fn operator_sealed(&self, item: &OperatorRow) -> Result<Option<Vec<u8>>, StoreError> {
        let parts: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT sealed FROM operator_body WHERE id >= $1 AND id < $2 ORDER BY id",
        )
        .bind(item.first_part)
        .bind(item.first_part + item.parts)
        .fetch_all(self.readers())
        .await?;
        let whole = parts.concat();
        Ok((integer(whole.len()) == item.sealed_bytes).then_some(whole))
    }

    /// Destroys at most `limit` items kept before `before`.
    ///
    /// # Errors
    /// The database's; then the step has done nothing.
    pub async fn remove_operator_items(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Removed, StoreError> {
        self.write(move |connection| Box::pin(remove(connection, before, limit)))
            .await
    }
}

fn mailbox(name: &str) -> Result<OperatorMailbox, StoreError> {
    OperatorMailbox::from_name(name).ok_or(StoreError::Malformed)
}

/// Whether anybody can write there.
fn is_open(mailbox: OperatorMailbox) -> bool {
    match mailbox {
        OperatorMailbox::Postmaster | OperatorMailbox::Abuse => true,
        OperatorMailbox::Returned => false,
    }
}

impl OperatorRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let fingerprints: &str = row.try_get("fingerprints")?;
        Ok(Self {
            id: message_id(row, "id")?,
            received_at: Timestamp::from_millis(row.try_get("received_at")?),
            mailbox: mailbox(row.try_get("mailbox")?)?,
            bytes: row.try_get("bytes")?,
            sealed_bytes: row.try_get("sealed_bytes")?,
            fingerprints: serde_json::from_str(fingerprints).unwrap_or_default(),
            first_part: row.try_get("first_part")?,
            parts: row.try_get("parts")?,
        })
    }
}

/// How much there is, and how much of it strangers could address.
#[derive(Clone, Copy, Default)]
struct Held {
    items: i64,
    bytes: i64,
    strangers_items: i64,
    strangers_bytes: i64,
}

impl Held {
    /// The same with one more, where that fits.
    fn with(self, mailbox: OperatorMailbox, bytes: i64) -> Option<Self> {
        let stranger = i64::from(is_open(mailbox));
        let more = Self {
            items: self.items + 1,
            bytes: self.bytes + bytes,
            strangers_items: self.strangers_items + stranger,
            strangers_bytes: self.strangers_bytes + stranger * bytes,
        };
        let share = |all: i64| all / 4 * STRANGERS_QUARTERS;
        let fits = more.items <= OPERATOR_ITEMS_MAX
            && more.bytes <= OPERATOR_BYTES_MAX
            && (stranger == 0
                || more.strangers_items <= share(OPERATOR_ITEMS_MAX)
                    && more.strangers_bytes <= share(OPERATOR_BYTES_MAX));
        fits.then_some(more)
    }

    async fn read(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT name, value FROM counter WHERE name IN ($1, $2, $3, $4)")
                .bind(ITEMS)
                .bind(BYTES)
                .bind(STRANGERS_ITEMS)
                .bind(STRANGERS_BYTES)
                .fetch_all(connection)
                .await?;
        let of = |wanted: &str| rows.iter().find(|(name, _)| name == wanted);
        let of = |wanted: &str| of(wanted).map_or(0, |(_, value)| *value);
        Ok(Self {
            items: of(ITEMS),
            bytes: of(BYTES),
            strangers_items: of(STRANGERS_ITEMS),
            strangers_bytes: of(STRANGERS_BYTES),
        })
    }

    fn less(self, before: Self) -> [(&'static str, i64); 4] {
        [
            (ITEMS, self.items - before.items),
            (BYTES, self.bytes - before.bytes),
            (
                STRANGERS_ITEMS,
                self.strangers_items - before.strangers_items,
            ),
            (
                STRANGERS_BYTES,
                self.strangers_bytes - before.strangers_bytes,
            ),
        ]
    }
}

const COUNTERS: Bulk = Bulk {
    head: "INSERT INTO counter (name, value)",
    columns: 2,
    tail: "ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value",
};

const NEW_ITEMS: Bulk = Bulk {
    head: "INSERT INTO operator_item (id, received_at, kept_at, mailbox, bytes, sealed_bytes, fingerprints, first_part, parts)",
    columns: 9,
    tail: "",
};

async fn count(
    connection: &mut SqliteConnection,
    gains: &[(&'static str, i64)],
) -> Result<(), StoreError> {
    COUNTERS
        .execute(connection, gains, |values, (name, by)| {
            values.push(*name).push(*by);
        })
        .await
}

/// Keeps what fits; says which that are.
async fn keep(
    connection: &mut SqliteConnection,
    waiting: &[Waiting],
    now: Timestamp,
) -> Result<Vec<bool>, StoreError> {
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let before = Held::read(connection).await?;
    let mut held = before;
    let mut fitting = Vec::with_capacity(waiting.len());
    for Waiting { item, .. } in waiting {
        let more = held.with(item.mailbox, integer(item.item.sealed.len()));
        held = more.unwrap_or(held);
        fitting.push(more.is_some());
    }
    let kept: Vec<&NewOperatorItem> = waiting
        .iter()
        .zip(&fitting)
        .filter_map(|(waiting, fits)| fits.then_some(&waiting.item))
        .collect();
    let mut next: i64 = sqlx::query_scalar("SELECT value FROM counter WHERE name = $1")
        .bind(NEXT_PART)
        .fetch_optional(&mut *connection)
        .await?
        .unwrap_or(0);
    let (first, mut rows) = (next, Vec::with_capacity(kept.len()));
    for item in kept {
        let parts = integer(item.item.sealed.len().div_ceil(PART));
        rows.push((item, next, parts));
        next += parts;
    }
    NEW_ITEMS
        .execute(connection, &rows, |values, (item, first, parts)| {
            let fingerprints = item.item.fingerprints.iter().map(String::as_str);
            values
                .push(item.id.as_bytes().as_slice())
                .push(item.received_at.millis())
                .push(now.millis())
                .push(item.mailbox.name())
                .push(integer(item.bytes))
                .push(integer(item.item.sealed.len()))
                .push(serde_json::Value::from_iter(fingerprints).to_string())
                .push(*first)
                .push(*parts);
        })
        .await?;
    for (item, first, _) in &rows {
        for (at, part) in item.item.sealed.chunks(PART).enumerate() {
            sqlx::query("INSERT INTO operator_body (id, sealed) VALUES ($1, $2)")
                .bind(first + integer(at))
                .bind(part)
                .execute(&mut *connection)
                .await?;
        }
    }
    let mut gains = held.less(before).to_vec();
    gains.push((NEXT_PART, next - first));
    count(connection, &gains).await?;
    Ok(fitting)
}

const DESTROY_PARTS: Bulk = Bulk {
    head: "WITH gone (first_part, parts) AS (",
    columns: 2,
    tail: ") DELETE FROM operator_body WHERE id IN (SELECT b.id FROM gone g CROSS JOIN operator_body b \
           WHERE b.id >= g.first_part AND b.id < g.first_part + g.parts)",
};

const REMOVE: Bulk = Bulk {
    head: "DELETE FROM operator_item WHERE id IN (",
    columns: 1,
    tail: ")",
};

async fn remove(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: u32,
) -> Result<Removed, StoreError> {
    let due: Vec<OperatorRow> = sqlx::query(
        "SELECT id, received_at, mailbox, bytes, sealed_bytes, fingerprints, first_part, parts FROM operator_item \
         WHERE kept_at < $1 ORDER BY kept_at LIMIT $2",
    )
    .bind(before.millis())
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?
    .iter()
    .map(OperatorRow::read)
    .collect::<Result<_, _>>()?;
    let mut bytes = 0;
    let fits = due
        .iter()
        .take_while(|item| {
            bytes += item.sealed_bytes;
            bytes <= STEP_BYTES
        })
        .count();
    let due = &due[..fits.max(1).min(due.len())];
    if due.is_empty() {
        return Ok(Removed::default());
    }
    DESTROY_PARTS
        .execute(connection, due, |values, item| {
            values.push(item.first_part).push(item.parts);
        })
        .await?;
    REMOVE
        .execute(connection, due, |values, item| {
            values.push(item.id.as_bytes().as_slice());
        })
        .await?;
    let open = || due.iter().filter(|item| is_open(item.mailbox));
    let removed = Removed {
        operator_items: integer(due.len()),
        operator_bytes: due.iter().map(|item| item.sealed_bytes).sum(),
        ..Removed::default()
    };
    let losses = [
        (ITEMS, -removed.operator_items),
        (BYTES, -removed.operator_bytes),
        (STRANGERS_ITEMS, -integer(open().count())),
        (
            STRANGERS_BYTES,
            -open().map(|item| item.sealed_bytes).sum::<i64>(),
        ),
    ];
    count(connection, &losses).await?;
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_cannot_take_the_room_of_answers_to_notices() {
        use OperatorMailbox::Abuse;
        use OperatorMailbox::Postmaster;
        use OperatorMailbox::Returned;
        let mut held = Held::default();
        while let Some(more) = held.with(Postmaster, 10) {
            held = more;
        }
        assert_eq!(held.items, OPERATOR_ITEMS_MAX / 4 * 3);
        assert!(held.with(Abuse, 10).is_none());
        while let Some(more) = held.with(Returned, 10) {
            held = more;
        }
        assert_eq!(held.items, OPERATOR_ITEMS_MAX);
        // The same by octets.
        let held = Held::default();
        let share = OPERATOR_BYTES_MAX / 4 * 3;
        assert!(held.with(Abuse, share).is_some());
        assert!(held.with(Abuse, share + 1).is_none());
        let full = held.with(Returned, OPERATOR_BYTES_MAX);
        assert!(full.unwrap().with(Returned, 1).is_none());
    }
}
