//! `/audit`: the trail of what staff and the system did.

use crate::review::trail::TrailEntry;
use crate::staff::Auditor;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::Visit;
use crate::web::error::PageError;
use crate::web::session::page;
use askama::Template;
use axum::extract::Query;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    rows: Vec<TrailEntry>,
    /// Whether these are the newest.
    newest: bool,
    /// Where the next page begins.
    older: Option<i64>,
    checked: Option<Checked>,
}

/// What a walk through the whole trail has found.
enum Checked {
    /// Number and hash of the newest entry.
    Holds(i64, String),
    /// The first entry that does not hold.
    Broken(i64),
}

/// Which page of the list.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<i64>,
}

/// The list, the newest first.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Auditor>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    shown(&web, &visit, &proof, asked.before, None).await
}

/// Walks the whole trail and says what it found.
///
/// # Errors
/// The store's.
pub async fn verify(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Auditor>,
) -> Result<Response, PageError> {
    let checked = match web.review.verify_trail(&proof).await? {
        Ok(head) => {
            let hash = head.hash.iter().map(|byte| format!("{byte:02x}"));
            Checked::Holds(head.seq, hash.collect())
        }
        Err(seq) => Checked::Broken(seq),
    };
    shown(&web, &visit, &proof, None, Some(checked)).await
}

async fn shown(
    web: &Shared,
    visit: &Visit,
    proof: &Auditor,
    before: Option<i64>,
    checked: Option<Checked>,
) -> Result<Response, PageError> {
    let rows = web.review.trail(proof, before).await?;
    let older = rows.last().map(|row| row.seq).filter(|seq| *seq > 1);
    page(&Page {
        frame: visit.frame("audit"),
        newest: before.is_none(),
        older,
        rows,
        checked,
    })
}
