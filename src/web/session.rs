//! Who is asking, in which language, and what they may do: the extractors that every handler begins with.

use crate::language::Words;
use crate::staff::Admin;
use crate::staff::Approver;
use crate::staff::Auditor;
use crate::staff::Forbidden;
use crate::staff::Reviewer;
use crate::staff::Session;
use crate::staff::Viewer;
use crate::web::Frame;
use crate::web::Shared;
use crate::web::error::PageError;
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Response;
use std::net::IpAddr;
use std::sync::Arc;

/// Who reads, in which language, and what they asked for: known for every request before any handler runs, whether or not
/// somebody is logged in. The guard puts it into the request's extensions.
#[derive(Clone)]
pub struct Reader {
    /// The words of their language.
    pub words: &'static Words,
    /// Path and query as asked for, for the language switch to come back to.
    pub here: String,
    /// Who, where somebody is logged in.
    pub session: Option<Session>,
    /// The operator's zones, as the head of each page names them: `.ml`.
    pub zones: Arc<str>,
    /// Where the request came from, for slowing down who guesses passwords.
    pub network: IpAddr,
}

impl Reader {
    /// What the layout needs.
    #[must_use]
    pub fn frame(&self, place: &'static str) -> Frame {
        Frame {
            words: self.words,
            session: self.session.clone(),
            place,
            here: self.here.clone(),
            zones: Arc::clone(&self.zones),
            done: self.done(),
        }
    }

    /// What a form has just done: the text `done-KEY` for `?done=KEY`. Only keys that have a text are known, so nobody can
    /// put words of theirs on a page by a link.
    #[must_use]
    pub fn done(&self) -> Option<String> {
        let (_, query) = self.here.split_once('?')?;
        let key = query
            .split('&')
            .find_map(|part| part.strip_prefix("done="))?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        if key.len() > MOST_DONE || !key.bytes().all(plain) {
            return None;
        }
        self.words.find(&format!("done-{key}"))
    }
}

/// The longest `?done=KEY`.
const MOST_DONE: usize = 40;

/// A request of somebody who is logged in.
pub struct Visit {
    /// Who.
    pub session: Session,
    /// The words of their language.
    pub words: &'static Words,
    /// Path and query as asked for, for the language switch to come back to.
    pub here: String,
    reader: Reader,
}

impl Visit {
    /// What the layout needs; `place` is the entry of the navigation that is current (`overview`, `cases`, `unassigned`,
    /// `messages`, `organisations`, `notices`, `rules`, `policies`, `lookup`, `operator`, `audit`, `accounts`).
    #[must_use]
    pub fn frame(&self, place: &'static str) -> Frame {
        self.reader.frame(place)
    }

    /// What a form has just done, in words; the layout shows it.
    #[must_use]
    pub fn done(&self) -> Option<String> {
        self.reader.done()
    }
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

    async fn from_request_parts(parts: &mut Parts, _web: &Shared) -> Result<Self, PageError> {
        let reader = parts.extensions.get::<Reader>().cloned();
        let reader = reader.ok_or(PageError::NotLoggedIn)?;
        let session = reader.session.clone().ok_or(PageError::NotLoggedIn)?;
        Ok(Self {
            session,
            words: reader.words,
            here: reader.here.clone(),
            reader,
        })
    }
}

impl FromRequestParts<Shared> for Reader {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _web: &Shared) -> Result<Self, PageError> {
        let reader = parts.extensions.get::<Reader>().cloned();
        reader.ok_or_else(|| PageError::Failed("a route outside the guard".to_owned()))
    }
}
