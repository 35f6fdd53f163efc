//! How many names a day may bring.
//!
//! A sender chooses the typed domain, so a flood can bring a new one with each recipient. Promise 5: at most
//! [`Options::names_a_day`](crate::store::Options) distinct roll-up keys, and as many new cases, a day; what comes
//! after them is counted under [`OTHER`]. Names that the operator has listed, in the directory or as watch entries, are
//! as many as the operator likes: they are neither counted against the allowance nor refused, so that no flood can hide
//! the mail of an owner who is known. The database knows how many a day has had (`day_names`); what this process
//! has seen there is remembered, so that the common case costs no statement.

use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use crate::store::plan::Brought;
use crate::store::plan::BroughtCase;
use crate::store::plan::CaseKey;
use crate::store::plan::CaseKind;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;

/// The name under which all is counted that goes past the bound. No typed domain has one label only.
pub(in crate::store) const OTHER: &str = "other";

/// Days and cases that are remembered, at most; then memory starts afresh.
const DAYS: usize = 64;
const CASES: usize = 100_000;

/// The names that are known to be in the database.
#[derive(Default)]
pub(in crate::store) struct Names {
    keys: BTreeMap<i64, HashSet<Box<str>>>,
    cases: HashSet<CaseKey>,
}

/// What one transaction will have added, once it is committed.
#[derive(Default)]
pub(in crate::store) struct Added {
    keys: Vec<(i64, Box<str>)>,
    cases: Vec<CaseKey>,
    /// How many cases are new.
    pub new_cases: i64,
}

/// The names of one transaction that do not fit any more.
#[derive(Default)]
pub(in crate::store) struct Refused {
    /// Roll-up keys by day.
    pub keys: HashSet<(i64, Box<str>)>,
    /// Cases.
    pub cases: HashSet<CaseKey>,
}

const CASES_PRESENT: Bulk = Bulk {
    head: "WITH wanted (kind, domain) AS (",
    columns: 2,
    tail: ") SELECT c.kind, c.domain FROM wanted w JOIN cases c ON c.kind = w.kind AND c.domain = w.domain",
};

const KEYS_PRESENT: Bulk = Bulk {
    head: "WITH wanted (day, name) AS (",
    columns: 2,
    tail: ") SELECT DISTINCT k.day, k.name FROM wanted w JOIN day_key k ON k.day = w.day AND k.name = w.name",
};

const TAKE: Bulk = Bulk {
    head: "INSERT INTO day_names (day, keys, cases)",
    columns: 3,
    tail: "ON CONFLICT (day) DO UPDATE SET keys = day_names.keys + excluded.keys, \
           cases = day_names.cases + excluded.cases",
};

impl Names {
    /// Finds which of the names of a transaction are new and still fit, takes them from the day's allowance, and says
    /// which do not fit.
    pub async fn admit(
        &self,
        connection: &mut SqliteConnection,
        brought: &Brought<'_>,
        bound: i64,
    ) -> Result<(Added, Refused), StoreError> {
        let mut added = Added::default();
        let mut refused = Refused::default();
        let unknown_keys = self
            .unknown_keys(connection, &brought.keys, &mut added)
            .await?;
        let unknown_cases = self
            .unknown_cases(connection, &brought.cases, &mut added)
            .await?;
        let mut taken: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for ((day, _), listed) in &unknown_keys {
            if !listed {
                taken.entry(*day).or_default();
            }
        }
        for (_, case) in &unknown_cases {
            if !case.listed {
                taken.entry(case.day).or_default();
            }
        }
        let mut left = BTreeMap::new();
        for day in taken.keys() {
            let had: Option<(i64, i64)> =
                sqlx::query_as("SELECT keys, cases FROM day_names WHERE day = $1")
                    .bind(day)
                    .fetch_optional(&mut *connection)
                    .await?;
            let (had_keys, had_cases) = had.unwrap_or_default();
            left.insert(*day, (bound - had_keys, bound - had_cases));
        }
        for ((day, name), listed) in unknown_keys {
            if listed {
                added.keys.push((day, name.into()));
                continue;
            }
            let (left, count) = (left.entry(day).or_default(), taken.entry(day).or_default());
            if left.0 > 0 {
                left.0 -= 1;
                count.0 += 1;
                added.keys.push((day, name.into()));
            } else {
                refused.keys.insert((day, name.into()));
            }
        }
        for (case, BroughtCase { day, listed }) in unknown_cases {
            if listed {
                added.new_cases += 1;
                added.cases.push(case.clone());
                continue;
            }
            let (left, count) = (left.entry(day).or_default(), taken.entry(day).or_default());
            if left.1 > 0 {
                left.1 -= 1;
                count.1 += 1;
                added.new_cases += 1;
                added.cases.push(case.clone());
            } else {
                refused.cases.insert(case.clone());
            }
        }
        let taken: Vec<_> = taken
            .into_iter()
            .filter(|(_, count)| *count != (0, 0))
            .collect();
        TAKE.execute(connection, &taken, |values, (day, (keys, cases))| {
            values.push(*day).push(*keys).push(*cases);
        })
        .await?;
        added.new_cases += self
            .open_other(connection, &refused.cases, &mut added.cases)
            .await?;
        Ok((added, refused))
    }

