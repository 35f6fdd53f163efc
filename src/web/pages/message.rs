//! `/messages/{cursor}`: all that anybody here may know of one recipient of one message. There is no way to its content.

use crate::message::Domain;
use crate::message::Timestamp;
use crate::review::messages::Cursor;
use crate::review::messages::MessageRow;
use crate::staff::Viewer;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::error::PageError;
use crate::web::pages::faults::Faults;
use crate::web::pages::messages::labels;
use crate::web::pages::reasons;
use crate::web::pages::reasons::ReasonLine;
use crate::web::pages::rule_form::RuleForm;
use crate::web::pages::shown::term;
use crate::web::pages::shown::timestamp;
use crate::web::session::page;
use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

/// An attached part.
pub(in crate::web::pages) struct Attachment {
    /// From a closed list, or `other`.
    pub media_type: String,
    /// Octets.
    pub bytes: i64,
}

#[derive(Template)]
#[template(path = "message.html")]
pub(in crate::web::pages) struct Message {
    pub frame: Frame,
    pub row: MessageRow,
    pub at: Timestamp,
    /// `None`: the reader may not see them.
    pub labels: Option<Vec<String>>,
    pub reasons: Vec<ReasonLine>,
    pub verdict_reasons: Vec<ReasonLine>,
    pub attachments: Vec<Attachment>,
    /// Whether the reader's role may correct.
    pub may_review: bool,
    pub faults: Faults,
    pub form: RuleForm,
    pub choices: Vec<String>,
    pub proposals: Vec<String>,
}

impl Message {
    pub fn new(frame: Frame, row: MessageRow, may_review: bool) -> Self {
        let words = frame.words;
        let form = RuleForm {
            typed: registrable(&row.typed_domain),
            sender: row.sender_domain.clone().unwrap_or_default(),
            ..RuleForm::default()
        };
        let mut choices = vec![form.typed.clone()];
        if row.typed_domain != form.typed {
            choices.push(row.typed_domain.clone());
        }
        Self {
            at: timestamp(&row.received_at),
            labels: labels(&row.sensitivity),
            reasons: reasons::stored(words, &row.reasons),
            verdict_reasons: reasons::stored(words, &row.verdict_reasons),
            attachments: attachments(&row.attachments),
            may_review,
            faults: Faults::default(),
            choices,
            proposals: Vec::new(),
            form,
            row,
            frame,
        }
    }

    fn spf(&self) -> String {
        self.found("spf", self.row.spf.as_deref())
    }

    fn dkim(&self) -> String {
        match self.row.dkim_aligned {
            Some(true) => self.found("dkim", Some("pass-aligned")),
            _ => self.found("dkim", self.row.dkim.as_deref()),
        }
    }

    /// With what the domain asks for, where that matters.
    fn dmarc(&self) -> String {
        let mut said = self.found("dmarc", self.row.dmarc.as_deref());
        if let (Some("fail"), Some(policy)) =
            (self.row.dmarc.as_deref(), self.row.dmarc_policy.as_deref())
        {
            said.push(' ');
            said.push_str(&term(self.frame.words, "dmarc-policy", policy));
        }
        said
    }

    fn found(&self, check: &str, result: Option<&str>) -> String {
        match result {
            Some(result) => term(self.frame.words, check, result),
            None => self.frame.words.get("message-unchecked"),
        }
    }

    /// The part of the message that was examined, where it was not all.
    fn examined(&self) -> Option<i64> {
        (self.row.examined < self.row.bytes).then_some(self.row.examined)
    }
}

fn registrable(typed: &str) -> String {
    Domain::parse(typed).map_or_else(|_| typed.to_owned(), |d| d.registrable().to_string())
}

fn attachments(stored: &Value) -> Vec<Attachment> {
    let parts = stored.as_array().map(Vec::as_slice).unwrap_or_default();
    parts
        .iter()
        .filter_map(|part| {
            Some(Attachment {
                media_type: part.get("media_type")?.as_str()?.to_owned(),
                bytes: part.get("bytes")?.as_i64()?,
            })
        })
        .collect()
}

/// One recipient of one message.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn show(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
    Path(cursor): Path<String>,
) -> Result<Response, PageError> {
    let at: Cursor = cursor.parse().map_err(|_| PageError::Missing)?;
    let approver = visit.session.approver().ok();
    let row = web.review.message(&proof, approver.as_ref(), at).await?;
    let may_review = visit.session.reviewer().is_ok();
    page(&Message::new(visit.frame("messages"), row, may_review))
}
