//! Poste Restante (skeleton; the manual comes with the modules).
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod classify;
pub mod cli;
pub mod message;
pub mod pseudonyms;
pub mod seal;
pub mod smtp;
pub mod store;
pub mod telemetry;
