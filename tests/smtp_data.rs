//! The data reader: the same message whatever the split, and the bytes that were sent come back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../fuzz/properties/mod.rs"]
mod properties;
mod smtp_support;

use properties::cut::Cut;
use properties::data;
use properties::data::read;
use proptest::prelude::*;

/// Bytes among which the dangerous ones are common.
fn hostile_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => Just(b'\r'),
        3 => Just(b'\n'),
        3 => Just(b'.'),
        1 => Just(0u8),
        1 => any::<u8>(),
    ];
    let chunk = prop_oneof![
        4 => prop::collection::vec(byte, 1..4),
        2 => Just(b"\r\n".to_vec()),
        1 => Just(b"\r\n.\r".to_vec()),
        1 => Just(b"\r\n.".to_vec()),
    ];
    prop::collection::vec(chunk, 0..24).prop_map(|chunks| chunks.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_split_changes_the_result(input in hostile_bytes()) {
        data::holds(&input);
    }

    #[test]
    fn a_stuffed_message_comes_back(message in hostile_bytes(), chance in any::<u64>()) {
        data::comes_back(&message, Cut::Chance(chance));
    }
}

#[test]
fn every_relative_of_the_end_at_every_split() {
    for text in [
        "\n.\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\r",
        "\r\n.\r\r\n",
        "\r\n.\r\r\r\n",
        "\r\n\0.\r\n",
        "\r\n.\0\r\n",
        "\r\n..\r\n",
        "\r\n. \r\n",
        "\n\r.\r\n",
        "\r\n\n.\r\n",
        "\r\r\n.\r\r\n",
    ] {
        let input = format!("one{text}two");
        for cut in 0..=input.len() {
            let (_, ended) = read([&input.as_bytes()[..cut], &input.as_bytes()[cut..]]);
            assert_eq!(ended, None, "{text:?} cut at {cut}");
        }
    }
}

#[test]
fn the_end_at_every_split() {
    for (input, message) in [
        (".\r\n", ""),
        ("\r\n.\r\n", "\r\n"),
        ("a\r\n.\r\n", "a\r\n"),
        ("a\r\r\n.\r\n", "a\r\r\n"),
        ("a\r\n..\r\n.\r\n", "a\r\n.\r\n"),
        ("a\n.\r\n.\r\n", "a\n.\r\n"),
        (".\r\r\n.\r\n", "\r\r\n"),
    ] {
        for cut in 0..=input.len() {
            let (head, tail) = input.as_bytes().split_at(cut);
            let expected = (message.as_bytes().to_vec(), Some(input.len()));
            assert_eq!(read([head, tail]), expected, "{input:?} cut at {cut}");
        }
    }
}
