//! What was turned away by name: recipients refused by policy, and recipients of an organisation's real domain.
//!
//! Both are counts of sessions, so they wait in memory with those and travel with them. Under `refuse` nothing else is
//! left of a recipient, and a sender chooses the name: in memory and in a day of the database there are so many and no
//! more, and what comes after them counts as `other`. Misrouted domains are the operator's own directory, and as many as
//! that has; in memory they are bounded all the same. The sums of misrouted mail are by domain, and their owner is looked
//! up when they are shown: a domain that changes hands takes its counts along, and no change of the directory can break
//! them. Like all roll-ups that are counts and no metadata, they stay.

use crate::message::Domain;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use crate::store::names::OTHER;
use crate::store::session::SessionGains;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::collections::HashSet;

/// Names that wait to be written, at most, over all days.
const WAITING: usize = 10_000;

/// The most names that one look at the sums gives.
pub const LARGEST_LIST: u32 = 200;

/// Recipients by day and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct NameSums {
    days: BTreeMap<i64, BTreeMap<Box<str>, i64>>,
    names: usize,
}

impl NameSums {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.names == 0
    }

    /// Adds recipients of one name.
    pub fn add(&mut self, day: i64, name: &str, by: i64) {
        let there = self
            .days
            .get_mut(&day)
            .and_then(|names| names.get_mut(name));
        if let Some(sum) = there {
            *sum = sum.saturating_add(by);
            return;
        }
        // One row more for each day is what `other` costs, and days are bounded by who calls.
        let name = if self.names < WAITING { name } else { OTHER };
        let sums = self.days.entry(day).or_default();
        let sum = sums.entry(name.into()).or_insert_with(|| {
            self.names += 1;
            0
        });
        *sum = sum.saturating_add(by);
    }

    /// Adds the names of one session.
    pub fn add_all(&mut self, day: i64, names: &[(Domain, u32)]) {
        for (name, recipients) in names {
            self.add(day, name.as_str(), i64::from(*recipients));
        }
    }

    /// Adds the sums of another.
    pub fn merge(&mut self, other: &Self) {
        for (day, name, by) in other.rows() {
            self.add(day, name, by);
        }
    }

    fn rows(&self) -> impl Iterator<Item = (i64, &str, i64)> {
        let days = self.days.iter();
        days.flat_map(|(day, names)| names.iter().map(|(name, by)| (*day, &**name, *by)))
    }
}

const PRESENT: Bulk = Bulk {
    head: "WITH wanted (day, name) AS (",
    columns: 2,
    tail: ") SELECT r.day, r.name FROM wanted w JOIN refused_day r ON r.day = w.day AND r.name = w.name",
};

const TAKE: Bulk = Bulk {
    head: "INSERT INTO refused_names (day, names)",
    columns: 2,
    tail: "ON CONFLICT (day) DO UPDATE SET names = refused_names.names + excluded.names",
};

const REFUSED: Bulk = Bulk {
    head: "INSERT INTO refused_day (day, name, recipients)",
    columns: 3,
    tail: "ON CONFLICT (day, name) DO UPDATE SET recipients = refused_day.recipients + excluded.recipients",
};

const MISROUTED: Bulk = Bulk {
    head: "INSERT INTO misrouted_day (day, domain, recipients)",
    columns: 3,
    tail: "ON CONFLICT (domain, day) DO UPDATE SET recipients = misrouted_day.recipients + excluded.recipients",
};

/// Adds what sessions brought to the sums by name; `bound` is how many names a day may have.
pub(in crate::store) async fn write(
    connection: &mut SqliteConnection,
    sessions: &SessionGains,
    bound: i64,
) -> Result<(), StoreError> {
    if !sessions.refused.is_empty() {
        let admitted = admit(connection, &sessions.refused, bound).await?;
        add(connection, &REFUSED, &admitted).await?;
    }
    if !sessions.misrouted.is_empty() {
        add(connection, &MISROUTED, &sessions.misrouted).await?;
    }
    Ok(())
}

async fn add(
    connection: &mut SqliteConnection,
    table: &Bulk,
    sums: &NameSums,
) -> Result<(), StoreError> {
    let rows: Vec<_> = sums.rows().collect();
    table
        .execute(connection, &rows, |values, (day, name, by)| {
            values.push(*day).push(*name).push(*by);
        })
        .await
}

