//! The data reader gives what the rules say, whatever the cut, and what a sender stuffed comes back.

use super::cut::Cut;
use super::cut::seed;
use restante::smtp::data::DataReader;
use restante::smtp::data::Progress;

pub fn holds(input: &[u8]) {
    let expected = read_plainly(input);
    assert_eq!(read([input]), expected, "whole");
    assert_eq!(read(input.chunks(1)), expected, "octet by octet");
    if input.len() <= 64 {
        for at in 0..=input.len() {
            let (head, tail) = input.split_at(at);
            assert_eq!(read([head, tail]), expected, "cut at {at}");
        }
    }
    let seed = seed(input);
    for number in 0..3 {
        let cut = Cut::Chance(seed.wrapping_add(number));
        assert_eq!(read(cut.pieces(input)), expected, "{cut:?}");
    }
    if let (_, Some(taken)) = &expected {
        let end = &input[..*taken];
        let ended_as_it_must = end == b".\r\n" || end.ends_with(b"\r\n.\r\n");
        assert!(ended_as_it_must, "ended by {}", end.escape_ascii());
    }
    comes_back(input, Cut::Chance(seed));
}

/// Stuffs `message`, sends it with a command behind it, and looks at what was read.
pub fn comes_back(message: &[u8], cut: Cut) {
    let wire = stuff(message);
    let after = [&wire[..], b"QUIT\r\n"].concat();
    let mut expected = message.to_vec();
    if !(message.is_empty() || message.ends_with(b"\r\n")) {
        expected.extend(b"\r\n");
    }
    assert_eq!(read(cut.pieces(&after)), (expected, Some(wire.len())));
}

/// Reads `pieces` one after the other: the message, and how many octets it took, where it ended.
pub fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Option<usize>) {
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
pub fn read_plainly(input: &[u8]) -> (Vec<u8>, Option<usize>) {
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
pub fn stuff(message: &[u8]) -> Vec<u8> {
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
