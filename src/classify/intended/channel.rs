//! P(typed | intended): what a hand, a keyboard, an eye or a wire makes of a name.
//!
//! A weighted Damerau–Levenshtein alignment of the intended name with the typed one; each step costs the negative
//! natural logarithm of how likely it is, so that costs add. The order of the weights is what matters: a repeated
//! letter, two letters changed over and a forgotten dot are what people do; an unrelated letter is what they do not.
//!
//! | step | nats | known from |
//! | --- | --- | --- |
//! | doubling, undoubling | 3.0 | NDSS 2015 "Seven Months' Worth of Mistakes"; dnstwist `repetition` |
//! | transposition | 3.2 | the same |
//! | omission | 3.8 | the same |
//! | dot or hyphen missing, added, one for the other | 2.8–3.4 | Godai 2011 "Doppelganger Domains" |
//! | lookalike (0 for o, rn for m) | 3.4 | UTS #39, and by eye |
//! | neighbouring key (QWERTY, AZERTY or QWERTZ), inserted or instead | 3.8 | – |
//! | a final or inner s | 3.8 | dnstwist `plural` |
//! | one vowel for another | 4.0 | dnstwist `vowel-swap` |
//! | one bit flipped | 4.8 | Dinaburg 2011 |
//! | any other letter added, or instead | 5.0 | – |
//!
//! Known failures: a whole syllable left out costs as much as so many letters; abbreviations are not understood.

use crate::classify::ReasonCode;

/// Longest name that is aligned; real names are far shorter, and the table stays small.
pub(super) const LONGEST: usize = 64;

/// The cost of `typed` where `intended` was meant; `None` above `limit`.
pub(super) fn cost(intended: &[u8], typed: &[u8], limit: f32) -> Option<f32> {
    if intended.len() > LONGEST || typed.len() > LONGEST {
        return None;
    }
    // Cells further than this from the diagonal cost more than the limit; one more, because sums are rounded.
    let band = ((limit / GAP_LEAST) as usize).saturating_add(1);
    if intended.len().abs_diff(typed.len()) > band {
        return None;
    }
    let mut inserted = [0.0; LONGEST];
    for (at, cost) in inserted.iter_mut().enumerate().take(typed.len()) {
        *cost = insertion(typed, at).0;
    }
    // Steps reach two rows back at most.
    let mut rows = [[f32::INFINITY; LONGEST + 1]; 3];
    let [here, above, higher] = &mut rows;
    let (mut here, mut above, mut higher) = (here, above, higher);
    let mut least_above = f32::INFINITY;
    for i in 0..=intended.len() {
        here[..=typed.len()].fill(f32::INFINITY);
        let omitted = i.checked_sub(1).map(|at| omission(intended, at).0);
        let mut least = f32::INFINITY;
        for j in i.saturating_sub(band)..=typed.len().min(i.saturating_add(band)) {
            let mut best = if i == 0 && j == 0 { 0.0 } else { f32::INFINITY };
            if i > 0 && j > 0 {
                let (k, t) = (intended[i - 1], typed[j - 1]);
                let replaced = if k == t { 0.0 } else { substitution(k, t).0 };
                best = above[j - 1] + replaced;
                if i > 1 && j > 1 && is_transposed(intended, typed, i, j) {
                    best = best.min(higher[j - 2] + TRANSPOSED);
                }
                if j > 1 && lookalike_pair(k, typed[j - 2], t) {
                    best = best.min(above[j - 2] + LIKE_A_PAIR);
                } else if i > 1 && lookalike_pair(t, intended[i - 2], k) {
                    best = best.min(higher[j - 1] + LIKE_A_PAIR);
                }
            }
            if let Some(omitted) = omitted {
                best = best.min(above[j] + omitted);
            }
            if j > 0 {
                best = best.min(here[j - 1] + inserted[j - 1]);
            }
            here[j] = best;
            least = least.min(best);
        }
        // Every way to the end leads through this row or the one above, and no step costs less than nothing.
        if least.min(least_above) > limit {
            return None;
        }
        least_above = least;
        (here, above, higher) = (higher, here, above);
    }
    Some(above[typed.len()]).filter(|cost| *cost <= limit)
}

