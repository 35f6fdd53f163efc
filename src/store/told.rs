//! What organisations have been told, by case, day and typed name; and so what there is to tell them.
//!
//! Days and not moments: sums are by day, so a day of which something new came is told whole again, and the notice says how
//! many were told before. Another owner of the same domain has been told nothing.

use crate::classify::OrganisationId;
use crate::message::Domain;
use crate::store::Store;
use crate::store::bulk::Bulk;
use crate::store::case_sums::DayName;
use crate::store::case_sums::day_names;
use crate::store::error::StoreError;
use crate::store::owned;
use sqlx::Connection;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// The most days that one notice tells of. The newest: the next notice tells of the others.
const MOST_DAYS: usize = 400;

/// What there is to tell an organisation of a case.
#[derive(Debug, Default)]
pub(in crate::store) struct News {
    /// All that came on the days on which something new came, by day and name.
    pub rows: Vec<DayName>,
    /// Recipients among them that it was told of before.
    pub counted_again: i64,
    /// Whether days between the first and the last are left out.
    pub gaps: bool,
}

impl Store {
    /// Whether there is something to tell the organisation of this case.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_news(
        &self,
        case: i64,
        organisation: OrganisationId,
        today: i64,
    ) -> Result<bool, StoreError> {
        let mut connection = self.readers().acquire().await?;
        // One transaction, so that all of it is of one moment.
        let mut transaction = connection.begin().await?;
        let news = news(&mut transaction, case, organisation.0, today).await?;
        transaction.rollback().await?;
        Ok(!news.rows.is_empty())
    }
}

/// What there is to tell.
pub(in crate::store) async fn news(
    connection: &mut SqliteConnection,
    case: i64,
    organisation: i64,
    today: i64,
) -> Result<News, StoreError> {
    let mut told: HashMap<(i64, String), i64> = HashMap::new();
    for case in merged(connection, case, organisation).await? {
        let rows: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT day, name, recipients FROM told WHERE case_id = $1 AND organisation_id = $2",
        )
        .bind(case)
        .bind(organisation)
        .fetch_all(&mut *connection)
        .await?;
        for (day, name, recipients) in rows {
            *told.entry((day, name)).or_default() += recipients;
        }
    }
    let mut rows = day_names(connection, case, 0, today).await?;
    let of = |row: &DayName| {
        let told = told.get(&(row.day, row.name.clone()));
        told.copied().unwrap_or_default()
    };
    let new = rows.iter().filter(|row| row.recipients() > of(row));
    let new: BTreeSet<i64> = new.map(|row| row.day).collect();
    let days: BTreeSet<i64> = new.into_iter().rev().take(MOST_DAYS).collect();
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Ok(News::default());
    };
    let gaps = rows
        .iter()
        .any(|row| (*first..=*last).contains(&row.day) && !days.contains(&row.day));
    rows.retain(|row| days.contains(&row.day));
    Ok(News {
        counted_again: rows.iter().map(|row| of(row).min(row.recipients())).sum(),
        rows,
        gaps,
    })
}

/// The case, and those of which this organisation was told and whose mail lies in it now: of names below its own.
pub(in crate::store) async fn merged(
    connection: &mut SqliteConnection,
    case: i64,
    organisation: i64,
) -> Result<Vec<i64>, StoreError> {
    let told: Vec<(i64, String)> = sqlx::query_as(
        "SELECT DISTINCT n.case_id, c.domain FROM notice n JOIN cases c ON c.id = n.case_id \
         WHERE n.organisation_id = $1 AND n.state = 'sent' AND n.case_id <> $2",
    )
    .bind(organisation)
    .bind(case)
    .fetch_all(&mut *connection)
    .await?;
    let mut found = vec![case];
    if told.is_empty() {
        return Ok(found);
    }
    let own: String = sqlx::query_scalar("SELECT domain FROM cases WHERE id = $1")
        .bind(case)
        .fetch_one(&mut *connection)
        .await?;
    let domains: Vec<(i64, Domain)> = told
        .into_iter()
        .filter_map(|(id, domain)| Some((id, Domain::parse(&domain).ok()?)))
        .collect();
    let names: Vec<Domain> = domains.iter().map(|(_, domain)| domain.clone()).collect();
    // Also the registrable names: `case_domain` asks for their owners.
    let owners = owned::of(connection, &names).await?;
    let here = |domain: &Domain| owners.case_domain(domain).as_str() == own;
    found.extend(domains.iter().filter(|(_, d)| here(d)).map(|(id, _)| *id));
    Ok(found)
}

