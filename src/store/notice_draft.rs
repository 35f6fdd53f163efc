//! How a notice comes to be: one transaction, from the look at what there is to tell to the audit entry, so that what is
//! counted, what is written and what is remembered as told are the same.

use crate::classify::OrganisationId;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::case_sums::NoticeSums;
use crate::store::case_sums::sums_over;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use crate::store::notice_steps::count;
use crate::store::notices::NoticeContact;
use crate::store::notices::basis;
use crate::store::sorted;
use crate::store::told;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// A notice to be drafted.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// The case.
    pub case: i64,
    /// The owner that the case had when the figures were taken.
    pub organisation: OrganisationId,
    /// Whether it had many unrelated users.
    pub shared: bool,
    /// Its addresses.
    pub contacts: Vec<NoticeContact>,
    /// ISO 639-1.
    pub language: &'static str,
    /// The From header.
    pub from: String,
    /// Who drafts it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What a new notice tells: the figures of the moment at which it is drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeFigures {
    /// The sums over its days.
    pub sums: NoticeSums,
    /// Recipients among them that the organisation was told of before.
    pub counted_again: i64,
    /// Whether days between the first and the last are left out, because nothing new came.
    pub gaps: bool,
    /// The ticket of the last notice that the organisation was sent.
    pub earlier: Option<String>,
}

/// What a new notice may name: its ticket, and the newest entry of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeMarks {
    /// The ticket.
    pub ticket: String,
    /// The entry's number.
    pub seq: i64,
    /// The entry's hash.
    pub hash: [u8; 32],
}

/// A notice in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeText {
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drafted {
    /// It is there, under this number.
    Made(i64),
    /// One is on its way already.
    AlreadyOpen,
    /// The case or the contacts have changed since they were read.
    Outdated,
    /// Stored mail is being sorted anew.
    BeingSorted,
    /// The organisation has been told of all that there is.
    NothingToTell,
}

impl Store {
    /// Drafts a notice of what has come that the organisation was not told of. `compose` gets the ticket, the newest audit
    /// entry and the figures, and writes it; what it writes is what is sent. The entry's subject becomes the ticket, and
    /// its detail is given the figures.
    ///
    /// # Errors
    /// The database's; then there is no draft.
    pub async fn draft_notice<F>(
        &self,
        new: NewNotice,
        entry: Entry,
        compose: F,
    ) -> Result<Drafted, StoreError>
    where
        F: FnOnce(&NoticeMarks, NoticeFigures) -> NoticeText + Send + 'static,
    {
        self.write(move |connection| Box::pin(draft(connection, new, entry, compose)))
            .await
    }
}

async fn draft<F>(
    connection: &mut SqliteConnection,
    new: NewNotice,
    mut entry: Entry,
    compose: F,
) -> Result<Drafted, StoreError>
where
    F: FnOnce(&NoticeMarks, NoticeFigures) -> NoticeText,
{
    if let Some(no) = refused(connection, &new).await? {
        return Ok(no);
    }
    let (case, organisation) = (new.case, new.organisation.0);
    let news = told::news(connection, case, organisation, new.at.day()).await?;
    if news.rows.is_empty() {
        return Ok(Drafted::NothingToTell);
    }
    let figures = NoticeFigures {
        sums: sums_over(connection, case, &news.rows).await?,
        counted_again: news.counted_again,
        gaps: news.gaps,
        earlier: told::earlier(connection, case, organisation).await?,
    };
    let counted = figures.sums.misdirected + figures.sums.reflection;
    let days = (figures.sums.first_day, figures.sums.last_day);
    let names: BTreeSet<String> = news.rows.iter().map(|row| row.name.clone()).collect();
    let sorted_by = sorted::by(connection, case, &names).await?;
    let marks = marks(connection, new.at).await?;
    let text = compose(&marks, figures);
    let to = serde_json::to_string(&new.contacts)
        .map_err(|_| StoreError::Unfit("a notice's addresses cannot be written".to_owned()))?;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO notice (ticket, case_id, organisation_id, state, language, shared, from_header, recipients_to, \
         first_day, last_day, counted, sorted_by, subject, body_text, body_html, audit_seq, audit_hash, drafted_by, \
         drafted_at) \
         VALUES ($1, $2, $3, 'drafted', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) RETURNING id",
    )
    .bind(&marks.ticket)
    .bind(case)
    .bind(organisation)
    .bind(new.language)
    .bind(new.shared)
    .bind(new.from)
    .bind(to)
    .bind(days.0)
    .bind(days.1)
    .bind(counted)
    .bind(sorted_by)
    .bind(text.subject)
    .bind(text.text)
    .bind(text.html)
    .bind(marks.seq)
    .bind(marks.hash.as_slice())
    .bind(new.by)
    .bind(new.at.millis())
    .fetch_one(&mut *connection)
    .await?;
    told::freeze(connection, id, &news.rows).await?;
    count(connection, "notices:drafted", 1).await?;
    entry.subject = marks.ticket;
    if let Some(detail) = entry.detail.as_object_mut() {
        detail.insert("counted".to_owned(), counted.into());
        detail.insert("days".to_owned(), vec![days.0, days.1].into());
    }
    chain::append(connection, entry).await?;
    Ok(Drafted::Made(id))
}

/// Why there is no draft, before anything is counted.
async fn refused(
    connection: &mut SqliteConnection,
    new: &NewNotice,
) -> Result<Option<Drafted>, StoreError> {
    let Some(now) = basis(connection, new.case).await? else {
        return Ok(Some(Drafted::Outdated));
    };
    if now.open {
        return Ok(Some(Drafted::AlreadyOpen));
    }
    let same = now.owner.is_some_and(|owner| {
        owner.id == new.organisation && owner.shared == new.shared && owner.contacts == new.contacts
    });
    if !same || now.state == "closed" {
        return Ok(Some(Drafted::Outdated));
    }
    let sorting = sorted::is_under_way(connection, new.case).await?;
    Ok(sorting.then_some(Drafted::BeingSorted))
}

/// The next ticket of the year, and the newest audit entry.
async fn marks(
    connection: &mut SqliteConnection,
    at: Timestamp,
) -> Result<NoticeMarks, StoreError> {
    let year = at.utc().year();
    let number = count(connection, &format!("tickets:{year}"), 1).await?;
    let newest: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_optional(connection)
            .await?;
    let (seq, hash) = newest.unwrap_or((0, chain::BEGINNING.to_vec()));
    Ok(NoticeMarks {
        ticket: format!("PR-{year}-{number:04}"),
        seq,
        hash: hash.try_into().unwrap_or(chain::BEGINNING),
    })
}
