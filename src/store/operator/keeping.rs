//! Keeps what waits: many messages to the operator in one transaction, as far as the mailboxes have room.

use crate::message::OperatorMailbox;
use crate::message::Timestamp;
use crate::store::batch::PART;
use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use crate::store::operator::BYTES;
use crate::store::operator::ITEMS;
use crate::store::operator::NEXT_PART;
use crate::store::operator::NewOperatorItem;
use crate::store::operator::OPERATOR_BYTES_MAX;
use crate::store::operator::OPERATOR_ITEMS_MAX;
use crate::store::operator::STRANGERS_BYTES;
use crate::store::operator::STRANGERS_ITEMS;
use crate::store::prepared::integer;
use crate::store::writer::Boxed;
use crate::store::writer::Work;
use sqlx::SqliteConnection;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::sync::oneshot;

/// What `postmaster` and `abuse` may take of both, in quarters: anybody can write there.
const STRANGERS_QUARTERS: i64 = 3;

/// Sealed octets after which a transaction takes no more.
const TRANSACTION_BYTES: usize = 64 * 1024 * 1024;

pub(super) struct Waiting {
    pub(super) item: NewOperatorItem,
    pub(super) answer: oneshot::Sender<Result<(), StoreError>>,
}

/// What waits to be kept. Whoever adds to it asks the writer to empty it; the first that comes to it takes all.
#[derive(Default)]
pub(in crate::store) struct Queue(Mutex<VecDeque<Waiting>>);

impl Queue {
    pub(super) fn add(&self, waiting: Waiting) {
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
pub(super) struct KeepWaiting {
    queue: Arc<Queue>,
    now: Timestamp,
    taken: Vec<Waiting>,
    fitting: Vec<bool>,
    answer: oneshot::Sender<()>,
}

impl KeepWaiting {
    /// What `answer` hears of is that the work is over; each that waited has its own answer by then.
    pub(super) fn new(queue: Arc<Queue>, now: Timestamp, answer: oneshot::Sender<()>) -> Self {
        Self {
            queue,
            now,
            taken: Vec::new(),
            fitting: Vec::new(),
            answer,
        }
    }
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
        let stranger = i64::from(mailbox.is_open());
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

pub(super) async fn count(
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
