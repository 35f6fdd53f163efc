//! What arrived, as values.
//!
//! For: the words every other module speaks in: addresses, domains, the envelope, the policy of a name, the parsed
//! content. Guarantees: whatever a sender chose is parsed once, here, and has a type from then on; what is content
//! (local parts, the HELO argument, the bytes of a message) sits in types without `Display` and with a `Debug` that
//! says nothing. Refuses: to do I/O, to look at a clock, to fail on a malformed message. Must not know: any other
//! module of this crate.

pub mod address;
pub mod authentication;
mod circumstances;
pub mod domain;
pub mod envelope;
pub mod id;
pub mod operator;
pub mod parse;
pub mod policy;
pub mod time;

pub use address::Address;
pub use authentication::Authentication;
pub use authentication::CheckResult;
pub use authentication::DmarcPolicy;
pub use circumstances::Circumstances;
pub use domain::Domain;
pub use envelope::Client;
pub use envelope::Content;
pub use envelope::Envelope;
pub use envelope::Helo;
pub use envelope::IrregularPath;
pub use envelope::Protocol;
pub use envelope::Recipient;
pub use envelope::ReversePath;
pub use envelope::TlsVersion;
pub use id::MessageId;
pub use operator::OperatorAddresses;
pub use operator::OperatorMailbox;
pub use operator::ReturnKey;
pub use parse::Parsed;
pub use policy::Decided;
pub use policy::Disposition;
pub use policy::Policy;
pub use policy::PolicyTable;
pub use time::Clock;
pub use time::Timestamp;
