//! The audit trail and the accounts, for those who look on.

use crate::audit::Head;
use crate::message::Timestamp;
use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Auditor;
use crate::staff::Role;

/// An entry of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailEntry {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who: an account, `operator` for the command line, `system`.
    pub actor: String,
    /// The word of an `audit::Action`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Figures and reasons, in order: key and value as text.
    pub detail: Vec<(String, String)>,
    /// The hash, in hexadecimal.
    pub hash: String,
}

/// An account in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was closed.
    pub disabled_at: Option<Timestamp>,
    /// When a session of it was last used.
    pub seen_at: Option<Timestamp>,
}

impl Review {
    /// A page of the trail, the newest first, before number `before`, at most 200.
    ///
    /// # Errors
    /// The store's.
    pub async fn trail(
        &self,
        _auditor: &Auditor,
        _before: Option<i64>,
    ) -> Result<Vec<TrailEntry>, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// Walks the whole trail: its head, or the first entry that does not hold.
    ///
    /// # Errors
    /// The store's.
    pub async fn verify_trail(&self, _auditor: &Auditor) -> Result<Result<Head, i64>, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// The accounts, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn accounts(&self, _auditor: &Auditor) -> Result<Vec<AccountRow>, ReviewError> {
        Err(ReviewError::Missing)
    }
}
