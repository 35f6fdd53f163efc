//! Notices that wait to be sent.
//!
//! A try is written down *before* it is made, with the time of the next one: whatever ends the process in between, the
//! notice waits its turn, and a disk that takes nothing keeps notices from being sent over and over. `approved` stays until
//! the relay has taken it.

use crate::message::Timestamp;
use crate::store::Store;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use crate::store::notice_steps::Open;
use crate::store::notice_steps::Standing;
use crate::store::notice_steps::count;
use crate::store::notice_steps::open;
use crate::store::notice_steps::standing;
use crate::store::notices::contacts;
use crate::store::told;
use serde_json::json;
use sqlx::SqliteConnection;

/// The word of the audit trail, and who acts: `audit` has both, and a test that they are the same.
const RETURNED: &str = "notice_returned";
const SYSTEM: &str = "system";

/// Waiting notices that one look goes over at most, where some of them have to wait.
const LOOKED_AT: i64 = 20;

/// A notice whose turn it is, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueNotice {
    /// Its number.
    pub id: i64,
    /// Its ticket.
    pub ticket: String,
    /// ISO 639-1.
    pub language: String,
    /// The From header.
    pub from: String,
    /// The addresses.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// When it was approved.
    pub approved_at: Timestamp,
    /// Which try this is, from 1.
    pub attempt: i64,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// It was taken. What the relay said of addresses that it refused, if it did.
    Sent(Option<String>),
    /// Not yet, and why.
    Delayed(String),
    /// Never, and why.
    Failed(String),
}

#[derive(sqlx::FromRow)]
struct Due {
    id: i64,
    ticket: String,
    language: String,
    from_header: String,
    recipients_to: String,
    subject: String,
    body_text: String,
    body_html: String,
    decided_at: i64,
    attempts: i64,
}

impl Store {
    /// Takes the notice that has waited longest, where the turn of one has come by `now`, and writes the try down: the
    /// next is due after `pause` (of the number of this one), in milliseconds.
    ///
    /// What has changed since the approval is looked at in the same transaction: a notice that is not true any more goes
    /// back to `returned`, with an entry of the system's, and one whose mail is being sorted waits.
    ///
    /// # Errors
    /// The database's; then nothing is to be sent.
    pub async fn claim_notice(
        &self,
        now: Timestamp,
        pause: fn(i64) -> i64,
    ) -> Result<Option<DueNotice>, StoreError> {
        // Asked for every few seconds: a look costs no transaction.
        let waits: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM notice WHERE state = 'approved' AND (next_attempt_at <= $1 OR next_attempt_at > $2) LIMIT 1",
        )
        .bind(now.millis())
        .bind(latest(now, pause))
        .fetch_optional(self.readers())
        .await?;
        if waits.is_none() {
            return Ok(None);
        }
        self.write(move |connection| Box::pin(claim(connection, now, pause)))
            .await
    }

    /// Writes down how a try ended, with its entry, whose subject is the ticket. Gives `false`, and writes nothing, where
    /// the notice did not wait any more.
    ///
    /// # Errors
    /// The database's; then the notice waits for its next turn.
    pub async fn end_attempt(
        &self,
        id: i64,
        at: Timestamp,
        attempted: Attempted,
        entry: Entry,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| Box::pin(end(connection, id, at, attempted, entry)))
            .await
    }
}

/// The latest that a next try can be: what is due later than that was written down by a clock that was wrong.
fn latest(now: Timestamp, pause: fn(i64) -> i64) -> i64 {
    now.plus_millis(pause(i64::MAX)).millis()
}

async fn claim(
    connection: &mut SqliteConnection,
    now: Timestamp,
    pause: fn(i64) -> i64,
) -> Result<Option<DueNotice>, StoreError> {
    let waiting: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM notice WHERE state = 'approved' AND (next_attempt_at <= $1 OR next_attempt_at > $2) \
         ORDER BY next_attempt_at, id LIMIT $3",
    )
    .bind(now.millis())
    .bind(latest(now, pause))
    .bind(LOOKED_AT)
    .fetch_all(&mut *connection)
    .await?;
    for id in waiting {
        let Some(notice) = open(connection, id).await? else {
            continue;
        };
        match standing(connection, &notice).await? {
            Standing::Good => return begin(connection, id, now, pause).await.map(Some),
            Standing::BeingSorted => {}
            Standing::Closed => give_back(connection, &notice, now, "closed").await?,
            Standing::Changed(what) => give_back(connection, &notice, now, what).await?,
        }
    }
    Ok(None)
}

