//! What the targets call: the properties, and the driver of the session that the tests have too.

#[path = "../properties/mod.rs"]
pub mod properties;
#[path = "../../tests/smtp_support/mod.rs"]
pub mod smtp_support;
