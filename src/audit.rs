//! The audit trail: what staff and the system did, in order, each entry bound to the one before it.
//!
//! For: proving to others what was and was not done. Guarantees: what is one transaction (an import of organisations) has
//! its entry in that transaction; what is many has an entry after it with the sums, and an import of mail one before it
//! too; the database itself refuses to change or delete one, and [`verify`] finds the first entry that somebody changed,
//! took out or put in between by other means. Refuses: content; details are figures and reasons. Limits, honestly: whoever
//! can rewrite the file can write a whole new trail; that is why the newest hash belongs outside the house, and why
//! [`Head`] has it.

use crate::store::Store;
use crate::store::StoreError;
use crate::store::Timestamp;
use crate::store::chain;
use crate::store::chain::Entry;
use serde_json::Value;

/// What can be done. The words are part of the trail and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// `init` made the database.
    DatabaseCreated,
    /// The server started.
    ServerStarted,
    /// The server stopped.
    ServerStopped,
    /// Rows were taken into the directory.
    OrganisationsImported,
    /// Mail was brought in from files.
    MailImported,
    /// A retention pass took something away.
    RetentionPassed,
    /// A running server took new settings.
    SettingsReloaded,
    /// The clock went further than time did.
    ClockJumped,
    /// An account was added.
    AccountAdded,
    /// An account got another password or role.
    AccountChanged,
    /// An account was closed.
    AccountDisabled,
    /// Somebody logged in.
    LoggedIn,
    /// Somebody logged out.
    LoggedOut,
    /// A correction was made, as a rule over metadata.
    RuleMade,
    /// A rule has gone through all that was stored.
    RuleApplied,
    /// A rule was taken back.
    RuleRevoked,
    /// A case was closed.
    CaseClosed,
    /// A case was opened again.
    CaseReopened,
    /// An organisation was added or changed in the dashboard.
    OrganisationChanged,
    /// A policy was decided, for a name or for the zones.
    PolicyDecided,
    /// A decided policy was taken back: what the file says is in force again.
    PolicyRevoked,
    /// A sealed file of the operator's own mail was downloaded.
    OperatorMailTaken,
    /// A notice was drafted.
    NoticeDrafted,
    /// A draft was withdrawn by who drafted it.
    NoticeWithdrawn,
    /// A draft was returned by who was to approve it.
    NoticeReturned,
    /// An approval was refused: the same person drafted it, or set its contact.
    ApprovalRefused,
    /// A notice was approved.
    NoticeApproved,
    /// A notice could not be sent; it will be tried again.
    NoticeDelayed,
    /// A notice was taken by the mail relay.
    NoticeSent,
    /// A notice was given up.
    NoticeFailed,
}

impl Action {
    /// All of them.
    pub const ALL: [Action; 30] = [
        Self::DatabaseCreated,
        Self::ServerStarted,
        Self::ServerStopped,
        Self::OrganisationsImported,
        Self::MailImported,
        Self::RetentionPassed,
        Self::SettingsReloaded,
        Self::ClockJumped,
        Self::AccountAdded,
        Self::AccountChanged,
        Self::AccountDisabled,
        Self::LoggedIn,
        Self::LoggedOut,
        Self::RuleMade,
        Self::RuleApplied,
        Self::RuleRevoked,
        Self::CaseClosed,
        Self::CaseReopened,
        Self::OrganisationChanged,
        Self::PolicyDecided,
        Self::PolicyRevoked,
        Self::OperatorMailTaken,
        Self::NoticeDrafted,
        Self::NoticeWithdrawn,
        Self::NoticeReturned,
        Self::ApprovalRefused,
        Self::NoticeApproved,
        Self::NoticeDelayed,
        Self::NoticeSent,
        Self::NoticeFailed,
    ];

    /// The word in the trail.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DatabaseCreated => "database_created",
            Self::ServerStarted => "server_started",
            Self::ServerStopped => "server_stopped",
            Self::OrganisationsImported => "organisations_imported",
            Self::MailImported => "mail_imported",
            Self::RetentionPassed => "retention_passed",
            Self::SettingsReloaded => "settings_reloaded",
            Self::ClockJumped => "clock_jumped",
            Self::AccountAdded => "account_added",
            Self::AccountChanged => "account_changed",
            Self::AccountDisabled => "account_disabled",
            Self::LoggedIn => "logged_in",
            Self::LoggedOut => "logged_out",
            Self::RuleMade => "rule_made",
            Self::RuleApplied => "rule_applied",
            Self::RuleRevoked => "rule_revoked",
            Self::CaseClosed => "case_closed",
            Self::CaseReopened => "case_reopened",
            Self::OrganisationChanged => "organisation_changed",
            Self::PolicyDecided => "policy_decided",
            Self::PolicyRevoked => "policy_revoked",
            Self::OperatorMailTaken => "operator_mail_taken",
            Self::NoticeDrafted => "notice_drafted",
            Self::NoticeWithdrawn => "notice_withdrawn",
            Self::NoticeReturned => "notice_returned",
            Self::ApprovalRefused => "approval_refused",
            Self::NoticeApproved => "notice_approved",
            Self::NoticeDelayed => "notice_delayed",
            Self::NoticeSent => "notice_sent",
            Self::NoticeFailed => "notice_failed",
        }
    }
}

/// Who acts where no account does.
pub const SYSTEM: &str = "system";

/// An entry, for [`record`] or for a store operation that appends it in its own transaction. `detail` is an object.
#[must_use]
pub fn entry(at: Timestamp, actor: &str, action: Action, subject: &str, detail: Value) -> Entry {
    Entry {
        at,
        actor: actor.to_owned(),
        action: action.name(),
        subject: subject.to_owned(),
        detail,
    }
}

/// Appends an entry of its own.
///
/// # Errors
/// The store's; then there is no entry.
pub async fn record(store: &Store, entry: Entry) -> Result<i64, StoreError> {
    store.record(entry).await
}

/// The newest entry of a trail that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 where there is none yet.
    pub seq: i64,
    /// Its hash: bound to everything before it.
    pub hash: [u8; 32],
}

/// Why a trail could not be shown to hold.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The first entry that does not fit the one before it, or is missing.
    #[error("the audit trail is broken at entry {seq}")]
    Broken {
        /// Its number.
        seq: i64,
    },
    /// It could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Entries read at a time.
const STEP: u32 = 500;

/// Walks the whole trail. What is cut off at its end is found only by comparing [`Head`] with one that left the house.
///
/// # Errors
/// [`VerifyError::Broken`] with the first entry that does not hold; the store's.
pub async fn verify(store: &Store) -> Result<Head, VerifyError> {
    let mut head = Head {
        seq: 0,
        hash: chain::BEGINNING,
    };
    loop {
        let entries = store.audit_after(head.seq, STEP).await?;
        if entries.is_empty() {
            return Ok(head);
        }
        for entry in entries {
            let seq = head.seq + 1;
            let hash = entry.expected_hash();
            if entry.seq != seq || entry.prev_hash != head.hash || entry.hash != hash {
                return Err(VerifyError::Broken { seq });
            }
            head = Head { seq, hash };
        }
    }
}
