//! Notices: drafted by one, approved by another, sent by `notify`.
//!
//! A notice tells of whole days, of those on which something came that its organisation was not told of, and of mail alone
//! whose intended domain is known well enough. What it says is fixed when it is drafted: what the approver reads is what
//! goes out. It is not approved, and once approved not sent, where the case, its owner, the owner's contacts or the
//! figures are not those of the draft any more. Until it is sent it can be taken back.

mod draft;

use crate::audit;
use crate::audit::Action;
use crate::message::Timestamp;
use crate::review::Refusal;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::organisations::Contact;
use crate::staff::Approver;
use crate::staff::Reviewer;
use crate::staff::Viewer;
use crate::store;
use crate::store::chain::Entry;
use crate::store::notice_steps::Decided;
use crate::store::notice_steps::Decision;
use serde_json::json;

/// A notice in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its number.
    pub id: i64,
    /// What it is called in the mail: `PR-2026-0042`.
    pub ticket: String,
    /// The case.
    pub case: i64,
    /// Its domain.
    pub domain: String,
    /// The organisation's name.
    pub organisation: String,
    /// `drafted`, `withdrawn`, `returned`, `approved`, `sent` or `failed`.
    pub state: String,
    /// Recipients that it tells of.
    pub counted: i64,
    /// First and last day that it tells of, since 1970-01-01.
    pub days: (i64, i64),
    /// Who drafted it, and when.
    pub drafted: (String, Timestamp),
    /// Who approved, returned or withdrew it, and when.
    pub decided: Option<(String, Timestamp)>,
    /// When the relay took it.
    pub sent_at: Option<Timestamp>,
    /// Tries so far.
    pub attempts: i64,
    /// When the next try is.
    pub next_attempt_at: Option<Timestamp>,
    /// What the relay said to the last try that failed.
    pub last_error: Option<String>,
}

/// A notice, exactly as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeDetail {
    /// What the list shows.
    pub row: NoticeRow,
    /// The language it is written in: ISO 639-1.
    pub language: String,
    /// The From header.
    pub from: String,
    /// The addresses it goes to, with who set each and when.
    pub to: Vec<crate::review::organisations::Contact>,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part: a whole document of ours, in which everything that a sender chose is escaped.
    pub html: String,
}

/// A place in the list of notices: the number of the last one seen.
pub type NoticePlace = i64;

impl Review {
    /// Notices, the newest first, of one state where `state` is given, at most 200.
    ///
    /// # Errors
    /// The store's.
    pub async fn notices(
        &self,
        _viewer: &Viewer,
        state: Option<&str>,
        after: Option<NoticePlace>,
    ) -> Result<Vec<NoticeRow>, ReviewError> {
        let rows = self.store.notices(state, after, PAGE).await?;
        Ok(rows.into_iter().map(NoticeRow::from).collect())
    }

    /// The notices of a case, the newest first, at most 200.
    ///
    /// # Errors
    /// The store's.
    pub async fn notices_of(
        &self,
        _viewer: &Viewer,
        case: i64,
    ) -> Result<Vec<NoticeRow>, ReviewError> {
        let rows = self.store.notices_of(case, PAGE).await?;
        Ok(rows.into_iter().map(NoticeRow::from).collect())
    }

    /// One notice, exactly as it is sent.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn notice(&self, _viewer: &Viewer, id: i64) -> Result<NoticeDetail, ReviewError> {
        let found = self.store.notice(id).await?.ok_or(ReviewError::Missing)?;
        Ok(NoticeDetail {
            row: found.row.into(),
            language: found.language,
            from: found.from,
            to: found
                .to
                .into_iter()
                .map(|contact| Contact {
                    address: contact.address,
                    set_by: contact.set_by,
                    set_at: Timestamp::from_millis(contact.set_at),
                })
                .collect(),
            subject: found.subject,
            text: found.text,
            html: found.html,
        })
    }

    /// Takes one's own notice back, drafted or approved.
    ///
    /// # Errors
    /// [`crate::review::Refusal::NotYourDraft`], `Decided`, `BeingSent`; the store's.
    pub async fn withdraw_notice(&self, reviewer: &Reviewer, id: i64) -> Result<(), ReviewError> {
        let decision = self.decision(reviewer.name(), Action::NoticeWithdrawn, None);
        answer(self.store.withdraw_notice(id, decision).await?)
    }

    /// Approves a draft: from now on it waits to be sent.
    ///
    /// # Errors
    /// [`crate::review::Refusal::OwnDraft`] and `OwnContact` (both with an entry in the audit trail), `Decided`,
    /// `Outdated`, `Closed`, `BeingSorted`; the store's.
    pub async fn approve_notice(&self, approver: &Approver, id: i64) -> Result<(), ReviewError> {
        let decision = self.decision(
            approver.name(),
            Action::NoticeApproved,
            Some(Action::ApprovalRefused),
        );
        answer(self.store.approve_notice(id, decision).await?)
    }

    /// Returns a notice of another, drafted or approved, to its drafter.
    ///
    /// # Errors
    /// [`crate::review::Refusal::OwnDraft`], `Decided`, `BeingSent`; the store's.
    pub async fn return_notice(&self, approver: &Approver, id: i64) -> Result<(), ReviewError> {
        let decision = self.decision(approver.name(), Action::NoticeReturned, None);
        answer(self.store.return_notice(id, decision).await?)
    }

    fn decision(&self, by: &str, done: Action, refused: Option<Action>) -> Decision {
        let at = self.clock.now();
        let entry = |action| audit::entry(at, by, action, "", json!({}));
        let refused: Option<Entry> = refused.map(entry);
        Decision {
            by: by.to_owned(),
            at,
            done: entry(done),
            refused,
        }
    }
}

/// Notices on one page.
const PAGE: u32 = store::notices::LARGEST_PAGE;

fn refused(refusal: Refusal) -> ReviewError {
    ReviewError::Refused(refusal)
}

fn answer(decided: Decided) -> Result<(), ReviewError> {
    let refusal = match decided {
        Decided::Done => return Ok(()),
        Decided::Missing => return Err(ReviewError::Missing),
        Decided::Already => Refusal::Decided,
        Decided::OwnDraft => Refusal::OwnDraft,
        Decided::OwnContact => Refusal::OwnContact,
        Decided::NotYours => Refusal::NotYourDraft,
        Decided::Outdated => Refusal::Outdated,
        Decided::Closed => Refusal::Closed,
        Decided::BeingSorted => Refusal::BeingSorted,
        Decided::BeingSent => Refusal::BeingSent,
    };
    Err(refused(refusal))
}

impl From<store::notices::NoticeRow> for NoticeRow {
    fn from(row: store::notices::NoticeRow) -> Self {
        Self {
            id: row.id,
            ticket: row.ticket,
            case: row.case,
            domain: row.domain,
            organisation: row.organisation,
            state: row.state,
            counted: row.counted,
            days: row.days,
            drafted: row.drafted,
            decided: row.decided,
            sent_at: row.sent_at,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            last_error: row.last_error,
        }
    }
}
