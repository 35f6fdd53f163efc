//! Sums of one case by typed name and by sender: for its page, and for notices.
//!
//! They reach back as far as the metadata is kept. What had no room in a day's sums stands under `other`.

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::messages::LARGEST_PAGE;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// A typed name of a case.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct NameSumRow {
    /// Typed registrable domain, or `other`.
    pub name: String,
    /// Recipients of mail of all verdicts.
    pub recipients: i64,
    /// Those of genuine mail.
    pub genuine: i64,
    /// The first day, since 1970-01-01.
    pub first_day: i64,
    /// The last day.
    pub last_day: i64,
}

/// A sending domain of a case's genuine mail.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SenderSumRow {
    /// Registrable domain; empty for the null reverse-path; or `other`.
    pub sender: String,
    /// Messages.
    pub messages: i64,
}

/// What a notice may tell of some days of a case: genuine mail whose intended domain is known well enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeSums {
    /// Recipients of misdirected mail.
    pub misdirected: i64,
    /// Recipients of reflected mail.
    pub reflection: i64,
    /// Typed names with their recipients, the most frequent first.
    pub names: Vec<(String, i64)>,
    /// Sending domains with their messages, the most frequent first.
    pub senders: Vec<(String, i64)>,
    /// The first day with such mail; where there was none, the first that was asked for.
    pub first_day: i64,
    /// The last day with such mail; where there was none, the last that was asked for.
    pub last_day: i64,
}

impl Store {
    /// The typed names of a case, the most frequent first, at most `limit`, and how many more there are.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_names(
        &self,
        case: i64,
        limit: u32,
    ) -> Result<(Vec<NameSumRow>, i64), StoreError> {
        let rows: Vec<NameSumRow> = sqlx::query_as(
            "SELECT name, sum(recipients) AS recipients, \
             sum(CASE WHEN verdict IN ('misdirected', 'reflection') THEN recipients ELSE 0 END) AS genuine, \
             min(day) AS first_day, max(day) AS last_day FROM case_day_name WHERE case_id = $1 AND recipients > 0 \
             GROUP BY name ORDER BY recipients DESC, name LIMIT $2",
        )
        .bind(case)
        .bind(limit.min(LARGEST_PAGE))
        .fetch_all(self.readers())
        .await?;
        let all: i64 = sqlx::query_scalar(
            "SELECT count(DISTINCT name) FROM case_day_name WHERE case_id = $1 AND recipients > 0",
        )
        .bind(case)
        .fetch_one(self.readers())
        .await?;
        let more = more(all, rows.len());
        Ok((rows, more))
    }

    /// The sending domains of a case's genuine mail, the most frequent first, at most `limit`, and how many more there
    /// are.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_senders(
        &self,
        case: i64,
        limit: u32,
    ) -> Result<(Vec<SenderSumRow>, i64), StoreError> {
        let rows: Vec<SenderSumRow> = sqlx::query_as(
            "SELECT sender, sum(messages) AS messages FROM case_day_sender WHERE case_id = $1 AND recipients > 0 \
             GROUP BY sender ORDER BY messages DESC, sender LIMIT $2",
        )
        .bind(case)
        .bind(limit.min(LARGEST_PAGE))
        .fetch_all(self.readers())
        .await?;
        let all: i64 = sqlx::query_scalar(
            "SELECT count(DISTINCT sender) FROM case_day_sender WHERE case_id = $1 AND recipients > 0",
        )
        .bind(case)
        .fetch_one(self.readers())
        .await?;
        let more = more(all, rows.len());
        Ok((rows, more))
    }

    /// What a notice may tell of the days from `first_day` to `last_day`, both included.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_sums(
        &self,
        case: i64,
        first_day: i64,
        last_day: i64,
    ) -> Result<NoticeSums, StoreError> {
        // One transaction, so that the sums are of one moment.
        let mut transaction = self.readers().begin().await?;
        let rows = day_names(&mut transaction, case, first_day, last_day).await?;
        let sums = sums_over(&mut transaction, case, &rows).await?;
        transaction.rollback().await?;
        Ok(if rows.is_empty() {
            NoticeSums {
                first_day,
                last_day,
                ..sums
            }
        } else {
            sums
        })
    }
}

/// What came on one day under one typed name, of what a notice may tell.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::store) struct DayName {
    pub day: i64,
    pub name: String,
    pub misdirected: i64,
    pub reflection: i64,
}

impl DayName {
    pub fn recipients(&self) -> i64 {
        self.misdirected + self.reflection
    }
}

/// What a notice may tell of these days, by day and name.
pub(in crate::store) async fn day_names(
    connection: &mut SqliteConnection,
    case: i64,
    first_day: i64,
    last_day: i64,
) -> Result<Vec<DayName>, StoreError> {
    let rows = sqlx::query_as(
        "SELECT day, name, sum(CASE WHEN verdict = 'misdirected' THEN recipients ELSE 0 END) AS misdirected, \
         sum(CASE WHEN verdict = 'reflection' THEN recipients ELSE 0 END) AS reflection \
         FROM case_day_name WHERE case_id = $1 AND day BETWEEN $2 AND $3 AND sure = 1 AND recipients > 0 \
         AND verdict IN ('misdirected', 'reflection') GROUP BY day, name ORDER BY day, name",
    );
    let rows = rows.bind(case).bind(first_day).bind(last_day);
    Ok(rows.fetch_all(connection).await?)
}

/// The sums over these rows, and the senders of their days.
pub(in crate::store) async fn sums_over(
    connection: &mut SqliteConnection,
    case: i64,
    rows: &[DayName],
) -> Result<NoticeSums, StoreError> {
    let (first_day, last_day) = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) => (first.day, last.day),
        _ => return Ok(NoticeSums::default()),
    };
    let days: BTreeSet<i64> = rows.iter().map(|row| row.day).collect();
    let mut names: BTreeMap<&str, i64> = BTreeMap::new();
    for row in rows {
        *names.entry(row.name.as_str()).or_default() += row.recipients();
    }
    let by_day: Vec<(i64, String, i64)> = sqlx::query_as(
        "SELECT day, sender, messages FROM case_day_sender WHERE case_id = $1 AND day BETWEEN $2 AND $3 \
         AND sure = 1 AND messages > 0",
    )
    .bind(case)
    .bind(first_day)
    .bind(last_day)
    .fetch_all(connection)
    .await?;
    let mut senders: BTreeMap<&str, i64> = BTreeMap::new();
    for (day, sender, messages) in &by_day {
        if days.contains(day) {
            *senders.entry(sender.as_str()).or_default() += messages;
        }
    }
    Ok(NoticeSums {
        misdirected: rows.iter().map(|row| row.misdirected).sum(),
        reflection: rows.iter().map(|row| row.reflection).sum(),
        names: most_frequent_first(names),
        senders: most_frequent_first(senders),
        first_day,
        last_day,
    })
}

fn most_frequent_first(sums: BTreeMap<&str, i64>) -> Vec<(String, i64)> {
    let mut sorted: Vec<(String, i64)> = sums
        .into_iter()
        .map(|(name, sum)| (name.to_owned(), sum))
        .collect();
    // Stable: the same figures stay in the order of their names.
    sorted.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
    sorted
}

fn more(all: i64, shown: usize) -> i64 {
    all.saturating_sub(i64::try_from(shown).unwrap_or(i64::MAX))
        .max(0)
}
