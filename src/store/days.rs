//! Days, as the overview and its chart read them.

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::messages::LARGEST_PAGE;

/// What came on one day under one policy with one verdict.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DayTotal {
    /// Days since 1970-01-01.
    pub day: i64,
    /// `hold` or `count`.
    pub policy: String,
    /// The verdict.
    pub verdict: String,
    /// Messages.
    pub messages: i64,
    /// Their recipients.
    pub recipients: i64,
}

/// What came on one day for one watch entry or typed registrable domain.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DayKey {
    /// The watch entry or typed registrable domain; `other` for what went past the day's bound.
    pub name: String,
    /// `hold` or `count`.
    pub policy: String,
    /// The verdict.
    pub verdict: String,
    /// Recipients.
    pub recipients: i64,
}

/// Sessions of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DaySessions {
    /// Days since 1970-01-01.
    pub day: i64,
    /// All that ended.
    pub sessions: i64,
    /// AUTH commands.
    pub auth_attempts: i64,
    /// Recipients outside the zones.
    pub relay_attempts: i64,
    /// Recipients at an organisation's real domain.
    pub misrouted: i64,
    /// Recipients refused otherwise.
    pub refused_recipients: i64,
}

impl Store {
    /// The totals of the days from `first` to `last`, both included.
    ///
    /// # Errors
    /// The database's.
    pub async fn day_totals(&self, first: i64, last: i64) -> Result<Vec<DayTotal>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT day, policy, verdict, messages, recipients FROM day_total WHERE day BETWEEN $1 AND $2 \
             ORDER BY day, policy, verdict",
        );
        Ok(rows
            .bind(first)
            .bind(last)
            .fetch_all(self.readers())
            .await?)
    }

    /// The names of one day, in alphabetical order, past `after`.
    ///
    /// # Errors
    /// The database's.
    pub async fn day_keys(
        &self,
        day: i64,
        after: Option<&DayKey>,
        limit: u32,
    ) -> Result<Vec<DayKey>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT name, policy, verdict, recipients FROM day_key \
             WHERE day = $1 AND (name, policy, verdict) > ($2, $3, $4) ORDER BY name, policy, verdict LIMIT $5",
        );
        Ok(rows
            .bind(day)
            .bind(after.map_or("", |row| &row.name))
            .bind(after.map_or("", |row| &row.policy))
            .bind(after.map_or("", |row| &row.verdict))
            .bind(limit.min(LARGEST_PAGE))
            .fetch_all(self.readers())
            .await?)
    }

    /// Sessions of the days from `first` to `last`, both included.
    ///
    /// # Errors
    /// The database's.
    pub async fn day_sessions(
        &self,
        first: i64,
        last: i64,
    ) -> Result<Vec<DaySessions>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT day, sessions, auth_attempts, relay_attempts, misrouted, refused_recipients FROM day_session \
             WHERE day BETWEEN $1 AND $2 ORDER BY day",
        );
        Ok(rows
            .bind(first)
            .bind(last)
            .fetch_all(self.readers())
            .await?)
    }
}
