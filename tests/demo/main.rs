//! The demonstration: what it makes up, and how it runs.
#![cfg(feature = "demo")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../common/mod.rs"]
mod common;
mod made_up;
mod running;
mod story;