/// The ticket of the last notice of the case that this organisation was sent.
pub(in crate::store) async fn earlier(
    connection: &mut SqliteConnection,
    case: i64,
    organisation: i64,
) -> Result<Option<String>, StoreError> {
    let mut last: Option<(i64, String)> = None;
    for case in merged(connection, case, organisation).await? {
        let sent = sqlx::query_as(
            "SELECT id, ticket FROM notice WHERE organisation_id = $1 AND case_id = $2 AND state = 'sent' \
             ORDER BY id DESC LIMIT 1",
        );
        let sent = sent.bind(organisation).bind(case);
        last = last.max(sent.fetch_optional(&mut *connection).await?);
    }
    Ok(last.map(|(_, ticket)| ticket))
}

/// The names of which a notice tells.
pub(in crate::store) async fn names(
    connection: &mut SqliteConnection,
    notice: i64,
) -> Result<BTreeSet<String>, StoreError> {
    let names =
        sqlx::query_scalar("SELECT DISTINCT name FROM notice_day_name WHERE notice_id = $1");
    let names: Vec<String> = names.bind(notice).fetch_all(connection).await?;
    Ok(names.into_iter().collect())
}

const DRAFTED: Bulk = Bulk {
    head: "INSERT INTO notice_day_name (notice_id, day, name, recipients)",
    columns: 4,
    tail: "",
};

/// Keeps what a notice tells, as its text has it.
pub(in crate::store) async fn freeze(
    connection: &mut SqliteConnection,
    notice: i64,
    rows: &[DayName],
) -> Result<(), StoreError> {
    DRAFTED
        .execute(connection, rows, |values, row| {
            values.push(notice).push(row.day).push(row.name.as_str());
            values.push(row.recipients());
        })
        .await
}

/// Whether of something that a notice tells there is less in its case now: mail has been found to be another's.
pub(in crate::store) async fn is_less(
    connection: &mut SqliteConnection,
    notice: i64,
    case: i64,
) -> Result<bool, StoreError> {
    let less = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM notice_day_name t WHERE t.notice_id = $1 AND t.recipients > \
         (SELECT coalesce(sum(n.recipients), 0) FROM case_day_name n WHERE n.case_id = $2 AND n.day = t.day \
         AND n.name = t.name AND n.sure = 1 AND n.verdict IN ('misdirected', 'reflection')))",
    );
    Ok(less.bind(notice).bind(case).fetch_one(connection).await?)
}

/// What a notice tells has been told.
pub(in crate::store) async fn remember(
    connection: &mut SqliteConnection,
    notice: i64,
    case: i64,
    organisation: i64,
) -> Result<(), StoreError> {
    for other in merged(connection, case, organisation).await? {
        if other == case {
            continue;
        }
        // Its mail is in this case now, and in the sums of this notice.
        sqlx::query(
            "DELETE FROM told WHERE case_id = $1 AND organisation_id = $2 AND EXISTS \
             (SELECT 1 FROM notice_day_name t WHERE t.notice_id = $3 AND t.day = told.day AND t.name = told.name)",
        )
        .bind(other)
        .bind(organisation)
        .bind(notice)
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query(
        "INSERT INTO told (case_id, organisation_id, day, name, recipients) \
         SELECT $1, $2, day, name, recipients FROM notice_day_name WHERE notice_id = $3 \
         ON CONFLICT (case_id, organisation_id, day, name) DO UPDATE SET recipients = excluded.recipients",
    )
    .bind(case)
    .bind(organisation)
    .bind(notice)
    .execute(connection)
    .await?;
    Ok(())
}
