//! `/cases` and `/cases/unassigned`: the cases whose intended domain is known, and those where it is not.

use crate::review::cases::CaseChoice;
use crate::review::cases::CaseKind;
use crate::review::cases::CaseOrder;
use crate::review::cases::CasePlace;
use crate::review::cases::CaseSummary;
use crate::staff::Viewer;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::error::PageError;
use crate::web::pages::asked::asked;
use crate::web::session::page;
use askama::Template;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use serde::Deserialize;

/// Rows of a page.
const ROWS: u32 = 50;

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    search: String,
    order: String,
    after: String,
}

#[derive(Template)]
#[template(path = "cases.html")]
pub(in crate::web::pages) struct Cases {
    pub frame: Frame,
    pub known: bool,
    pub latest: bool,
    pub search: String,
    /// Whether this is not the first page.
    pub further: bool,
    pub rows: Vec<CaseSummary>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl Cases {
    fn path(&self) -> &'static str {
        if self.known {
            "/cases"
        } else {
            "/cases/unassigned"
        }
    }

    fn order(&self) -> &'static str {
        if self.latest { "latest" } else { "largest" }
    }
}

/// The cases whose intended domain is known.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Shared>,
    entrant: Entrant<Viewer>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    show(&web, entrant, CaseKind::Intended, asked(query)).await
}

/// The cases whose intended domain is unknown.
///
/// # Errors
/// The store's.
pub async fn unassigned(
    State(web): State<Shared>,
    entrant: Entrant<Viewer>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    show(&web, entrant, CaseKind::Unassigned, asked(query)).await
}

async fn show(
    web: &Shared,
    Entrant { visit, proof }: Entrant<Viewer>,
    kind: CaseKind,
    asked: Asked,
) -> Result<Response, PageError> {
    let order = match asked.order.as_str() {
        "latest" => CaseOrder::Latest,
        _ => CaseOrder::Largest,
    };
    let after = place(&asked.after);
    let choice = CaseChoice {
        kind,
        order,
        search: asked.search.trim().to_owned(),
        after,
        limit: ROWS + 1,
    };
    let mut rows = web.review.cases(&proof, &choice).await?;
    let next = next(&mut rows, order);
    let known = kind == CaseKind::Intended;
    page(&Cases {
        frame: visit.frame(if known { "cases" } else { "unassigned" }),
        known,
        latest: order == CaseOrder::Latest,
        search: choice.search,
        further: after.is_some(),
        rows,
        next,
    })
}

/// Cuts what was read to see whether there is more, and says where that begins.
fn next(rows: &mut Vec<CaseSummary>, order: CaseOrder) -> Option<String> {
    if rows.len() <= ROWS as usize {
        return None;
    }
    rows.truncate(ROWS as usize);
    let last = rows.last()?;
    let key = match order {
        CaseOrder::Largest => last.genuine,
        CaseOrder::Latest => last.last_seen.millis(),
    };
    Some(format!("{key}.{}", last.id))
}

fn place(text: &str) -> Option<CasePlace> {
    let (key, id) = text.split_once('.')?;
    Some(CasePlace {
        key: key.parse().ok()?,
        id: id.parse().ok()?,
    })
}
