//! What is done with mail for a name: what the file says, what staff have decided, and what it came to.
//!
//! The page shows what the store has at this moment, over the file as the listener has it: the same that the listener will
//! have within two seconds. Each decision is written down with what it changes: above all whether more is kept from now on,
//! for that is what an auditor looks for.

use crate::audit;
use crate::audit::Action;
use crate::message::Decided;
use crate::message::Domain;
use crate::message::Policy;
use crate::message::PolicyTable;
use crate::message::Timestamp;
use crate::message::policy::Disposition;
use crate::message::policy::Subdomains;
use crate::message::policy::Watch;
use crate::review::Refusal;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::organisations::FieldError;
use crate::staff::Admin;
use crate::staff::Viewer;
use crate::store::Store;
use crate::store::policies::DecisionOutcome;
use crate::store::policies::NewPolicy;
use crate::store::policies::PolicyRow;
use serde_json::Value;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

pub use crate::store::session_names::NameSum;
pub use crate::store::session_names::PolicySums;

/// A policy that staff have decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its number.
    pub id: i64,
    /// Who decided it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What is done with mail for a name, or for names without an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// As it was entered.
    pub policy: Policy,
    /// What is done at this moment: a hold that has ended is a count.
    pub now: Policy,
    /// The first instant at which `hold` has become `count`.
    pub until: Option<Timestamp>,
    /// By whom, where not by the file.
    pub decided: Option<Decision>,
    /// What the file says of the same name, where staff have decided otherwise.
    pub file: Option<Policy>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryLine {
    /// The name.
    pub name: String,
    /// Whether the names below it are meant too.
    pub subdomains: Subdomains,
    /// What is done.
    pub in_force: InForce,
    /// What became of its recipients in the last thirty days.
    pub sums: PolicySums,
}

/// All policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// For names without an entry.
    pub default: InForce,
    /// Entries by name, at most [`ENTRIES`].
    pub entries: Vec<EntryLine>,
    /// The name after which the next page begins.
    pub next: Option<String>,
    /// The names with the most refused recipients in the last thirty days, at most [`MOST_REFUSED`].
    pub refused: Vec<NameSum>,
}

/// Entries of one page.
pub const ENTRIES: usize = 100;

/// Names with refused recipients that the page shows.
pub const MOST_REFUSED: u32 = 50;

/// How often a decision is tried where others decide in the same moment.
const TRIES: usize = 5;

/// What an admin may say about a name, as a form has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// The name; `None`: the default of the zones.
    pub name: Option<String>,
    /// Whether the names below it are meant too.
    pub subdomains: Subdomains,
    /// `hold`, `count` or `refuse`.
    pub policy: String,
    /// The last day of a hold (`2026-12-31`), or empty.
    pub until: String,
}

impl Review {
    /// The default, and the entries past the name `after`.
    ///
    /// # Errors
    /// The store's.
    pub async fn policies(
        &self,
        _viewer: &Viewer,
        after: Option<&str>,
    ) -> Result<Policies, ReviewError> {
        let now = self.clock.now();
        let rows = self.store.policies_in_force().await?;
        let file = self.file();
        let table = file.file().with(&decided(&rows));
        let mut by_name: HashMap<Option<&str>, &PolicyRow> = HashMap::new();
        for row in &rows {
            by_name.insert(row.name.as_deref(), row);
        }
        let (policy, until, all) = table.listed();
        let in_force = |name: Option<&Domain>, policy, until: Option<Timestamp>| {
            let row = by_name.get(&name.map(Domain::as_str));
            let of_file = match name {
                Some(name) => file.file().entry(name).map(|entry| entry.policy),
                None => Some(file.file().listed().0),
            };
            InForce {
                policy,
                now: match until {
                    Some(end) if now >= end && policy == Policy::Hold => Policy::Count,
                    _ => policy,
                },
                until,
                decided: row.map(|row| Decision {
                    id: row.id,
                    by: row.made_by.clone(),
                    at: row.made_at,
                }),
                file: of_file.filter(|_| row.is_some()),
            }
        };
        let after = after.unwrap_or_default();
        let mut past = all
            .iter()
            .filter(|entry| entry.name.as_str() > after && !table.is_excluded(&entry.name));
        let shown: Vec<&&Watch> = past.by_ref().take(ENTRIES).collect();
        let more = past.next().is_some();
        let names: Vec<String> = shown.iter().map(|entry| entry.name.to_string()).collect();
        let (first, last) = Store::thirty_days(now);
        let sums = self.store.policy_sums(&names, first, last).await?;
        let entries = shown.into_iter().map(|entry| EntryLine {
            name: entry.name.to_string(),
            subdomains: entry.subdomains,
            in_force: in_force(Some(&entry.name), entry.policy, entry.until),
            sums: sums.get(entry.name.as_str()).cloned().unwrap_or_default(),
        });
        Ok(Policies {
            default: in_force(None, policy, until),
            entries: entries.collect(),
            next: names.last().filter(|_| more).cloned(),
            refused: self.store.most_refused(first, last, MOST_REFUSED).await?,
        })
    }

