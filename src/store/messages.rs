//! Messages as an approver may see them: one row a recipient, by pages, without ever touching sealed bytes.

use crate::message::MessageId;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::error::StoreError;
use serde::Serialize;
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::fmt;
use std::str::FromStr;

/// The most rows of one page.
pub const LARGEST_PAGE: u32 = 1_000;

/// A place in the list: one recipient of one message. Text form: the message's id, a full stop, the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The message.
    pub message: MessageId,
    /// The recipient's place in the envelope.
    pub position: i64,
}

/// Which way to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As pages do.
    NewestFirst,
    /// As `restante messages` does.
    OldestFirst,
}

/// A choice of rows.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Which way.
    pub order: Order,
    /// Past which row; `None` starts at the end that `order` begins with.
    pub after: Option<Cursor>,
    /// Of one case alone.
    pub case: Option<i64>,
    /// How many, at most [`LARGEST_PAGE`].
    pub limit: u32,
}

/// All of design section 8 that the store has of one recipient of one message. What the sender chose in it is hostile
/// text: domains are checked names, everything else is from a closed list or a number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageRow {
    /// The message.
    pub id: String,
    /// The recipient's place in the envelope, from 0.
    pub position: i64,
    /// RFC 3339.
    pub received_at: String,
    /// `hold` or `count`.
    pub policy: String,
    /// Octets as received.
    pub bytes: i64,
    /// How many of them were examined.
    pub examined: i64,
    /// As the sender wrote it.
    pub typed_domain: String,
    /// The watch entry that decided the policy.
    pub watch: Option<String>,
    /// `None` is *unknown*.
    pub intended: Option<String>,
    /// 0 to 1.
    pub confidence: f64,
    /// The next best.
    pub runner_up: Option<RunnerUp>,
    /// `[{"code", "weight"}]`.
    pub reasons: Value,
    /// Name of the intended domain's owner.
    pub organisation: Option<String>,
    /// The case.
    pub case: i64,
    /// Its state.
    pub state: String,
    /// Keyed hash of the recipient's address.
    pub recipient_pseudonym: String,
    /// Registrable domain of the sender; `None` for the null reverse-path.
    pub sender_domain: Option<String>,
    /// Keyed hash of the sender's address.
    pub sender_pseudonym: Option<String>,
    /// Registrable domain of HELO.
    pub helo_domain: Option<String>,
    /// `192.0.2.0/24` or `2001:db8::/48`.
    pub client_network: Option<String>,
    /// TLS version.
    pub tls: Option<String>,
    /// What SPF says, in the words of RFC 8601; `None` (as of the next four): not checked.
    pub spf: Option<String>,
    /// What DKIM says.
    pub dkim: Option<String>,
    /// Whether a signature that passes is of the domain in From; `None` where none passes.
    pub dkim_aligned: Option<bool>,
    /// What DMARC says.
    pub dmarc: Option<String>,
    /// What the domain in From asks for: `none`, `quarantine`, `reject`; `None` where it has published nothing.
    pub dmarc_policy: Option<String>,
    /// How many recipients the transaction had.
    pub recipients: i64,
    /// How often the same envelope and bytes came again.
    pub repeats: i64,
    /// `[{"media_type", "bytes"}]`.
    pub attachments: Value,
    /// ISO 639-1.
    pub language: Option<String>,
    /// What kind of mail it is.
    pub verdict: String,
    /// 0 to 1.
    pub verdict_confidence: f64,
    /// `[{"code", "weight"}]`.
    pub verdict_reasons: Value,
    /// Labels, sorted; gone with the sealed item.
    pub sensitivity: Value,
    /// Whether a sealed copy is held: `held`, `removed`, or `None` where there never was one.
    pub sealed: Option<&'static str>,
}

/// The second-best intended domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunnerUp {
    /// A-labels.
    pub intended: String,
    /// 0 to 1.
    pub confidence: f64,
}

macro_rules! rows {
    ($choice:literal) => {
        concat!(
            "SELECT r.message_id, r.position, m.received_at, m.policy, m.bytes, m.examined, r.typed_domain, r.watch, \
             r.intended_domain, r.confidence, r.runner_up, r.runner_up_confidence, r.reasons, o.name AS organisation, \
             r.case_id, c.state, r.pseudonym, m.sender_domain, m.sender_pseudonym, m.helo_domain, m.client_network, \
             m.tls, m.recipients, m.repeats, m.attachments, m.language, m.verdict, m.verdict_confidence, \
             m.verdict_reasons, m.spf, m.dkim, m.dkim_aligned, m.dmarc, m.dmarc_policy, s.labels, i.parts, i.removed_at \
             FROM recipient r JOIN message m ON m.id = r.message_id JOIN cases c ON c.id = r.case_id \
             LEFT JOIN organisation o ON o.id = r.organisation_id \
             LEFT JOIN sensitivity s ON s.message_id = r.message_id \
             LEFT JOIN item i ON i.message_id = r.message_id AND i.position = r.item WHERE ",
            $choice
        )
    };
}

pub(in crate::store) use rows;

const NEWEST: &str = rows!(
    "(r.message_id, r.position) < ($1, $2) ORDER BY r.message_id DESC, r.position DESC LIMIT $3"
);
const OLDEST: &str =
    rows!("(r.message_id, r.position) > ($1, $2) ORDER BY r.message_id, r.position LIMIT $3");
const CASE_NEWEST: &str = rows!(
    "(r.message_id, r.position) < ($1, $2) AND r.case_id = $4 \
     ORDER BY r.message_id DESC, r.position DESC LIMIT $3"
);
const CASE_OLDEST: &str = rows!(
    "(r.message_id, r.position) > ($1, $2) AND r.case_id = $4 ORDER BY r.message_id, r.position LIMIT $3"
);
const ONE: &str = rows!("r.message_id = $1 AND r.position = $2");

