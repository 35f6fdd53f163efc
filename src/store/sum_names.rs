//! How many typed names and sending domains a case and day may bring.
//!
//! Both are the sender's to choose, so a flood can bring a new one with each message. Promise 5: at most
//! [`Options::names_a_case`](crate::store::Options) of each a case and day have a sum of their own; what comes after
//! them is counted as `other`. What this process has seen in the database is remembered, so that the common case costs
//! no statement; another process can only add to it, so what is full stays full.

use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use crate::store::names::OTHER;
use crate::store::plan::CaseKey;
use crate::store::plan::CaseKind;
use crate::store::tally::Counted;
use crate::store::tally::Other;
use crate::store::tally::is_genuine;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

/// Cases and days that are remembered, at most; then memory starts afresh.
const REMEMBERED: usize = 20_000;

/// The two tables of such sums, alike but for their columns.
struct Table {
    /// The bit of [`Other`] that it is about.
    bit: i64,
    /// What is there for cases and days.
    present: Bulk,
    /// Which of these names are there.
    among: Bulk,
    /// How many are there for cases and days.
    number: Bulk,
}

const NAMES: Table = Table {
    bit: Other::NAME,
    present: Bulk {
        head: "WITH wanted (kind, domain, day) AS (",
        columns: 3,
        tail: ") SELECT DISTINCT c.kind, c.domain, n.day, n.name FROM wanted w \
               JOIN cases c ON c.kind = w.kind AND c.domain = w.domain \
               JOIN case_day_name n ON n.case_id = c.id AND n.day = w.day",
    },
    among: Bulk {
        head: "WITH wanted (kind, domain, day, name) AS (",
        columns: 4,
        tail: ") SELECT c.kind, c.domain, w.day, w.name FROM wanted w \
               JOIN cases c ON c.kind = w.kind AND c.domain = w.domain \
               WHERE EXISTS (SELECT 1 FROM case_day_name n \
               WHERE n.case_id = c.id AND n.day = w.day AND n.name = w.name)",
    },
    number: Bulk {
        head: "WITH wanted (kind, domain, day) AS (",
        columns: 3,
        tail: ") SELECT c.kind, c.domain, w.day, (SELECT count(*) FROM (SELECT DISTINCT n.name FROM case_day_name n \
               WHERE n.case_id = c.id AND n.day = w.day AND n.name <> 'other') names) FROM wanted w \
               JOIN cases c ON c.kind = w.kind AND c.domain = w.domain",
    },
};

const SENDERS: Table = Table {
    bit: Other::SENDER,
    present: Bulk {
        head: "WITH wanted (kind, domain, day) AS (",
        columns: 3,
        tail: ") SELECT DISTINCT c.kind, c.domain, s.day, s.sender FROM wanted w \
               JOIN cases c ON c.kind = w.kind AND c.domain = w.domain \
               JOIN case_day_sender s ON s.case_id = c.id AND s.day = w.day",
    },
    among: Bulk {
        head: "WITH wanted (kind, domain, day, name) AS (",
        columns: 4,
        tail: ") SELECT c.kind, c.domain, w.day, w.name FROM wanted w \
               JOIN cases c ON c.kind = w.kind AND c.domain = w.domain \
               WHERE EXISTS (SELECT 1 FROM case_day_sender s \
               WHERE s.case_id = c.id AND s.day = w.day AND s.sender = w.name)",
    },
    number: Bulk {
        head: "WITH wanted (kind, domain, day) AS (",
        columns: 3,
        tail: ") SELECT c.kind, c.domain, w.day, (SELECT count(*) FROM (SELECT DISTINCT s.sender FROM case_day_sender s \
               WHERE s.case_id = c.id AND s.day = w.day AND s.sender <> 'other') names) FROM wanted w \
               JOIN cases c ON c.kind = w.kind AND c.domain = w.domain",
    },
};

/// The names of each case and day.
type Of = HashMap<(CaseKey, i64), HashSet<Box<str>>>;

/// The same by day first, to be looked into without a copy of the key.
type Memory = HashMap<i64, HashMap<CaseKey, HashSet<Box<str>>>>;

/// How many names more each case and day has, where not all have been read.
type Unseen = HashMap<(CaseKey, i64), usize>;

/// The names that are known to be in the database.
#[derive(Default)]
pub(in crate::store) struct SumNames {
    names: Memory,
    senders: Memory,
}

/// What one transaction will have added, or has found.
#[derive(Default)]
pub(in crate::store) struct AddedSums {
    names: Of,
    senders: Of,
}

