//! Any stream: the same replies and messages however it is cut, each at its place.

use super::cut::Cut;
use super::cut::seed;
use super::step;
use super::went::Went;
use restante::smtp::Options;

/// Small bounds, so that inputs reach them.
pub fn options() -> Options {
    let mut options = crate::smtp_support::options();
    options.max_message_bytes = 400;
    options.max_bytes_in_flight = 400;
    options.max_recipients = 5;
    options.limits.command_line = 600;
    options.limits.discarded_line = 1500;
    options.limits.discarded_message = 1000;
    options.limits.errors = 6;
    options.limits.refused_recipients = 6;
    options.limits.idle_commands = 12;
    options.limits.transactions = 6;
    options.limits.undeclared_domains = 3;
    options.limits.replies = 100;
    options.limits.first_room = 64;
    options
}

pub fn holds(talk: &[u8]) {
    let options = options();
    let whole = Went::of(talk, &options, Cut::Whole);
    step::check(talk, &whole, &options);
    let seed = seed(talk);
    let second = seed.rotate_left(32);
    for cut in [Cut::Every(1), Cut::Chance(seed), Cut::Chance(second)] {
        let went = Went::of(talk, &options, cut);
        assert_eq!(went.record(), whole.record(), "{cut:?}");
    }
}
