//! Sealing: what arrives is encrypted to public keys whose private halves are not on this machine.
//!
//! For: turning a message into an age file (age-encryption.org/v1) before anything of it is stored. Guarantees: a
//! [`Sealer`] holds public keys only, and cannot open what it made. Refuses: private keys where public ones belong, an
//! empty set of recipients. Must not know: who the message is for, or where it is kept. [`identity`] opens sealed
//! items; off-line subcommands and tests alone may name it (`tests/layers.rs`).

pub mod format;
pub mod identity;
pub mod recipient;

pub use format::Trace;
pub use recipient::Recipient;
pub use recipient::RecipientError;
pub use recipient::SealError;
pub use recipient::Sealer;
