//! The store, the audit trail and retention through their public faces, on folders that vanish.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on is a failed test"
)]

mod audit;
mod faults;
mod flooded;
mod keep;
mod named;
mod open;
mod operator;
mod organisations;
mod policies;
mod read;
mod retention;
mod rollups;
mod ruled;
mod rules;
mod support;
