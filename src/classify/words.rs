//! The words of a message as those see them who look for some.
//!
//! The text is folded (lower case, no accents, straight quotes, single spaces, nothing invisible), once for all readers:
//! a verdict reads the opening of what labels read as a whole.

use crate::message::Parsed;

/// Octets that are read for a verdict.
const OPENING_MAX: usize = 16 << 10;

/// Octets that are read for labels.
const WHOLE_MAX: usize = 64 << 10;

/// Octets that are folded in one step, where all are ASCII.
const STRIDE: usize = 16;

/// The words of a message, ready for phrases: begins with a space.
pub(super) struct Folded {
    whole: String,
    opening: usize,
    invisible: usize,
}

impl Folded {
    /// Folds subject, text, and the text of messages inside.
    pub(super) fn of(parsed: &Parsed) -> Self {
        let mut folder = Folder::with_capacity(
            (parsed.subject.len() + parsed.text.len() + parsed.inner_text.len()).min(WHOLE_MAX),
        );
        let mut subject = folder.add(&parsed.subject, OPENING_MAX);
        let mut text = parsed.text.as_str();
        if subject.is_empty() {
            folder.space();
            text = folder.add(text, OPENING_MAX);
            if text.is_empty() {
                folder.space();
            }
        }
        let (opening, invisible) = (folder.out.len(), folder.invisible);
        if !subject.is_empty() {
            subject = folder.add(subject, WHOLE_MAX);
            folder.space();
        }
        debug_assert!(subject.is_empty() || folder.out.len() >= WHOLE_MAX);
        for part in [text, &parsed.inner_text] {
            folder.add(part, WHOLE_MAX);
            folder.space();
        }
        Self {
            whole: folder.text(),
            opening,
            invisible,
        }
    }

    /// All of it.
    pub(super) fn whole(&self) -> &str {
        &self.whole
    }

    /// Subject and text, as far as a verdict reads them.
    pub(super) fn opening(&self) -> &str {
        self.whole.get(..self.opening).unwrap_or(&self.whole)
    }

    /// Invisible characters that were dropped from the opening: nobody types them inside words.
    pub(super) fn invisible(&self) -> usize {
        self.invisible
    }
}

/// Folds at most `limit` octets of the parts; begins and ends with a space.
pub(super) fn fold(parts: &[&str], limit: usize) -> String {
    let mut folder = Folder::with_capacity(parts.iter().map(|p| p.len()).sum::<usize>().min(limit));
    for part in parts {
        folder.add(part, limit);
        folder.space();
    }
    folder.text()
}

/// A folded text as it grows.
struct Folder {
    /// Whole characters only.
    out: Vec<u8>,
    invisible: usize,
}

impl Folder {
    fn with_capacity(octets: usize) -> Self {
        let mut out = Vec::with_capacity(octets + 2);
        out.push(b' ');
        Self { out, invisible: 0 }
    }

    /// Adds `part` until there are `limit` octets, and gives what is left of it.
    fn add<'p>(&mut self, part: &'p str, limit: usize) -> &'p str {
        let mut rest = part;
        while !rest.is_empty() && self.out.len() < limit {
            if self.out.len() + STRIDE <= limit
                && let Some(stride) = rest.as_bytes().first_chunk()
                && self.stride(stride)
            {
                // A stride is ASCII, so this is between characters.
                rest = rest.get(STRIDE..).unwrap_or_default();
                continue;
            }
            let mut chars = rest.chars();
            for _ in 0..STRIDE {
                if self.out.len() >= limit {
                    break;
                }
                let Some(c) = chars.next() else { break };
                self.character(c);
            }
            rest = chars.as_str();
        }
        rest
    }

    /// Adds a stride of ASCII at once, if it is one; branches would cost more than the work.
    fn stride(&mut self, stride: &[u8; STRIDE]) -> bool {
        if !stride.is_ascii() {
            return false;
        }
        let folded = stride.map(|b| {
            if b <= b' ' || b == 0x7F {
                b' '
            } else {
                b.to_ascii_lowercase()
            }
        });
        let after_space = self.out.last() == Some(&b' ');
        let mut spaces = after_space & (folded[0] == b' ');
        for at in 1..STRIDE {
            spaces |= (folded[at - 1] == b' ') & (folded[at] == b' ');
        }
        if spaces {
            // As every line ends: CR and LF are two.
            self.single_spaced(folded, after_space);
        } else {
            self.out.extend_from_slice(&folded);
        }
        true
    }

    /// Adds a stride in which spaces follow one another, or one that was there.
    fn single_spaced(&mut self, folded: [u8; STRIDE], mut after_space: bool) {
        let (mut kept, mut length) = ([0; STRIDE], 0);
        for octet in folded {
            let space = octet == b' ';
            kept[length] = octet;
            length += usize::from(!(space & after_space));
            after_space = space;
        }
        self.out.extend(kept.iter().take(length));
    }

    fn character(&mut self, c: char) {
        match c {
            '\0'..='\u{20}' | '\u{7f}' => self.space(),
            '\u{21}'..='\u{7e}' => {
                let mut one = [0; 4];
                let ascii = c.to_ascii_lowercase().encode_utf8(&mut one).as_bytes();
                self.out.extend_from_slice(ascii);
            }
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{34f}' => {
                self.invisible += 1;
            }
            '’' | '‘' | 'ʼ' => self.out.push(b'\''),
            '“' | '”' | '«' | '»' => self.out.push(b'"'),
            '–' | '—' | '‑' => self.out.push(b'-'),
            _ if c.is_whitespace() => self.space(),
            _ => match base(c) {
                Some(plain) => self.out.extend_from_slice(plain.as_bytes()),
                None => {
                    for lower in c.to_lowercase() {
                        let mut one = [0; 4];
                        self.out
                            .extend_from_slice(lower.encode_utf8(&mut one).as_bytes());
                    }
                }
            },
        }
    }

    fn space(&mut self) {
        if self.out.last() != Some(&b' ') {
            self.out.push(b' ');
        }
    }

    fn text(mut self) -> String {
        self.space();
        String::from_utf8(self.out).unwrap_or_default()
    }
}

