//! Notices, as lists and pages read them, and what a draft starts from. `notice_steps` has what changes them, `outbox`
//! the queue of those that wait to be sent.

use crate::classify::OrganisationId;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::cases::is_shared;
use crate::store::error::StoreError;
use crate::store::plan::CaseKind;
use serde::Deserialize;
use serde::Serialize;
use sqlx::Connection;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// Notices on one page at most.
pub const LARGEST_PAGE: u32 = 200;

/// An address that a notice goes to, as it was in the directory when the notice was drafted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NoticeContact {
    /// The address.
    pub address: String,
    /// Who set it.
    pub set_by: String,
    /// When: milliseconds, UTC.
    pub set_at: i64,
}

/// A notice in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its number.
    pub id: i64,
    /// `PR-2026-0042`.
    pub ticket: String,
    /// The case.
    pub case: i64,
    /// The case's domain.
    pub domain: String,
    /// The organisation's name.
    pub organisation: String,
    /// `drafted`, `withdrawn`, `returned`, `approved`, `sent` or `failed`.
    pub state: String,
    /// Recipients that it tells of.
    pub counted: i64,
    /// First and last day that it tells of.
    pub days: (i64, i64),
    /// Who drafted it, and when.
    pub drafted: (String, Timestamp),
    /// Who approved, returned or withdrew it, and when.
    pub decided: Option<(String, Timestamp)>,
    /// When it was taken.
    pub sent_at: Option<Timestamp>,
    /// Tries so far.
    pub attempts: i64,
    /// When the next one is.
    pub next_attempt_at: Option<Timestamp>,
    /// What was said to the last one that failed.
    pub last_error: Option<String>,
}

/// A notice with all that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeFull {
    /// What the list shows.
    pub row: NoticeRow,
    /// ISO 639-1.
    pub language: String,
    /// The From header.
    pub from: String,
    /// Whom it goes to.
    pub to: Vec<NoticeContact>,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// The owner of a case's domain, as a notice needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeOwner {
    /// Its number.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Whether the case's domain has many unrelated users: the directory says so, or the list of mass providers.
    pub shared: bool,
    /// Its addresses, in alphabetical order.
    pub contacts: Vec<NoticeContact>,
}

/// What a draft starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeBasis {
    /// What the case is about.
    pub kind: CaseKind,
    /// Its domain.
    pub domain: String,
    /// `open`, `notified` or `closed`.
    pub state: String,
    /// Who owns the domain.
    pub owner: Option<NoticeOwner>,
    /// Whether one is on its way.
    pub open: bool,
}

macro_rules! notices {
    ($columns:literal, $choice:literal) => {
        concat!(
            "SELECT n.id, n.ticket, n.case_id, c.domain, o.name AS organisation, n.state, n.counted, n.first_day, \
             n.last_day, n.drafted_by, n.drafted_at, n.decided_by, n.decided_at, n.sent_at, n.attempts, \
             n.next_attempt_at, n.last_error",
            $columns,
            " FROM notice n JOIN cases c ON c.id = n.case_id JOIN organisation o ON o.id = n.organisation_id WHERE ",
            $choice
        )
    };
}

impl Store {
    /// Notices past `after` (the number of the last one seen), the newest first; of one state where `state` is given.
    ///
    /// # Errors
    /// The database's.
    pub async fn notices(
        &self,
        state: Option<&str>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<NoticeRow>, StoreError> {
        let query = match state {
            Some(state) => sqlx::query(notices!(
                "",
                "n.state = $1 AND n.id < $2 ORDER BY n.id DESC LIMIT $3"
            ))
            .bind(state),
            None => sqlx::query(notices!(
                "",
                "$1 IS NULL AND n.id < $2 ORDER BY n.id DESC LIMIT $3"
            ))
            .bind(None::<&str>),
        };
        query
            .bind(after.unwrap_or(i64::MAX))
            .bind(limit.min(LARGEST_PAGE))
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(NoticeRow::read)
            .collect()
    }

    /// The notices of a case, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn notices_of(&self, case: i64, limit: u32) -> Result<Vec<NoticeRow>, StoreError> {
        sqlx::query(notices!("", "n.case_id = $1 ORDER BY n.id DESC LIMIT $2"))
            .bind(case)
            .bind(limit.min(LARGEST_PAGE))
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(NoticeRow::read)
            .collect()
    }

