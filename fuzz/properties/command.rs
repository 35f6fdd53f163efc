//! Any line, in every state of a session: one reply of ours, and the next line is understood as if nothing had been.

use super::cut::Cut;
use super::cut::seed;
use super::step;
use super::went::Went;

/// What was said before.
const STATES: [&str; 4] = [
    "",
    "EHLO client.example\r\n",
    "EHLO client.example\r\nMAIL FROM:<a@client.example>\r\n",
    "EHLO client.example\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<jane@army.ml>\r\n",
];

pub fn holds(line: &[u8]) {
    let options = crate::smtp_support::options();
    let seed = seed(line);
    for (number, before) in STATES.into_iter().enumerate() {
        let talk = [before.as_bytes(), line, b"\r\nNOOP\r\n"].concat();
        let cut = match number {
            0 => Cut::Every(1),
            1 => Cut::Whole,
            _ => Cut::Chance(seed.wrapping_add(number as u64)),
        };
        let went = Went::of(&talk, &options, cut);
        step::check(&talk, &went, &options);
    }
}
