//! The totals of design section 7, `stats`: read from counters, never counted.

use crate::classify::Verdict;
use crate::message::Policy;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::error::StoreError;
use serde::Serialize;
use std::collections::BTreeMap;

/// The counter that numbers the parts of sealed items.
pub(in crate::store) const NEXT_PART: &str = "next_part";

/// What `restante stats --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Messages caught, ever.
    pub messages: i64,
    /// Their recipients.
    pub recipients: i64,
    /// Messages that came again and were not kept again, ever.
    pub duplicates: i64,
    /// Sealed items held *now*: retention takes from it.
    pub sealed_items: i64,
    /// Their octets, now.
    pub sealed_bytes: i64,
    /// Messages by verdict.
    pub by_verdict: BTreeMap<&'static str, i64>,
    /// Messages by policy (`refuse` never has any: nothing is caught).
    pub by_policy: BTreeMap<&'static str, i64>,
    /// Cases by state.
    pub cases: BTreeMap<String, i64>,
    /// Notices by state.
    pub notices: BTreeMap<String, i64>,
    /// Sessions.
    pub sessions: SessionStats,
    /// The operator's own mail, held *now*.
    pub operator: OperatorStats,
}

/// The operator's own mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OperatorStats {
    /// Sealed items.
    pub items: i64,
    /// Their octets.
    pub bytes: i64,
}

/// Sessions, ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SessionStats {
    /// All that ended.
    pub total: i64,
    /// AUTH commands.
    pub auth_attempts: i64,
    /// Recipients outside the zones.
    pub relay_attempts: i64,
    /// Recipients at an organisation's real domain.
    pub misrouted: i64,
    /// Recipients refused otherwise.
    pub refused_recipients: i64,
}

/// One step to the end of an index for each part.
const LAST_ACTIVITY: &str = "SELECT max(at) FROM (\
     SELECT at FROM (SELECT at FROM audit ORDER BY seq DESC LIMIT 1) \
     UNION ALL SELECT max(kept_at) FROM message WHERE emptied_at IS NULL \
     UNION ALL SELECT max(kept_at) FROM message WHERE emptied_at IS NOT NULL)";

impl Store {
    /// When the store was last written to by its own account: the later of the newest audit entry and the newest message,
    /// by the clock of that moment. A clock that is now before it, or far beyond it, has jumped. `None`: never.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_activity(&self) -> Result<Option<Timestamp>, StoreError> {
        let found: Option<i64> = sqlx::query_scalar(LAST_ACTIVITY)
            .fetch_one(self.readers())
            .await?;
        Ok(found.map(Timestamp::from_millis))
    }

    /// The totals.
    ///
    /// # Errors
    /// The database's.
    pub async fn stats(&self) -> Result<Stats, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT name, value FROM counter")
            .fetch_all(self.readers())
            .await?;
        let mut left: BTreeMap<String, i64> = rows.into_iter().collect();
        let mut take = |name: &str| left.remove(name).unwrap_or_default();
        let mut stats = Stats {
            messages: take("messages"),
            recipients: take("recipients"),
            duplicates: take("duplicates"),
            sealed_items: take("sealed_items"),
            sealed_bytes: take("sealed_bytes"),
            by_verdict: Verdict::ALL
                .into_iter()
                .map(|verdict| (verdict.name(), take(verdict_counter(verdict))))
                .collect(),
            by_policy: Policy::ALL
                .into_iter()
                .map(|policy| (policy.name(), take(policy_counter(policy))))
                .collect(),
            sessions: SessionStats {
                total: take("sessions"),
                auth_attempts: take("auth_attempts"),
                relay_attempts: take("relay_attempts"),
                misrouted: take("misrouted"),
                refused_recipients: take("refused_recipients"),
            },
            operator: OperatorStats {
                items: take("operator_items"),
                bytes: take("operator_bytes"),
            },
            ..Stats::default()
        };
        stats.cases.insert("open".to_owned(), 0);
        for (name, value) in left {
            if let Some(state) = name.strip_prefix("cases:") {
                stats.cases.insert(state.to_owned(), value);
            } else if let Some(state) = name.strip_prefix("notices:") {
                stats.notices.insert(state.to_owned(), value);
            }
        }
        Ok(stats)
    }
}

/// The counter of a verdict.
pub(in crate::store) fn verdict_counter(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Misdirected => "verdict:misdirected",
        Verdict::Reflection => "verdict:reflection",
        Verdict::Spam => "verdict:spam",
        Verdict::Bounce => "verdict:bounce",
        Verdict::Probe => "verdict:probe",
    }
}

/// The counter of a policy.
pub(in crate::store) fn policy_counter(policy: Policy) -> &'static str {
    match policy {
        Policy::Hold => "policy:hold",
        Policy::Count => "policy:count",
        Policy::Refuse => "policy:refuse",
    }
}
