//! `/lookup?domain=`: what a name would be taken for, why, and what would happen to mail for it.

use crate::message::policy::Disposition;
use crate::review::ReviewError;
use crate::review::lookup::Candidate;
use crate::review::lookup::Lookup;
use crate::staff::Viewer;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::error::PageError;
use crate::web::pages::asked::asked;
use crate::web::pages::faults::Faults;
use crate::web::pages::reasons;
use crate::web::pages::reasons::ReasonLine;
use crate::web::session::page;
use askama::Template;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    domain: String,
}

#[derive(Template)]
#[template(path = "lookup.html")]
pub(in crate::web::pages) struct LookupPage {
    pub frame: Frame,
    /// What was typed; hostile text.
    pub domain: String,
    pub faults: Faults,
    pub found: Option<Lookup>,
    /// Whether the reader's role may make a rule.
    pub may_review: bool,
}

impl LookupPage {
    /// What the listener would do, as the end of a key: `policy-hold`.
    fn fate(&self, found: &Lookup) -> String {
        let fate = match &found.disposition {
            Disposition::Outside => "outside",
            Disposition::Excluded => "excluded",
            Disposition::Listed { policy, .. } => policy.name(),
        };
        self.frame
            .words
            .find(&format!("lookup-fate-{fate}"))
            .unwrap_or_default()
    }

    /// The watch entry that decides.
    fn watch(&self, found: &Lookup) -> Option<String> {
        match &found.disposition {
            Disposition::Listed { watch, .. } => watch.as_ref().map(ToString::to_string),
            Disposition::Outside | Disposition::Excluded => None,
        }
    }

    /// Whether mail for it comes to us at all.
    fn is_ours(&self, found: &Lookup) -> bool {
        found.disposition != Disposition::Outside
    }

    fn reasons(&self, candidate: &Candidate) -> Vec<ReasonLine> {
        reasons::lines(self.frame.words, &candidate.reasons)
    }

    fn why(&self, code: &str) -> String {
        reasons::text(self.frame.words, code)
    }
}

/// The form, and what was found.
///
/// # Errors
/// The store's.
pub async fn show(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let domain = asked(query).domain.trim().to_owned();
    let mut shown = LookupPage {
        frame: visit.frame("lookup"),
        faults: Faults::default(),
        found: None,
        may_review: visit.session.reviewer().is_ok(),
        domain,
    };
    if shown.domain.is_empty() {
        return page(&shown);
    }
    match web.review.lookup(&proof, &shown.domain).await {
        Ok(found) => shown.found = Some(found),
        Err(ReviewError::Refused(refusal)) => {
            shown.faults = Faults::at("domain", refusal);
            let page = page(&shown)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        Err(error) => return Err(error.into()),
    }
    page(&shown)
}
