//! `/notices` and `/notices/{id}`: what organisations are told, exactly as it is sent, and who approved it.

use crate::review::Refusal;
use crate::review::ReviewError;
use crate::review::notices::NoticeDetail;
use crate::review::notices::NoticeRow;
use crate::staff::Approver;
use crate::staff::Reviewer;
use crate::staff::Session;
use crate::staff::Viewer;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::Visit;
use crate::web::error::PageError;
use crate::web::pages::asked::asked;
use crate::web::pages::asked::done;
use crate::web::pages::asked::number;
use crate::web::pages::asked::returned;
use crate::web::pages::faults::Faults;
use crate::web::session::page;
use askama::Template;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;

/// Rows of a page: what `review` gives at most.
const ROWS: usize = 200;

/// The states, in the order of their tabs.
const STATES: [&str; 6] = [
    "drafted",
    "approved",
    "sent",
    "failed",
    "returned",
    "withdrawn",
];

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    after: String,
}

#[derive(Template)]
#[template(path = "notices.html")]
pub(in crate::web::pages) struct Notices {
    pub frame: Frame,
    /// The state that the list is of; empty: all.
    pub state: String,
    /// Whether this is not the first page.
    pub further: bool,
    pub rows: Vec<NoticeRow>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

impl Notices {
    fn states(&self) -> [&'static str; 6] {
        STATES
    }
}

/// What the reader can do with a notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::web::pages) struct Choices {
    /// Approve it, or return it.
    pub decide: bool,
    /// Return it, once it is approved.
    pub stop: bool,
    /// Take one's own back.
    pub withdraw: bool,
    /// Why one who approves does not approve this one.
    pub why_not: Option<Refusal>,
}

impl Choices {
    /// Four eyes: who drafted it or set one of its addresses does not approve it. `review` holds that; the page says so
    /// before anybody tries.
    pub fn of(session: &Session, notice: &NoticeDetail) -> Self {
        let name = &session.account().name;
        let is_own = notice.row.drafted.0 == *name;
        let approver = session.approver().is_ok();
        let withdraw = is_own && session.reviewer().is_ok();
        match notice.row.state.as_str() {
            "drafted" => {}
            "approved" => {
                return Self {
                    stop: approver && !is_own,
                    withdraw,
                    ..Self::default()
                };
            }
            _ => return Self::default(),
        }
        let why_not = if !approver {
            None
        } else if is_own {
            Some(Refusal::OwnDraft)
        } else if notice.to.iter().any(|contact| contact.set_by == *name) {
            Some(Refusal::OwnContact)
        } else {
            None
        };
        Self {
            decide: approver && why_not.is_none(),
            stop: false,
            withdraw,
            why_not,
        }
    }
}

#[derive(Template)]
#[template(path = "notice_page.html")]
pub(in crate::web::pages) struct Notice {
    pub frame: Frame,
    pub notice: NoticeDetail,
    pub choices: Choices,
    pub faults: Faults,
}

impl Notice {
    /// The notice's language in the reader's.
    fn language(&self) -> String {
        let key = format!("notices-language-{}", self.notice.language);
        self.frame
            .words
            .find(&key)
            .unwrap_or_else(|| self.notice.language.clone())
    }

    fn to(&self) -> String {
        let addresses: Vec<&str> = self.notice.to.iter().map(|c| c.address.as_str()).collect();
        addresses.join(", ")
    }
}

/// The list.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let asked = asked(query);
    let state = STATES.into_iter().find(|state| *state == asked.state);
    let after = asked.after.parse().ok();
    let rows = web.review.notices(&proof, state, after).await?;
    let next = (rows.len() >= ROWS)
        .then(|| rows.last().map(|row| row.id))
        .flatten();
    page(&Notices {
        frame: visit.frame("notices"),
        state: state.unwrap_or_default().to_owned(),
        further: after.is_some(),
        rows,
        next,
    })
}

/// One notice, exactly as it is sent.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn show(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    page(&read(&web, &visit, &proof, number(&id)?).await?)
}

/// Its HTML part alone, for the frame on its page: shut in by a policy of its own, although all in it is ours.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn preview(
    State(web): State<Shared>,
    Entrant { proof, .. }: Entrant<Viewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    // `style-src`: mail has its styles in line. `sandbox`: no script, no form, no origin. `frame-ancestors`: our page.
    const POLICY: &str =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";
    let notice = web.review.notice(&proof, number(&id)?).await?;
    let headers = [(CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, Html(notice.html)).into_response())
}

/// Approves it: from now on it waits to be sent.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn approve(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Approver>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = number(&id)?;
    let outcome = web.review.approve_notice(&proof, id).await;
    after(&web, &visit, id, outcome, "notice-approved").await
}

/// Returns it to its drafter.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn give_back(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Approver>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = number(&id)?;
    let outcome = web.review.return_notice(&proof, id).await;
    after(&web, &visit, id, outcome, "notice-returned").await
}

/// Takes one's own draft back.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn withdraw(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Reviewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = number(&id)?;
    let outcome = web.review.withdraw_notice(&proof, id).await;
    after(&web, &visit, id, outcome, "notice-withdrawn").await
}

async fn after(
    web: &Shared,
    visit: &Visit,
    id: i64,
    outcome: Result<(), ReviewError>,
    key: &str,
) -> Result<Response, PageError> {
    let refusal = match outcome {
        Ok(()) => return Ok(done(&format!("/notices/{id}"), key)),
        Err(ReviewError::Refused(refusal)) => refusal,
        Err(error) => return Err(error.into()),
    };
    let mut notice = read(web, visit, &visit.session.viewer(), id).await?;
    notice.faults = Faults::whole(refusal);
    notice.frame = returned(notice.frame, &format!("/notices/{id}"));
    Ok((StatusCode::CONFLICT, page(&notice)?).into_response())
}

async fn read(web: &Shared, visit: &Visit, viewer: &Viewer, id: i64) -> Result<Notice, PageError> {
    let notice = web.review.notice(viewer, id).await?;
    Ok(Notice {
        frame: visit.frame("notices"),
        choices: Choices::of(&visit.session, &notice),
        notice,
        faults: Faults::default(),
    })
}
