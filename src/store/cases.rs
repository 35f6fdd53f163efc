//! Cases, as lists and pages read them.

use crate::classify::OrganisationId;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::messages::LARGEST_PAGE;
use crate::store::plan::CaseKind;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub kind: CaseKind,
    /// The intended registrable domain, or the typed one; `other` for what went past a day's bound.
    pub domain: String,
    /// The domain's owner.
    pub organisation: Option<OrganisationId>,
    /// `open`, …
    pub state: String,
    /// Its earliest message.
    pub first_seen: Timestamp,
    /// Its latest message.
    pub last_seen: Timestamp,
    /// How many recipients it counts.
    pub recipients: i64,
}

/// What came for a case on one day, by verdict or by label.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CaseDay {
    /// Days since 1970-01-01.
    pub day: i64,
    /// The verdict or the label.
    pub name: String,
    /// How many recipients.
    pub recipients: i64,
}

macro_rules! cases {
    ($choice:literal) => {
        concat!(
            "SELECT id, kind, domain, organisation_id, state, first_seen, last_seen, recipients FROM cases WHERE ",
            $choice
        )
    };
}

impl Store {
    /// The cases of a kind, the one with the latest mail first, past `after` (its `last_seen` and `id`).
    ///
    /// # Errors
    /// The database's.
    pub async fn cases(
        &self,
        kind: CaseKind,
        after: Option<(Timestamp, i64)>,
        limit: u32,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let (seen, id) = after.map_or((i64::MAX, i64::MAX), |(seen, id)| (seen.millis(), id));
        sqlx::query(cases!(
            "kind = $1 AND (last_seen, id) < ($2, $3) ORDER BY last_seen DESC, id DESC LIMIT $4"
        ))
        .bind(kind.name())
        .bind(seen)
        .bind(id)
        .bind(limit.min(LARGEST_PAGE))
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(CaseRow::read)
        .collect()
    }

    /// One case.
    ///
    /// # Errors
    /// The database's.
    pub async fn case(&self, id: i64) -> Result<Option<CaseRow>, StoreError> {
        sqlx::query(cases!("id = $1"))
            .bind(id)
            .fetch_optional(self.readers())
            .await?
            .as_ref()
            .map(CaseRow::read)
            .transpose()
    }

    /// What came for a case since `day`, by day and verdict.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_days(&self, case: i64, day: i64) -> Result<Vec<CaseDay>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT day, verdict AS name, recipients FROM case_day WHERE case_id = $1 AND day >= $2 ORDER BY day, verdict",
        );
        Ok(rows.bind(case).bind(day).fetch_all(self.readers()).await?)
    }

    /// What came for a case since `day`, by day and sensitivity label.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_labels(&self, case: i64, day: i64) -> Result<Vec<CaseDay>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT day, label AS name, recipients FROM case_day_label WHERE case_id = $1 AND day >= $2 ORDER BY day, label",
        );
        Ok(rows.bind(case).bind(day).fetch_all(self.readers()).await?)
    }
}

impl CaseRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let organisation: Option<i64> = row.try_get("organisation_id")?;
        Ok(Self {
            id: row.try_get("id")?,
            kind: CaseKind::from_name(row.try_get("kind")?),
            domain: row.try_get("domain")?,
            organisation: organisation.map(OrganisationId),
            state: row.try_get("state")?,
            first_seen: Timestamp::from_millis(row.try_get("first_seen")?),
            last_seen: Timestamp::from_millis(row.try_get("last_seen")?),
            recipients: row.try_get("recipients")?,
        })
    }
}
