//! Who may do what: accounts, login, sessions, and roles as values that only a login can make.
//!
//! For: the commands that add accounts, and the dashboard's door. Guarantees: a [`Viewer`], [`Reviewer`], [`Approver`],
//! [`Auditor`] or [`Admin`] exists only where somebody with that role has logged in, so a function that takes one cannot
//! be called without; passwords are kept as Argon2id hashes, session and device tokens as SHA-256; guessing is slowed per
//! network, and for unknown devices, never for the person whose name is guessed at. Refuses: weak passwords, names that
//! could be taken for another. Must not know: HTTP, pages, what a case is.

mod role;

pub use role::Account;
pub use role::Admin;
pub use role::Approver;
pub use role::Auditor;
pub use role::Forbidden;
pub use role::Reviewer;
pub use role::Role;
pub use role::Session;
pub use role::Viewer;
