//! The first page: thirty days at a glance, and what waits for somebody.

use crate::message::Timestamp;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::cases::CaseSummary;
use crate::staff::Viewer;

/// How many days the overview and the charts show.
pub const DAYS: i64 = 30;

/// Recipients of one day, by verdict in the order of `classify::Verdict::ALL`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970-01-01.
    pub day: i64,
    /// Recipients: misdirected, reflection, spam, bounce, probe.
    pub by_verdict: [i64; 5],
}

/// What the listener was asked beside mail that it caught, in the last thirty days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// Connections that ended.
    pub total: i64,
    /// Attempts to log in: mistyped mail clients, or guessers.
    pub auth_attempts: i64,
    /// Recipients outside the zones.
    pub relay_attempts: i64,
    /// Recipients refused otherwise.
    pub refused_recipients: i64,
}

/// The first page.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Thirty days up to today, none left out.
    pub days: Vec<Day>,
    /// Their sums by verdict.
    pub sums: [i64; 5],
    /// The sums of the thirty days before those.
    pub before: [i64; 5],
    /// Sessions.
    pub sessions: Sessions,
    /// Sealed items held now.
    pub sealed_items: i64,
    /// Their octets.
    pub sealed_bytes: i64,
    /// When the last message was taken in.
    pub last_message: Option<Timestamp>,
    /// The open cases with the most genuine mail.
    pub cases: Vec<CaseSummary>,
    /// Cases by state.
    pub open: i64,
    /// Notices that wait for an approver.
    pub awaiting_approval: i64,
    /// Notices that wait to be sent.
    pub waiting: i64,
    /// Notices that could not be delivered.
    pub failed: i64,
    /// Notices sent, ever.
    pub sent: i64,
}

impl Review {
    /// The first page.
    ///
    /// # Errors
    /// The store's.
    pub async fn overview(&self, _viewer: &Viewer) -> Result<Overview, ReviewError> {
        Err(ReviewError::Missing)
    }
}
