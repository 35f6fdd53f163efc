//! The data reader: the same message whatever the split, and the bytes that were sent come back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use restante::smtp::data::DataReader;
use restante::smtp::data::Progress;

/// Reads `pieces` one after the other: the message, and how many octets it took, where it ended.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Option<usize>) {
    let mut reader = DataReader::new();
    let (mut message, mut before) = (Vec::new(), 0);
    for piece in pieces {
        match reader.take(piece, |bytes| message.extend_from_slice(bytes)) {
            Progress::More => before += piece.len(),
            Progress::Ended(taken) => return (message, Some(before + taken)),
        }
    }
    (message, None)
}

/// What the rules say, one octet after the other (RFC 5321 4.1.1.4, 4.5.2): slow and plain.
fn read_plainly(input: &[u8]) -> (Vec<u8>, Option<usize>) {
    let mut message = Vec::new();
    let mut at = 0;
    while at < input.len() {
        let line_start = at == 0 || input[..at].ends_with(b"\r\n");
        let rest = &input[at..];
        if line_start && rest.starts_with(b".\r\n") {
            return (message, Some(at + 3));
        }
        if line_start && rest[0] == b'.' {
            // A dot at the very end of the input may yet be the end mark's.
            if rest == b"." || rest == b".\r" {
                return (message, None);
            }
        } else {
            message.push(rest[0]);
        }
        at += 1;
    }
    (message, None)
}

/// What a sender does with a message (RFC 5321 4.5.2).
fn stuff(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    for (at, byte) in message.iter().enumerate() {
        if *byte == b'.' && (at == 0 || message[..at].ends_with(b"\r\n")) {
            wire.push(b'.');
        }
        wire.push(*byte);
    }
    if !(message.is_empty() || message.ends_with(b"\r\n")) {
        wire.extend(b"\r\n");
    }
    wire.extend(b".\r\n");
    wire
}

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

/// `input` cut at `cuts`.
fn pieces<'a>(input: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
    cuts.sort_unstable();
    cuts.push(input.len());
    let mut from = 0;
    cuts.into_iter()
        .map(|to| {
            let piece = &input[from..to];
            from = to;
            piece
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_split_changes_the_result(input in hostile_bytes(), cuts in prop::collection::vec(any::<usize>(), 0..8)) {
        let expected = read_plainly(&input);
        prop_assert_eq!(&read([&input[..]]), &expected);
        prop_assert_eq!(&read(input.chunks(1)), &expected);
        prop_assert_eq!(&read(pieces(&input, &cuts)), &expected);
    }

    #[test]
    fn a_stuffed_message_comes_back(mut message in hostile_bytes(), cuts in prop::collection::vec(any::<usize>(), 0..8)) {
        let wire = stuff(&message);
        let after = [&wire[..], b"QUIT\r\n"].concat();
        if !(message.is_empty() || message.ends_with(b"\r\n")) {
            message.extend(b"\r\n");
        }
        prop_assert_eq!(read(pieces(&after, &cuts)), (message, Some(wire.len())));
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
