//! Shares, F-measures and how sure one can be of them.

use serde::Serialize;
use std::collections::BTreeMap;

/// The 97.5th percentile of the normal distribution: intervals are of 95 %.
const Z: f64 = 1.959_964;

/// How often groups are drawn anew.
const DRAWS: usize = 500;

/// So many of so many, with the 95 % interval of Wilson (1927), which holds for small numbers and for none or all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// 0 to 1; 0 of 0 is 0.
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Rate {
    /// Of `of` cases, `count`.
    #[must_use]
    pub fn new(count: u64, of: u64) -> Self {
        if of == 0 {
            return Self {
                count,
                of,
                share: 0.0,
                low: 0.0,
                high: 1.0,
            };
        }
        let n = of as f64;
        let share = count as f64 / n;
        let centre = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half =
            Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self {
            count,
            of,
            share: rounded(share),
            low: rounded((centre - half).max(0.0)),
            high: rounded((centre + half).min(1.0)),
        }
    }

    /// How many of `cases` hold.
    #[must_use]
    pub fn of(cases: impl IntoIterator<Item = bool>) -> Self {
        let (mut count, mut of) = (0, 0);
        for case in cases {
            of += 1;
            count += u64::from(case);
        }
        Self::new(count, of)
    }
}

/// A figure that is no share, with the 95 % interval of a bootstrap over groups (Efron 1979): messages that belong together
/// are drawn together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// On the data as they are.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Figure {
    /// `figure` of the cases in `groups`; what is drawn is fixed, so that the same data give the same interval.
    pub fn of<T>(groups: &[Vec<T>], figure: impl Fn(&mut dyn Iterator<Item = &T>) -> f64) -> Self {
        let value = figure(&mut groups.iter().flatten());
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        let mut drawn: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let picks: Vec<usize> = groups
                    .iter()
                    .map(|_| pick(&mut state, groups.len()))
                    .collect();
                figure(&mut picks.iter().flat_map(|at| &groups[*at]))
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        let at = |share: f64| drawn[((DRAWS - 1) as f64 * share).round() as usize];
        Self {
            value: rounded(value),
            low: rounded(at(0.025)),
            high: rounded(at(0.975)),
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), below `n`.
fn pick(state: &mut u64, n: usize) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    usize::try_from(z % n as u64).unwrap_or(0)
}

/// Cases in their groups.
pub fn grouped<T>(cases: impl IntoIterator<Item = (String, T)>) -> Vec<Vec<T>> {
    let mut groups: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for (group, case) in cases {
        groups.entry(group).or_default().push(case);
    }
    groups.into_values().collect()
}

/// What was said rightly, wrongly, and not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Said, and true.
    pub right: u64,
    /// Said, and not true.
    pub wrong: u64,
    /// True, and not said.
    pub missed: u64,
}

impl Hits {
    /// One more case.
    pub fn add(&mut self, said: bool, true_: bool) {
        self.right += u64::from(said && true_);
        self.wrong += u64::from(said && !true_);
        self.missed += u64::from(!said && true_);
    }

    /// The harmonic mean of precision and recall; 0 where nothing was right.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let twice = 2 * self.right;
        match twice + self.wrong + self.missed {
            0 => 0.0,
            all => twice as f64 / all as f64,
        }
    }

    /// Of what was said.
    #[must_use]
    pub fn precision(&self) -> Rate {
        Rate::new(self.right, self.right + self.wrong)
    }

    /// Of what is true.
    #[must_use]
    pub fn recall(&self) -> Rate {
        Rate::new(self.right, self.right + self.missed)
    }
}

/// Answers of like confidence, and how many of them were right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// From this confidence.
    pub from: f64,
    /// To below this one (the last: and including it).
    pub to: f64,
    /// The mean of what was claimed.
    pub claimed: f64,
    /// What was right.
    pub right: Rate,
}

/// A reliability table: answers by confidence, in tenths.
pub fn reliability(answers: &[(f64, bool)]) -> Vec<Bin> {
    let tenth = |confidence: f64| ((confidence * 10.0) as usize).min(9);
    (0..10)
        .filter_map(|at| {
            let here: Vec<_> = answers.iter().filter(|(c, _)| tenth(*c) == at).collect();
            let claimed = here.iter().map(|(c, _)| c).sum::<f64>() / here.len() as f64;
            (!here.is_empty()).then(|| Bin {
                from: at as f64 / 10.0,
                to: (at + 1) as f64 / 10.0,
                claimed: rounded(claimed),
                right: Rate::of(here.iter().map(|(_, right)| *right)),
            })
        })
        .collect()
}

/// The expected calibration error: by how much claim and truth differ, over all answers (Naeini et al. 2015).
pub fn calibration_error(bins: &[Bin]) -> f64 {
    let all: u64 = bins.iter().map(|bin| bin.right.of).sum();
    let sum: f64 = bins
        .iter()
        .map(|bin| (bin.claimed - bin.right.share).abs() * bin.right.of as f64)
        .sum();
    if all == 0 {
        0.0
    } else {
        rounded(sum / all as f64)
    }
}

/// To four places.
pub fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Brown, Cai, DasGupta 2001, and Wilson's formula by hand.
    #[test]
    fn intervals_of_shares() {
        let none = Rate::new(0, 463);
        assert_eq!((none.share, none.low), (0.0, 0.0));
        assert!((none.high - 0.0082).abs() < 1e-4, "{none:?}");
        let half = Rate::new(5, 10);
        assert!((half.low - 0.2366).abs() < 1e-4, "{half:?}");
        assert!((half.high - 0.7634).abs() < 1e-4, "{half:?}");
        assert_eq!(Rate::of([]).share, 0.0);
    }

    #[test]
    fn intervals_of_figures_widen_where_cases_hang_together() {
        let mean = |cases: &mut dyn Iterator<Item = &f64>| {
            let (sum, n) = cases.fold((0.0, 0.0), |(sum, n), case| (sum + case, n + 1.0));
            sum / n
        };
        let apart: Vec<Vec<f64>> = (0..100).map(|n| vec![f64::from(n % 2)]).collect();
        let together: Vec<Vec<f64>> = (0..10).map(|n| vec![f64::from(n % 2); 10]).collect();
        let (apart, together) = (Figure::of(&apart, mean), Figure::of(&together, mean));
        assert_eq!((apart.value, together.value), (0.5, 0.5));
        assert!(apart.low > 0.35 && apart.high < 0.65, "{apart:?}");
        assert!(together.high - together.low > 1.5 * (apart.high - apart.low));
    }

    #[test]
    fn f1_is_the_harmonic_mean() {
        let mut hits = Hits::default();
        for (said, is) in [(true, true), (true, false), (false, true), (false, false)] {
            hits.add(said, is);
        }
        assert_eq!((hits.f1(), hits.precision().share), (0.5, 0.5));
        assert_eq!(Hits::default().f1(), 0.0);
    }

    #[test]
    fn a_claim_is_held_against_what_came() {
        let bins = reliability(&[(0.95, true), (1.0, true), (0.55, true), (0.55, false)]);
        assert_eq!(bins.len(), 2);
        assert_eq!((bins[0].from, bins[0].right.count), (0.5, 1));
        assert_eq!(bins[1].claimed, 0.975);
        assert!((calibration_error(&bins) - 0.0375).abs() < 1e-9);
    }
}
