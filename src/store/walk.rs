//! Going over stored mail with a decision that is newer than some of it, a step at a time.
//!
//! Twice: first over all of it, in order of message id, at once. A message may however have been decided without it and be
//! committed behind the place that this walk had reached: its id is from its arrival (of imported mail, years ago), every
//! process takes a new decision in within two seconds, and a message may wait for the writer after that. So, once
//! [`SETTLE`] is over, the second walk goes over what was *kept* since shortly before the decision. The cursor is the last
//! message looked at (16 octets) in the first walk, and the time of keeping with the message (24 octets) in the second,
//! which whoever calls begins no sooner.

use crate::store::error::StoreError;
use sqlx::SqliteConnection;

/// How long, in milliseconds, a message may still be committed that was decided without a new decision: two seconds until
/// every process has it, ten that another process may make the writer wait, and as much for parsing and sealing.
pub(in crate::store) const SETTLE: i64 = 20_000;

/// How far it has come.
enum Place {
    /// Over messages by arrival, up to this one.
    Arrived(Vec<u8>),
    /// Over messages by when they were kept, up to this one.
    Kept { at: i64, id: Vec<u8> },
}

impl Place {
    fn read(cursor: &[u8]) -> Option<Self> {
        match cursor.len() {
            16 => Some(Self::Arrived(cursor.to_vec())),
            _ => cursor.split_first_chunk().map(|(at, id)| Self::Kept {
                at: i64::from_be_bytes(*at),
                id: id.to_vec(),
            }),
        }
    }

    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Arrived(id) => id,
            Self::Kept { at, id } => [at.to_be_bytes().as_slice(), &id].concat(),
        }
    }
}

/// The messages of one step, and where the next one begins; `None`: nothing is left.
pub(in crate::store) struct Walked {
    pub messages: Vec<Vec<u8>>,
    pub next: Option<Vec<u8>>,
}

/// Walks on from `cursor`, for a decision made at `made_at`, over about so many recipients.
pub(in crate::store) async fn on(
    connection: &mut SqliteConnection,
    cursor: Option<&[u8]>,
    made_at: i64,
    rows: u32,
) -> Result<Walked, StoreError> {
    match cursor.and_then(Place::read) {
        Some(Place::Kept { at, id }) => kept_since(connection, at, id, made_at, rows).await,
        Some(Place::Arrived(id)) => arrived_after(connection, &id, made_at, rows).await,
        None => arrived_after(connection, &[], made_at, rows).await,
    }
}

/// The messages that arrived after `id`, of about so many recipients.
async fn arrived_after(
    connection: &mut SqliteConnection,
    id: &[u8],
    made_at: i64,
    rows: u32,
) -> Result<Walked, StoreError> {
    let messages: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT DISTINCT message_id FROM (SELECT message_id FROM recipient WHERE message_id > $1 \
         ORDER BY message_id, position LIMIT $2) r ORDER BY message_id",
    )
    .bind(id)
    .bind(rows.max(1))
    .fetch_all(connection)
    .await?;
    let messages: Vec<Vec<u8>> = messages.into_iter().map(|(id,)| id).collect();
    let next = match messages.last() {
        Some(last) => Place::Arrived(last.clone()),
        // The clock of another process may be a little behind.
        None => Place::Kept {
            at: made_at.saturating_sub(SETTLE),
            id: vec![0; 16],
        },
    };
    Ok(Walked {
        messages,
        next: Some(next.bytes()),
    })
}

/// The messages that were kept after this one, and about when it was decided.
async fn kept_since(
    connection: &mut SqliteConnection,
    at: i64,
    id: Vec<u8>,
    made_at: i64,
    rows: u32,
) -> Result<Walked, StoreError> {
    let found: Vec<(i64, Vec<u8>, i64)> = sqlx::query_as(
        "SELECT kept_at, id, recipients FROM message WHERE emptied_at IS NULL AND kept_at >= $1 AND kept_at <= $2 \
         AND (kept_at > $1 OR id > $3) ORDER BY kept_at, id LIMIT $4",
    )
    .bind(at)
    // What is kept later than that was decided with it.
    .bind(made_at.saturating_add(2 * SETTLE))
    .bind(id)
    .bind(rows.max(1))
    .fetch_all(connection)
    .await?;
    let mut recipients = 0;
    let mut messages = Vec::new();
    let mut next = None;
    for (at, id, of) in found {
        recipients += of;
        if !messages.is_empty() && recipients > i64::from(rows) {
            break;
        }
        next = Some(Place::Kept { at, id: id.clone() });
        messages.push(id);
    }
    Ok(Walked {
        messages,
        next: next.map(Place::bytes),
    })
}
