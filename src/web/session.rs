//! Who is asking, in which language, and what they may do: the extractors that every handler begins with.

use crate::language::Words;
use crate::staff::Admin;
use crate::staff::Approver;
use crate::staff::Auditor;
use crate::staff::Forbidden;
use crate::staff::Reviewer;
use crate::staff::Session;
use crate::staff::Viewer;
use crate::web::Shared;
use crate::web::error::PageError;
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Response;

/// A request of somebody who is logged in.
pub struct Visit {
    /// Who.
    pub session: Session,
    /// The words of their language.
    pub words: &'static Words,
    /// Path and query as asked for, for the language switch to come back to.
    pub here: String,
}

impl Visit {
    /// What the layout needs; `place` is the entry of the navigation that is current (`overview`, `cases`, `unassigned`,
    /// `messages`, `organisations`, `notices`, `rules`, `lookup`, `audit`, `accounts`).
    #[must_use]
    pub fn frame(&self, place: &'static str) -> Frame {
        Frame {
            words: self.words,
            session: Some(self.session.clone()),
            place,
            here: self.here.clone(),
        }
    }
}

/// What the layout of every page shows: `templates/layout.html`.
pub struct Frame {
    /// The words.
    pub words: &'static Words,
    /// Who is logged in.
    pub session: Option<Session>,
    /// The current entry of the navigation.
    pub place: &'static str,
    /// Path and query of this page.
    pub here: String,
}

/// Renders a page.
///
/// # Errors
/// [`PageError::Failed`] where the template cannot be rendered.
pub fn page(template: &impl Template) -> Result<Response, PageError> {
    template
        .render()
        .map(|text| Html(text).into_response())
        .map_err(|error| PageError::Failed(error.to_string()))
}

/// A proof that can be taken from a session.
pub trait Proof: Sized {
    /// The proof.
    ///
    /// # Errors
    /// [`Forbidden`] for other roles.
    fn of(session: &Session) -> Result<Self, Forbidden>;
}

impl Proof for Viewer {
    fn of(session: &Session) -> Result<Self, Forbidden> {
        Ok(session.viewer())
    }
}

impl Proof for Reviewer {
    fn of(session: &Session) -> Result<Self, Forbidden> {
        session.reviewer()
    }
}

impl Proof for Approver {
    fn of(session: &Session) -> Result<Self, Forbidden> {
        session.approver()
    }
}

impl Proof for Auditor {
    fn of(session: &Session) -> Result<Self, Forbidden> {
        session.auditor()
    }
}

impl Proof for Admin {
    fn of(session: &Session) -> Result<Self, Forbidden> {
        session.admin()
    }
}

/// A visit with the proof that the handler wants. Without a session: to the login. Without the role: 403.
pub struct Entrant<P> {
    /// The visit.
    pub visit: Visit,
    /// The proof.
    pub proof: P,
}

impl<P: Proof> FromRequestParts<Shared> for Entrant<P> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, PageError> {
        let visit = Visit::from_request_parts(parts, web).await?;
        let proof = P::of(&visit.session)?;
        Ok(Self { visit, proof })
    }
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = PageError;

    async fn from_request_parts(_parts: &mut Parts, _web: &Shared) -> Result<Self, PageError> {
        Err(PageError::NotLoggedIn)
    }
}
