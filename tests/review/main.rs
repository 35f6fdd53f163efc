//! What staff see and do, through `Store` and `Review`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on is a failed test"
)]

mod changes;
mod desk;
mod lists;
mod look;
mod organisations;
mod policies;
#[allow(dead_code, reason = "the store's tests use all of it")]
#[path = "../store/support.rs"]
mod support;
