//! Notices from the draft to the receiving side: through `review`, with people who have logged in, the queue, and a mail
//! relay that answers as a test says. The clock is the test's; nothing sleeps.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod decisions;
mod figures;
mod held;
mod house;
mod relay;
mod remembered;
mod sending;
mod smtp;
mod steps;