impl SumNames {
    /// Decides for each recipient whether its name and its sender have room, or count as `other`.
    pub async fn admit(
        &self,
        connection: &mut SqliteConnection,
        messages: &mut [Counted<'_>],
        bound: usize,
    ) -> Result<AddedSums, StoreError> {
        Ok(AddedSums {
            names: admit(connection, &NAMES, &self.names, messages, bound).await?,
            senders: admit(connection, &SENDERS, &self.senders, messages, bound).await?,
        })
    }

    /// Remembers what a committed transaction has added.
    pub fn remember(&mut self, added: AddedSums) {
        for (held, added) in [
            (&mut self.names, added.names),
            (&mut self.senders, added.senders),
        ] {
            if held.values().map(HashMap::len).sum::<usize>() > REMEMBERED {
                held.clear();
            }
            for ((case, day), names) in added {
                let of_day = held.entry(day).or_default();
                of_day.entry(case).or_default().extend(names);
            }
        }
    }
}

async fn admit(
    connection: &mut SqliteConnection,
    table: &Table,
    known: &Memory,
    messages: &mut [Counted<'_>],
    bound: usize,
) -> Result<Of, StoreError> {
    let mut unknown = BTreeSet::new();
    for message in &mut *messages {
        let (day, sender) = (message.at.day(), table.sender(message));
        for recipient in &mut message.recipients {
            recipient.other.set(table.bit, false);
            let Some(name) = sender.unwrap_or(Some(recipient.name)) else {
                continue;
            };
            let held = known.get(&day).and_then(|day| day.get(&*recipient.case));
            match held {
                Some(held) if held.contains(name) => {}
                Some(held) if held.len() >= bound => recipient.other.set(table.bit, true),
                _ => {
                    unknown.insert((recipient.case.clone().into_owned(), day));
                }
            }
        }
    }
    if unknown.is_empty() {
        return Ok(Of::new());
    }
    let mut held = present(connection, table, unknown).await?;
    give_room(table, messages, &mut held, &Unseen::new(), bound);
    Ok(held)
}

/// As [`SumNames::admit`], for mail that is moved.
pub(in crate::store) async fn admit_moved(
    connection: &mut SqliteConnection,
    messages: &mut [Counted<'_>],
    bound: usize,
) -> Result<(), StoreError> {
    for table in [&NAMES, &SENDERS] {
        let mut wanted = BTreeSet::new();
        for message in &mut *messages {
            let (day, sender) = (message.at.day(), table.sender(message));
            for recipient in &mut message.recipients {
                recipient.other.set(table.bit, false);
                if let Some(name) = sender.unwrap_or(Some(recipient.name)) {
                    wanted.insert(((recipient.case.clone().into_owned(), day), name));
                }
            }
        }
        let (mut held, unseen) = among(connection, table, &wanted).await?;
        give_room(table, messages, &mut held, &unseen, bound);
    }
    Ok(())
}

/// Gives each name its room in the cases and days of `held`, as long as there is some.
fn give_room(
    table: &Table,
    messages: &mut [Counted<'_>],
    held: &mut Of,
    unseen: &Unseen,
    bound: usize,
) {
    for message in messages {
        let (day, sender) = (message.at.day(), table.sender(message));
        for recipient in &mut message.recipients {
            let Some(name) = sender.unwrap_or(Some(recipient.name)) else {
                continue;
            };
            let key = (recipient.case.clone().into_owned(), day);
            let Some(held) = held.get_mut(&key) else {
                continue;
            };
            let unseen = unseen.get(&key).copied().unwrap_or_default();
            if !held.contains(name) && held.len() + unseen >= bound {
                recipient.other.set(table.bit, true);
            } else {
                held.insert(name.into());
            }
        }
    }
}

impl Table {
    /// The name that all recipients of a message have in this table, where it is not one of their own: `Some(None)` where
    /// the message is not counted here.
    fn sender<'m>(&self, message: &Counted<'m>) -> Option<Option<&'m str>> {
        let here = is_genuine(message.verdict).then_some(message.sender);
        (self.bit == Other::SENDER).then_some(here)
    }
}

/// What the database has for these cases and days.
async fn present(
    connection: &mut SqliteConnection,
    table: &Table,
    wanted: BTreeSet<(CaseKey, i64)>,
) -> Result<Of, StoreError> {
    let rows: Vec<_> = wanted.iter().collect();
    let rows = table
        .present
        .fetch(connection, &rows, |values, (case, day)| {
            values.push(case.kind.name()).push(&*case.domain).push(*day);
        })
        .await?;
    let mut held: Of = wanted
        .into_iter()
        .map(|wanted| (wanted, HashSet::new()))
        .collect();
    for row in rows {
        let name: &str = row.try_get(3)?;
        // The one that takes the rest takes no room itself.
        if name != OTHER {
            held.entry(key(&row)?).or_default().insert(name.into());
        }
    }
    Ok(held)
}

/// Those of the wanted names that the database has, and how many more where one is missing.
async fn among(
    connection: &mut SqliteConnection,
    table: &Table,
    wanted: &BTreeSet<((CaseKey, i64), &str)>,
) -> Result<(Of, Unseen), StoreError> {
    let rows: Vec<_> = wanted.iter().collect();
    let rows = table
        .among
        .fetch(connection, &rows, |values, ((case, day), name)| {
            values.push(case.kind.name()).push(&*case.domain);
            values.push(*day).push(*name);
        })
        .await?;
    let mut held = Of::new();
    for (of, _) in wanted {
        held.entry(of.clone()).or_default();
    }
    for row in rows {
        let name: &str = row.try_get(3)?;
        held.entry(key(&row)?).or_default().insert(name.into());
    }
    let is_missing = |(of, name): &&((CaseKey, i64), &str)| {
        let held = held.get(of);
        held.is_none_or(|held| !held.contains(*name))
    };
    let missing: BTreeSet<_> = wanted.iter().filter(is_missing).map(|(of, _)| of).collect();
    let missing: Vec<_> = missing.into_iter().collect();
    let rows = table
        .number
        .fetch(connection, &missing, |values, (case, day)| {
            values.push(case.kind.name()).push(&*case.domain).push(*day);
        })
        .await?;
    let mut unseen = Unseen::new();
    for row in rows {
        let (of, number): (_, i64) = (key(&row)?, row.try_get(3)?);
        let seen = held.get(&of).map_or(0, HashSet::len);
        let number = usize::try_from(number).unwrap_or_default();
        unseen.insert(of, number.saturating_sub(seen));
    }
    Ok((held, unseen))
}

/// The case and day of a row that begins with them.
fn key(row: &SqliteRow) -> Result<(CaseKey, i64), StoreError> {
    let case = CaseKey {
        kind: CaseKind::from_name(row.try_get(0)?),
        domain: row.try_get::<&str, _>(1)?.into(),
    };
    Ok((case, row.try_get(2)?))
}
