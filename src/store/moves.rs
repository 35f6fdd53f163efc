//! Stored mail that a later decision moves: to another case, another owner, another verdict.
//!
//! The sums of each message are taken away as its rows had it and added as they will have it, by the one function that
//! counts ([`Gains::add`]), all in one transaction with the rows. A case that is left without mail stays, with zeros: its
//! notices and its number are known outside.
//!
//! What cannot be moved: the labels of mail whose labels retention has taken, and all of mail whose rows it has taken;
//! that stays with the case where it was counted.

use crate::classify::Verdict;
use crate::message::Domain;
use crate::store::bulk::Bulk;
use crate::store::bulk::Script;
use crate::store::error::StoreError;
use crate::store::names::Names;
use crate::store::options::Bounds;
use crate::store::plan::Brought;
use crate::store::plan::BroughtCase;
use crate::store::plan::case_of;
use crate::store::prepared::confidence;
use crate::store::rollup;
use crate::store::stored::Stored;
use crate::store::stored::StoredRecipient;
use crate::store::sum_names;
use crate::store::tally::Counted;
use crate::store::tally::Gains;
use crate::store::tally::Other;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::collections::HashSet;

const VERDICTS: Bulk = Bulk {
    head: "WITH new (id, verdict, reasons) AS (",
    columns: 3,
    tail: ") UPDATE message SET verdict = new.verdict, verdict_confidence = 1, verdict_reasons = new.reasons \
           FROM new WHERE message.id = new.id",
};

const RECIPIENTS: Bulk = Bulk {
    head: "WITH new (message_id, position, intended, registrable, confidence, organisation_id, case_id, other) AS (",
    columns: 8,
    tail: ") UPDATE recipient SET intended_domain = new.intended, intended_registrable = new.registrable, \
           confidence = new.confidence, organisation_id = new.organisation_id, case_id = new.case_id, \
           counted_other = new.other FROM new \
           WHERE recipient.message_id = new.message_id AND recipient.position = new.position",
};

const REASONS: Bulk = Bulk {
    head: "WITH new (message_id, position, reasons) AS (",
    columns: 3,
    tail: ") UPDATE recipient SET reasons = new.reasons, runner_up = NULL, runner_up_confidence = NULL FROM new \
           WHERE recipient.message_id = new.message_id AND recipient.position = new.position",
};

const ITEMS: Bulk = Bulk {
    head: "WITH new (message_id, position, organisation_id, domain) AS (",
    columns: 4,
    tail: ") UPDATE item SET organisation_id = new.organisation_id, domain = new.domain FROM new \
           WHERE item.message_id = new.message_id AND item.position = new.position",
};

/// The days of the case's own roll-up bound what is left in it: exact to the day, also where retention has taken rows.
const NARROW: &str = "UPDATE cases SET \
     first_seen = CASE WHEN first_seen < d.first * 86400000 THEN d.first * 86400000 ELSE first_seen END, \
     last_seen = CASE WHEN last_seen >= (d.last + 1) * 86400000 THEN (d.last + 1) * 86400000 - 1 ELSE last_seen END \
     FROM (SELECT min(day) AS first, max(day) AS last FROM case_day WHERE case_id = $1 AND recipients > 0) d \
     WHERE cases.id = $1 AND d.first IS NOT NULL";

/// Cases and days that one step brings mail to, about at most: each may have to be counted, in names that a flood has
/// brought, and new mail waits meanwhile.
pub(in crate::store) const MOST_CASE_DAYS: u32 = 100;

/// Whether these are more than one step should write.
pub(in crate::store) fn are_many(changes: &[Change]) -> bool {
    let most = MOST_CASE_DAYS as usize;
    let mut touched = HashSet::new();
    changes.iter().any(|change| {
        let (day, recipients) = (change.after.at.day(), &change.after.recipients);
        touched.extend(recipients.iter().map(|recipient| (day, &recipient.case)));
        touched.len() > most
    })
}

/// A message before and after.
pub(in crate::store) struct Change {
    pub before: Stored,
    pub after: Stored,
    /// Recipients, by their place in `after`, of whom it is somebody's word now, and the reasons to write down.
    pub decided: HashSet<usize>,
    /// Whether a case of `after` is the operator's own choice and not the sender's.
    pub listed: bool,
}

impl Change {
    /// How many recipients are not as they were.
    pub fn recipients(&self) -> usize {
        if self.before.verdict != self.after.verdict {
            return self.after.recipients.len();
        }
        let pairs = self.before.recipients.iter().zip(&self.after.recipients);
        pairs.filter(|(before, after)| before != after).count()
    }
}

