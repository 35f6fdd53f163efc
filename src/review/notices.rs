//! Notices: drafted by one, approved by another, sent by `notify`.

use crate::message::Timestamp;
use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Approver;
use crate::staff::Reviewer;
use crate::staff::Viewer;

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
        _state: Option<&str>,
        _after: Option<NoticePlace>,
    ) -> Result<Vec<NoticeRow>, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// One notice, exactly as it is sent.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn notice(&self, _viewer: &Viewer, _id: i64) -> Result<NoticeDetail, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// Drafts a notice for a case: of what has come since the last one that was sent. Gives its number.
    ///
    /// # Errors
    /// A [`crate::review::Refusal`] where there is nothing to tell, or nobody to tell it to; the store's.
    pub async fn draft_notice(&self, _reviewer: &Reviewer, _case: i64) -> Result<i64, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// Takes one's own draft back.
    ///
    /// # Errors
    /// [`crate::review::Refusal::NotYourDraft`], `Decided`; the store's.
    pub async fn withdraw_notice(&self, _reviewer: &Reviewer, _id: i64) -> Result<(), ReviewError> {
        Err(ReviewError::Missing)
    }

    /// Approves a draft: from now on it waits to be sent.
    ///
    /// # Errors
    /// [`crate::review::Refusal::OwnDraft`] and `OwnContact` (both with an entry in the audit trail), `Decided`,
    /// `Outdated`; the store's.
    pub async fn approve_notice(&self, _approver: &Approver, _id: i64) -> Result<(), ReviewError> {
        Err(ReviewError::Missing)
    }

    /// Returns a draft of another to its drafter.
    ///
    /// # Errors
    /// `Decided`; the store's.
    pub async fn return_notice(&self, _approver: &Approver, _id: i64) -> Result<(), ReviewError> {
        Err(ReviewError::Missing)
    }
}