/// The same sums with `other` in the place of new names that do not fit into their day any more.
async fn admit(
    connection: &mut SqliteConnection,
    sums: &NameSums,
    bound: i64,
) -> Result<NameSums, StoreError> {
    let rows: Vec<_> = sums.rows().collect();
    let found = PRESENT
        .fetch(connection, &rows, |values, (day, name, _)| {
            values.push(*day).push(*name);
        })
        .await?;
    let mut present: HashSet<(i64, String)> = HashSet::new();
    for row in found {
        present.insert((row.try_get(0)?, row.try_get(1)?));
    }
    let mut left: BTreeMap<i64, i64> = BTreeMap::new();
    let mut taken: BTreeMap<i64, i64> = BTreeMap::new();
    let mut admitted = NameSums::default();
    for (day, name, by) in rows {
        if name == OTHER || present.contains(&(day, name.to_owned())) {
            admitted.add(day, name, by);
            continue;
        }
        let left = match left.entry(day) {
            std::collections::btree_map::Entry::Occupied(there) => there.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let had: Option<i64> =
                    sqlx::query_scalar("SELECT names FROM refused_names WHERE day = $1")
                        .bind(day)
                        .fetch_optional(&mut *connection)
                        .await?;
                place.insert(bound - had.unwrap_or(0))
            }
        };
        if *left > 0 {
            *left -= 1;
            *taken.entry(day).or_default() += 1;
            admitted.add(day, name, by);
        } else {
            admitted.add(day, OTHER, by);
        }
    }
    let taken: Vec<_> = taken.into_iter().collect();
    TAKE.execute(connection, &taken, |values, (day, names)| {
        values.push(*day).push(*names);
    })
    .await?;
    Ok(admitted)
}

/// Recipients of one name.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct NameSum {
    /// The name; `other` for what went past a bound.
    pub name: String,
    /// Recipients.
    pub recipients: i64,
}

/// What one name came to, by what was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySums {
    /// Recipients held.
    pub held: i64,
    /// Recipients counted.
    pub counted: i64,
    /// Recipients refused.
    pub refused: i64,
}

/// Misrouted mail of one domain on one day.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MisroutedDay {
    /// Days since 1970-01-01.
    pub day: i64,
    /// The domain of the directory.
    pub domain: String,
    /// Recipients.
    pub recipients: i64,
    /// Recipients of all rows that were asked for, those beyond the bound of the list included.
    pub in_all: i64,
}

/// Misrouted mail of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MisroutedTotal {
    /// Recipients.
    pub recipients: i64,
    /// Domains of the directory that it was for.
    pub domains: i64,
}

const KEY_SUMS: Bulk = Bulk {
    head: "WITH wanted (name, day) AS (",
    columns: 2,
    tail: ") SELECT k.name, k.policy, sum(k.recipients) FROM wanted w \
           JOIN day_key k ON k.day = w.day AND k.name = w.name GROUP BY k.name, k.policy",
};

const REFUSED_SUMS: Bulk = Bulk {
    head: "WITH wanted (name, day) AS (",
    columns: 2,
    tail: ") SELECT r.name, 'refuse', sum(r.recipients) FROM wanted w \
           JOIN refused_day r ON r.day = w.day AND r.name = w.name GROUP BY r.name",
};

// At most a day's bound of names for each of the days asked for.
const MOST_REFUSED: &str = "SELECT name, sum(recipients) AS recipients FROM refused_day WHERE day BETWEEN $1 AND $2 \
     GROUP BY name ORDER BY recipients DESC, name LIMIT $3";

const MOST_MISROUTED: &str = "SELECT domain AS name, sum(recipients) AS recipients FROM misrouted_day \
     INDEXED BY misrouted_day_day WHERE day BETWEEN $1 AND $2 GROUP BY domain ORDER BY recipients DESC, domain LIMIT $3";

const MISROUTED_OF: &str = "SELECT m.day, m.domain, m.recipients, sum(m.recipients) OVER () AS in_all FROM organisation_domain d \
     CROSS JOIN misrouted_day m WHERE d.organisation_id = $1 AND m.domain = d.domain AND m.day BETWEEN $2 AND $3 \
     ORDER BY m.day DESC, m.domain LIMIT $4";