/// Writes changes, and all sums with them, into the transaction that is open on `connection`. `reasons` is written where
/// something was decided.
pub(in crate::store) async fn write(
    connection: &mut SqliteConnection,
    mut changes: Vec<Change>,
    reasons: &str,
    bounds: Bounds,
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let new_cases = admit(connection, &mut changes, bounds).await?;
    let mut after: Vec<Counted<'_>> = changes.iter().map(|c| c.after.counted()).collect();
    sum_names::admit_moved(connection, &mut after, bounds.names_a_case).await?;
    let mut gains = Gains::default();
    for (change, after) in changes.iter().zip(&after) {
        gains.add(&change.before.counted(), -1);
        gains.add(after, 1);
    }
    gains.settle();
    gains.count("cases:open", new_cases);
    rollup::counters(connection, &gains.counters).await?;
    let ids = rollup::cases(connection, &gains).await?;
    let mut script = Script::default();
    rollup::days(connection, &mut script, &gains, &ids).await?;
    script.run(connection).await?;
    rows(connection, &changes, &after, (&gains, &ids), reasons).await?;
    items(connection, &changes).await?;
    rollup::sweep_names(connection, &gains, &ids).await?;
    for case in left(&changes) {
        sqlx::query(NARROW)
            .bind(case)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The cases that something has left, also where as much has come to them.
fn left(changes: &[Change]) -> HashSet<i64> {
    let pairs = changes
        .iter()
        .flat_map(|c| c.before.recipients.iter().zip(&c.after.recipients));
    pairs
        .filter(|(before, after)| before.case != after.case)
        .map(|(before, _)| before.case_id)
        .collect()
}

/// Finds room for the cases, and puts `other` where there is none; says how many are new.
async fn admit(
    connection: &mut SqliteConnection,
    changes: &mut [Change],
    bounds: Bounds,
) -> Result<i64, StoreError> {
    let mut brought = Brought::default();
    for change in &*changes {
        for recipient in &change.after.recipients {
            if !recipient.case.is_other() {
                let case = brought.cases.entry(recipient.case.clone());
                let case = case.or_insert(BroughtCase {
                    day: change.after.at.day(),
                    listed: false,
                });
                case.listed |= change.listed || recipient.organisation.is_some();
            }
        }
    }
    let (added, refused) = Names::default()
        .admit(connection, &brought, bounds.names_a_day)
        .await?;
    for recipient in changes.iter_mut().flat_map(|c| &mut c.after.recipients) {
        recipient.case = case_of(&recipient.case, &refused).into_owned();
    }
    Ok(added.new_cases)
}

async fn rows(
    connection: &mut SqliteConnection,
    changes: &[Change],
    counted: &[Counted<'_>],
    (gains, ids): (&Gains<'_>, &[i64]),
    reasons: &str,
) -> Result<(), StoreError> {
    let verdicts: Vec<(&[u8], Verdict)> = changes
        .iter()
        .filter(|c| c.before.verdict != c.after.verdict)
        .map(|c| (c.after.id.as_slice(), c.after.verdict))
        .collect();
    VERDICTS
        .execute(connection, &verdicts, |values, (id, verdict)| {
            values.push(*id).push(verdict.name()).push(reasons);
        })
        .await?;
    let mut moved: Vec<(&[u8], &StoredRecipient, i64, Other)> = Vec::new();
    let mut decided: Vec<(&[u8], i64)> = Vec::new();
    for (change, counted) in changes.iter().zip(counted) {
        let id = change.after.id.as_slice();
        let recipients = change.after.recipients.iter().zip(&counted.recipients);
        for (at, (recipient, counted)) in recipients.enumerate() {
            let place = gains.place_of(&recipient.case);
            let case = place.and_then(|place| ids.get(place));
            let case = *case.ok_or(StoreError::Malformed)?;
            moved.push((id, recipient, case, counted.other));
            if change.decided.contains(&at) {
                decided.push((id, recipient.position));
            }
        }
    }
    RECIPIENTS
        .execute(
            connection,
            &moved,
            |values, (id, recipient, case, other)| {
                let intended = recipient.intended.as_deref();
                values
                    .push(*id)
                    .push(recipient.position)
                    .push(intended)
                    .push(intended.map(registrable))
                    .push(confidence(recipient.confidence))
                    .push(recipient.organisation.map(|id| id.0))
                    .push(*case)
                    .push(other.0);
            },
        )
        .await?;
    REASONS
        .execute(connection, &decided, |values, (id, position)| {
            values.push(*id).push(*position).push(reasons);
        })
        .await
}

fn registrable(name: &str) -> String {
    Domain::parse(name).map_or_else(|_| name.to_owned(), |d| d.registrable().to_string())
}

/// An item follows its recipients where they all are in one case now; where they are not, it stays whose it was.
async fn items(connection: &mut SqliteConnection, changes: &[Change]) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for change in changes {
        let mut of: BTreeMap<i64, Vec<&StoredRecipient>> = BTreeMap::new();
        for recipient in &change.after.recipients {
            if let Some(item) = recipient.item {
                of.entry(item).or_default().push(recipient);
            }
        }
        let same = |recipients: &[&StoredRecipient]| {
            recipients.windows(2).all(|two| two[0].case == two[1].case)
        };
        for (item, recipients) in of {
            let moved = recipients.iter().any(|after| {
                let mut before = change.before.recipients.iter();
                !before.any(|before| {
                    before.position == after.position
                        && before.case == after.case
                        && before.organisation == after.organisation
                })
            });
            if moved && same(&recipients) {
                let owner = recipients[0]
                    .organisation
                    .filter(|_| !recipients[0].case.is_other());
                rows.push((change.after.id.as_slice(), item, owner, recipients[0]));
            }
        }
    }
    ITEMS
        .execute(connection, &rows, |values, (id, item, owner, recipient)| {
            values.push(*id).push(*item);
            values
                .push(owner.map(|id| id.0))
                .push(&*recipient.case.domain);
        })
        .await
}
