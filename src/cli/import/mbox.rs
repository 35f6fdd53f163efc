//! An mbox file, read message by message.

use crate::message::Content;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::path::Path;

/// A line is read in pieces of at most this many octets: what it begins with is in the first of them.
const PIECE_MAX: u64 = 1 << 16;

/// An mbox file, read message by message.
///
/// A line that begins with `From ` after an empty line, or at the start of the file, begins a message; `>From ` lines
/// lose one `>` (mboxrd; in the older mboxo a line of a message that began with `>From ` loses one too many).
pub struct Mbox<R> {
    reader: R,
    /// More than the largest message and the empty line after it: what is beyond is read and dropped.
    room: usize,
    /// The `From ` line of the next message has been read.
    begun: bool,
    ended: bool,
}

impl Mbox<BufReader<File>> {
    /// Opens it, and gives its size with it. A message of more than `bound` octets is cut, but not to `bound` or less.
    pub fn open(path: &Path, bound: usize) -> io::Result<(Self, Option<u64>)> {
        let file = File::open(path)?;
        let octets = file.metadata().ok().map(|about| about.len());
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let head = reader.fill_buf()?;
        if head.is_empty() {
            return Err(io::Error::other("no message found: the file is empty"));
        }
        if !head.starts_with(b"From ") {
            return Err(io::Error::other(
                "expected an mbox file: its first line does not begin with `From `",
            ));
        }
        Ok((Self::new(reader, bound), octets))
    }
}

impl<R: BufRead> Mbox<R> {
    fn new(reader: R, bound: usize) -> Self {
        Self {
            reader,
            room: bound.saturating_add(3),
            begun: false,
            ended: false,
        }
    }

    fn read_message(&mut self) -> io::Result<Option<Content>> {
        let mut message: Vec<u8> = Vec::new();
        let mut cut = false;
        let mut piece = Vec::new();
        let mut line_begins = true;
        let mut after_empty = !self.begun;
        loop {
            piece.clear();
            (&mut self.reader)
                .take(PIECE_MAX)
                .read_until(b'\n', &mut piece)?;
            if piece.is_empty() {
                self.ended = true;
                if !self.begun {
                    return Ok(None);
                }
                break;
            }
            let begins = std::mem::replace(&mut line_begins, piece.ends_with(b"\n"));
            let mut kept = piece.as_slice();
            if begins {
                if after_empty && kept.starts_with(b"From ") {
                    self.skip_line(&mut line_begins)?;
                    after_empty = false;
                    if self.begun {
                        break;
                    }
                    self.begun = true;
                    continue;
                }
                after_empty = matches!(kept, b"\n" | b"\r\n");
                kept = unquoted(kept);
            }
            let room = self.room - message.len();
            cut |= kept.len() > room;
            message.extend_from_slice(kept.get(..room).unwrap_or(kept));
        }
        if !cut {
            strip_last_empty_line(&mut message);
        }
        Ok(Some(Content::new(message)))
    }

    /// The rest of a line of which a piece has been read.
    fn skip_line(&mut self, line_begins: &mut bool) -> io::Result<()> {
        if !*line_begins {
            self.reader.skip_until(b'\n')?;
            *line_begins = true;
        }
        Ok(())
    }
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = io::Result<Content>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let message = self.read_message();
        // What cannot be read once cannot be read twice: going on would never end.
        self.ended |= message.is_err();
        message.transpose()
    }
}

/// Whether a file that begins so is an mbox file: `From ` and not an old form of the field `From :`.
pub fn begins_one(head: &[u8]) -> bool {
    head.strip_prefix(b"From ")
        .is_some_and(|rest| !rest.trim_ascii_start().starts_with(b":"))
}

/// Whether a file holds several messages in the form of an mbox file. One message often begins with a `From ` line of its
/// own, as archives have it, and may quote another in its text: only a line with a time in it, after an empty line and
/// before a header field, begins a second one.
pub fn holds_several(bytes: &[u8]) -> bool {
    if !begins_one(bytes) {
        return false;
    }
    let mut lines = bytes.split(|b| *b == b'\n').skip(1).peekable();
    let mut after_empty = false;
    while let Some(line) = lines.next() {
        let begins = after_empty && line.starts_with(b"From ") && has_time(line);
        if begins && lines.peek().is_some_and(|next| is_field(next)) {
            return true;
        }
        after_empty = line.trim_ascii().is_empty();
    }
    false
}