    /// Decides what is done with mail for a name, or for all names without an entry; in force within two seconds.
    ///
    /// # Errors
    /// The field and what is wrong with it; the store's.
    pub async fn decide_policy(
        &self,
        admin: &Admin,
        change: &PolicyChange,
    ) -> Result<(), FieldError> {
        let now = self.clock.now();
        let policy = NewPolicy {
            name: self.policy_name(change.name.as_deref())?,
            subdomains: change.subdomains,
            policy: Policy::from_name(&change.policy)
                .ok_or_else(|| refused("policy", Refusal::NoSuchChoice))?,
            until: end(&change.until, now)?,
        };
        if policy.until.is_some() && policy.policy != Policy::Hold {
            return Err(refused("until", Refusal::EndWithoutHold));
        }
        for _ in 0..TRIES {
            let seen = self.store.policies_version().await?;
            let before = self.store.decided_policies().await?;
            let after = with(&before, &policy);
            let mut detail = difference(&self.file(), &before, &after, policy.name.as_ref(), now);
            if let Some(fields) = detail.as_object_mut() {
                fields.insert("policy".to_owned(), policy.policy.name().into());
                if let Some(end) = policy.until {
                    fields.insert("until".to_owned(), end.to_string().into());
                }
                if policy.name.is_some() {
                    let below = policy.subdomains == Subdomains::Included;
                    fields.insert("subdomains".to_owned(), below.into());
                }
            }
            let subject = policy.name.as_ref().map_or("default", Domain::as_str);
            let entry = audit::entry(now, admin.name(), Action::PolicyDecided, subject, detail);
            match self
                .store
                .decide_policy(policy.clone(), seen, entry)
                .await?
            {
                DecisionOutcome::Done(_) => return Ok(()),
                DecisionOutcome::TooMany => {
                    return Err(ReviewError::Refused(Refusal::TooManyDecisions).into());
                }
                DecisionOutcome::Outdated | DecisionOutcome::Missing => {}
            }
        }
        Err(ReviewError::Refused(Refusal::OthersDecided).into())
    }

    /// Takes a decision back: what the file says is in force again, within two seconds.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn revoke_policy(&self, admin: &Admin, id: i64) -> Result<(), ReviewError> {
        let now = self.clock.now();
        for _ in 0..TRIES {
            let seen = self.store.policies_version().await?;
            let rows = self.store.policies_in_force().await?;
            let row = rows.iter().find(|row| row.id == id);
            let row = row.ok_or(ReviewError::Missing)?;
            let before = decided(&rows);
            let others: Vec<PolicyRow> = rows.iter().filter(|r| r.id != id).cloned().collect();
            let name = row.name.as_deref().map(Domain::parse).transpose();
            let mut detail = match name {
                Ok(name) => {
                    difference(&self.file(), &before, &decided(&others), name.as_ref(), now)
                }
                // No name any more, so nothing came of it.
                Err(_) => json!({}),
            };
            if let Some(fields) = detail.as_object_mut() {
                fields.insert("policy".to_owned(), row.policy.name().into());
            }
            let subject = row.name.as_deref().unwrap_or("default");
            let entry = audit::entry(now, admin.name(), Action::PolicyRevoked, subject, detail);
            match self.store.revoke_policy(id, seen, entry).await? {
                DecisionOutcome::Done(_) => return Ok(()),
                DecisionOutcome::Missing => return Err(ReviewError::Missing),
                DecisionOutcome::Outdated | DecisionOutcome::TooMany => {}
            }
        }
        Err(ReviewError::Refused(Refusal::OthersDecided))
    }

    /// The table of the listener; what the file says is in it.
    fn file(&self) -> Arc<PolicyTable> {
        Arc::clone(&self.policies.borrow())
    }

    fn policy_name(&self, text: Option<&str>) -> Result<Option<Domain>, FieldError> {
        let Some(text) = text.map(str::trim) else {
            return Ok(None);
        };
        let fail = |refusal| Err(refused("name", refusal));
        if text.is_empty() {
            return fail(Refusal::Empty);
        }
        if text.contains('*') {
            return fail(Refusal::Star);
        }
        let Ok(name) = Domain::parse(text) else {
            return fail(Refusal::NotADomain);
        };
        let table = self.file();
        if !table.is_below_a_zone(&name) {
            return fail(Refusal::OutsideZones);
        }
        if table.is_excluded(&name) {
            return fail(Refusal::ExcludedName);
        }
        Ok(Some(name))
    }
}