/// What the cheapest step costs that makes a name longer or shorter.
const GAP_LEAST: f32 = 2.8;

const TRANSPOSED: f32 = 3.2;
const LIKE_A_PAIR: f32 = 3.4;

/// Whether the last two letters are changed over.
fn is_transposed(intended: &[u8], typed: &[u8], i: usize, j: usize) -> bool {
    let (k, t) = (intended[i - 1], typed[j - 1]);
    k == typed[j - 2] && intended[i - 2] == t && k != t
}

/// The steps that make up that cost, for the reasons of an answer.
pub(super) fn explain(intended: &[u8], typed: &[u8]) -> Option<Vec<(ReasonCode, f32)>> {
    let mut table = Table::default();
    table.fill(intended, typed)?;
    let mut steps = Vec::new();
    let (mut i, mut j) = (intended.len(), typed.len());
    while i > 0 || j > 0 {
        let here = table.at(i, j);
        let step = steps_into(intended, typed, i, j)
            .into_iter()
            .flatten()
            .find(|s| (table.at(i - s.back.0, j - s.back.1) + s.cost - here).abs() < 1e-3)?;
        if step.cost > 0.0 {
            steps.push((step.code, step.cost));
        }
        (i, j) = (i - step.back.0, j - step.back.1);
    }
    Some(steps)
}

struct Table(Box<[f32; (LONGEST + 1) * (LONGEST + 1)]>, usize);

impl Default for Table {
    fn default() -> Self {
        Self(Box::new([0.0; (LONGEST + 1) * (LONGEST + 1)]), 0)
    }
}

impl Table {
    fn at(&self, i: usize, j: usize) -> f32 {
        self.0[i * self.1 + j]
    }

    fn fill(&mut self, intended: &[u8], typed: &[u8]) -> Option<()> {
        if intended.len() > LONGEST || typed.len() > LONGEST {
            return None;
        }
        self.1 = typed.len() + 1;
        for i in 0..=intended.len() {
            for j in 0..=typed.len() {
                let mut best = if i == 0 && j == 0 { 0.0 } else { f32::INFINITY };
                for step in steps_into(intended, typed, i, j).into_iter().flatten() {
                    best = best.min(self.at(i - step.back.0, j - step.back.1) + step.cost);
                }
                self.0[i * self.1 + j] = best;
            }
        }
        Some(())
    }
}

#[derive(Clone, Copy)]
struct Step {
    back: (usize, usize),
    cost: f32,
    code: ReasonCode,
}

/// The steps that can end at (`i`, `j`): at most one of each kind.
fn steps_into(intended: &[u8], typed: &[u8], i: usize, j: usize) -> [Option<Step>; 5] {
    let mut steps = [None; 5];
    let step = |back, (cost, code)| Some(Step { back, cost, code });
    if i > 0 && j > 0 {
        let (k, t) = (intended[i - 1], typed[j - 1]);
        steps[0] = step((1, 1), substitution(k, t));
        if i > 1 && j > 1 && is_transposed(intended, typed, i, j) {
            steps[3] = step((2, 2), (TRANSPOSED, ReasonCode::Transposition));
        }
        if j > 1 && lookalike_pair(k, typed[j - 2], t) {
            steps[4] = step((1, 2), (LIKE_A_PAIR, ReasonCode::Lookalike));
        } else if i > 1 && lookalike_pair(t, intended[i - 2], k) {
            steps[4] = step((2, 1), (LIKE_A_PAIR, ReasonCode::Lookalike));
        }
    }
    if i > 0 {
        steps[1] = step((1, 0), omission(intended, i - 1));
    }
    if j > 0 {
        steps[2] = step((0, 1), insertion(typed, j - 1));
    }
    steps
}

