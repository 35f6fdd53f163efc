//! Words found in a message: one normalised text, one pass for many phrases.
//!
//! The text is folded (lower case, no accents, straight quotes, single spaces, nothing invisible), then one automaton
//! looks for all phrases of a table at once. A phrase matches between word boundaries; a `*` at its end lets the last
//! word go on (`rembours*`). What is counted is how many *different* phrases of a group occur: repeating one proves
//! nothing.

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use aho_corasick::MatchKind;

/// Text ready for phrases: begins and ends with a space.
pub(super) struct Folded {
    /// The text.
    pub(super) text: String,
    /// Invisible characters that were dropped from inside words: nobody types them.
    pub(super) invisible: usize,
}

/// Folds at most `limit` octets of the parts.
pub(super) fn fold(parts: &[&str], limit: usize) -> Folded {
    let mut out =
        String::with_capacity(parts.iter().map(|p| p.len()).sum::<usize>().min(limit) + 2);
    let mut invisible = 0;
    out.push(' ');
    for part in parts {
        for c in part.chars() {
            if out.len() >= limit {
                break;
            }
            if c.is_ascii() {
                let b = c.to_ascii_lowercase();
                if b.is_ascii_whitespace() || b.is_ascii_control() {
                    space(&mut out);
                } else {
                    out.push(b);
                }
                continue;
            }
            match c {
                '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{34f}' => {
                    invisible += 1
                }
                '’' | '‘' | 'ʼ' | '`' => out.push('\''),
                '“' | '”' | '«' | '»' => out.push('"'),
                '–' | '—' | '‑' => out.push('-'),
                _ if c.is_whitespace() => space(&mut out),
                _ => match base(c) {
                    Some(plain) => out.push_str(plain),
                    None => out.extend(c.to_lowercase()),
                },
            }
        }
        space(&mut out);
    }
    space(&mut out);
    Folded {
        text: out,
        invisible,
    }
}

fn space(out: &mut String) {
    if !out.ends_with(' ') {
        out.push(' ');
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

/// A table of phrases by group, compiled once.
pub(super) struct Phrases<G: 'static> {
    automaton: Option<AhoCorasick>,
    groups: Vec<(G, bool)>,
}

impl<G: Copy> Phrases<G> {
    /// Compiles a table: each entry is a group and its phrases, parted by `|`.
    pub(super) fn new(table: &[(G, &str)]) -> Self {
        let mut patterns = Vec::new();
        let mut groups = Vec::new();
        for (group, list) in table {
            for phrase in list.split('|').map(str::trim).filter(|p| !p.is_empty()) {
                let open = phrase.ends_with('*');
                let folded = fold(&[phrase.trim_end_matches('*')], 256);
                patterns.push(folded.text.trim().to_owned());
                groups.push((*group, open));
            }
        }
        Self {
            automaton: AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::DFA))
                .build(&patterns)
                .ok(),
            groups,
        }
    }

    /// Calls `found` for every phrase that occurs in the text, once each, in order of where the first ends.
    pub(super) fn scan(&self, text: &str, mut found: impl FnMut(G)) {
        let bytes = text.as_bytes();
        let Some(automaton) = &self.automaton else {
            return;
        };
        let mut seen = vec![false; self.groups.len()];
        for m in automaton.find_overlapping_iter(text) {
            let phrase = m.pattern().as_usize();
            if seen[phrase] {
                continue;
            }
            let Some((group, open)) = self.groups.get(phrase) else {
                continue;
            };
            let word = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
            let starts_inside =
                m.start() > 0 && word(bytes.get(m.start() - 1)) && word(bytes.get(m.start()));
            let ends_inside = !open && word(bytes.get(m.end() - 1)) && word(bytes.get(m.end()));
            if !starts_inside && !ends_inside && !std::mem::replace(&mut seen[phrase], true) {
                found(*group);
            }
        }
    }
}

/// FNV-1a, for sets of a bounded number of words: fast on short keys. Not for sets that a sender can fill.
#[derive(Clone, Copy)]
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl std::hash::Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Builds [`Fnv`].
pub(super) type FnvBuild = std::hash::BuildHasherDefault<Fnv>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_leaves_plain_words() {
        let folded = fold(&["L’été\r\n  À\u{200b}BC", "x"], 100);
        assert_eq!(folded.text, " l'ete abc x ");
        assert_eq!(folded.invisible, 1);
    }

    #[test]
    fn phrases_match_between_word_boundaries() {
        let phrases = Phrases::new(&[('a', "cat|rembours*"), ('b', "black cat|n°")]);
        let found = |text: &str| {
            let mut out = String::new();
            phrases.scan(&fold(&[text], 1000).text, |group| out.push(group));
            out
        };
        assert_eq!(found("the black  CAT."), "ba");
        assert_eq!(found("concatenate cats"), "");
        assert_eq!(found("le remboursement"), "a");
    }
}
