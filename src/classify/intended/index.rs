//! Known names, found again from a mistyped one.
//!
//! A deletion neighbourhood: every known name, less its dots and hyphens, is entered under its own hash and under the
//! hash of each string that lacks one letter of it; the best known also under those that lack two. A typed name is
//! looked up the same way, so that omission, insertion, replacement and transposition all meet in some common string.
//! A second set of keys holds the stem alone (the name without its public suffix) for slips of the whole top level.
//! Hash and number sit in one sorted array with a table of 65,536 buckets over it: about 12 octets an entry, 14 entries
//! a name. False meetings of hashes are harmless, because whoever looks up aligns the names afterwards.

use super::channel;
use crate::message::Domain;

/// Where a known name comes from; decides its prior and the reason that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The directory of organisations.
    Organisation,
    /// The popular list.
    Popular,
    /// The shipped register of `.mil` names.
    Register,
    /// No list: the typed name itself, under the top level for which the typed one stands.
    Shape,
}

/// A known name.
#[derive(Clone, Copy)]
pub(super) struct Known<'i> {
    pub(super) name: &'i str,
    pub(super) source: Source,
    /// -ln of its prior.
    pub(super) prior: f32,
    /// The organisation's place in the directory.
    pub(super) owner: Option<u32>,
}

/// Names with a prior cost up to this are also found across two edits and by their stem alone.
const WELL_KNOWN: f32 = 9.0;

/// Names with a prior cost up to this (the mail providers and some thirty more) are also found by a stem that is one
/// edit off, under any suffix: `gmial.fr`.
const HOUSEHOLD: f32 = 5.8;

/// A shorter stem with one letter changed is another name.
pub(super) const STEM_EDITED_FROM: usize = 5;

/// Two letters off a shorter key is another name, not a slip.
const TWO_EDITS_FROM: usize = 7;

const NO_OWNER: u32 = u32::MAX;

/// The index. Immutable once built; building 100,000 names takes a fraction of a second.
#[derive(Default)]
pub(super) struct Index {
    arena: String,
    names: Vec<Entry>,
    keys: Vec<(u32, u32)>,
    buckets: Vec<u32>,
}

struct Entry {
    start: u32,
    len: u8,
    source: Source,
    prior: f32,
    owner: u32,
}

/// Collects names for an [`Index`].
#[derive(Default)]
pub(super) struct Builder(Index);

impl Builder {
    pub(super) fn add(&mut self, name: &Domain, source: Source, prior: f32, owner: Option<u32>) {
        let text = name.as_str();
        let (Ok(start), Ok(len)) = (u32::try_from(self.0.arena.len()), u8::try_from(text.len()))
        else {
            return;
        };
        if text.len() > channel::LONGEST {
            return;
        }
        let Ok(id) = u32::try_from(self.0.names.len()) else {
            return;
        };
        self.0.arena.push_str(text);
        self.0.names.push(Entry {
            start,
            len,
            source,
            prior,
            owner: owner.unwrap_or(NO_OWNER),
        });
        let key = bare(text);
        let keys = &mut self.0.keys;
        keys.push((hash(&key, WHOLE), id));
        one_less(&key, WHOLE, |h| keys.push((h, id)));
        if prior <= WELL_KNOWN {
            let stem = bare(stem(name));
            keys.push((hash(&stem, STEM), id));
            let known = Known {
                name: text,
                source,
                prior,
                owner,
            };
            if is_household(&known) && stem.len() >= STEM_EDITED_FROM {
                one_less(&stem, STEM, |h| keys.push((h, id)));
            }
            if key.len() >= TWO_EDITS_FROM {
                two_less(&key, |h| keys.push((h, id)));
            }
        }
    }

    pub(super) fn build(mut self) -> Index {
        let keys = &mut self.0.keys;
        keys.sort_unstable();
        keys.dedup();
        keys.shrink_to_fit();
        self.0.names.shrink_to_fit();
        let mut buckets = vec![0u32; BUCKETS + 1];
        for (hash, _) in keys.iter() {
            buckets[bucket(*hash) + 1] += 1;
        }
        for at in 1..buckets.len() {
            buckets[at] += buckets[at - 1];
        }
        self.0.buckets = buckets;
        self.0
    }
}

impl Index {
    pub(super) fn known(&self, id: u32) -> Option<Known<'_>> {
        let entry = self.names.get(id as usize)?;
        let start = entry.start as usize;
        Some(Known {
            name: self.arena.get(start..start + usize::from(entry.len))?,
            source: entry.source,
            prior: entry.prior,
            owner: Some(entry.owner).filter(|o| *o != NO_OWNER),
        })
    }

    /// Octets held, for the benchmark.
    pub(super) fn bytes(&self) -> usize {
        self.arena.capacity()
            + self.names.capacity() * size_of::<Entry>()
            + self.keys.capacity() * size_of::<(u32, u32)>()
            + self.buckets.capacity() * size_of::<u32>()
    }

    /// Names within one edit of `typed` (and some others), to be aligned by the caller.
    pub(super) fn within_one(&self, typed: &str, mut found: impl FnMut(u32)) {
        let key = bare(typed);
        self.meet(hash(&key, WHOLE), &mut found);
        one_less(&key, WHOLE, |h| self.meet(h, &mut found));
    }

    /// Well-known names within two edits of `typed`.
    pub(super) fn within_two(&self, typed: &str, mut found: impl FnMut(u32)) {
        let key = bare(typed);
        if key.len() >= TWO_EDITS_FROM && key.len() <= 32 {
            two_less(&key, |h| self.meet(h, &mut found));
        }
    }

    /// Well-known names with this stem under any suffix, and household names whose stem is one edit off.
    pub(super) fn with_stem(&self, stem: &str, mut found: impl FnMut(u32)) {
        let stem = bare(stem);
        self.meet(hash(&stem, STEM), &mut found);
        one_less(&stem, STEM, |h| self.meet(h, &mut found));
    }

    /// The name itself.
    pub(super) fn exact(&self, name: &str) -> Option<Known<'_>> {
        let mut hit: Option<Known<'_>> = None;
        self.meet(hash(&bare(name), WHOLE), &mut |id| {
            if let Some(known) = self.known(id).filter(|k| k.name == name)
                && hit.is_none_or(|h| known.prior < h.prior)
            {
                hit = Some(known);
            }
        });
        hit
    }

    fn meet(&self, hash: u32, found: &mut impl FnMut(u32)) {
        let at = bucket(hash);
        let (Some(from), Some(to)) = (self.buckets.get(at), self.buckets.get(at + 1)) else {
            return;
        };
        let entries = self
            .keys
            .get(*from as usize..*to as usize)
            .unwrap_or_default();
        let first = entries.partition_point(|(h, _)| *h < hash);
        for (_, id) in entries.iter().skip(first).take_while(|(h, _)| *h == hash) {
            found(*id);
        }
    }
}

