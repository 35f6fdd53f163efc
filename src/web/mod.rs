//! The dashboard: HTTP over `review` and `staff`.
//!
//! For: the pages of design section 7, in English and French, by keyboard, without script. Guarantees: no route without a
//! proof of a role in its handler's signature ([`session::Entrant`]), but for the login, the health look-up and the
//! assets; every answer carries the headers of [`guard`], every form a token that another site cannot know; what a sender
//! chose is text, never markup. Refuses: bodies larger than a form, other methods than GET and POST. Must not know: the
//! store, keys, SMTP.
//!
//! ```text
//! request ──> receive ──> panic, time ──> Fetch metadata ──> admit ──> route ──> handler(proof) ──> review
//!             who reads,  limits          no other site's    the form's
//!             headers                     forms              token
//! ```

pub mod assets;
pub mod chart;
pub mod client;
pub mod cookies;
pub mod error;
pub mod frame;
pub mod guard;
mod options;
pub mod pages;
pub mod routes;
pub mod session;
pub mod tls;

pub use frame::Frame;
pub use options::Options;
pub use routes::router;
pub use session::Entrant;
pub use session::Reader;
pub use session::Visit;

use crate::review::Review;
use crate::staff::Accounts;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

/// What the handlers share.
pub struct Web {
    /// What staff see and do.
    pub review: Review,
    /// Who may log in, and who has.
    pub accounts: Accounts,
    /// Whether the server can do its work.
    pub health: Health,
    /// Whether readers come over TLS, ours or that of a trusted proxy: cookies are marked for it.
    pub secure: bool,
    /// Proxies whose word is taken for where a request comes from.
    pub trusted_proxies: Vec<IpAddr>,
    /// The operator's zones, as the head of each page names them: `.ml`.
    pub zones: Arc<str>,
}

/// The handlers' state.
pub type Shared = Arc<Web>;

/// Asks the parts of the server that it cannot do without; the error is one line for the log.
pub type Health = Box<dyn Fn() -> HealthAnswer + Send + Sync>;

/// What [`Health`] gives.
pub type HealthAnswer = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