/// One step to the end of an index for each part.
const LAST_KEPT: &str = "SELECT max(at) FROM (\
     SELECT max(kept_at) AS at FROM message WHERE emptied_at IS NULL \
     UNION ALL SELECT max(kept_at) FROM message WHERE emptied_at IS NOT NULL)";

impl Store {
    /// One page of messages.
    ///
    /// # Errors
    /// The database's.
    pub async fn messages(&self, page: Page) -> Result<Vec<MessageRow>, StoreError> {
        let text = match (page.order, page.case) {
            (Order::NewestFirst, None) => NEWEST,
            (Order::OldestFirst, None) => OLDEST,
            (Order::NewestFirst, Some(_)) => CASE_NEWEST,
            (Order::OldestFirst, Some(_)) => CASE_OLDEST,
        };
        let start = page.after.unwrap_or(match page.order {
            Order::NewestFirst => Cursor::last(),
            Order::OldestFirst => Cursor::first(),
        });
        let mut query = sqlx::query(text)
            .bind(start.message.as_bytes().as_slice())
            .bind(start.position)
            .bind(page.limit.min(LARGEST_PAGE));
        if let Some(case) = page.case {
            query = query.bind(case);
        }
        query
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(MessageRow::read)
            .collect()
    }

    /// One recipient of one message.
    ///
    /// # Errors
    /// The database's.
    pub async fn message(&self, at: Cursor) -> Result<Option<MessageRow>, StoreError> {
        let query = sqlx::query(ONE)
            .bind(at.message.as_bytes().as_slice())
            .bind(at.position);
        let row = query.fetch_optional(self.readers()).await?;
        row.as_ref().map(MessageRow::read).transpose()
    }

    /// When the last message was kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_kept(&self) -> Result<Option<Timestamp>, StoreError> {
        let found: Option<i64> = sqlx::query_scalar(LAST_KEPT)
            .fetch_one(self.readers())
            .await?;
        Ok(found.map(Timestamp::from_millis))
    }
}

impl Cursor {
    /// Before every row.
    pub(in crate::store) fn first() -> Self {
        Self {
            message: MessageId::from_bytes([0; 16]),
            position: -1,
        }
    }

    /// After every row.
    pub(in crate::store) fn last() -> Self {
        Self {
            message: MessageId::from_bytes([0xff; 16]),
            position: i64::MAX,
        }
    }
}

impl MessageRow {
    /// Its place in the list.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        format!("{}.{}", self.id, self.position).parse().ok()
    }

    pub(in crate::store) fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let json = |column: &str| -> Result<Value, StoreError> {
            let text: Option<&str> = row.try_get(column)?;
            Ok(text
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or(Value::Array(Vec::new())))
        };
        let runner_up: Option<String> = row.try_get("runner_up")?;
        let parts: Option<i64> = row.try_get("parts")?;
        let removed: Option<i64> = row.try_get("removed_at")?;
        Ok(Self {
            id: message_id(row, "message_id")?.to_string(),
            position: row.try_get("position")?,
            received_at: Timestamp::from_millis(row.try_get("received_at")?).to_string(),
            policy: row.try_get("policy")?,
            bytes: row.try_get("bytes")?,
            examined: row.try_get("examined")?,
            typed_domain: row.try_get("typed_domain")?,
            watch: row.try_get("watch")?,
            intended: row.try_get("intended_domain")?,
            confidence: row.try_get("confidence")?,
            runner_up: match runner_up {
                Some(intended) => Some(RunnerUp {
                    intended,
                    confidence: row.try_get("runner_up_confidence")?,
                }),
                None => None,
            },
            reasons: json("reasons")?,
            organisation: row.try_get("organisation")?,
            case: row.try_get("case_id")?,
            state: row.try_get("state")?,
            recipient_pseudonym: row.try_get("pseudonym")?,
            sender_domain: row.try_get("sender_domain")?,
            sender_pseudonym: row.try_get("sender_pseudonym")?,
            helo_domain: row.try_get("helo_domain")?,
            client_network: row.try_get("client_network")?,
            tls: row.try_get("tls")?,
            spf: row.try_get("spf")?,
            dkim: row.try_get("dkim")?,
            dkim_aligned: row.try_get("dkim_aligned")?,
            dmarc: row.try_get("dmarc")?,
            dmarc_policy: row.try_get("dmarc_policy")?,
            recipients: row.try_get("recipients")?,
            repeats: row.try_get("repeats")?,
            attachments: json("attachments")?,
            language: row.try_get("language")?,
            verdict: row.try_get("verdict")?,
            verdict_confidence: row.try_get("verdict_confidence")?,
            verdict_reasons: json("verdict_reasons")?,
            sensitivity: json("labels")?,
            sealed: parts.map(|_| if removed.is_some() { "removed" } else { "held" }),
        })
    }
}

/// A message's id out of a row.
pub(in crate::store) fn message_id(row: &SqliteRow, column: &str) -> Result<MessageId, StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes
        .try_into()
        .map(MessageId::from_bytes)
        .map_err(|_| StoreError::Database("an id does not have 16 octets".to_owned()))
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.message, self.position)
    }
}

/// A text is not a [`Cursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the list of messages")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (id, position) = text.split_once('.').ok_or(CursorError)?;
        let id = uuid::Uuid::try_parse(id).map_err(|_| CursorError)?;
        Ok(Self {
            message: MessageId::from_bytes(*id.as_bytes()),
            position: position.parse().map_err(|_| CursorError)?,
        })
    }
}
