//! Rules applied to stored mail, step by step, each a transaction of the writer's, so that mail is not held up.
//!
//! A rule goes over the stored mail twice, as `walk` says, and has its cursor in its row; it stays open in between. The
//! cursor moves in the transaction of the changes, so that a step that was broken off is taken again as if it had not
//! been.
//!
//! A recipient is changed by the rule that decides over it among all that are in force: the very rule that would decide
//! if it came today.

use crate::classify::Owners;
use crate::classify::rules;
use crate::classify::rules::Rule;
use crate::classify::rules::RuleEffect;
use crate::classify::rules::Rules;
use crate::message::Domain;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::bulk::Bulk;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use crate::store::moves;
use crate::store::moves::Change;
use crate::store::moves::MOST_CASE_DAYS;
use crate::store::options::Bounds;
use crate::store::owned;
use crate::store::plan::CaseKey;
use crate::store::prepared;
use crate::store::prepared::integer;
use crate::store::rules::in_force;
use crate::store::stored;
use crate::store::stored::Stored;
use crate::store::walk;
use crate::store::walk::SETTLE;
use serde_json::json;
use sqlx::SqliteConnection;
use std::collections::HashSet;

/// The word of the audit trail, and who acts: `audit` has both, and a test that they are the same.
const APPLIED: &str = "rule_applied";
const SYSTEM: &str = "system";

/// What a step came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepOutcome {
    /// Whether there may be more to do now: a rule that waits for its second round lets the next one go on.
    pub more: bool,
    /// Recipients changed.
    pub changed: i64,
}

/// A rule under way: number, cursor, when it was made.
type Open = (i64, Option<Vec<u8>>, i64);

/// The oldest rule for which there is something to do now.
const OPEN: &str = "SELECT id, cursor, made_at FROM rule WHERE revoked_at IS NULL AND done_at IS NULL \
     AND (cursor IS NULL OR length(cursor) = 16 OR made_at <= $1) ORDER BY id LIMIT 1";

impl Store {
    /// Takes one step: goes over at most about `rows` stored recipients with the oldest rule that is not through.
    ///
    /// # Errors
    /// The database's; then the step has done nothing.
    pub async fn apply_rules_step(
        &self,
        now: Timestamp,
        rows: u32,
    ) -> Result<StepOutcome, StoreError> {
        let settled = now.plus_millis(-SETTLE);
        let open: Option<Open> = sqlx::query_as(OPEN)
            .bind(settled.millis())
            .fetch_optional(self.readers())
            .await?;
        if open.is_none() {
            return Ok(StepOutcome::default());
        }
        let bounds = self.shared.bounds;
        self.write(move |connection| Box::pin(step(connection, now, rows, bounds)))
            .await
    }
}

async fn step(
    connection: &mut SqliteConnection,
    now: Timestamp,
    rows: u32,
    bounds: Bounds,
) -> Result<StepOutcome, StoreError> {
    let open: Option<Open> = sqlx::query_as(OPEN)
        .bind(now.plus_millis(-SETTLE).millis())
        .fetch_optional(&mut *connection)
        .await?;
    let Some((id, cursor, made_at)) = open else {
        return Ok(StepOutcome::default());
    };
    let rules = in_force(connection).await?;
    let Some(rule) = rules.iter().find(|rule| rule.id == id).cloned() else {
        // About what is no domain any more: there is nothing that it could decide.
        return end(connection, id, now).await;
    };
    let rules = Rules::new(rules);
    let mut walked = walk::on(connection, cursor.as_deref(), made_at, rows).await?;
    let mut changes = decide(connection, &rule, &rules, &walked.messages).await?;
    if moves::are_many(&changes) {
        let fewer = rows.min(MOST_CASE_DAYS);
        walked = walk::on(connection, cursor.as_deref(), made_at, fewer).await?;
        changes = decide(connection, &rule, &rules, &walked.messages).await?;
    }
    let changed: usize = changes.iter().map(Change::recipients).sum();
    let reasons = prepared::reasons(&[rules::why()]);
    moves::write(connection, changes, &reasons, bounds).await?;
    let Some(next) = walked.next else {
        return end(connection, id, now).await;
    };
    sqlx::query("UPDATE rule SET cursor = $1, applied = applied + $2 WHERE id = $3")
        .bind(next)
        .bind(integer(changed))
        .bind(id)
        .execute(&mut *connection)
        .await?;
    Ok(StepOutcome {
        more: true,
        changed: integer(changed),
    })
}

