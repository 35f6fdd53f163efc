//! `/accounts`: who may log in. Accounts are made on the command line, so that no page can make one.

use crate::review::trail::AccountRow;
use crate::staff::Auditor;
use crate::staff::Role;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::error::PageError;
use crate::web::session::page;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "accounts.html")]
struct Page {
    frame: Frame,
    rows: Vec<AccountRow>,
    roles: [Role; 4],
    /// Whether nobody could approve what another has drafted.
    no_second_pair_of_eyes: bool,
}

/// The list.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Auditor>,
) -> Result<Response, PageError> {
    let rows = web.review.accounts(&proof).await?;
    let working = rows.iter().filter(|row| row.disabled_at.is_none());
    let (approvers, others): (Vec<_>, Vec<_>) = working
        .filter(|row| matches!(row.role, Role::Reviewer | Role::Approver))
        .partition(|row| row.role == Role::Approver);
    page(&Page {
        frame: visit.frame("accounts"),
        no_second_pair_of_eyes: approvers.is_empty() || approvers.len() + others.len() < 2,
        roles: Role::ALL,
        rows,
    })
}