    /// Remembers what a committed transaction has added.
    pub fn remember(&mut self, added: Added) {
        if self.keys.len() > DAYS {
            self.keys.clear();
        }
        if self.cases.len() > CASES {
            self.cases.clear();
        }
        for (day, name) in added.keys {
            self.keys.entry(day).or_default().insert(name);
        }
        self.cases.extend(added.cases);
    }

    /// The keys that are neither remembered nor in the database. Those found there are noted as added, so that they are
    /// remembered.
    async fn unknown_keys<'k>(
        &self,
        connection: &mut SqliteConnection,
        keys: &BTreeMap<(i64, &'k str), bool>,
        added: &mut Added,
    ) -> Result<Vec<((i64, &'k str), bool)>, StoreError> {
        let mut unknown: Vec<_> = keys
            .iter()
            .map(|(key, listed)| (*key, *listed))
            .filter(|((day, name), _)| {
                !self
                    .keys
                    .get(day)
                    .is_some_and(|known| known.contains(*name))
            })
            .collect();
        let rows = KEYS_PRESENT
            .fetch(connection, &unknown, |values, ((day, name), _)| {
                values.push(*day).push(*name);
            })
            .await?;
        let mut present = HashSet::new();
        for row in rows {
            let (day, name): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            added.keys.push((day, name.as_str().into()));
            present.insert((day, name));
        }
        unknown.retain(|((day, name), _)| !present.contains(&(*day, (*name).to_owned())));
        Ok(unknown)
    }

    async fn unknown_cases<'c>(
        &self,
        connection: &mut SqliteConnection,
        cases: &'c BTreeMap<CaseKey, BroughtCase>,
        added: &mut Added,
    ) -> Result<Vec<(&'c CaseKey, BroughtCase)>, StoreError> {
        let mut unknown: Vec<_> = cases
            .iter()
            .map(|(key, case)| (key, *case))
            .filter(|(case, _)| !self.cases.contains(*case))
            .collect();
        let present = present_cases(connection, unknown.iter().map(|(case, _)| *case)).await?;
        unknown.retain(|(case, _)| !present.contains(*case));
        added.cases.extend(present);
        Ok(unknown)
    }

    /// The cases that take what does not fit are cases too: says how many of them will be opened.
    async fn open_other(
        &self,
        connection: &mut SqliteConnection,
        refused: &HashSet<CaseKey>,
        added: &mut Vec<CaseKey>,
    ) -> Result<i64, StoreError> {
        let kinds: BTreeSet<CaseKind> = refused.iter().map(|case| case.kind).collect();
        let others: Vec<CaseKey> = kinds
            .into_iter()
            .map(CaseKey::other)
            .filter(|case| !self.cases.contains(case))
            .collect();
        let present = present_cases(connection, others.iter()).await?;
        let opened = others.len().saturating_sub(present.len());
        added.extend(others);
        Ok(i64::try_from(opened).unwrap_or(i64::MAX))
    }
}

async fn present_cases<'c>(
    connection: &mut SqliteConnection,
    wanted: impl Iterator<Item = &'c CaseKey>,
) -> Result<HashSet<CaseKey>, StoreError> {
    let wanted: Vec<_> = wanted.collect();
    let rows = CASES_PRESENT
        .fetch(connection, &wanted, |values, case| {
            values.push(case.kind.name()).push(&*case.domain);
        })
        .await?;
    let mut present = HashSet::new();
    for row in rows {
        let (kind, domain): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        present.insert(CaseKey {
            kind: CaseKind::from_name(kind),
            domain: domain.into(),
        });
    }
    Ok(present)
}