/// `10:00`, as the dates of `From ` lines have it.
fn has_time(line: &[u8]) -> bool {
    let digits = |pair: &[u8]| pair.iter().all(u8::is_ascii_digit);
    line.windows(5).any(|w| {
        w.get(2) == Some(&b':') && w.get(..2).is_some_and(digits) && w.get(3..).is_some_and(digits)
    })
}

/// A header field's name and its colon.
fn is_field(line: &[u8]) -> bool {
    let name = line.split(|b| *b == b':').next().unwrap_or_default();
    name.len() < line.len()
        && !name.is_empty()
        && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

/// The empty line before the next `From ` line belongs to the form, not to the message.
fn strip_last_empty_line(message: &mut Vec<u8>) {
    let end = if message.ends_with(b"\n\r\n") {
        2
    } else {
        usize::from(message.ends_with(b"\n\n"))
    };
    message.truncate(message.len() - end);
}

fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|b| **b == b'>').count();
    if quotes > 0
        && line
            .get(quotes..)
            .is_some_and(|rest| rest.starts_with(b"From "))
    {
        return line.get(1..).unwrap_or(line);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str, bound: usize) -> Vec<String> {
        Mbox::new(text.as_bytes(), bound)
            .map(|m| String::from_utf8(m.unwrap().expose().to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn it_is_split_at_from_lines_after_empty_lines() {
        let text = "From a Mon\nTo: x\n\n>From here\nFrom inside a paragraph\n>>From there\n\nFrom b Tue\nTo: y\n\nlast\n";
        let expected = [
            "To: x\n\nFrom here\nFrom inside a paragraph\n>From there\n",
            "To: y\n\nlast\n",
        ];
        assert_eq!(messages(text, 1000), expected);
        let crlf = "From a\r\nTo: x\r\n\r\nhi\r\n\r\nFrom b\r\n\r\nyo\r\n";
        assert_eq!(messages(crlf, 1000), ["To: x\r\n\r\nhi\r\n", "\r\nyo\r\n"]);
        assert_eq!(messages("From a\n", 1000), [""]);
    }

    #[test]
    fn one_that_is_too_large_is_cut_and_the_next_ones_are_found() {
        let piece = usize::try_from(PIECE_MAX).unwrap();
        for long in [
            "x".repeat(9),
            "x".repeat(3 * piece),
            "x\n".repeat(piece),
            "\n".repeat(piece),
            format!("{}From y", "x".repeat(piece)),
        ] {
            let text = format!("From a\n{long}\n\nFrom b\nnext\n\nFrom c\nlast\n");
            let found = messages(&text, 8);
            assert_eq!(found.len(), 3);
            assert!((9..=11).contains(&found[0].len()), "{}", found[0].len());
            assert_eq!(found[1..], ["next\n", "last\n"]);
        }
    }

    #[test]
    fn one_of_just_the_bound_is_whole() {
        for end in ["\n", "\r\n"] {
            let body = format!("123456{end}");
            let text = format!("From a\n{body}{end}From b\nnext\n");
            assert_eq!(messages(&text, body.len())[0], body);
        }
    }

    #[test]
    fn a_from_line_of_any_length_is_no_content() {
        let text = format!("From {}\nTo: x\n", "a".repeat(200_000));
        assert_eq!(messages(&text, 1000), ["To: x\n"]);
    }

    #[test]
    fn what_cannot_be_read_ends_it() {
        struct Bad;
        impl Read for Bad {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("bad block"))
            }
        }
        let text: &[u8] = b"From a\nTo: x\n";
        let found: Vec<_> = Mbox::new(BufReader::new(text.chain(Bad)), 1000)
            .take(3)
            .collect();
        assert!(matches!(found[..], [Err(_)]));
    }

    #[test]
    fn one_message_with_a_from_line_is_no_mbox_file() {
        let one = "From a@b.example Mon Jul 17 10:00:00 2023\nTo: x\n\nHi.\n\nFrom here on 10:00\nwe walk.\n";
        assert!(!holds_several(one.as_bytes()));
        let two =
            format!("{one}\nFrom c@d.example  Mon Jul 17 10:00:00 2023\nReceived: x\n\nHi.\n");
        assert!(holds_several(two.as_bytes()));
        assert!(holds_several(two.replace('\n', "\r\n").as_bytes()));
        assert!(!holds_several(
            two.strip_prefix("From ").unwrap().as_bytes()
        ));
    }

    #[test]
    fn an_old_form_of_the_field_is_no_from_line() {
        assert!(begins_one(b"From jane@army.ml Mon"));
        assert!(!begins_one(b"From : jane@army.ml"));
        assert!(!begins_one(b"From: jane@army.ml"));
    }
}
