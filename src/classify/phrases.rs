//! Many phrases sought at once, only where a word begins.
//!
//! A table of phrases is a trie; at each place of a folded text where one may begin, the trie is followed as far as the
//! text goes with it: a handful of octets for most words. An automaton that reads on from any octet has no such idea
//! of words, and reports every `xxx` in a kilobyte of them. A phrase matches between word boundaries; a `*` at its end
//! lets the last word go on (`rembours*`); where it begins or ends with a mark, there is no boundary to keep.
//!
//! The trie is a double array: the child of a node by an octet lies at the node's base plus that octet, if it names the
//! node as its parent. One step is one access to memory.

use super::words::fold;
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// A table of phrases by group, compiled once.
pub(super) struct Phrases<G: 'static> {
    slots: Vec<Slot>,
    ends: Vec<End<G>>,
    classes: [u8; 256],
    begins: Begins,
}

/// How phrases begin: most places of a text need no look into the trie, which is larger than the nearest cache.
struct Begins {
    /// By the first [`FIRST`] octets: whether a phrase of fewer than [`LONG`] begins so, and whether a longer one does.
    first: Vec<u8>,
    /// A bit for the first [`LONG`] octets of each longer phrase.
    long: Vec<u64>,
}

const FIRST: usize = 3;
const LONG: usize = 6;
const HAS_SHORT: u8 = 1;
const HAS_LONG: u8 = 2;

impl Begins {
    fn of<'a>(phrases: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut begins = Self {
            first: vec![0; 1 << 14],
            long: vec![0; 1 << 11],
        };
        for phrase in phrases {
            if let Some(long) = phrase.first_chunk::<LONG>() {
                let at = Self::place_long(long);
                begins.long[at / 64] |= 1 << (at % 64);
            }
            let kind = if phrase.len() < LONG {
                HAS_SHORT
            } else {
                HAS_LONG
            };
            match *phrase {
                [a, b, c, ..] => begins.first[Self::place_first(&[a, b, c])] |= kind,
                // It may go on with anything.
                [a, b] => {
                    for c in 0..=u8::MAX {
                        begins.first[Self::place_first(&[a, b, c])] |= kind;
                    }
                }
                _ => begins.first.fill(HAS_SHORT | HAS_LONG),
            }
        }
        begins
    }

    /// Whether a phrase may begin as `text` does.
    fn may(&self, text: &[u8]) -> bool {
        let Some(first) = text.first_chunk() else {
            return true;
        };
        let kinds = self.first[Self::place_first(first)];
        kinds & HAS_SHORT != 0
            || (kinds & HAS_LONG != 0
                && text.first_chunk().is_some_and(|long| {
                    let at = Self::place_long(long);
                    self.long[at / 64] & 1 << (at % 64) != 0
                }))
    }

    fn place_first([a, b, c]: &[u8; FIRST]) -> usize {
        (u32::from_le_bytes([*a, *b, *c, 0]).wrapping_mul(0x9E37_79B1) >> 18) as usize
    }

    fn place_long([a, b, c, d, e, f]: &[u8; LONG]) -> usize {
        let octets = u64::from_le_bytes([*a, *b, *c, *d, *e, *f, 0, 0]);
        (octets.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 47) as usize
    }
}

/// A place of the double array.
#[derive(Clone, Copy)]
struct Slot {
    parent: u32,
    base: u32,
    /// Where in `ends` its phrases are, plus one; nought where none ends.
    ends: u32,
}

/// A phrase that ends at a node.
struct End<G> {
    group: G,
    open: bool,
    /// The last one of its node.
    last: bool,
}

const ROOT: u32 = 0;
const FREE: Slot = Slot {
    parent: u32::MAX,
    base: 0,
    ends: 0,
};

/// The class of octets of which words are made.
const WORD: u8 = 1;

/// The class of octets with which some phrase begins.
const BEGINS: u8 = 2;

/// A node while the trie is built.
struct Node<G> {
    children: BTreeMap<u8, usize>,
    ends: Vec<(G, bool)>,
}

impl<G> Default for Node<G> {
    fn default() -> Self {
        Self {
            children: BTreeMap::new(),
            ends: Vec::new(),
        }
    }
}

