//! The dashboard: HTTP over `review` and `staff`.
//!
//! For: the pages of design section 7, in English and French, by keyboard, without script. Guarantees: no route without a
//! proof of a role in its handler's signature ([`session::Entrant`]), but for the login, the health look-up and the
//! assets; every answer carries the headers of [`guard`], every form a token that another site cannot know; what a sender
//! chose is text, never markup. Refuses: bodies larger than a form, other methods than GET and POST. Must not know: the
//! store, keys, SMTP.

pub mod error;
pub mod guard;
pub mod pages;
pub mod session;

pub use session::Entrant;
pub use session::Frame;
pub use session::Visit;

use crate::review::Review;
use std::sync::Arc;

/// What the handlers share.
pub struct Web {
    /// What staff see and do.
    pub review: Review,
    /// Whether cookies are marked for TLS alone.
    pub secure: bool,
}

/// The handlers' state.
pub type Shared = Arc<Web>;