/// A try is begun.
async fn begin(
    connection: &mut SqliteConnection,
    id: i64,
    now: Timestamp,
    pause: fn(i64) -> i64,
) -> Result<DueNotice, StoreError> {
    let due: Due = sqlx::query_as(
        "UPDATE notice SET attempts = attempts + 1, sending = 1 WHERE id = $1 \
         RETURNING id, ticket, language, from_header, recipients_to, subject, body_text, body_html, decided_at, attempts",
    )
    .bind(id)
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query("UPDATE notice SET next_attempt_at = $1 WHERE id = $2")
        .bind(now.plus_millis(pause(due.attempts)).millis())
        .bind(id)
        .execute(connection)
        .await?;
    let to = contacts(&due.recipients_to)?;
    Ok(DueNotice {
        id: due.id,
        ticket: due.ticket,
        language: due.language,
        from: due.from_header,
        to: to.into_iter().map(|contact| contact.address).collect(),
        subject: due.subject,
        text: due.body_text,
        html: due.body_html,
        approved_at: Timestamp::from_millis(due.decided_at),
        attempt: due.attempts,
    })
}

/// An approved notice that is not true any more goes back to its drafter.
async fn give_back(
    connection: &mut SqliteConnection,
    notice: &Open,
    now: Timestamp,
    why: &'static str,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE notice SET state = 'returned', decided_by = $1, decided_at = $2, next_attempt_at = NULL, sending = 0 \
         WHERE id = $3",
    )
    .bind(SYSTEM)
    .bind(now.millis())
    .bind(notice.id)
    .execute(&mut *connection)
    .await?;
    count(connection, "notices:approved", -1).await?;
    count(connection, "notices:returned", 1).await?;
    let entry = Entry {
        at: now,
        actor: SYSTEM.to_owned(),
        action: RETURNED,
        subject: notice.ticket.clone(),
        detail: json!({ "reason": why }),
    };
    chain::append(connection, entry).await?;
    tracing::warn!(ticket = %notice.ticket, why, "an approved notice is not true any more; returned");
    Ok(())
}

async fn end(
    connection: &mut SqliteConnection,
    id: i64,
    at: Timestamp,
    attempted: Attempted,
    entry: Entry,
) -> Result<bool, StoreError> {
    let (state, error) = match &attempted {
        Attempted::Sent(note) => ("sent", note.as_deref()),
        Attempted::Delayed(error) => ("approved", Some(error.as_str())),
        Attempted::Failed(error) => ("failed", Some(error.as_str())),
    };
    let sent_at = (state == "sent").then_some(at.millis());
    let ended: Option<(i64, i64)> = sqlx::query_as(
        "UPDATE notice SET state = $1, last_error = $2, sent_at = $3, sending = 0, \
         next_attempt_at = CASE WHEN $1 = 'approved' THEN next_attempt_at END \
         WHERE id = $4 AND state = 'approved' RETURNING case_id, organisation_id",
    )
    .bind(state)
    .bind(error)
    .bind(sent_at)
    .bind(id)
    .fetch_optional(&mut *connection)
    .await?;
    let Some((case, organisation)) = ended else {
        return Ok(false);
    };
    if state != "approved" {
        count(connection, "notices:approved", -1).await?;
        count(connection, &format!("notices:{state}"), 1).await?;
    }
    if state == "sent" {
        told::remember(connection, id, case, organisation).await?;
        notified(connection, case).await?;
    }
    chain::append(connection, entry).await?;
    Ok(true)
}

/// The owner of an open case has been told; a case that was closed meanwhile stays closed.
async fn notified(connection: &mut SqliteConnection, case: i64) -> Result<(), StoreError> {
    let changed =
        sqlx::query("UPDATE cases SET state = 'notified' WHERE id = $1 AND state = 'open'")
            .bind(case)
            .execute(&mut *connection)
            .await?;
    if changed.rows_affected() > 0 {
        count(connection, "cases:open", -1).await?;
        count(connection, "cases:notified", 1).await?;
    }
    Ok(())
}
