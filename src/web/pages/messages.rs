//! `/messages`: what is known of each message. Metadata alone, one row a recipient.

use crate::classify::Verdict;
use crate::message::Timestamp;
use crate::review::messages::MessageChoice;
use crate::review::messages::MessageRow;
use crate::staff::Viewer;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::error::PageError;
use crate::web::pages::asked::asked;
use crate::web::pages::shown::timestamp;
use crate::web::session::page;
use askama::Template;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

/// Rows of a page.
const ROWS: u32 = 50;

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    case: String,
    verdict: String,
    after: String,
}

/// A message's row, as the list shows it.
pub(in crate::web::pages) struct Line {
    pub row: MessageRow,
    pub at: Timestamp,
    pub labels: Vec<String>,
}

impl Line {
    pub fn new(row: MessageRow) -> Self {
        Self {
            at: timestamp(&row.received_at),
            labels: labels(&row.sensitivity).unwrap_or_default(),
            row,
        }
    }

    /// Its address among the pages.
    fn cursor(&self) -> String {
        format!("{}.{}", self.row.id, self.row.position)
    }
}

/// The labels of a row; `None` where the reader may not see them.
pub(in crate::web::pages) fn labels(sensitivity: &Value) -> Option<Vec<String>> {
    let labels = sensitivity.as_array()?;
    let words = labels.iter().filter_map(Value::as_str);
    Some(words.map(str::to_owned).collect())
}

#[derive(Template)]
#[template(path = "messages.html")]
pub(in crate::web::pages) struct Messages {
    pub frame: Frame,
    /// The case that the list is of: its number and domain.
    pub case: Option<(i64, String)>,
    /// The verdict that the list is of; empty: all.
    pub verdict: String,
    /// Whether the reader may see the labels of single messages.
    pub sees_labels: bool,
    /// Whether this is not the first page.
    pub further: bool,
    pub lines: Vec<Line>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl Messages {
    fn verdicts(&self) -> [&'static str; 5] {
        Verdict::ALL.map(Verdict::name)
    }

    /// What became of it, as a key.
    fn kept(&self, line: &Line) -> &'static str {
        match (line.row.policy.as_str(), line.row.sealed) {
            (_, Some("held")) => "messages-kept-held",
            (_, Some(_)) => "messages-kept-removed",
            ("count", None) => "messages-kept-counted",
            (_, None) => "messages-kept-none",
        }
    }

    /// The case's number as the address has it.
    fn case_number(&self) -> String {
        self.case
            .as_ref()
            .map_or_else(String::new, |(id, _)| id.to_string())
    }
}

/// The list.
///
/// # Errors
/// [`PageError::Missing`] for a case that is not there; the store's.
pub async fn list(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let asked = asked(query);
    let case = match asked.case.parse::<i64>() {
        Ok(id) => Some((id, web.review.case(&proof, id).await?.case.domain)),
        Err(_) => None,
    };
    let verdict = Verdict::ALL
        .map(Verdict::name)
        .into_iter()
        .find(|name| *name == asked.verdict);
    let approver = visit.session.approver().ok();
    let choice = MessageChoice {
        case: case.as_ref().map(|(id, _)| *id),
        verdict: verdict.map(str::to_owned),
        after: asked.after.parse().ok(),
        limit: ROWS,
    };
    let found = web
        .review
        .messages(&proof, approver.as_ref(), &choice)
        .await?;
    page(&Messages {
        frame: visit.frame("messages"),
        case,
        verdict: choice.verdict.unwrap_or_default(),
        sees_labels: approver.is_some(),
        further: choice.after.is_some(),
        lines: found.rows.into_iter().map(Line::new).collect(),
        next: found.next.map(|next| next.to_string()),
    })
}
