//! The first page: thirty days at a glance, and what waits for somebody.

use crate::classify::Verdict;
use crate::message::Timestamp;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::cases::CaseKind;
use crate::review::cases::CaseSummary;
use crate::review::misrouted::Misrouted;
use crate::staff::Viewer;
use crate::store::days::DaySessions;

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
    /// Recipients refused otherwise; those at an organisation's real domain too.
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
    /// Mail for the real domains of organisations that their own servers sent us, in the thirty days.
    pub misrouted: Misrouted,
    /// Sealed items held now.
    pub sealed_items: i64,
    /// Their octets.
    pub sealed_bytes: i64,
    /// When the last message was taken in.
    pub last_message: Option<Timestamp>,
    /// The open cases with the most genuine mail.
    pub cases: Vec<CaseSummary>,
    /// Open cases with genuine mail whose intended domain is known, counted up to [`MOST_COUNTED`].
    pub open: i64,
    /// The same of unknown intended domain.
    pub unassigned: i64,
    /// Notices that wait for an approver.
    pub awaiting_approval: i64,
    /// Notices that wait to be sent.
    pub waiting: i64,
    /// Notices that could not be delivered.
    pub failed: i64,
    /// Notices sent, ever.
    pub sent: i64,
}

/// Up to here cases are counted: more than that is "many", and counting them all would be felt.
pub const MOST_COUNTED: u32 = 1000;

/// Open cases on the first page.
const CASES: u32 = 10;

impl Review {
    /// The first page.
    ///
    /// # Errors
    /// The store's.
    pub async fn overview(&self, _viewer: &Viewer) -> Result<Overview, ReviewError> {
        let today = self.clock.now().day();
        let first = first_day(today);
        let totals = self.store.day_totals(first - DAYS, today).await?;
        let mut days = no_days(today);
        let mut before = [0; 5];
        for total in &totals {
            if total.day < first {
                add(&mut before, &total.verdict, total.recipients);
            } else {
                add_to_day(&mut days, total.day, &total.verdict, total.recipients);
            }
        }
        let mut sums = [0; 5];
        for day in &days {
            for (sum, by) in sums.iter_mut().zip(day.by_verdict) {
                *sum += by;
            }
        }
        let sessions = self.store.day_sessions(first, today).await?;
        let stats = self.store.stats().await?;
        let notices_in = |state: &str| stats.notices.get(state).copied().unwrap_or(0);
        let most = MOST_COUNTED;
        let cases = self.store.largest_open_cases(CASES).await?;
        Ok(Overview {
            days,
            sums,
            before,
            sessions: sessions.iter().fold(Sessions::default(), Sessions::plus),
            misrouted: self.misrouted(first, today).await?,
            sealed_items: stats.sealed_items,
            sealed_bytes: stats.sealed_bytes,
            last_message: self.store.last_kept().await?,
            cases: cases.into_iter().map(CaseSummary::from).collect(),
            open: self.store.open_cases(CaseKind::Intended, most).await?,
            unassigned: self.store.open_cases(CaseKind::Unassigned, most).await?,
            awaiting_approval: notices_in("drafted"),
            waiting: notices_in("approved"),
            failed: notices_in("failed"),
            sent: notices_in("sent"),
        })
    }
}

impl Sessions {
    fn plus(self, day: &DaySessions) -> Self {
        Self {
            total: self.total + day.sessions,
            auth_attempts: self.auth_attempts + day.auth_attempts,
            relay_attempts: self.relay_attempts + day.relay_attempts,
            // A server that takes us for its relay is refused as any other.
            refused_recipients: self.refused_recipients + day.misrouted + day.refused_recipients,
        }
    }
}

/// The first of the [`DAYS`] days up to `today`.
pub(in crate::review) fn first_day(today: i64) -> i64 {
    today - DAYS + 1
}

/// The [`DAYS`] days up to `today`, with nothing on them yet.
pub(in crate::review) fn no_days(today: i64) -> Vec<Day> {
    (first_day(today)..=today)
        .map(|day| Day {
            day,
            ..Day::default()
        })
        .collect()
}

/// Adds to the day, where it is one of `days`: in order, none left out.
pub(in crate::review) fn add_to_day(days: &mut [Day], day: i64, verdict: &str, by: i64) {
    let first = days.first().map_or(day, |first| first.day);
    let at = usize::try_from(day - first).ok();
    if let Some(held) = at.and_then(|at| days.get_mut(at)) {
        add(&mut held.by_verdict, verdict, by);
    }
}

fn add(sums: &mut [i64; 5], verdict: &str, by: i64) {
    for (sum, known) in sums.iter_mut().zip(Verdict::ALL) {
        if known.name() == verdict {
            *sum += by;
        }
    }
}
