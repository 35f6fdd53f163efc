//! Who may do what: accounts, login, sessions, and roles as values that only a login can make.
//!
//! For: the commands that add accounts, and the dashboard's door. Guarantees: a [`Viewer`], [`Reviewer`], [`Approver`],
//! [`Auditor`] or [`Admin`] exists only where somebody with that role has logged in, so a function that takes one cannot
//! be called without; passwords are kept as Argon2id hashes, session and device tokens as SHA-256; guessing is slowed per
//! network, and for unknown devices, never for a browser that the person whose name is guessed at has used before; what a
//! login costs is bounded, however many want one; every change and every login is in the audit trail, in the same
//! transaction. Refuses: weak passwords, names that could be taken for another, a second use of a name. Must not know: HTTP,
//! pages, what a case is.

mod accounts;
mod hashing;
mod login;
mod name;
mod password;
mod role;
mod throttle;
mod token;

pub use accounts::AccountError;
pub use accounts::Accounts;
pub use login::Attempt;
pub use login::DEVICE_DAYS;
pub use login::Entered;
pub use login::IDLE_MINUTES;
pub use login::LoginError;
pub use login::SESSION_HOURS;
pub use name::Name;
pub use name::NameRefused;
pub use password::Password;
pub use password::PasswordRefused;
pub use role::Account;
pub use role::Admin;
pub use role::Approver;
pub use role::Auditor;
pub use role::Forbidden;
pub use role::Reviewer;
pub use role::Role;
pub use role::Session;
pub use role::Viewer;
