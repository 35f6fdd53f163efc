//! Accounts, login, sessions and the throttle, as the dashboard uses them: with a clock that the test moves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod house;
mod login;
mod sessions;
mod throttle;
