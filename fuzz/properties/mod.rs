//! What must be true of any input, one file for each fuzz target: `holds` panics where it is not.
//!
//! The fuzz targets call these, and `tests/fuzz_corpus.rs` calls them for every file of the committed corpus, so that
//! what was found once is looked at in every test run. `step` and `said` serve the property tests of the session too.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, missing_docs)]

pub mod bdat;
pub mod command;
pub mod cut;
pub mod data;
pub mod dialogue;
pub mod parse;
pub mod said;
pub mod step;
pub mod went;
