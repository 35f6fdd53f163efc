//! A message made ready for its rows, on the side of whoever hands it over: the writer only writes.

use crate::classify::Intended;
use crate::classify::Reason;
use crate::message::Domain;
use crate::store::error::StoreError;
use crate::store::incoming::NewMessage;
use crate::store::incoming::NewRecipient;
use crate::store::plan::CaseKey;
use crate::store::plan::CaseKind;
use serde_json::Value;
use serde_json::json;

/// A checked message, with all that is derived from it alone.
pub(in crate::store) struct Prepared {
    /// What was handed over.
    pub message: NewMessage,
    /// The day of its arrival, to which it counts.
    pub day: i64,
    /// JSON: `[{"media_type": …, "bytes": …}]`.
    pub attachments: String,
    /// JSON: `[{"code": …, "weight": …}]`.
    pub verdict_reasons: String,
    /// JSON: `["medical", …]`; `None` where there is no label.
    pub labels: Option<String>,
    /// One to one with the message's recipients.
    pub recipients: Vec<PreparedRecipient>,
}

/// What is derived from one recipient.
pub(in crate::store) struct PreparedRecipient {
    /// Registrable domain of what was typed.
    pub typed_registrable: Domain,
    /// Registrable domain of what was meant.
    pub intended_registrable: Option<Domain>,
    /// JSON, like the verdict's.
    pub reasons: String,
    /// The case it belongs to.
    pub case: CaseKey,
}

impl Prepared {
    /// Checks and derives.
    pub fn new(message: NewMessage) -> Result<Self, StoreError> {
        message.check()?;
        let class = &message.classification;
        let attachments = message
            .attachments
            .iter()
            .map(|a| json!({ "media_type": a.media_type, "bytes": a.bytes }))
            .collect::<Value>()
            .to_string();
        let labels = (!class.sensitivity.is_empty()).then(|| {
            class
                .sensitivity
                .iter()
                .map(|label| label.name())
                .collect::<Value>()
                .to_string()
        });
        let recipients = message
            .recipients
            .iter()
            .zip(&class.intended)
            .map(|(recipient, intended)| {
                let typed_registrable = recipient.typed_domain.registrable();
                let intended_registrable = intended.domain.as_ref().map(Domain::registrable);
                PreparedRecipient {
                    case: CaseKey::of(intended.case_domain.as_ref(), typed_registrable.as_str()),
                    reasons: reasons(&intended.reasons),
                    typed_registrable,
                    intended_registrable,
                }
            })
            .collect();
        Ok(Self {
            day: message.received_at.day(),
            attachments,
            verdict_reasons: reasons(&class.verdict_reasons),
            labels,
            recipients,
            message,
        })
    }

    /// The recipients with what was derived from each.
    pub fn recipients(&self) -> impl Iterator<Item = (&NewRecipient, &PreparedRecipient)> {
        self.message.recipients.iter().zip(&self.recipients)
    }
}

impl PreparedRecipient {
    /// The roll-up key: the watch entry, else the typed registrable domain.
    pub fn key<'a>(&'a self, recipient: &'a NewRecipient) -> &'a str {
        recipient
            .watch
            .as_ref()
            .unwrap_or(&self.typed_registrable)
            .as_str()
    }

    /// Whether the case is the operator's own choice and not the sender's: the directory has the intended domain, or a
    /// watch entry the typed one. There are as many of these as the operator has listed.
    pub fn is_listed_case(&self, recipient: &NewRecipient, intended: &Intended) -> bool {
        match self.case.kind {
            CaseKind::Intended => intended.organisation.is_some(),
            CaseKind::Unassigned => recipient
                .watch
                .as_ref()
                .is_some_and(|watch| watch.registrable() == self.typed_registrable),
        }
    }
}

/// Reasons as the store keeps them.
pub(in crate::store) fn reasons(reasons: &[Reason]) -> String {
    reasons
        .iter()
        .map(|reason| json!({ "code": reason.code.name(), "weight": reason.weight }))
        .collect::<Value>()
        .to_string()
}

/// A confidence as the store keeps it: 0 to 1, and a number whatever came.
pub(in crate::store) fn confidence(value: f64) -> f64 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, 1.0)
    }
}

/// A count as SQL has it.
pub(in crate::store) fn integer<N: TryInto<i64>>(value: N) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}
