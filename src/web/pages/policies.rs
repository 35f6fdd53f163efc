//! `/policies`: what is done with mail for each name, and the forms for administrators.

use crate::language::Words;
use crate::message::Policy;
use crate::message::Timestamp;
use crate::message::policy::Subdomains;
use crate::review::ReviewError;
use crate::review::policies::EntryLine;
use crate::review::policies::InForce;
use crate::review::policies::Policies;
use crate::review::policies::PolicyChange;
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
use crate::web::pages::organisations::faults;
use crate::web::pages::shown;
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

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The name past which the page begins.
    after: String,
    /// The name that the form is to be about.
    name: String,
}

/// What was filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Filled {
    pub(in crate::web::pages) name: String,
    /// A box that is not ticked is not sent.
    pub(in crate::web::pages) subdomains: Option<String>,
    pub(in crate::web::pages) policy: String,
    pub(in crate::web::pages) until: String,
}

impl Filled {
    /// Nothing yet: the names below are meant too, as they mostly are.
    fn blank() -> Self {
        Self {
            subdomains: Some("yes".to_owned()),
            ..Self::default()
        }
    }

    /// What is in force now, to be changed.
    fn of(name: &str, subdomains: Subdomains, in_force: &InForce) -> Self {
        Self {
            name: name.to_owned(),
            subdomains: (subdomains == Subdomains::Included).then(|| "yes".to_owned()),
            policy: in_force.policy.name().to_owned(),
            until: in_force
                .until
                .map_or_else(String::new, |end| shown::iso_day(last_day(end))),
        }
    }

    fn change(&self) -> PolicyChange {
        PolicyChange {
            name: Some(self.name.clone()),
            subdomains: match self.subdomains {
                Some(_) => Subdomains::Included,
                None => Subdomains::No,
            },
            policy: self.policy.clone(),
            until: self.until.clone(),
        }
    }
}

/// The last day before an end.
fn last_day(end: Timestamp) -> i64 {
    end.plus_millis(-1).day()
}

#[derive(Template)]
#[template(path = "policies.html")]
pub(in crate::web::pages) struct PoliciesPage {
    pub frame: Frame,
    pub policies: Policies,
    /// The name past which this page of entries begins; empty: the first.
    pub after: String,
    /// Whether the reader's role may change them.
    pub may_change: bool,
    pub faults: Faults,
    /// The form for a name.
    pub filled: Filled,
    /// The form for names without an entry.
    pub default: Filled,
}

impl PoliciesPage {
    fn words(&self) -> &'static Words {
        self.frame.words
    }

    fn all(&self) -> [&'static str; 3] {
        Policy::ALL.map(Policy::name)
    }

    fn term(&self, policy: &Policy) -> String {
        shown::term(self.words(), "policy", policy.name())
    }

    /// What a policy does and whom it protects.
    fn means(&self, policy: &str) -> String {
        let key = format!("policies-means-{policy}");
        self.words().find(&key).unwrap_or_default()
    }

    /// How long, in words; empty for what has no end by its nature.
    fn until(&self, in_force: &InForce) -> String {
        match (in_force.policy, in_force.until) {
            (Policy::Hold, None) => self.words().get("policies-until-none"),
            (Policy::Hold, Some(end)) => {
                let key = if in_force.now == Policy::Hold {
                    "policies-until-day"
                } else {
                    "policies-ended"
                };
                let day = self.words().day(last_day(end));
                self.words().with_all(key, &[("day", day.into())])
            }
            _ => String::new(),
        }
    }

    fn below(&self, entry: &EntryLine) -> String {
        self.words().get(match entry.subdomains {
            Subdomains::Included => "policies-and-below",
            Subdomains::No => "policies-alone",
        })
    }

    /// The zones' names without an entry.
    fn default_label(&self) -> String {
        let zones = &*self.frame.zones;
        if zones.is_empty() {
            return self.words().get("policies-default");
        }
        self.words().with("policies-default-of", "zone", zones)
    }
}

