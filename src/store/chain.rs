//! The audit trail's table: append-only (the database refuses UPDATE and DELETE), each entry bound to the one before.
//!
//! An entry is appended in the transaction of what it records, by the writer, so the trail has no gaps and no forks.
//! The hash is SHA-256 over the octets of
//!
//! ```text
//! "restante audit 1" | prev_hash | seq | at | actor | action | subject | detail
//! ```
//!
//! where each field is preceded by its length (eight octets, big-endian), numbers are eight octets, big-endian, and the
//! first entry's `prev_hash` is 32 zero octets. Lengths make the encoding unambiguous: no two entries share it.

use crate::message::Timestamp;
use crate::store::Store;
use crate::store::error::StoreError;
use serde::Serialize;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// What is bound into the first entry.
pub const BEGINNING: [u8; 32] = [0; 32];

/// What one entry is to say. `audit::Action` has the words.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who: an account, or a part of the system.
    pub actor: String,
    /// What was done, from a closed list.
    pub action: &'static str,
    /// To what.
    pub subject: String,
    /// Figures and reasons; never content.
    pub detail: Value,
}

/// An entry of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryRow {
    /// From 1, without gaps.
    pub seq: i64,
    /// Milliseconds, UTC.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// JSON, as it was hashed.
    pub detail: String,
    /// The hash of the entry before.
    #[serde(skip)]
    pub prev_hash: Vec<u8>,
    /// This entry's.
    #[serde(skip)]
    pub hash: Vec<u8>,
}

impl EntryRow {
    /// What the hash of this entry has to be.
    #[must_use]
    pub fn expected_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let fields: [&[u8]; 8] = [
            b"restante audit 1",
            &self.prev_hash,
            &self.seq.to_be_bytes(),
            &self.at.to_be_bytes(),
            self.actor.as_bytes(),
            self.action.as_bytes(),
            self.subject.as_bytes(),
            self.detail.as_bytes(),
        ];
        for field in fields {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
        hash.finalize().into()
    }

    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.try_get("seq")?,
            at: row.try_get("at")?,
            actor: row.try_get("actor")?,
            action: row.try_get("action")?,
            subject: row.try_get("subject")?,
            detail: row.try_get("detail")?,
            prev_hash: row.try_get("prev_hash")?,
            hash: row.try_get("hash")?,
        })
    }
}

impl Store {
    /// Appends an entry in a transaction of its own; gives its number.
    ///
    /// # Errors
    /// The database's.
    pub async fn record(&self, entry: Entry) -> Result<i64, StoreError> {
        self.write(move |connection| Box::pin(append(connection, entry)))
            .await
    }

    /// The entries after number `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit_after(&self, after: i64, limit: u32) -> Result<Vec<EntryRow>, StoreError> {
        sqlx::query(
            "SELECT seq, at, actor, action, subject, detail, prev_hash, hash FROM audit WHERE seq > $1 \
             ORDER BY seq LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(EntryRow::read)
        .collect()
    }

    /// The entries before number `before`, the newest first, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit_before(&self, before: i64, limit: u32) -> Result<Vec<EntryRow>, StoreError> {
        sqlx::query(
            "SELECT seq, at, actor, action, subject, detail, prev_hash, hash FROM audit WHERE seq < $1 \
             ORDER BY seq DESC LIMIT $2",
        )
        .bind(before)
        .bind(limit)
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(EntryRow::read)
        .collect()
    }
}

/// Appends an entry to the transaction that is open on `connection`.
pub(in crate::store) async fn append(
    connection: &mut SqliteConnection,
    entry: Entry,
) -> Result<i64, StoreError> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *connection)
            .await?;
    let (seq, prev_hash) = last.unwrap_or((0, BEGINNING.to_vec()));
    let row = EntryRow {
        seq: seq + 1,
        at: entry.at.millis(),
        actor: entry.actor,
        action: entry.action.to_owned(),
        subject: entry.subject,
        detail: entry.detail.to_string(),
        prev_hash,
        hash: Vec::new(),
    };
    let hash = row.expected_hash();
    sqlx::query(
        "INSERT INTO audit (seq, at, actor, action, subject, detail, prev_hash, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.seq)
    .bind(row.at)
    .bind(row.actor)
    .bind(row.action)
    .bind(row.subject)
    .bind(row.detail)
    .bind(row.prev_hash)
    .bind(hash.as_slice())
    .execute(connection)
    .await?;
    Ok(row.seq)
}