impl<G: Copy> Phrases<G> {
    /// Compiles a table: each entry is a group and its phrases, parted by `|`.
    pub(super) fn new(table: &[(G, &str)]) -> Self {
        let mut nodes = vec![Node::default()];
        let mut all = Vec::new();
        for (group, list) in table {
            for phrase in list.split('|').map(str::trim).filter(|p| !p.is_empty()) {
                let open = phrase.ends_with('*');
                let folded = fold(&[phrase.trim_end_matches('*')], 256);
                let mut node = 0;
                for octet in folded.trim().bytes() {
                    let new = nodes.len();
                    node = *nodes[node].children.entry(octet).or_insert(new);
                    if node == new {
                        nodes.push(Node::default());
                    }
                }
                nodes[node].ends.push((*group, open));
                all.push(folded);
            }
        }
        let begins = Begins::of(all.iter().map(|phrase| phrase.trim().as_bytes()));
        Self::lay_out(&nodes, begins)
    }

    /// Gives every node of the trie its place, breadth first: wide nodes find room while there is much of it.
    fn lay_out(nodes: &[Node<G>], begins: Begins) -> Self {
        let mut phrases = Self {
            slots: vec![FREE; 512],
            ends: Vec::new(),
            begins,
            classes: std::array::from_fn(|octet| {
                let octet = u8::try_from(octet).unwrap_or_default();
                let word = u8::from(octet.is_ascii_alphanumeric()) * WORD;
                let begins = u8::from(nodes[0].children.contains_key(&octet)) * BEGINS;
                word | begins
            }),
        };
        phrases.slots[0].parent = ROOT;
        // From here on every octet can fill the first hole: a hole below could stay for ever, and be sought in vain each time.
        let (mut lowest, mut wide) = (257, 1);
        let mut queue = VecDeque::from([(0, 0)]);
        while let Some((node, at)) = queue.pop_front() {
            let Node { children, ends } = &nodes[node];
            if !ends.is_empty() {
                phrases.slots[at].ends = small(phrases.ends.len() + 1);
            }
            for (nth, (group, open)) in ends.iter().enumerate() {
                phrases.ends.push(End {
                    group: *group,
                    open: *open,
                    last: nth + 1 == ends.len(),
                });
            }
            if children.is_empty() {
                continue;
            }
            // An only child fills the first hole; for several, what lies behind was tried before.
            while phrases.is_free(lowest) == Some(false) {
                lowest += 1;
            }
            let mut base = match children.keys().next() {
                Some(only) if children.len() == 1 => lowest - usize::from(*only),
                _ => wide,
            };
            while children
                .keys()
                .any(|octet| phrases.is_free(base + usize::from(*octet)) == Some(false))
            {
                base += 1;
            }
            if children.len() > 1 {
                wide = base;
            }
            if phrases.slots.len() < base + 256 {
                phrases.slots.resize(base + 256, FREE);
            }
            phrases.slots[at].base = small(base);
            for (octet, child) in children {
                let place = base + usize::from(*octet);
                phrases.slots[place].parent = small(at);
                queue.push_back((*child, place));
            }
        }
        phrases
    }

    /// `None` beyond the end.
    fn is_free(&self, at: usize) -> Option<bool> {
        self.slots.get(at).map(|slot| slot.parent == FREE.parent)
    }

    /// Calls `found` for every phrase that occurs in the folded text, once each, in order of where the first begins.
    pub(super) fn scan(&self, text: &str, mut found: impl FnMut(G)) {
        let bytes = text.as_bytes();
        let mut seen = vec![false; self.ends.len()];
        let mut before = 0;
        for (at, octet) in bytes.iter().enumerate() {
            let class = self.classes[usize::from(*octet)];
            let is_at_begin = class & BEGINS != 0 && before & class & WORD == 0;
            if is_at_begin && self.begins.may(&bytes[at..]) {
                self.follow(&bytes[at..], &mut seen, &mut found);
            }
            before = class;
        }
    }

