//! Cases, as lists and pages read them.

use crate::classify::OrganisationId;
use crate::classify::is_mass_provider;
use crate::message::Domain;
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
    /// The owner's name.
    pub owner: Option<String>,
    /// Whether the owner has many unrelated users.
    pub shared: bool,
    /// `open`, …
    pub state: String,
    /// Its earliest message.
    pub first_seen: Timestamp,
    /// Its latest message.
    pub last_seen: Timestamp,
    /// How many recipients it counts.
    pub recipients: i64,
    /// Those of mail that is neither spam, bounce nor probe.
    pub genuine: i64,
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
            "SELECT c.id, c.kind, c.domain, c.organisation_id, o.name AS owner, o.shared, c.state, c.first_seen, \
             c.last_seen, c.recipients, c.genuine FROM cases c LEFT JOIN organisation o ON o.id = c.organisation_id ",
            $choice
        )
    };
}

const LATEST: &str = cases!(
    "WHERE c.kind = $1 AND (c.last_seen, c.id) < ($2, $3) ORDER BY c.last_seen DESC, c.id DESC LIMIT $4"
);
const LARGEST: &str = cases!(
    "WHERE c.kind = $1 AND (c.genuine, c.id) < ($2, $3) ORDER BY c.genuine DESC, c.id DESC LIMIT $4"
);
const FROM: &str = cases!(
    "WHERE c.kind = $1 AND (c.domain, c.id) > ($2, $3) AND c.domain < $4 ORDER BY c.domain LIMIT $5"
);
const LARGEST_OPEN: &str = cases!(
    "WHERE c.kind = 'intended' AND c.genuine > 0 AND c.state = 'open' ORDER BY c.genuine DESC, c.id DESC LIMIT $1"
);
const OPEN_OF_A_KIND: &str = "SELECT count(*) FROM (SELECT 1 FROM cases \
     WHERE kind = $1 AND genuine > 0 AND state = 'open' LIMIT $2)";
const OF_OWNER: &str =
    cases!("WHERE c.organisation_id = $1 ORDER BY c.genuine DESC, c.id DESC LIMIT $2");
const OF_DOMAIN: &str = cases!("WHERE c.kind = $1 AND c.domain = $2");
const ONE: &str = cases!("WHERE c.id = $1");

/// The letters that a search for domains begins with, as domains are kept: A-labels where it is a whole name of other
/// letters than ASCII, lower case anyhow.
pub(in crate::store) fn domain_prefix(search: &str) -> String {
    let search = search.trim();
    if search.is_ascii() {
        return search.to_ascii_lowercase();
    }
    Domain::parse(search).map_or_else(|_| search.to_lowercase(), |name| name.as_str().to_owned())
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
        let after = after.map(|(seen, id)| (seen.millis(), id));
        self.cases_past(LATEST, kind, after, limit).await
    }

    /// The cases of a kind, the one with the most genuine mail first, past `after` (its `genuine` and `id`).
    ///
    /// # Errors
    /// The database's.
    pub async fn largest_cases(
        &self,
        kind: CaseKind,
        after: Option<(i64, i64)>,
        limit: u32,
    ) -> Result<Vec<CaseRow>, StoreError> {
        self.cases_past(LARGEST, kind, after, limit).await
    }

    async fn cases_past(
        &self,
        text: &'static str,
        kind: CaseKind,
        after: Option<(i64, i64)>,
        limit: u32,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let (key, id) = after.unwrap_or((i64::MAX, i64::MAX));
        let query = sqlx::query(text).bind(kind.name()).bind(key).bind(id);
        let rows = query
            .bind(limit.min(LARGEST_PAGE))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(CaseRow::read).collect()
    }

    /// The cases of a kind whose domain begins with `search`, letter case aside, in alphabetical order, past the case
    /// `after`. In that order alone a page costs the same however many begin so.
    ///
    /// # Errors
    /// The database's.
    pub async fn cases_from(
        &self,
        kind: CaseKind,
        search: &str,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let prefix = domain_prefix(search);
        let mut start = (prefix.clone(), 0);
        if let Some(id) = after {
            let Some(case) = self.case(id).await? else {
                return Ok(Vec::new());
            };
            start = start.max((case.domain, id));
        }
        // No domain has a letter past `z`.
        let query = sqlx::query(FROM)
            .bind(kind.name())
            .bind(start.0)
            .bind(start.1)
            .bind(prefix + "\u{7f}");
        let rows = query
            .bind(limit.min(LARGEST_PAGE))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(CaseRow::read).collect()
    }

    /// The open cases of known domains with the most genuine mail.
    ///
    /// # Errors
    /// The database's.
    pub async fn largest_open_cases(&self, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        let query = sqlx::query(LARGEST_OPEN).bind(limit.min(LARGEST_PAGE));
        let rows = query.fetch_all(self.readers()).await?;
        rows.iter().map(CaseRow::read).collect()
    }

    /// How many open cases with genuine mail there are of a kind, counted up to `most`.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_cases(&self, kind: CaseKind, most: u32) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar(OPEN_OF_A_KIND).bind(kind.name());
        Ok(query.bind(most).fetch_one(self.readers()).await?)
    }

    /// The cases of an organisation, the one with the most genuine mail first.
    ///
    /// # Errors
    /// The database's.
    pub async fn cases_of(
        &self,
        organisation: OrganisationId,
        limit: u32,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let query = sqlx::query(OF_OWNER).bind(organisation.0);
        let rows = query
            .bind(limit.min(LARGEST_PAGE))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(CaseRow::read).collect()
    }

    /// One case.
    ///
    /// # Errors
    /// The database's.
    pub async fn case(&self, id: i64) -> Result<Option<CaseRow>, StoreError> {
        let row = sqlx::query(ONE)
            .bind(id)
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(CaseRow::read).transpose()
    }

    /// The case of a domain.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_of(
        &self,
        kind: CaseKind,
        domain: &Domain,
    ) -> Result<Option<CaseRow>, StoreError> {
        let query = sqlx::query(OF_DOMAIN)
            .bind(kind.name())
            .bind(domain.as_str());
        let row = query.fetch_optional(self.readers()).await?;
        row.as_ref().map(CaseRow::read).transpose()
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
        let shared: Option<bool> = row.try_get("shared")?;
        let domain: String = row.try_get("domain")?;
        Ok(Self {
            id: row.try_get("id")?,
            kind: CaseKind::from_name(row.try_get("kind")?),
            organisation: organisation.map(OrganisationId),
            owner: row.try_get("owner")?,
            shared: shared.is_some_and(|shared| is_shared(shared, &domain)),
            domain,
            state: row.try_get("state")?,
            first_seen: Timestamp::from_millis(row.try_get("first_seen")?),
            last_seen: Timestamp::from_millis(row.try_get("last_seen")?),
            recipients: row.try_get("recipients")?,
            genuine: row.try_get("genuine")?,
        })
    }
}

/// Whether the owner of a case is to be told counts alone: the directory says that it has many unrelated users, or the
/// case's domain is a mass provider's, whoever owns it and whatever box was left unticked.
pub(in crate::store) fn is_shared(listed: bool, domain: &str) -> bool {
    listed || Domain::parse(domain).is_ok_and(|domain| is_mass_provider(&domain))
}