/// The name without its public suffix: `us.army` of `us.army.mil`.
pub(super) fn stem(name: &Domain) -> &str {
    name.as_str()
        .strip_suffix(name.public_suffix())
        .map_or("", |s| s.trim_end_matches('.'))
}

/// Whether everybody knows the name, so that one slip in its stem may be read under another top level.
pub(super) fn is_household(known: &Known<'_>) -> bool {
    known.prior <= HOUSEHOLD && known.source == Source::Popular
}

const BUCKETS: usize = 1 << 16;
const WHOLE: u32 = 0x811C_9DC5;
const STEM: u32 = 0x9E37_79B9;

fn bucket(hash: u32) -> usize {
    (hash >> 16) as usize
}

fn bare(text: &str) -> Vec<u8> {
    text.bytes().filter(|b| !matches!(b, b'.' | b'-')).collect()
}

fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

/// FNV-1a lacks mixing in its high bits, which choose the bucket.
fn finish(mut hash: u32) -> u32 {
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85EB_CA6B);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}

fn hash(key: &[u8], seed: u32) -> u32 {
    finish(key.iter().fold(seed, |h, b| step(h, *b)))
}

fn one_less(key: &[u8], seed: u32, mut each: impl FnMut(u32)) {
    let mut prefix = seed;
    for skip in 0..key.len() {
        // Leaving out either of two equal letters gives the same string.
        if skip == 0 || key[skip] != key[skip - 1] {
            each(finish(
                key[skip + 1..].iter().fold(prefix, |h, b| step(h, *b)),
            ));
        }
        prefix = step(prefix, key[skip]);
    }
}

fn two_less(key: &[u8], mut each: impl FnMut(u32)) {
    let mut prefix = WHOLE;
    for first in 0..key.len() {
        let mut middle = prefix;
        for second in first + 1..key.len() {
            each(finish(
                key[second + 1..].iter().fold(middle, |h, b| step(h, *b)),
            ));
            middle = step(middle, key[second]);
        }
        prefix = step(prefix, key[first]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Domain {
        Domain::parse(text).unwrap()
    }

    fn index() -> Index {
        let mut builder = Builder::default();
        for (name, prior) in [
            ("hill.af.mil", 5.0),
            ("gmail.com", 3.0),
            ("reserve.org", 8.0),
            ("example.org", 12.0),
        ] {
            builder.add(&d(name), Source::Popular, prior, None);
        }
        builder.build()
    }

    fn found(typed: &str) -> Vec<String> {
        let index = index();
        let mut names = std::collections::BTreeSet::new();
        index.within_one(typed, |id| {
            names.insert(index.known(id).unwrap().name.to_owned());
        });
        names.into_iter().collect()
    }

    #[test]
    fn one_edit_of_any_kind_meets() {
        for typed in [
            "gmail.com",
            "gmial.com",
            "gmil.com",
            "gmaiil.com",
            "gnail.com",
            "gmail.con",
            "g-mailcom",
        ] {
            assert_eq!(found(typed), ["gmail.com"], "{typed}");
        }
        assert_eq!(found("hillaf.mil"), ["hill.af.mil"]);
        assert!(found("hotmail.com").is_empty());
    }

    #[test]
    fn two_edits_meet_only_what_is_well_known() {
        let index = index();
        let count = |typed: &str| {
            let mut n = 0;
            index.within_two(typed, |_| n += 1);
            n
        };
        assert!(count("gmxxl.com") > 0);
        assert_eq!(count("exaxxle.org"), 0);
    }

    #[test]
    fn stem_and_exact_name() {
        let index = index();
        let with_stem = |stem: &str| {
            let mut names = std::collections::BTreeSet::new();
            index.with_stem(stem, |id| {
                names.insert(index.known(id).unwrap().name);
            });
            names.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(with_stem("gmail"), ["gmail.com"]);
        assert_eq!(with_stem("gmial"), ["gmail.com"]);
        assert!(with_stem("gmiaal").is_empty());
        // Not everybody knows it: its stem is to be right.
        assert_eq!(with_stem("reserve"), ["reserve.org"]);
        assert!(with_stem("reserv").is_empty());
        assert!(index.exact("gmail.com").is_some());
        assert!(index.exact("gma.ilcom").is_none());
        assert!(Index::default().exact("x.ml").is_none());
    }
}
