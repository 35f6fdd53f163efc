//! How much of a message the parser may see: by octets, by lines, by header parameters in pieces.
//!
//! The parser crate keeps about 90 octets for each short line (a header of `a:`, a boundary), and joins the pieces of a
//! parameter (`name*0=…; name*1=…`, RFC 2231 3) in time that grows with the square of their number: 4 MiB of such pieces
//! held a processor for eight seconds. Both are cheap to count beforehand, in one pass over the octets. What lies behind
//! the bound is not looked at; the message is kept whole all the same.

use super::EXAMINED_MAX;

/// Lines examined: 4 MiB of base64 have 55,000.
const LINES_MAX: usize = 131_072;

/// Pieces of parameters examined: real mail has some ten, in the names of attachments.
const PIECES_MAX: usize = 2_048;

/// The octets that the parser may see.
pub(super) fn examined(raw: &[u8]) -> &[u8] {
    let head = raw.get(..EXAMINED_MAX).unwrap_or(raw);
    let (mut lines, mut pieces) = (0, 0);
    for at in memchr::memchr2_iter(b'\n', b'*', head) {
        if head.get(at) == Some(&b'\n') {
            lines += 1;
        } else if head.get(at + 1).is_some_and(u8::is_ascii_digit) {
            pieces += 1;
        }
        if lines > LINES_MAX || pieces > PIECES_MAX {
            return head.get(..at).unwrap_or(head);
        }
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_mail_is_examined_whole() {
        let line = [b'x'; 76].iter().copied().chain(*b"\r\n");
        let text: Vec<u8> = line.cycle().take(EXAMINED_MAX).collect();
        assert_eq!(examined(&text).len(), EXAMINED_MAX);
        let stars = b"3*4 = 12; rate * 2\r\n".repeat(1000);
        assert_eq!(examined(&stars).len(), stars.len());
    }

    #[test]
    fn what_costs_more_than_its_size_is_cut() {
        for (piece, most) in [
            (&b"a:\n"[..], 400_000),
            (b"n*0=b;", 20_000),
            (b"--b\na:\n\n", 400_000),
        ] {
            let bomb = piece.repeat(EXAMINED_MAX / piece.len());
            let length = examined(&bomb).len();
            assert!(length < most, "{length}");
        }
    }
}
