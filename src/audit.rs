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
}

impl Action {
    /// All of them.
    pub const ALL: [Action; 8] = [
        Self::DatabaseCreated,
        Self::ServerStarted,
        Self::ServerStopped,
        Self::OrganisationsImported,
        Self::MailImported,
        Self::RetentionPassed,
        Self::SettingsReloaded,
        Self::ClockJumped,
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
