//! `/organisations`: the directory, one organisation, and the forms for admins.

use crate::classify::OrganisationId;
use crate::language::Language;
use crate::review::ReviewError;
use crate::review::cases::CaseSummary;
use crate::review::misrouted::MisroutedDay;
use crate::review::organisations::FieldError;
use crate::review::organisations::OrganisationChange;
use crate::review::organisations::OrganisationDetail;
use crate::staff::Admin;
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
use serde::Deserialize;

/// Rows of a page: what `review` gives at most.
const ROWS: usize = 200;

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    search: String,
    after: String,
}

/// What was filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Filled {
    name: String,
    country: String,
    language: String,
    /// A box that is not ticked is not sent.
    shared: Option<String>,
    hint: Option<String>,
    domains: String,
    contacts: String,
}

impl Filled {
    /// What an organisation has now. Its domains are not filled in: those that are written are added.
    pub(in crate::web::pages) fn of(organisation: &OrganisationDetail) -> Self {
        let addresses: Vec<&str> = organisation
            .contacts
            .iter()
            .map(|contact| contact.address.as_str())
            .collect();
        Self {
            name: organisation.name.clone(),
            country: organisation.country.clone().unwrap_or_default(),
            language: organisation.language.clone().unwrap_or_default(),
            shared: organisation.shared.then(|| "yes".to_owned()),
            hint: organisation.hint.then(|| "yes".to_owned()),
            domains: String::new(),
            contacts: addresses.join("\n"),
        }
    }

    fn change(&self) -> OrganisationChange {
        OrganisationChange {
            name: self.name.trim().to_owned(),
            country: self.country.trim().to_owned(),
            language: self.language.trim().to_owned(),
            shared: self.shared.is_some(),
            hint: self.hint.is_some(),
            domains: self.domains.clone(),
            contacts: self.contacts.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "organisations.html")]
pub(in crate::web::pages) struct Organisations {
    pub frame: Frame,
    pub search: String,
    /// Whether this is not the first page.
    pub further: bool,
    pub rows: Vec<OrganisationDetail>,
    /// The name after which the next page begins.
    pub next: Option<String>,
    /// Whether the reader's role may change the directory.
    pub may_change: bool,
}

impl Organisations {
    /// How many domains of a row are not shown.
    fn more_domains(&self, row: &OrganisationDetail) -> i64 {
        i64::try_from(row.domains.len().saturating_sub(3)).unwrap_or(i64::MAX)
    }
}

#[derive(Template)]
#[template(path = "organisation.html")]
pub(in crate::web::pages) struct Organisation {
    pub frame: Frame,
    pub organisation: OrganisationDetail,
    pub cases: Vec<CaseSummary>,
    /// Mail for its own domains that its servers sent us, in the last thirty days.
    pub misrouted: Vec<MisroutedDay>,
    /// Whether the reader's role may change it.
    pub may_change: bool,
    pub faults: Faults,
    pub filled: Filled,
}

impl Organisation {
    /// How many recipients, and when last.
    fn misrouted_sum(&self) -> Option<String> {
        let newest = self.misrouted.first()?;
        let words = self.frame.words;
        let values = [
            ("n", newest.in_all.into()),
            ("day", words.day(newest.day).into()),
        ];
        Some(words.with_all("misrouted-sum", &values))
    }

    fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    fn is_new(&self) -> bool {
        false
    }
}

#[derive(Template)]
#[template(path = "organisation_new.html")]
pub(in crate::web::pages) struct OrganisationNew {
    pub frame: Frame,
    pub faults: Faults,
    pub filled: Filled,
}

impl OrganisationNew {
    fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    fn is_new(&self) -> bool {
        true
    }
}

/// The directory.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let asked = asked(query);
    let search = asked.search.trim().to_owned();
    let after = Some(asked.after.as_str()).filter(|after| !after.is_empty());
    let rows = web.review.organisations(&proof, &search, after).await?;
    let next = (rows.len() >= ROWS)
        .then(|| rows.last().map(|row| row.name.clone()))
        .flatten();
    page(&Organisations {
        frame: visit.frame("organisations"),
        search,
        further: after.is_some(),
        rows,
        next,
        may_change: visit.session.admin().is_ok(),
    })
}

/// One organisation.
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

/// The form for one more.
///
/// # Errors
/// None but a template's.
pub async fn new(
    State(_web): State<Shared>,
    Entrant { visit, .. }: Entrant<Admin>,
) -> Result<Response, PageError> {
    page(&OrganisationNew {
        frame: visit.frame("organisations"),
        faults: Faults::default(),
        filled: Filled::default(),
    })
}

/// Adds one.
///
/// # Errors
/// The store's.
pub async fn create(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Admin>,
    form: Result<Form<Filled>, FormRejection>,
) -> Result<Response, PageError> {
    let filled: Filled = sent(form);
    let outcome = web
        .review
        .change_organisation(&proof, None, &filled.change())
        .await;
    let faults = match outcome {
        Ok(id) => {
            return Ok(done(
                &format!("/organisations/{}", id.0),
                "organisation-added",
            ));
        }
        Err(error) => faults(error)?,
    };
    let shown = page(&OrganisationNew {
        frame: returned(visit.frame("organisations"), "/organisations/new"),
        faults,
        filled,
    })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

/// Changes one.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn change(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Admin>,
    Path(id): Path<String>,
    form: Result<Form<Filled>, FormRejection>,
) -> Result<Response, PageError> {
    let (id, mut filled) = (number(&id)?, sent::<Filled>(form));
    let mut organisation = read(&web, &visit, &visit.session.viewer(), id).await?;
    // Its name stays.
    filled.name.clone_from(&organisation.organisation.name);
    let outcome = web
        .review
        .change_organisation(&proof, Some(OrganisationId(id)), &filled.change())
        .await;
    organisation.faults = match outcome {
        Ok(_) => {
            return Ok(done(
                &format!("/organisations/{id}"),
                "organisation-changed",
            ));
        }
        Err(error) => faults(error)?,
    };
    organisation.filled = filled;
    organisation.frame = returned(organisation.frame, &format!("/organisations/{id}"));
    let shown = page(&organisation)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

/// What is wrong with a field; anything else is no matter of the form.
pub(super) fn faults(error: FieldError) -> Result<Faults, PageError> {
    match error {
        FieldError::Field {
            field,
            value,
            refusal,
        } => Ok(Faults::default().and(field, &value, refusal)),
        FieldError::Review(ReviewError::Refused(refusal)) => Ok(Faults::whole(refusal)),
        FieldError::Review(error) => Err(error.into()),
    }
}

async fn read(
    web: &Shared,
    visit: &Visit,
    viewer: &Viewer,
    id: i64,
) -> Result<Organisation, PageError> {
    let id = OrganisationId(id);
    let (organisation, cases) = web.review.organisation(viewer, id).await?;
    Ok(Organisation {
        misrouted: web.review.misrouted_of(viewer, id).await?,
        frame: visit.frame("organisations"),
        cases,
        may_change: visit.session.admin().is_ok(),
        faults: Faults::default(),
        filled: Filled::of(&organisation),
        organisation,
    })
}