    /// One notice.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice(&self, id: i64) -> Result<Option<NoticeFull>, StoreError> {
        sqlx::query(notices!(
            ", n.language, n.from_header, n.recipients_to, n.subject, n.body_text, n.body_html",
            "n.id = $1"
        ))
        .bind(id)
        .fetch_optional(self.readers())
        .await?
        .as_ref()
        .map(NoticeFull::read)
        .transpose()
    }

    /// What a draft for a case starts from; `None` where there is no such case.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_basis(&self, case: i64) -> Result<Option<NoticeBasis>, StoreError> {
        let mut connection = self.readers().acquire().await?;
        // One transaction, so that all of it is of one moment.
        let mut transaction = connection.begin().await?;
        let basis = basis(&mut transaction, case).await?;
        transaction.rollback().await?;
        Ok(basis)
    }
}

/// What a draft starts from, in the transaction that is open on `connection`.
pub(in crate::store) async fn basis(
    connection: &mut SqliteConnection,
    case: i64,
) -> Result<Option<NoticeBasis>, StoreError> {
    type Case = (String, String, String, Option<i64>);
    let found: Option<Case> =
        sqlx::query_as("SELECT kind, domain, state, organisation_id FROM cases WHERE id = $1")
            .bind(case)
            .fetch_optional(&mut *connection)
            .await?;
    let Some((kind, domain, state, organisation)) = found else {
        return Ok(None);
    };
    let owner = match organisation {
        Some(id) => {
            let mut owner = owner(connection, id).await?;
            owner.shared = is_shared(owner.shared, &domain);
            Some(owner)
        }
        None => None,
    };
    let open: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM notice WHERE case_id = $1 AND state IN ('drafted', 'approved') LIMIT 1",
    )
    .bind(case)
    .fetch_optional(connection)
    .await?;
    Ok(Some(NoticeBasis {
        kind: CaseKind::from_name(&kind),
        domain,
        state,
        owner,
        open: open.is_some(),
    }))
}

async fn owner(connection: &mut SqliteConnection, id: i64) -> Result<NoticeOwner, StoreError> {
    let (name, language, shared): (String, Option<String>, bool) =
        sqlx::query_as("SELECT name, language, shared FROM organisation WHERE id = $1")
            .bind(id)
            .fetch_one(&mut *connection)
            .await?;
    let contacts: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT address, set_by, set_at FROM contact WHERE organisation_id = $1 ORDER BY address",
    )
    .bind(id)
    .fetch_all(connection)
    .await?;
    Ok(NoticeOwner {
        id: OrganisationId(id),
        name,
        language,
        shared,
        contacts: contacts
            .into_iter()
            .map(|(address, set_by, set_at)| NoticeContact {
                address,
                set_by,
                set_at,
            })
            .collect(),
    })
}

impl NoticeRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let time = |column: &str| -> Result<Option<Timestamp>, StoreError> {
            let millis: Option<i64> = row.try_get(column)?;
            Ok(millis.map(Timestamp::from_millis))
        };
        let decided_by: Option<String> = row.try_get("decided_by")?;
        Ok(Self {
            id: row.try_get("id")?,
            ticket: row.try_get("ticket")?,
            case: row.try_get("case_id")?,
            domain: row.try_get("domain")?,
            organisation: row.try_get("organisation")?,
            state: row.try_get("state")?,
            counted: row.try_get("counted")?,
            days: (row.try_get("first_day")?, row.try_get("last_day")?),
            drafted: (
                row.try_get("drafted_by")?,
                Timestamp::from_millis(row.try_get("drafted_at")?),
            ),
            decided: decided_by.zip(time("decided_at")?),
            sent_at: time("sent_at")?,
            attempts: row.try_get("attempts")?,
            next_attempt_at: time("next_attempt_at")?,
            last_error: row.try_get("last_error")?,
        })
    }
}

impl NoticeFull {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            row: NoticeRow::read(row)?,
            language: row.try_get("language")?,
            from: row.try_get("from_header")?,
            to: contacts(row.try_get("recipients_to")?)?,
            subject: row.try_get("subject")?,
            text: row.try_get("body_text")?,
            html: row.try_get("body_html")?,
        })
    }
}

/// The addresses of a notice, as they are stored.
pub(in crate::store) fn contacts(json: &str) -> Result<Vec<NoticeContact>, StoreError> {
    serde_json::from_str(json)
        .map_err(|_| StoreError::Unfit("a notice's addresses cannot be read".to_owned()))
}
