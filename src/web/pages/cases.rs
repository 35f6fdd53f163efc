//! `/cases`: the cases, or those whose intended domain is unknown.

use crate::review::cases::CaseChoice;
use crate::review::cases::CaseKind;
use crate::review::cases::CaseOrder;
use crate::review::cases::CaseSummary;
use crate::staff::Viewer;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::error::PageError;
use crate::web::session::page;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "cases.html")]
struct Cases {
    frame: Frame,
    rows: Vec<CaseSummary>,
}

/// The list.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
) -> Result<Response, PageError> {
    let choice = CaseChoice {
        kind: CaseKind::Intended,
        order: CaseOrder::Largest,
        search: String::new(),
        after: None,
        limit: 50,
    };
    let rows = web.review.cases(&proof, &choice).await?;
    page(&Cases {
        frame: visit.frame("cases"),
        rows,
    })
}
