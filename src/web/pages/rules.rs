//! `/rules`: the corrections of staff, kept as rules over metadata.

use crate::review::ReviewError;
use crate::review::corrections::RuleRow;
use crate::staff::Reviewer;
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
use crate::web::pages::asked::sent;
use crate::web::pages::faults::Faults;
use crate::web::pages::rule_form::RuleForm;
use crate::web::pages::rule_form::refused;
use crate::web::session::page;
use askama::Template;
use axum::extract::Form;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;

#[derive(Template)]
#[template(path = "rules.html")]
pub(in crate::web::pages) struct Rules {
    pub frame: Frame,
    pub in_force: Vec<RuleRow>,
    pub revoked: Vec<RuleRow>,
    /// Whether the reader's role may make and revoke them.
    pub may_review: bool,
    pub faults: Faults,
    pub form: RuleForm,
    pub choices: Vec<String>,
    pub proposals: Vec<String>,
}

impl Rules {
    pub fn new(frame: Frame, rules: Vec<RuleRow>, may_review: bool) -> Self {
        let (revoked, in_force) = rules.into_iter().partition(|rule| rule.revoked.is_some());
        Self {
            frame,
            in_force,
            revoked,
            may_review,
            faults: Faults::default(),
            form: RuleForm::default(),
            choices: Vec::new(),
            proposals: Vec::new(),
        }
    }
}

/// All rules, and the form for one more. `typed` in the address fills its first field: the look-up page leads here so.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
    query: Result<Query<RuleForm>, QueryRejection>,
) -> Result<Response, PageError> {
    let mut rules = read(&web, &visit, &proof).await?;
    rules.form = asked(query);
    page(&rules)
}

/// Makes a rule.
///
/// # Errors
/// The store's.
pub async fn make(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Reviewer>,
    form: Result<Form<RuleForm>, FormRejection>,
) -> Result<Response, PageError> {
    let form: RuleForm = sent(form);
    let faults = match form.correction() {
        Err(faults) => faults,
        Ok(correction) => match web.review.correct(&proof, correction).await {
            Ok(_) => return Ok(done("/rules", "rule-made")),
            Err(ReviewError::Refused(refusal)) => refused(refusal),
            Err(error) => return Err(error.into()),
        },
    };
    let mut rules = read(&web, &visit, &visit.session.viewer()).await?;
    rules.faults = faults;
    rules.form = form;
    rules.frame = returned(rules.frame, "/rules");
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&rules)?).into_response())
}

/// Takes a rule back.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn revoke(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Reviewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    match web.review.revoke(&proof, number(&id)?).await {
        Ok(()) => Ok(done("/rules", "rule-revoked")),
        Err(ReviewError::Refused(refusal)) => {
            let mut rules = read(&web, &visit, &visit.session.viewer()).await?;
            rules.faults = Faults::whole(refusal);
            rules.frame = returned(rules.frame, "/rules");
            Ok((StatusCode::CONFLICT, page(&rules)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn read(web: &Shared, visit: &Visit, viewer: &Viewer) -> Result<Rules, PageError> {
    let rules = web.review.rules(viewer).await?;
    let may_review = visit.session.reviewer().is_ok();
    Ok(Rules::new(visit.frame("rules"), rules, may_review))
}
