//! The audit trail and the accounts, for those who look on.

use crate::audit;
use crate::audit::Head;
use crate::audit::VerifyError;
use crate::message::Timestamp;
use crate::review::Review;
use crate::review::ReviewError;
use crate::staff::Auditor;
use crate::staff::Role;
use crate::store::accounts::AccountListRow;
use crate::store::chain::EntryRow;
use serde_json::Value;
use std::fmt::Write;

/// An entry of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailEntry {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who: an account, `operator` for the command line, `system`.
    pub actor: String,
    /// The word of an `audit::Action`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Figures and reasons, in order: key and value as text.
    pub detail: Vec<(String, String)>,
    /// The hash, in hexadecimal.
    pub hash: String,
}

/// An account in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was closed.
    pub disabled_at: Option<Timestamp>,
    /// When a session of it was last used.
    pub seen_at: Option<Timestamp>,
}

/// Entries of one page.
const PAGE: u32 = 200;

impl Review {
    /// A page of the trail, the newest first, before number `before`, at most 200.
    ///
    /// # Errors
    /// The store's.
    pub async fn trail(
        &self,
        _auditor: &Auditor,
        before: Option<i64>,
    ) -> Result<Vec<TrailEntry>, ReviewError> {
        let rows = self
            .store
            .audit_before(before.unwrap_or(i64::MAX), PAGE)
            .await?;
        Ok(rows.into_iter().map(TrailEntry::from).collect())
    }

    /// Walks the whole trail: its head, or the first entry that does not hold.
    ///
    /// # Errors
    /// The store's.
    pub async fn verify_trail(&self, _auditor: &Auditor) -> Result<Result<Head, i64>, ReviewError> {
        match audit::verify(&self.store).await {
            Ok(head) => Ok(Ok(head)),
            Err(VerifyError::Broken { seq }) => Ok(Err(seq)),
            Err(VerifyError::Store(error)) => Err(error.into()),
        }
    }

    /// The accounts, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn accounts(&self, _auditor: &Auditor) -> Result<Vec<AccountRow>, ReviewError> {
        let rows = self.store.accounts().await?;
        let shown = |row: AccountListRow| {
            Some(AccountRow {
                // The database has no other words for it.
                role: Role::from_name(&row.role)?,
                name: row.name,
                added_at: row.added_at,
                disabled_at: row.disabled_at,
                seen_at: row.seen_at,
            })
        };
        Ok(rows.into_iter().filter_map(shown).collect())
    }
}

impl From<EntryRow> for TrailEntry {
    fn from(row: EntryRow) -> Self {
        let mut detail = Vec::new();
        match serde_json::from_str(&row.detail) {
            Ok(value) => flatten("", &value, &mut detail),
            // Somebody has been at the file; `verify_trail` says where.
            Err(_) => detail.push((String::new(), row.detail)),
        }
        Self {
            seq: row.seq,
            at: Timestamp::from_millis(row.at),
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            detail,
            hash: hexadecimal(&row.hash),
        }
    }
}

/// Nested values get keys with full stops, lists become one text.
fn flatten(key: &str, value: &Value, into: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let key = if key.is_empty() {
                    name.clone()
                } else {
                    format!("{key}.{name}")
                };
                flatten(&key, value, into);
            }
        }
        other => into.push((key.to_owned(), text(other))),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_become_keys_and_texts() {
        let value = serde_json::json!({
            "added": 3, "by": {"hold": 1, "deep": {"er": null}}, "names": ["a.mil", "b.mil"], "sure": true, "who": "x"
        });
        let mut found = Vec::new();
        flatten("", &value, &mut found);
        let found: Vec<_> = found
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("added", "3"),
                ("by.deep.er", ""),
                ("by.hold", "1"),
                ("names", "a.mil, b.mil"),
                ("sure", "true"),
                ("who", "x"),
            ]
        );
    }
}
