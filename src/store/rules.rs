//! Rules: corrections of staff, over metadata. What a rule does to stored mail is in `rule_steps`.

use crate::classify::Verdict;
use crate::classify::rules::Rule;
use crate::classify::rules::RuleEffect;
use crate::message::Domain;
use crate::message::Timestamp;
use crate::store::Store;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use crate::store::organisations::VERSION;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// The most rules that a list shows.
const LISTED: u32 = 500;

/// A rule to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// Mail typed to this name or below it.
    pub typed: Domain,
    /// From this registrable domain alone, where it is set.
    pub sender: Option<Domain>,
    /// What it decides.
    pub effect: RuleEffect,
}

/// A rule, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// Its number.
    pub id: i64,
    /// The typed name.
    pub typed: String,
    /// The sending domain.
    pub sender: Option<String>,
    /// What it decides.
    pub effect: RuleEffect,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// Who revoked it, or made the one that took its place.
    pub revoked_by: Option<String>,
    /// When.
    pub revoked_at: Option<Timestamp>,
    /// How many stored recipients it has changed.
    pub applied: i64,
    /// When it was through with all that was stored.
    pub done_at: Option<Timestamp>,
}

macro_rules! rules {
    ($choice:literal) => {
        concat!(
            "SELECT id, typed, sender, effect, value, made_by, made_at, revoked_by, revoked_at, cursor, applied, done_at \
             FROM rule WHERE ",
            $choice
        )
    };
}

impl Store {
    /// Makes a rule, by the actor and at the time of `entry`, and revokes the one that it takes the place of: for the
    /// same name, sender and kind of effect. The entry's detail is given the numbers of both.
    ///
    /// # Errors
    /// The database's; then nothing has changed.
    pub async fn add_rule(&self, rule: NewRule, entry: Entry) -> Result<i64, StoreError> {
        self.write(move |connection| Box::pin(add(connection, rule, entry)))
            .await
    }

    /// Takes a rule back: what it has changed stays. `false` where it is not in force; then there is no entry either.
    ///
    /// # Errors
    /// The database's; then nothing has changed.
    pub async fn revoke_rule(&self, id: i64, by: &str, entry: Entry) -> Result<bool, StoreError> {
        let by = by.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE rule SET revoked_by = $1, revoked_at = $2 WHERE id = $3 AND revoked_at IS NULL",
                )
                .bind(by)
                .bind(entry.at.millis())
                .bind(id)
                .execute(&mut *connection)
                .await?;
                if done.rows_affected() == 0 {
                    return Ok(false);
                }
                bump(connection).await?;
                chain::append(connection, entry).await?;
                Ok(true)
            })
        })
        .await
    }

    /// The rules, those in force first, then the newest first; at most 500.
    ///
    /// # Errors
    /// The database's.
    pub async fn rules(&self) -> Result<Vec<RuleRow>, StoreError> {
        sqlx::query(rules!(
            "1 = 1 ORDER BY revoked_at IS NOT NULL, id DESC LIMIT $1"
        ))
        .bind(LISTED)
        .fetch_all(self.readers())
        .await?
        .iter()
        .map(RuleRow::read)
        .collect()
    }

    /// The rules in force, as classification wants them. What is no domain any more by today's rules is left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn rules_in_force(&self) -> Result<Vec<Rule>, StoreError> {
        let mut connection = self.readers().acquire().await?;
        in_force(&mut connection).await
    }
}

/// The rules in force.
pub(in crate::store) async fn in_force(
    connection: &mut SqliteConnection,
) -> Result<Vec<Rule>, StoreError> {
    let rows = sqlx::query(rules!("revoked_at IS NULL ORDER BY id"))
        .fetch_all(connection)
        .await?;
    let rows: Vec<RuleRow> = rows.iter().map(RuleRow::read).collect::<Result<_, _>>()?;
    Ok(rows.iter().filter_map(RuleRow::rule).collect())
}

async fn add(
    connection: &mut SqliteConnection,
    rule: NewRule,
    mut entry: Entry,
) -> Result<i64, StoreError> {
    let (effect, value) = match &rule.effect {
        RuleEffect::Intended(value) => ("intended", value.as_ref().map(Domain::as_str)),
        RuleEffect::Verdict(verdict) => ("verdict", Some(verdict.name())),
    };
    let replaced: Option<i64> = sqlx::query_scalar(
        "UPDATE rule SET revoked_by = $1, revoked_at = $2 WHERE typed = $3 AND coalesce(sender, '') = $4 \
         AND effect = $5 AND revoked_at IS NULL RETURNING id",
    )
    .bind(&entry.actor)
    .bind(entry.at.millis())
    .bind(rule.typed.as_str())
    .bind(rule.sender.as_ref().map_or("", Domain::as_str))
    .bind(effect)
    .fetch_optional(&mut *connection)
    .await?;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO rule (typed, sender, effect, value, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
    )
    .bind(rule.typed.as_str())
    .bind(rule.sender.as_ref().map(Domain::as_str))
    .bind(effect)
    .bind(value)
    .bind(&entry.actor)
    .bind(entry.at.millis())
    .fetch_one(&mut *connection)
    .await?;
    if let Some(detail) = entry.detail.as_object_mut() {
        detail.insert("rule".to_owned(), id.into());
        if let Some(replaced) = replaced {
            detail.insert("replaces".to_owned(), replaced.into());
        }
    }
    bump(connection).await?;
    chain::append(connection, entry).await?;
    Ok(id)
}

/// Tells every process that classifies that it has to look again: one counter for the directory and the rules.
async fn bump(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO counter (name, value) VALUES ($1, 1) \
         ON CONFLICT (name) DO UPDATE SET value = counter.value + 1",
    )
    .bind(VERSION)
    .execute(connection)
    .await?;
    Ok(())
}

impl RuleRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        let time = |column| -> Result<Option<Timestamp>, StoreError> {
            let millis: Option<i64> = row.try_get(column)?;
            Ok(millis.map(Timestamp::from_millis))
        };
        let value: Option<&str> = row.try_get("value")?;
        let effect = match (row.try_get("effect")?, value) {
            ("verdict", Some(name)) => {
                RuleEffect::Verdict(Verdict::from_name(name).ok_or(StoreError::Malformed)?)
            }
            (_, name) => RuleEffect::Intended(
                name.map(Domain::parse)
                    .transpose()
                    .map_err(|_| StoreError::Malformed)?,
            ),
        };
        Ok(Self {
            id: row.try_get("id")?,
            typed: row.try_get("typed")?,
            sender: row.try_get("sender")?,
            effect,
            made_by: row.try_get("made_by")?,
            made_at: time("made_at")?.ok_or(StoreError::Malformed)?,
            revoked_by: row.try_get("revoked_by")?,
            revoked_at: time("revoked_at")?,
            applied: row.try_get("applied")?,
            done_at: time("done_at")?,
        })
    }

    fn rule(&self) -> Option<Rule> {
        let sender = self.sender.as_deref().map(Domain::parse).transpose();
        Some(Rule {
            id: self.id,
            typed: Domain::parse(&self.typed).ok()?,
            sender: sender.ok()?,
            effect: self.effect.clone(),
        })
    }
}
