//! In step with the peer: whatever it says, and however that is cut into segments, the same replies and messages, each at
//! its place. The properties are those of the fuzz targets; here they meet conversations that are nearly in order.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../fuzz/properties/mod.rs"]
mod properties;
mod smtp_support;

use properties::cut::Cut;
use properties::step;
use properties::went::Went;
use proptest::prelude::*;
use restante::smtp::Options;

/// Lines of a session that are more often in order than not, and what attackers put between them.
fn talk() -> impl Strategy<Value = Vec<u8>> {
    let said = |text: &'static str| Just(text.as_bytes().to_vec());
    let piece = prop_oneof![
        6 => said("EHLO client.example\r\n"),
        6 => said("MAIL FROM:<a@client.example>\r\n"),
        6 => said("MAIL FROM:<> SIZE=10 BODY=8BITMIME\r\n"),
        6 => said("RCPT TO:<jane@army.ml>\r\n"),
        2 => said("RCPT TO:<x@counted.ml>\r\n"),
        1 => said("RCPT TO:<\"a>b\"@outside.example>\r\n"),
        8 => said("DATA\r\n"),
        4 => said("Hi\r\n"),
        8 => said(".\r\n"),
        4 => said("BDAT 4\r\nHi\r\n"),
        4 => said("BDAT 3 LAST\r\n.\r\n"),
        1 => said("BDAT 300 LAST\r\n"),
        1 => said("BDAT x\r\n"),
        2 => said("\r\n.\r\n"),
        1 => said("\n.\n"),
        1 => said("\r\n.\r\r\n"),
        1 => said("NOOP\r\n"),
        1 => said("RSET\r\n"),
        1 => said("VRFY \"x\r\n"),
        1 => said("NOOP\n"),
        1 => said("AUTH PLAIN x\r\n"),
        1 => said("QUIT\r\n"),
        1 => Just([b"NOOP ", &[b'x'; 3000][..], b"\r\n"].concat()),
        2 => prop::collection::vec(any::<u8>(), 0..12),
        1 => "[A-Z]{4} [ -~]{0,20}\r\n".prop_map(String::into_bytes),
        1 => "(MAIL FROM|RCPT TO):[ -~]{0,30}\r\n".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Small bounds, but for mistakes: a conversation of this kind makes many, and is to go on.
fn bounds() -> Options {
    let mut options = properties::dialogue::options();
    options.limits.errors = 100;
    options.limits.command_line = 2048;
    options
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_split_changes_what_is_said_or_delivered(talk in talk(), piece in 2usize..50, chance in any::<u64>()) {
        let options = bounds();
        let whole = Went::of(&talk, &options, Cut::Whole);
        step::check(&talk, &whole, &options);
        for cut in [Cut::Every(1), Cut::Every(piece), Cut::Chance(chance)] {
            let went = Went::of(&talk, &options, cut);
            prop_assert_eq!(went.record(), whole.record(), "{:?}", cut);
        }
    }

    #[test]
    fn any_line_gets_one_reply_of_ours(line in prop_oneof!["[ -~]{0,40}", "(MAIL FROM|RCPT TO|BDAT|EHLO|AUTH)[ -~\\r\\n]{0,30}"]) {
        properties::command::holds(line.as_bytes());
    }
}