fn refused(field: &'static str, refusal: Refusal) -> FieldError {
    FieldError::Field {
        field,
        value: String::new(),
        refusal,
    }
}

/// The end of a hold, which must be to come.
fn end(text: &str, now: Timestamp) -> Result<Option<Timestamp>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let end = Timestamp::end_of_day(text).ok_or_else(|| refused("until", Refusal::NotADay))?;
    if end <= now {
        return Err(refused("until", Refusal::DayIsOver));
    }
    Ok(Some(end))
}

/// The decisions as a table takes them.
fn decided(rows: &[PolicyRow]) -> Decided {
    let mut decided = Decided::default();
    for row in rows {
        match row.name.as_deref().map(Domain::parse) {
            None => decided.default = Some((row.policy, row.until)),
            Some(Ok(name)) => decided.entries.push(Watch {
                name,
                subdomains: row.subdomains,
                policy: row.policy,
                until: row.until,
            }),
            Some(Err(_)) => {}
        }
    }
    decided
}

/// The same with one more decision, in the place of the one for the same name.
fn with(before: &Decided, policy: &NewPolicy) -> Decided {
    let mut after = before.clone();
    match &policy.name {
        None => after.default = Some((policy.policy, policy.until)),
        Some(name) => {
            after.entries.retain(|entry| entry.name != *name);
            after.entries.push(Watch {
                name: name.clone(),
                subdomains: policy.subdomains,
                policy: policy.policy,
                until: policy.until,
            });
        }
    }
    after
}

/// How much is kept, the most first.
fn kept(policy: Policy) -> u8 {
    match policy {
        Policy::Hold => 2,
        Policy::Count => 1,
        Policy::Refuse => 0,
    }
}

/// What is done with a name at a time.
fn done(table: &PolicyTable, name: &Domain, at: Timestamp) -> Option<Policy> {
    match table.decide(name, at) {
        Disposition::Listed { policy, .. } => Some(policy),
        Disposition::Outside | Disposition::Excluded => None,
    }
}

/// What changes, for the trail: what was done with the name and is done now, and whether more or less is kept from now on,
/// of the name or of what lies below it, today or on some day to come (a hold that ends later keeps more). Both where both
/// are so.
fn difference(
    file: &PolicyTable,
    before: &Decided,
    after: &Decided,
    name: Option<&Domain>,
    now: Timestamp,
) -> Value {
    let file = file.file();
    let (was, is) = (file.with(before), file.with(after));
    // A name that nobody has an entry for stands for all such, and one below `name` for what lies there.
    const NOBODYS: &str = "entry-of-its-own-has-none";
    let probes: Vec<Domain> = match name {
        Some(name) => [name.to_string(), format!("{NOBODYS}.{name}")]
            .iter()
            .filter_map(|text| Domain::parse(text).ok())
            .collect(),
        None => file
            .zones()
            .filter_map(|zone| Domain::parse(&format!("{NOBODYS}.{zone}")).ok())
            .collect(),
    };
    let mut times = vec![now, Timestamp::from_millis(i64::MAX)];
    for table in [&was, &is] {
        let (_, until, entries) = table.listed();
        times.extend(until);
        times.extend(entries.iter().filter_map(|entry| entry.until));
    }
    times.retain(|at| *at >= now);
    let (mut more, mut less) = (false, false);
    for probe in &probes {
        for at in &times {
            if let (Some(was), Some(is)) = (done(&was, probe, *at), done(&is, probe, *at)) {
                more |= kept(is) > kept(was);
                less |= kept(is) < kept(was);
            }
        }
    }
    let first = probes.first();
    let at_first = |table: &PolicyTable| {
        let policy = first.and_then(|probe| done(table, probe, now));
        policy.map(Policy::name)
    };
    json!({
        "before": at_first(&was),
        "after": at_first(&is),
        "keeps": match (more, less) {
            (true, false) => "more",
            (false, true) => "less",
            (true, true) => "more and less",
            (false, false) => "the same",
        },
    })
}

#[cfg(test)]
mod tests;