    /// Follows the trie from its root along `bytes`.
    fn follow(&self, bytes: &[u8], seen: &mut [bool], found: &mut impl FnMut(G)) {
        let (mut node, mut base) = (ROOT, self.slots[0].base);
        for (at, octet) in bytes.iter().enumerate() {
            let next = base + u32::from(*octet);
            let Some(slot) = self.slots.get(next as usize).filter(|s| s.parent == node) else {
                return;
            };
            (node, base) = (next, slot.base);
            if slot.ends == 0 {
                continue;
            }
            let goes_on = octet.is_ascii_alphanumeric()
                && bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
            for (nth, end) in self.ends.iter().enumerate().skip(slot.ends as usize - 1) {
                if (end.open || !goes_on) && !std::mem::replace(&mut seen[nth], true) {
                    found(end.group);
                }
                if end.last {
                    break;
                }
            }
        }
    }
}

/// Reads a lexicon: lines of field, language, strength and terms, tab-parted; gives field, strength and terms.
pub(super) fn lexicon(
    text: &'static str,
) -> impl Iterator<Item = (&'static str, f32, &'static str)> {
    text.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        let (field, _language) = (columns.next()?, columns.next()?);
        let strength = columns.next()?.parse().ok()?;
        Some((field, strength, columns.next()?))
    })
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(phrases: &Phrases<char>, text: &str) -> String {
        let mut out = String::new();
        phrases.scan(fold(&[text], 1000).as_str(), |group| out.push(group));
        out
    }

    #[test]
    fn phrases_match_between_word_boundaries() {
        let phrases = Phrases::new(&[('a', "cat|rembours*"), ('b', "black cat|n°")]);
        assert_eq!(found(&phrases, "the black  CAT."), "ba");
        assert_eq!(found(&phrases, "concatenate cats"), "");
        assert_eq!(found(&phrases, "le remboursement"), "a");
        assert_eq!(found(&phrases, "cat cat, a black cat"), "ab");
    }

    #[test]
    fn marks_need_no_boundary() {
        let phrases = Phrases::new(&[('a', "../../"), ('b', "sir,"), ('c', "€ ttc"), ('d', "k€")]);
        assert_eq!(found(&phrases, "x../../y"), "a");
        assert_eq!(found(&phrases, "dear sir,x"), "b");
        assert_eq!(found(&phrases, "12€ ttc 3k€"), "c");
        assert_eq!(found(&phrases, "12 € ttcs, k€uro"), "d");
    }

    /// What the trie says is what looking for each phrase at each place says.
    #[test]
    fn the_trie_misses_nothing() {
        misses_nothing(&[
            "a", "ab*", "ab c", "b", "b.", "(a", "c*", "a b c", "--", "-a", "abc", "ca*",
        ]);
        // Without one of a single octet, which may begin anywhere: the filter before the trie has a say.
        misses_nothing(&[
            "ab*", "ba", "b.", "--", "abc", "cab*", "ab ca", "a b c", "abc a b", "aba bab",
            "cabbac", "c c c c*",
        ]);
    }

    #[test]
    fn the_filter_turns_away() {
        let phrases = Phrases::new(&[('a', "cab|boarding pass")]);
        let may = |text: &str| phrases.begins.may(text.as_bytes());
        assert!(may("cab is here") && may("boarding pass"));
        assert!(!may("cat is here") && !may("boats are here"));
    }

    fn misses_nothing(list: &[&str]) {
        let table: Vec<(usize, &str)> = list.iter().copied().enumerate().collect();
        let phrases = Phrases::new(&table);
        let mut state = 7u32;
        for _ in 0..5000 {
            let text: String = (0..12)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ['a', 'b', 'c', ' ', '.', '(', '-', 'é'][(state >> 24) as usize % 8]
                })
                .collect();
            let text = fold(&[&text], 100);
            let mut of_trie = Vec::new();
            phrases.scan(&text, |group| of_trie.push(group));
            of_trie.sort_unstable();
            let word = |at: usize| text.as_bytes()[at].is_ascii_alphanumeric();
            let simple: Vec<usize> = (0..list.len())
                .filter(|which| {
                    let phrase = list[*which].trim_end_matches('*');
                    let open = list[*which].ends_with('*');
                    (0..text.len()).any(|from| {
                        let to = from + phrase.len();
                        text.as_bytes()[from..].starts_with(phrase.as_bytes())
                            && !(from > 0 && word(from - 1) && word(from))
                            && (open || !(to < text.len() && word(to - 1) && word(to)))
                    })
                })
                .collect();
            assert_eq!(of_trie, simple, "{text:?}");
        }
    }
}
