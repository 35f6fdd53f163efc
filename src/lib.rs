//! Poste Restante (skeleton; the manual comes with the modules).
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod audit;
pub mod classify;
pub mod message;
pub mod retention;
pub mod smtp;
pub mod store;