/// All policies, and the forms. `name` in the address fills the form's first field, and the rest with what is in force.
///
/// # Errors
/// The store's.
pub async fn list(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Viewer>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let asked = asked(query);
    let after = Some(asked.after.as_str()).filter(|after| !after.is_empty());
    let mut policies = read(&web, &visit, &proof, after).await?;
    if !asked.name.is_empty() {
        let entries = &policies.policies.entries;
        let entry = entries.iter().find(|entry| entry.name == asked.name);
        policies.filled = match entry {
            Some(entry) => Filled::of(&entry.name, entry.subdomains, &entry.in_force),
            None => Filled {
                name: asked.name,
                ..Filled::blank()
            },
        };
    }
    page(&policies)
}

/// Decides for a name.
///
/// # Errors
/// The store's.
pub async fn decide(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Admin>,
    form: Result<Form<Filled>, FormRejection>,
) -> Result<Response, PageError> {
    let filled: Filled = sent(form);
    let faults = match web.review.decide_policy(&proof, &filled.change()).await {
        Ok(()) => return Ok(done("/policies", "policy-decided")),
        Err(error) => faults(error)?,
    };
    refused(&web, &visit, |page| {
        page.filled = filled;
        page.faults = faults;
    })
    .await
}

/// Decides for names without an entry.
///
/// # Errors
/// The store's.
pub async fn decide_default(
    State(web): State<Shared>,
    Entrant { visit, proof }: Entrant<Admin>,
    form: Result<Form<Filled>, FormRejection>,
) -> Result<Response, PageError> {
    let filled: Filled = sent(form);
    let change = PolicyChange {
        name: None,
        ..filled.change()
    };
    let faults = match web.review.decide_policy(&proof, &change).await {
        Ok(()) => return Ok(done("/policies", "policy-decided")),
        Err(error) => of_default(&faults(error)?),
    };
    refused(&web, &visit, |page| {
        page.default = filled;
        page.faults = faults;
    })
    .await
}

/// The same faults at the fields of the second form.
fn of_default(faults: &Faults) -> Faults {
    let mut moved = Faults::default();
    for fault in faults.all() {
        let field = match fault.field {
            "policy" => "default-policy",
            "until" => "default-until",
            other => other,
        };
        moved.add(field, &fault.value, fault.refusal);
    }
    moved
}

/// Takes a decision back.
///
/// # Errors
/// [`PageError::Missing`]; the store's.
pub async fn revoke(
    State(web): State<Shared>,
    Entrant { proof, .. }: Entrant<Admin>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    match web.review.revoke_policy(&proof, number(&id)?).await {
        Ok(()) => Ok(done("/policies", "policy-revoked")),
        Err(ReviewError::Refused(refusal)) => Err(PageError::Refused(refusal)),
        Err(error) => Err(error.into()),
    }
}

/// The page with a form that could not be taken.
async fn refused(
    web: &Shared,
    visit: &Visit,
    change: impl FnOnce(&mut PoliciesPage),
) -> Result<Response, PageError> {
    let mut policies = read(web, visit, &visit.session.viewer(), None).await?;
    change(&mut policies);
    policies.frame = returned(policies.frame, "/policies");
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&policies)?).into_response())
}

async fn read(
    web: &Shared,
    visit: &Visit,
    viewer: &Viewer,
    after: Option<&str>,
) -> Result<PoliciesPage, PageError> {
    let policies = web.review.policies(viewer, after).await?;
    Ok(PoliciesPage {
        frame: visit.frame("policies"),
        after: after.unwrap_or_default().to_owned(),
        may_change: visit.session.admin().is_ok(),
        faults: Faults::default(),
        filled: Filled::blank(),
        default: Filled::of("", Subdomains::Included, &policies.default),
        policies,
    })
}
