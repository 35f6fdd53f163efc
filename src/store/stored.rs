//! Messages read back from their rows, as far as sums and corrections need them.

use crate::classify::OrganisationId;
use crate::classify::Sensitivity;
use crate::classify::Verdict;
use crate::message::Domain;
use crate::message::Policy;
use crate::message::Timestamp;
use crate::store::bulk::Bulk;
use crate::store::error::StoreError;
use crate::store::plan::CaseKey;
use crate::store::plan::CaseKind;
use crate::store::tally::Counted;
use crate::store::tally::CountedRecipient;
use crate::store::tally::Other;
use crate::store::tally::is_sure;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

const MESSAGES: Bulk = Bulk {
    head: "SELECT m.id, m.received_at, m.policy, m.verdict, m.sender_domain, s.labels FROM message m \
           LEFT JOIN sensitivity s ON s.message_id = m.id WHERE m.id IN (",
    columns: 1,
    tail: ")",
};

const RECIPIENTS: Bulk = Bulk {
    head: "SELECT r.message_id, r.position, r.typed_domain, r.typed_registrable, r.watch, r.intended_domain, \
           r.confidence, r.organisation_id, r.item, r.counted_other, c.id AS case_id, c.kind, c.domain \
           FROM recipient r JOIN cases c ON c.id = r.case_id WHERE r.message_id IN (",
    columns: 1,
    tail: ") ORDER BY r.message_id, r.position",
};

/// A message and all its recipients.
#[derive(Clone)]
pub(in crate::store) struct Stored {
    pub id: Vec<u8>,
    pub at: Timestamp,
    pub policy: Policy,
    pub verdict: Verdict,
    /// Registrable domain; empty for the null reverse-path.
    pub sender: String,
    /// Empty also where retention has taken them.
    pub labels: BTreeSet<Sensitivity>,
    pub recipients: Vec<StoredRecipient>,
}

/// One of them.
#[derive(Clone, PartialEq)]
pub(in crate::store) struct StoredRecipient {
    pub position: i64,
    /// `None` where it is no domain any more by today's rules: then nothing is decided over it.
    pub typed: Option<Domain>,
    pub typed_registrable: String,
    pub watch: Option<String>,
    pub intended: Option<String>,
    pub confidence: f64,
    pub organisation: Option<OrganisationId>,
    pub case: CaseKey,
    /// The number of `case` in the database.
    pub case_id: i64,
    pub item: Option<i64>,
    pub other: Other,
}

/// Reads the messages with these ids, in order of id. Those that are gone are left out.
pub(in crate::store) async fn read(
    connection: &mut SqliteConnection,
    ids: &[Vec<u8>],
) -> Result<Vec<Stored>, StoreError> {
    let rows = MESSAGES
        .fetch(connection, ids, |values, id| {
            values.push(id.as_slice());
        })
        .await?;
    let mut found = BTreeMap::new();
    for row in rows {
        let message = message(&row)?;
        found.insert(message.id.clone(), message);
    }
    let rows = RECIPIENTS
        .fetch(connection, ids, |values, id| {
            values.push(id.as_slice());
        })
        .await?;
    for row in rows {
        if let Some(message) = found.get_mut(row.try_get::<&[u8], _>("message_id")?) {
            message.recipients.push(recipient(&row)?);
        }
    }
    Ok(found.into_values().collect())
}

fn message(row: &SqliteRow) -> Result<Stored, StoreError> {
    let verdict: &str = row.try_get("verdict")?;
    let sender: Option<String> = row.try_get("sender_domain")?;
    let labels: Option<&str> = row.try_get("labels")?;
    let labels: Vec<&str> = labels
        .and_then(|labels| serde_json::from_str(labels).ok())
        .unwrap_or_default();
    Ok(Stored {
        id: row.try_get("id")?,
        at: Timestamp::from_millis(row.try_get("received_at")?),
        policy: Policy::from_name(row.try_get("policy")?).ok_or(StoreError::Malformed)?,
        verdict: Verdict::from_name(verdict).ok_or(StoreError::Malformed)?,
        sender: sender.unwrap_or_default(),
        labels: Sensitivity::ALL
            .into_iter()
            .filter(|label| labels.contains(&label.name()))
            .collect(),
        recipients: Vec::new(),
    })
}

fn recipient(row: &SqliteRow) -> Result<StoredRecipient, StoreError> {
    let organisation: Option<i64> = row.try_get("organisation_id")?;
    Ok(StoredRecipient {
        position: row.try_get("position")?,
        typed: Domain::parse(row.try_get("typed_domain")?).ok(),
        typed_registrable: row.try_get("typed_registrable")?,
        watch: row.try_get("watch")?,
        intended: row.try_get("intended_domain")?,
        confidence: row.try_get("confidence")?,
        organisation: organisation.map(OrganisationId),
        case: CaseKey {
            kind: CaseKind::from_name(row.try_get("kind")?),
            domain: row.try_get::<&str, _>("domain")?.into(),
        },
        case_id: row.try_get("case_id")?,
        item: row.try_get("item")?,
        other: Other(row.try_get("counted_other")?),
    })
}

impl Stored {
    /// As far as sums go.
    pub fn counted(&self) -> Counted<'_> {
        let recipients = self.recipients.iter().map(|recipient| CountedRecipient {
            key: recipient
                .watch
                .as_deref()
                .unwrap_or(&recipient.typed_registrable),
            name: &recipient.typed_registrable,
            case: Cow::Borrowed(&recipient.case),
            organisation: recipient.organisation,
            sure: is_sure(recipient.intended.as_deref(), recipient.confidence),
            other: recipient.other,
        });
        Counted {
            at: self.at,
            policy: self.policy,
            verdict: self.verdict,
            labels: &self.labels,
            sender: &self.sender,
            recipients: recipients.collect(),
        }
    }
}
