//! Cases: lists, and one.

use crate::classify::OrganisationId;
use crate::message::Timestamp;
use crate::review::Refusal;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::corrections::RuleRow;
use crate::review::notices::NoticeRow;
use crate::review::overview::Day;
use crate::staff::Reviewer;
use crate::staff::Viewer;

pub use crate::store::CaseKind;

/// A case in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseSummary {
    /// Its number.
    pub id: i64,
    /// Whether the intended domain is known.
    pub kind: CaseKind,
    /// The intended domain, or the typed one; `other` for what went past a day's bound. A-labels.
    pub domain: String,
    /// Its owner.
    pub organisation: Option<(OrganisationId, String)>,
    /// Whether the owner has many unrelated users.
    pub shared: bool,
    /// `open`, `notified` or `closed`.
    pub state: String,
    /// Its earliest message.
    pub first_seen: Timestamp,
    /// Its latest message.
    pub last_seen: Timestamp,
    /// All its recipients.
    pub recipients: i64,
    /// Those of mail that is misdirected or reflection.
    pub genuine: i64,
}

/// In which order a list comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// The most genuine mail first.
    #[default]
    Largest,
    /// The latest mail first.
    Latest,
}

/// Which cases to list.
#[derive(Clone, Debug)]
pub struct CaseChoice {
    /// Known or unknown intended domain.
    pub kind: CaseKind,
    /// The order.
    pub order: CaseOrder,
    /// Only domains that begin with this, letter case aside; empty: all.
    pub search: String,
    /// Past which: the cursor of the last row of the page before.
    pub after: Option<CasePlace>,
    /// How many; at most 200.
    pub limit: u32,
}

/// A place in a list of cases: what it is ordered by, and the number. Text form: `KEY.ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CasePlace {
    /// `genuine`, or `last_seen` in milliseconds.
    pub key: i64,
    /// The case.
    pub id: i64,
}

/// A typed name of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSum {
    /// Typed registrable domain, A-labels; `other` past the bound.
    pub name: String,
    /// Recipients, all verdicts.
    pub recipients: i64,
    /// Those of genuine mail.
    pub genuine: i64,
    /// First and last day, since 1970-01-01.
    pub days: (i64, i64),
}

/// A sending domain of a case's genuine mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderSum {
    /// Registrable domain; empty for the null reverse-path, `other` past the bound.
    pub domain: String,
    /// Messages.
    pub messages: i64,
    /// Whether a notice may name it (design section 8).
    pub named_in_notices: bool,
}

/// One case, as its page shows it. The sums are of the last thirty days where nothing else is said.
#[derive(Clone, Debug)]
pub struct CaseDetail {
    /// What the list shows.
    pub case: CaseSummary,
    /// Addresses of the owner, with who set each and when.
    pub contacts: Vec<crate::review::organisations::Contact>,
    /// Thirty days, none left out.
    pub days: Vec<Day>,
    /// Sensitivity labels, the most frequent first, with recipients.
    pub labels: Vec<(String, i64)>,
    /// Typed names, the most frequent first, at most 50, since the beginning.
    pub names: Vec<NameSum>,
    /// How many more names there are.
    pub more_names: i64,
    /// Sending domains of genuine mail, the most frequent first, at most 50, since the beginning.
    pub senders: Vec<SenderSum>,
    /// How many more senders there are.
    pub more_senders: i64,
    /// Rules that bear on its typed names.
    pub rules: Vec<RuleRow>,
    /// Its notices, the newest first.
    pub notices: Vec<NoticeRow>,
    /// Whether a notice can be drafted now.
    pub draft: Result<(), Refusal>,
}

impl Review {
    /// A page of cases.
    ///
    /// # Errors
    /// The store's.
    pub async fn cases(
        &self,
        _viewer: &Viewer,
        _choice: &CaseChoice,
    ) -> Result<Vec<CaseSummary>, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// One case.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn case(&self, _viewer: &Viewer, _id: i64) -> Result<CaseDetail, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// Closes a case, or opens it again.
    ///
    /// # Errors
    /// [`ReviewError::Missing`], [`Refusal::Decided`] where it is in that state already; the store's.
    pub async fn set_closed(
        &self,
        _reviewer: &Reviewer,
        _id: i64,
        _change: CaseChange,
    ) -> Result<(), ReviewError> {
        Err(ReviewError::Missing)
    }
}

/// What to do with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseChange {
    /// Nothing more is to be done for it.
    Close,
    /// It is to be worked on again.
    Reopen,
}
