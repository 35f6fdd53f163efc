//! `/cases/{id}`: one case, and what is done about it.

use crate::classify::Verdict;
use crate::review::ReviewError;
use crate::review::cases::CaseChange;
use crate::review::cases::CaseDetail;
use crate::review::cases::CaseKind;
use crate::review::cases::NameSum;
use crate::review::cases::SenderSum;
use crate::staff::Reviewer;
use crate::staff::Viewer;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::Visit;
use crate::web::chart;
use crate::web::error::PageError;
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
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;

/// Names and senders that are shown at once.
const AT_ONCE: usize = 10;

/// A figure with the keys of its words.
struct Figure {
    class: &'static str,
    label: &'static str,
    means: &'static str,
    count: i64,
}

#[derive(Template)]
#[template(path = "case.html")]
pub(in crate::web::pages) struct Case {
    pub frame: Frame,
    pub detail: CaseDetail,
    /// Our own SVG.
    pub chart: String,
    /// Whether the reader's role may draft, correct and close.
    pub may_review: bool,
    /// What was sent and could not be done.
    pub faults: Faults,
    pub form: RuleForm,
    /// The typed names that the form offers.
    pub choices: Vec<String>,
    /// The senders that the form proposes.
    pub proposals: Vec<String>,
}

impl Case {
    pub fn new(frame: Frame, detail: CaseDetail, may_review: bool) -> Self {
        let chart = chart::days(&detail.days, frame.words);
        let choices = detail
            .names
            .iter()
            .map(|sum| sum.name.clone())
            .filter(|name| name != "other")
            .collect();
        let proposals = detail
            .senders
            .iter()
            .map(|sum| sum.domain.clone())
            .filter(|domain| domain != "other" && !domain.is_empty())
            .collect();
        Self {
            frame,
            detail,
            chart,
            may_review,
            faults: Faults::default(),
            form: RuleForm::default(),
            choices,
            proposals,
        }
    }

    /// With what was sent and is wrong.
    pub fn with(mut self, faults: Faults, form: RuleForm) -> Self {
        // A message's form offers names that are not among the most frequent.
        if !form.typed.is_empty() && !self.choices.contains(&form.typed) {
            self.choices.push(form.typed.clone());
        }
        self.frame = returned(self.frame, &format!("/cases/{}", self.detail.case.id));
        self.faults = faults;
        self.form = form;
        self
    }

    fn is_known(&self) -> bool {
        self.detail.case.kind == CaseKind::Intended
    }

    /// Recipients of thirty days.
    fn figures(&self) -> [Figure; 3] {
        let sum = |verdict: Verdict| -> i64 {
            let days = self.detail.days.iter();
            days.map(|day| day.by_verdict[verdict as usize]).sum()
        };
        [
            Figure {
                class: "strong",
                label: "verdict-misdirected",
                means: "message-verdict-misdirected",
                count: sum(Verdict::Misdirected),
            },
            Figure {
                class: "strong-2",
                label: "verdict-reflection",
                means: "message-verdict-reflection",
                count: sum(Verdict::Reflection),
            },
            Figure {
                class: "",
                label: "overview-noise",
                means: "overview-noise-means",
                count: sum(Verdict::Spam) + sum(Verdict::Bounce) + sum(Verdict::Probe),
            },
        ]
    }

    /// The typed names that are shown at once, and those to open.
    fn names(&self) -> (&[NameSum], &[NameSum]) {
        let names = &self.detail.names;
        names.split_at(names.len().min(AT_ONCE))
    }

    /// The senders that are shown at once, and those to open.
    fn senders(&self) -> (&[SenderSum], &[SenderSum]) {
        let senders = &self.detail.senders;
        senders.split_at(senders.len().min(AT_ONCE))
    }

    fn count(&self, length: usize) -> i64 {
        i64::try_from(length).unwrap_or(i64::MAX)
    }

    fn most_labels(&self) -> i64 {
        let counts = self.detail.labels.iter().map(|(_, count)| *count);
        counts.max().unwrap_or(0)
    }
}

/// One case.
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

/// Drafts a notice.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn draft(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Reviewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = number(&id)?;
    match web.review.draft_notice(&proof, id).await {
        Ok(notice) => Ok(done(&format!("/notices/{notice}"), "notice-drafted")),
        Err(error) => again(&web, &visit, id, error).await,
    }
}

/// Closes the case.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn close(
    State(web): State<Shared>,
    entrant: Entrant<Reviewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    change(&web, entrant, &id, CaseChange::Close, "case-closed").await
}

/// Opens the case again.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn reopen(
    State(web): State<Shared>,
    entrant: Entrant<Reviewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    change(&web, entrant, &id, CaseChange::Reopen, "case-reopened").await
}

/// Corrects what the case's mail was meant for, or what kind of mail it is.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn correct(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Reviewer>,
    Path(id): Path<String>,
    form: Result<Form<RuleForm>, FormRejection>,
) -> Result<Response, PageError> {
    let (id, form) = (number(&id)?, sent(form));
    let faults = match form.correction() {
        Err(faults) => faults,
        Ok(correction) => match web.review.correct(&proof, correction).await {
            Ok(_) => return Ok(done(&format!("/cases/{id}"), "rule-made")),
            Err(ReviewError::Refused(refusal)) => refused(refusal),
            Err(error) => return Err(error.into()),
        },
    };
    let case = read(&web, &visit, &visit.session.viewer(), id).await?;
    let shown = page(&case.with(faults, form))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

async fn change(
    web: &Shared,
    Entrant { visit, proof }: Entrant<Reviewer>,
    id: &str,
    change: CaseChange,
    key: &str,
) -> Result<Response, PageError> {
    let id = number(id)?;
    match web.review.set_closed(&proof, id, change).await {
        Ok(()) => Ok(done(&format!("/cases/{id}"), key)),
        Err(error) => again(web, &visit, id, error).await,
    }
}

/// The page again, with why it was not done.
async fn again(
    web: &Shared,
    visit: &Visit,
    id: i64,
    error: ReviewError,
) -> Result<Response, PageError> {
    let ReviewError::Refused(refusal) = error else {
        return Err(error.into());
    };
    let case = read(web, visit, &visit.session.viewer(), id).await?;
    let shown = page(&case.with(Faults::whole(refusal), RuleForm::default()))?;
    Ok((StatusCode::CONFLICT, shown).into_response())
}

async fn read(web: &Shared, visit: &Visit, viewer: &Viewer, id: i64) -> Result<Case, PageError> {
    let detail = web.review.case(viewer, id).await?;
    let place = match detail.case.kind {
        CaseKind::Intended => "cases",
        CaseKind::Unassigned => "unassigned",
    };
    let may_review = visit.session.reviewer().is_ok();
    Ok(Case::new(visit.frame(place), detail, may_review))
}