/// A rule is through, and the audit trail says so.
async fn end(
    connection: &mut SqliteConnection,
    id: i64,
    now: Timestamp,
) -> Result<StepOutcome, StoreError> {
    let applied: i64 =
        sqlx::query_scalar("UPDATE rule SET done_at = $1 WHERE id = $2 RETURNING applied")
            .bind(now.millis())
            .bind(id)
            .fetch_one(&mut *connection)
            .await?;
    let entry = Entry {
        at: now,
        actor: SYSTEM.to_owned(),
        action: APPLIED,
        subject: id.to_string(),
        detail: json!({ "rule": id, "recipients": applied }),
    };
    chain::append(connection, entry).await?;
    Ok(StepOutcome {
        more: true,
        changed: 0,
    })
}

const MATCHING: Bulk = Bulk {
    head: "WITH wanted (id, typed, below) AS (",
    columns: 3,
    tail: ") SELECT DISTINCT r.message_id FROM wanted w JOIN recipient r ON r.message_id = w.id \
           WHERE r.typed_domain = w.typed OR r.typed_domain LIKE w.below",
};

/// Those of the messages that the rule may have a word in.
async fn matching(
    connection: &mut SqliteConnection,
    rule: &Rule,
    messages: &[Vec<u8>],
) -> Result<Vec<Stored>, StoreError> {
    // No domain has a character that LIKE takes for more than itself.
    let below = format!("%.{}", rule.typed);
    let rows = MATCHING
        .fetch(connection, messages, |values, id| {
            values.push(id.as_slice());
            values.push(rule.typed.as_str()).push(below.as_str());
        })
        .await?;
    let ids: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| sqlx::Row::try_get(row, 0))
        .collect::<Result<_, _>>()?;
    stored::read(connection, &ids).await
}

/// What the rule changes in these messages.
async fn decide(
    connection: &mut SqliteConnection,
    rule: &Rule,
    rules: &Rules,
    messages: &[Vec<u8>],
) -> Result<Vec<Change>, StoreError> {
    let messages = matching(connection, rule, messages).await?;
    let nobody = Owners::default();
    let typed = messages.iter().flat_map(|m| &m.recipients);
    let meant: Vec<_> = typed
        .filter_map(|r| r.typed.as_ref())
        .filter(|typed| typed.is_within(&rule.typed))
        .filter_map(|typed| rule.decide(typed, &nobody)?.domain)
        .collect();
    let owners = owned::of(connection, &meant).await?;
    let changes = messages
        .into_iter()
        .map(|before| change(rule, rules, &owners, before));
    let matters = |c: &Change| c.recipients() > 0 || !c.decided.is_empty();
    Ok(changes.filter(matters).collect())
}

fn change(rule: &Rule, rules: &Rules, owners: &Owners, before: Stored) -> Change {
    let mut after = before.clone();
    let mut decided = HashSet::new();
    let sender = Domain::parse(&before.sender).ok();
    let is_this = |found: Option<&Rule>| found.is_some_and(|found| found.id == rule.id);
    let first = before.recipients.first().and_then(|r| r.typed.as_ref());
    if let (RuleEffect::Verdict(verdict), Some(first)) = (&rule.effect, first)
        && is_this(rules.verdict(first, sender.as_ref()))
    {
        after.verdict = *verdict;
    }
    for (at, recipient) in after.recipients.iter_mut().enumerate() {
        let Some(typed) = &recipient.typed else {
            continue;
        };
        if !is_this(rules.intended(typed, sender.as_ref())) {
            continue;
        }
        let Some(answer) = rule.decide(typed, owners) else {
            continue;
        };
        let case = answer.case_domain.as_ref();
        recipient.case = CaseKey::of(case, &recipient.typed_registrable);
        recipient.intended = answer.domain.map(|name| name.to_string());
        recipient.confidence = answer.confidence;
        recipient.organisation = answer.organisation;
        // Also where nothing moves: it is staff's word now, and the machine's second guess goes.
        decided.insert(at);
    }
    Change {
        before,
        after,
        decided,
        // A rule for a whole zone leads to as many cases as senders think of names.
        listed: rule.typed.label_count() > 1,
    }
}
