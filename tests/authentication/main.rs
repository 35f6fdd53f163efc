//! SPF, DKIM and DMARC of arriving mail: a resolver of the test's own on loopback, which writes down what it is asked, and the
//! binary, which is told to ask it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../common/mod.rs"]
mod common;

mod bounds;
mod dns;
mod letter;
mod results;
mod shown;
