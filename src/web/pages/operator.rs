//! `/operator`: the registry's own mail, as sealed files to take away.

use crate::message::MessageId;
use crate::review::operator::MailboxSums;
use crate::review::operator::OPERATOR_BYTES_MAX;
use crate::review::operator::OPERATOR_ITEMS_MAX;
use crate::review::operator::OperatorFile;
use crate::review::operator::PAGE;
use crate::staff::Admin;
use crate::staff::Auditor;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::error::PageError;
use crate::web::pages::asked::asked;
use crate::web::session::page;
use askama::Template;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
}

#[derive(Template)]
#[template(path = "operator.html")]
pub(in crate::web::pages) struct Operator {
    pub frame: Frame,
    pub mailboxes: Vec<MailboxSums>,
    pub files: Vec<OperatorFile>,
    /// Whether this is not the first page.
    pub further: bool,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Whether the reader's role may take files away.
    pub may_take: bool,
}

impl Operator {
    /// How much may be kept, in words.
    fn room(&self) -> String {
        let words = self.frame.words;
        let values = [
            ("items", words.number(OPERATOR_ITEMS_MAX).into()),
            ("bytes", words.bytes(OPERATOR_BYTES_MAX).into()),
        ];
        words.with_all("operator-room", &values)
    }
}

/// The mailboxes and the files.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Auditor>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let before = MessageId::parse(&asked(query).before);
    let files = web.review.operator_files(&proof, before).await?;
    let full = files.len() >= PAGE as usize;
    page(&Operator {
        frame: visit.frame("operator"),
        mailboxes: web.review.operator_mail(&proof).await?,
        further: before.is_some(),
        next: files.last().filter(|_| full).map(|row| row.id.to_string()),
        files,
        may_take: visit.session.admin().is_ok(),
    })
}

/// One sealed file. Asked for by a form, so that no other site can have it fetched, and written down, in somebody's name.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn take(
    State(web): State<Shared>,
    Entrant { proof, .. }: Entrant<Admin>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = MessageId::parse(&id).ok_or(PageError::Missing)?;
    let file = web.review.take_operator_file(&proof, id).await?;
    // RFC 6266 4.1: the name is an id of ours, and has nothing to be escaped.
    let attachment = format!("attachment; filename=\"{}\"", file.name);
    let attachment = HeaderValue::try_from(attachment)
        .map_err(|_| PageError::Failed("a file name that is none".to_owned()))?;
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (CONTENT_DISPOSITION, attachment),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, file.bytes).into_response())
}