/// The letters under an accent, for the languages written with Latin letters.
fn base(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => "a",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => "i",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' => "o",
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => "u",
        'ç' | 'Ç' => "c",
        'ñ' | 'Ñ' => "n",
        'œ' | 'Œ' => "oe",
        'æ' | 'Æ' => "ae",
        'ß' => "ss",
        'º' | '°' => "o",
        _ => return None,
    })
}

/// How many octets are such; in steps that fit eight bits, so that many are looked at in one instruction.
pub(super) fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes
        .chunks(255)
        .map(|step| usize::from(step.iter().map(|b| u8::from(is(*b))).sum::<u8>()))
        .sum()
}

/// For sets of a bounded number of short words: eight octets a step. Not for sets that a sender can fill.
#[derive(Clone, Copy, Default)]
pub(super) struct Quick(u64);

impl std::hash::Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((eight, after)) = rest.split_first_chunk() {
            self.mix(u64::from_le_bytes(*eight));
            rest = after;
        }
        // What is left is read as two halves that may overlap: the length tells them apart.
        let length = rest.len() as u64;
        let left = match (rest.first_chunk(), rest.last_chunk()) {
            (Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
            }
            _ => rest.iter().fold(0, |all, b| all << 8 | u64::from(*b)),
        };
        self.mix(left ^ length << 56);
    }

    fn write_usize(&mut self, length: usize) {
        self.mix(length as u64);
    }

    fn write_u8(&mut self, _: u8) {
        // The end of a string: its length is in already.
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

impl Quick {
    fn mix(&mut self, octets: u64) {
        self.0 = (self.0.rotate_left(5) ^ octets).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// Builds [`Quick`].
pub(super) type QuickBuild = std::hash::BuildHasherDefault<Quick>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_leaves_plain_words() {
        assert_eq!(fold(&["L’été\r\n  À\u{200b}BC", "x"], 100), " l'ete abc x ");
    }

    #[test]
    fn strides_fold_like_characters() {
        for text in [
            "Plain words of one line, THEN a new\r\nline  and\ttabs \u{7f} end.",
            "sixteen octets..and then é and sixteen octets..",
            "                                  far apart",
        ] {
            let mut slow = Folder::with_capacity(100);
            text.chars().for_each(|c| slow.character(c));
            assert_eq!(fold(&[text], 1000), slow.text());
        }
        assert_eq!(fold(&["abcdefghijklmnopqrstuvwxyz"], 20).len(), 21);
    }

    #[test]
    fn the_opening_is_what_would_be_folded_alone() {
        for (subject, text) in [
            (10, 100),
            (10, OPENING_MAX + 5),
            (OPENING_MAX + 9, 50),
            (OPENING_MAX - 1, 50),
            (WHOLE_MAX + 9, 50),
            (0, 0),
        ] {
            let mut parsed = Parsed::from_bytes(b"Subject: x\r\n\r\ny");
            parsed.subject = "Été A ".repeat(subject).chars().take(subject).collect();
            parsed.text = "\u{200b}è B  ".repeat(text).chars().take(text).collect();
            parsed.inner_text = "inner".to_owned();
            let folded = Folded::of(&parsed);
            let alone = fold(&[&parsed.subject, &parsed.text], OPENING_MAX);
            assert_eq!(folded.opening().trim_end(), alone.trim_end());
            let parts = [&*parsed.subject, &*parsed.text, &*parsed.inner_text];
            assert_eq!(folded.whole(), fold(&parts, WHOLE_MAX));
        }
    }
}
