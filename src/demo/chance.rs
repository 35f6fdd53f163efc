//! Chance that repeats: the same seed gives the same demonstration.

/// A small generator of numbers, for made-up mail alone: nothing secret is ever drawn from it.
// Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (2014), the function SplitMix64.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Begins at `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(self.bits().checked_rem(end).unwrap_or(0)).unwrap_or(0)
    }

    /// A number from `low` up to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high.saturating_sub(low)).unwrap_or(0);
        let step = self.below(span.saturating_add(1));
        low.saturating_add(i64::try_from(step).unwrap_or(0))
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which are not none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// One of `items`, each as often as its weight says; not none.
    pub fn weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> usize) -> &'a T {
        let total = items.iter().map(&weight).sum();
        let mut left = self.below(total);
        for item in items {
            match left.checked_sub(weight(item)) {
                Some(less) => left = less,
                None => return item,
            }
        }
        &items[0]
    }

    /// `length` letters and digits, none that is taken for another.
    pub fn code(&mut self, length: usize) -> String {
        const SIGNS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
        (0..length).map(|_| char::from(*self.pick(SIGNS))).collect()
    }

    /// `length` decimal digits, the first no zero.
    pub fn digits(&mut self, length: usize) -> String {
        let digit = |at: usize, chance: &mut Self| chance.between(i64::from(at == 0), 9);
        (0..length).map(|at| digit(at, self).to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_and_another_does_not() {
        let draw = |seed| {
            let mut chance = Chance::new(seed);
            (0..50).map(|_| chance.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn weights_are_kept_and_nothing_is_drawn_that_weighs_nothing() {
        let mut chance = Chance::new(1);
        let mut seen = [0usize; 3];
        for _ in 0..1000 {
            seen[*chance.weighted(&[0, 1, 2], |item| [3, 0, 1][*item])] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!((650..850).contains(&seen[0]), "{seen:?}");
    }
}
