//! In step with the peer: whatever it says, and however that is cut into segments, the same replies, the same messages,
//! one reply for each command.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod smtp_support;

use proptest::prelude::*;
use smtp_support::dialog::Talk;
use smtp_support::options;
use smtp_support::pure::Pure;

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_split_changes_what_is_said_or_delivered(talk in talk(), piece in 1usize..50) {
        let mut options = options();
        options.max_message_bytes = 200;
        let mut whole = Pure::new(options.clone(), None, usize::MAX);
        whole.send(&talk);
        let expected = whole.record();
        for piece in [1, piece] {
            let mut cut = Pure::new(options.clone(), None, piece);
            cut.send(&talk);
            prop_assert_eq!(&cut.record(), &expected, "in pieces of {}", piece);
        }
    }

    #[test]
    fn every_command_gets_one_reply(lines in prop::collection::vec("[ -~]{0,40}", 0..15)) {
        // None of them begins data, and no line but the last closes.
        prop_assume!(lines.iter().all(|line| !matches!(line.get(..4), Some("AUTH" | "QUIT" | "DATA"))));
        let mut pure = Pure::new(options(), None, usize::MAX);
        for line in &lines {
            pure.send(format!("{line}\r\n").as_bytes());
        }
        let (said, ..) = pure.record();
        prop_assert_eq!(said.len(), 1 + lines.len());
    }
}