fn omission(intended: &[u8], at: usize) -> (f32, ReasonCode) {
    let c = intended[at];
    let doubled = at > 0 && intended[at - 1] == c || intended.get(at + 1) == Some(&c);
    match c {
        b'.' => (2.8, ReasonCode::DotMoved),
        b'-' => (2.8, ReasonCode::Hyphen),
        _ if doubled => (3.0, ReasonCode::Doubling),
        b's' if label_ends(intended, at) => (3.6, ReasonCode::Plural),
        _ => (3.8, ReasonCode::Omission),
    }
}

fn insertion(typed: &[u8], at: usize) -> (f32, ReasonCode) {
    let c = typed[at];
    let before = at.checked_sub(1).and_then(|b| typed.get(b)).copied();
    let after = typed.get(at + 1).copied();
    let beside = |other: Option<u8>| other.is_some_and(|o| neighbours(o, c));
    match c {
        b'.' => (3.4, ReasonCode::DotMoved),
        b'-' => (3.0, ReasonCode::Hyphen),
        _ if before == Some(c) || after == Some(c) => (3.0, ReasonCode::Doubling),
        b's' => (3.8, ReasonCode::Plural),
        _ if beside(before) || beside(after) => (3.8, ReasonCode::NeighbouringKey),
        _ => (5.0, ReasonCode::Insertion),
    }
}

fn substitution(k: u8, t: u8) -> (f32, ReasonCode) {
    if k == t {
        (0.0, ReasonCode::OtherLetter)
    } else if matches!((k, t), (b'.', b'-') | (b'-', b'.')) {
        (2.8, ReasonCode::DotMoved)
    } else if k == b'.' || t == b'.' {
        (7.0, ReasonCode::OtherLetter)
    } else if lookalike(k, t) {
        (3.4, ReasonCode::Lookalike)
    } else if neighbours(k, t) {
        (3.8, ReasonCode::NeighbouringKey)
    } else if is_vowel(k) && is_vowel(t) {
        (4.0, ReasonCode::Vowel)
    } else if (k ^ t).count_ones() == 1 {
        (4.8, ReasonCode::BitFlip)
    } else {
        (5.0, ReasonCode::OtherLetter)
    }
}

fn label_ends(name: &[u8], at: usize) -> bool {
    matches!(name.get(at + 1), None | Some(b'.' | b'-'))
}