const MISROUTED_TOTAL: &str = "SELECT coalesce(sum(recipients), 0), count(DISTINCT domain) FROM misrouted_day \
     INDEXED BY misrouted_day_day WHERE day BETWEEN $1 AND $2";

impl Store {
    /// What became of the recipients of each of `names` (watch entries or typed registrable domains) on the days from
    /// `first` to `last`, both included. Names without any are left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn policy_sums(
        &self,
        names: &[String],
        first: i64,
        last: i64,
    ) -> Result<BTreeMap<String, PolicySums>, StoreError> {
        let mut wanted = Vec::new();
        for name in names {
            wanted.extend((first..=last).map(|day| (name.as_str(), day)));
        }
        let mut connection = self.readers().acquire().await?;
        let mut sums: BTreeMap<String, PolicySums> = BTreeMap::new();
        for statement in [&KEY_SUMS, &REFUSED_SUMS] {
            let rows = statement
                .fetch(&mut connection, &wanted, |values, (name, day)| {
                    values.push(*name).push(*day);
                })
                .await?;
            for row in rows {
                let (name, policy, by): (String, &str, i64) =
                    (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
                let sum = sums.entry(name).or_default();
                match policy {
                    "hold" => sum.held += by,
                    "count" => sum.counted += by,
                    _ => sum.refused += by,
                }
            }
        }
        Ok(sums)
    }

    /// The names with the most refused recipients on these days, the most first, at most 200.
    ///
    /// # Errors
    /// The database's.
    pub async fn most_refused(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<NameSum>, StoreError> {
        self.most(MOST_REFUSED, first, last, limit).await
    }

    /// The domains of the directory with the most misrouted recipients on these days, the most first, at most 200.
    ///
    /// # Errors
    /// The database's.
    pub async fn most_misrouted(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<NameSum>, StoreError> {
        self.most(MOST_MISROUTED, first, last, limit).await
    }

    async fn most(
        &self,
        statement: &'static str,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<NameSum>, StoreError> {
        let rows = sqlx::query_as(statement)
            .bind(first)
            .bind(last)
            .bind(limit.min(LARGEST_LIST))
            .fetch_all(self.readers())
            .await?;
        Ok(rows)
    }

    /// Misrouted mail of the domains that an organisation has now, on these days, the newest first, at most 200 rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn misrouted_of(
        &self,
        organisation: crate::classify::OrganisationId,
        first: i64,
        last: i64,
    ) -> Result<Vec<MisroutedDay>, StoreError> {
        let rows = sqlx::query_as(MISROUTED_OF)
            .bind(organisation.0)
            .bind(first)
            .bind(last)
            .bind(LARGEST_LIST)
            .fetch_all(self.readers())
            .await?;
        Ok(rows)
    }

    /// Misrouted mail of all on these days.
    ///
    /// # Errors
    /// The database's.
    pub async fn misrouted_total(
        &self,
        first: i64,
        last: i64,
    ) -> Result<MisroutedTotal, StoreError> {
        let (recipients, domains) = sqlx::query_as(MISROUTED_TOTAL)
            .bind(first)
            .bind(last)
            .fetch_one(self.readers())
            .await?;
        Ok(MisroutedTotal {
            recipients,
            domains,
        })
    }

    /// The first and last of the thirty days up to `now`, as pages and `stats` count.
    #[must_use]
    pub fn thirty_days(now: Timestamp) -> (i64, i64) {
        (now.day() - 29, now.day())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_names_wait_and_no_more_and_none_is_lost() {
        let mut sums = NameSums::default();
        for number in 0..WAITING + 500 {
            sums.add(1, &format!("n{number}.ml"), 2);
        }
        // Also on another day, and a name that is there already still counts as itself.
        sums.add(2, "late.ml", 3);
        sums.add(1, "n7.ml", 1);
        assert_eq!(sums.names, WAITING + 2);
        assert_eq!(sums.days[&1]["n7.ml"], 3);
        assert_eq!(sums.days[&1][OTHER], 1_000);
        assert_eq!(sums.days[&2][OTHER], 3);
        let all: i64 = sums.rows().map(|(_, _, by)| by).sum();
        assert_eq!(all, (WAITING as i64 + 500) * 2 + 4);
    }
}
