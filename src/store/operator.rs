//! The operator's own mail: sealed, and apart from all that was caught.
//!
//! It has no case, no recipient and no verdict: nothing of it but when it came, to which mailbox, and how large it is. It is
//! kept by the rule of all mail: the answer comes after the commit, and what waits is committed together, however many
//! connections bring it. What strangers can write to (`postmaster`, `abuse`) takes only a part of the room, so that the
//! answers to notices, which strangers cannot address, always find some.

mod keeping;
mod removal;

use crate::message::MessageId;
use crate::message::OperatorMailbox;
use crate::message::Timestamp;
use crate::store::Removed;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::incoming::NewItem;
use crate::store::messages::message_id;
use crate::store::operator::keeping::KeepWaiting;
use crate::store::operator::keeping::Waiting;
use crate::store::prepared::integer;
use crate::store::writer::Request;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

pub(in crate::store) use crate::store::operator::keeping::Queue;

/// Items that are kept at most. Ninety days of a hundred a day, far more than a registry's postmaster reads; beyond it the
/// sender is told to come again (452), until retention has made room.
pub const OPERATOR_ITEMS_MAX: i64 = 10_000;

/// Their sealed octets at most: a stranger who writes to `postmaster` must not fill the disk that caught mail needs.
pub const OPERATOR_BYTES_MAX: i64 = 1 << 30;

/// The most items of one list.
pub const LARGEST_PAGE: u32 = 200;

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
        loop {
            let (done, ended) = oneshot::channel();
            let queue = Arc::clone(&self.shared.operator);
            let work = KeepWaiting::new(queue, self.shared.clock.now(), done);
            let asked = Request::Work(Box::new(work));
            let asked = self.shared.requests.send(asked).await;
            let is_over = asked.is_err() || ended.await.is_err();
            match wait.try_recv() {
                Ok(kept) => return kept,
                Err(TryRecvError::Closed) => return Err(StoreError::Closed),
                Err(TryRecvError::Empty) if is_over => return Err(StoreError::Closed),
                // More waited before it than one transaction takes. Each work takes some, so its turn comes.
                Err(TryRecvError::Empty) => {}
            }
        }
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
        self.write(move |connection| Box::pin(removal::remove(connection, before, limit)))
            .await
    }
}

fn mailbox(name: &str) -> Result<OperatorMailbox, StoreError> {
    OperatorMailbox::from_name(name).ok_or(StoreError::Malformed)
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