fn is_vowel(c: u8) -> bool {
    matches!(c, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// ASCII letters that look alike in small print (UTS #39 reduced to letters, digits and hyphen).
const fn alike() -> [[bool; 128]; 128] {
    const PAIRS: &[(u8, u8)] = &[
        (b'0', b'o'),
        (b'1', b'l'),
        (b'1', b'i'),
        (b'i', b'l'),
        (b'i', b'j'),
        (b'5', b's'),
        (b'3', b'e'),
        (b'4', b'a'),
        (b'8', b'b'),
        (b'9', b'g'),
        (b'9', b'q'),
        (b'6', b'b'),
        (b'2', b'z'),
        (b'7', b't'),
        (b'g', b'q'),
        (b'm', b'n'),
        (b'u', b'v'),
        (b'c', b'e'),
        (b'c', b'o'),
        (b'h', b'b'),
    ];
    let mut alike = [[false; 128]; 128];
    let mut at = 0;
    while at < PAIRS.len() {
        let (a, b) = (PAIRS[at].0 as usize, PAIRS[at].1 as usize);
        alike[a][b] = true;
        alike[b][a] = true;
        at += 1;
    }
    alike
}

static ALIKE: [[bool; 128]; 128] = alike();

fn lookalike(a: u8, b: u8) -> bool {
    holds(&ALIKE, a, b)
}

/// Whether `first` and `second` side by side look like `one`.
fn lookalike_pair(one: u8, first: u8, second: u8) -> bool {
    matches!(
        (one, first, second),
        (b'm', b'r', b'n')
            | (b'w', b'v', b'v')
            | (b'd', b'c', b'l')
            | (b'm', b'n', b'n')
            | (b'w', b'u', b'u')
            | (b'u', b'i', b'i')
            | (b'b', b'l', b'o')
            | (b'd', b'o', b'l')
            | (b'h', b'l', b'n')
            | (b'k', b'l', b'c')
            | (b'g', b'c', b'j')
    )
}

/// Rows of QWERTY, AZERTY and QWERTZ; a key's neighbours are left, right, and the two above and below.
const LAYOUTS: [[&[u8]; 4]; 3] = [
    [b"1234567890-", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"],
    [b"1234567890", b"azertyuiop", b"qsdfghjklm", b"wxcvbn"],
    [b"1234567890", b"qwertzuiop", b"asdfghjkl", b"yxcvbnm"],
];

const fn adjacency() -> [[bool; 128]; 128] {
    let mut near = [[false; 128]; 128];
    let mut layout = 0;
    while layout < LAYOUTS.len() {
        let rows = LAYOUTS[layout];
        let mut row = 0;
        while row < rows.len() {
            let mut at = 0;
            while at < rows[row].len() {
                let key = rows[row][at] as usize;
                if at + 1 < rows[row].len() {
                    let right = rows[row][at + 1] as usize;
                    near[key][right] = true;
                    near[right][key] = true;
                }
                // Each row is shifted right by about half a key: below `at` lie `at - 1` and `at`.
                if row + 1 < rows.len() {
                    let mut below = if at == 0 { 0 } else { at - 1 };
                    while below <= at && below < rows[row + 1].len() {
                        let under = rows[row + 1][below] as usize;
                        near[key][under] = true;
                        near[under][key] = true;
                        below += 1;
                    }
                }
                at += 1;
            }
            row += 1;
        }
        layout += 1;
    }
    near
}

static NEAR: [[bool; 128]; 128] = adjacency();

fn neighbours(a: u8, b: u8) -> bool {
    holds(&NEAR, a, b)
}

fn holds(table: &[[bool; 128]; 128], a: u8, b: u8) -> bool {
    table
        .get(usize::from(a))
        .and_then(|row| row.get(usize::from(b)))
        .copied()
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(intended: &str, typed: &str) -> Vec<ReasonCode> {
        explain(intended.as_bytes(), typed.as_bytes())
            .unwrap()
            .into_iter()
            .map(|(code, _)| code)
            .collect()
    }

    #[test]
    fn each_slip_has_its_name() {
        for (intended, typed, code) in [
            ("gmail.com", "gmaill.com", ReasonCode::Doubling),
            ("gmail.com", "gmial.com", ReasonCode::Transposition),
            ("gmail.com", "gmil.com", ReasonCode::Omission),
            ("gmail.com", "gnail.com", ReasonCode::Lookalike),
            ("norad.mil", "borad.mil", ReasonCode::NeighbouringKey),
            ("norad.mil", "norod.mil", ReasonCode::Vowel),
            ("army.mil", "arny.mil", ReasonCode::Lookalike),
            ("farm.mil", "farrn.mil", ReasonCode::Lookalike),
            ("hill.af.mil", "hill-af.mil", ReasonCode::DotMoved),
            ("dsp.dla.mil", "dspdla.mil", ReasonCode::DotMoved),
            ("home.mil", "homes.mil", ReasonCode::Plural),
        ] {
            assert_eq!(codes(intended, typed), [code], "{intended} {typed}");
        }
    }

    #[test]
    fn neighbours_are_neighbours_on_some_keyboard() {
        assert!(neighbours(b'a', b'z') && neighbours(b'z', b'u') && neighbours(b'g', b'h'));
        assert!(!neighbours(b'q', b'p'));
    }

    #[test]
    fn cost_agrees_with_its_explanation() {
        for (a, b) in [
            ("abc.mil", "acb.ml"),
            ("a.b.c", "abc"),
            ("", "ab"),
            ("wells", "vvels"),
        ] {
            let steps = explain(a.as_bytes(), b.as_bytes()).unwrap();
            let sum: f32 = steps.iter().map(|(_, c)| c).sum();
            let cost = cost(a.as_bytes(), b.as_bytes(), 99.0).unwrap();
            assert!((sum - cost).abs() < 1e-3);
        }
        assert_eq!(cost(b"abcdef", b"uvwxyz", 8.0), None);
    }
}
