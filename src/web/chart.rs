//! Charts, drawn here as SVG: days side by side, kinds of mail stacked.
//!
//! The idea: noise can be a hundred times what matters, so one scale for both would show noise alone. There are two fields
//! above one another, each with its own scale: what staff work on, solid; noise, lower and hatched. What there is at all is
//! drawn at least as a line. The same drawing comes in two widths, because text in a drawing shrinks with it; the style
//! sheet shows the one that fits. Beside it the figures, as a table that opens. Kinds differ by pattern as well as by colour.

use crate::language::Words;
use crate::review::overview::Day;
use askama::Template;

/// Verdicts of each field, from the ground up: places in `Day::by_verdict`.
const FIELDS: [&[usize]; 2] = [&[0, 1], &[2, 3, 4]];

/// The verdicts, in the order of `Day::by_verdict`.
pub const VERDICTS: [&str; 5] = ["misdirected", "reflection", "spam", "bounce", "probe"];

/// Left of the fields, for the figures of the scale.
const LEFT: f64 = 48.0;

/// Heights: of both fields, and where each begins.
const HEIGHTS: [f64; 2] = [150.0, 64.0];
const TOPS: [f64; 2] = [28.0, 242.0];

/// The least height of what is not nothing.
const LEAST: f64 = 2.0;

/// The days as a figure: legend, drawing, and the table to open. Safe markup: all of it is made by a template that escapes.
#[must_use]
pub fn days(days: &[Day], words: &Words) -> String {
    let figure = Figure {
        words,
        days,
        drawings: [
            Drawing::new(days, words, "wide", 900.0, 7),
            Drawing::new(days, words, "narrow", 340.0, 14),
        ],
        verdicts: VERDICTS,
        sums: std::array::from_fn(|kind| days.iter().map(|day| day.by_verdict[kind]).sum()),
    };
    figure.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "chart.html")]
struct Figure<'a> {
    words: &'a Words,
    days: &'a [Day],
    drawings: [Drawing; 2],
    verdicts: [&'static str; 5],
    sums: [i64; 5],
}

impl Figure<'_> {
    /// A verdict's word.
    fn name(&self, verdict: &str) -> String {
        self.words.get(&format!("verdict-{verdict}"))
    }

    /// What somebody who does not see the drawing is told of it.
    fn description(&self) -> String {
        let most = self.days.iter().max_by_key(|day| genuine(day));
        let (Some(most), Some(first), Some(last)) = (most, self.days.first(), self.days.last())
        else {
            return String::new();
        };
        let noise: i64 = self.sums[2..].iter().sum();
        self.words.with_all(
            "chart-description",
            &[
                ("first", self.words.day(first.day).into()),
                ("last", self.words.day(last.day).into()),
                ("misdirected", self.sums[0].into()),
                ("reflection", self.sums[1].into()),
                ("noise", noise.into()),
                ("most", genuine(most).into()),
                ("day", self.words.day(most.day).into()),
            ],
        )
    }
}

fn genuine(day: &Day) -> i64 {
    day.by_verdict[0] + day.by_verdict[1]
}

struct Drawing {
    name: &'static str,
    width: f64,
    fields: Vec<Field>,
}

struct Field {
    heading: String,
    above: f64,
    base: f64,
    ticks: Vec<Tick>,
    bars: Vec<Bar>,
    marks: Vec<Mark>,
}

struct Tick {
    y: f64,
    label: String,
}

struct Bar {
    kind: &'static str,
    x: String,
    y: String,
    width: String,
    height: String,
}

struct Mark {
    x: String,
    y: f64,
    label: String,
    anchor: &'static str,
}

impl Drawing {
    fn new(days: &[Day], words: &Words, name: &'static str, width: f64, every: usize) -> Self {
        let headings = ["chart-genuine", "chart-noise"];
        let fields = (0..FIELDS.len()).map(|at| {
            let sum = |day: &Day| FIELDS[at].iter().map(|kind| day.by_verdict[*kind]).sum();
            let step = step(days.iter().map(sum).max().unwrap_or(0));
            let base = TOPS[at] + HEIGHTS[at];
            let scale = HEIGHTS[at] / (2 * step) as f64;
            let ticks = (0..=2).map(|n| Tick {
                y: base - (n * step) as f64 * scale,
                label: words.number(n * step),
            });
            let slot = (width - LEFT) / days.len().max(1) as f64;
            let bars = days.iter().enumerate().flat_map(|(column, day)| {
                let x = LEFT + slot * column as f64 + slot * 0.14;
                stack(day, FIELDS[at], x, slot * 0.72, base, scale)
            });
            Field {
                heading: words.get(headings[at]),
                above: TOPS[at] - 12.0,
                base,
                ticks: ticks.collect(),
                bars: bars.collect(),
                marks: marks(days, words, width, slot, every, base + 16.0),
            }
        });
        Self {
            name,
            width,
            fields: fields.collect(),
        }
    }

    fn height(&self) -> f64 {
        TOPS[1] + HEIGHTS[1] + 22.0
    }
}

/// The bars of one day, from the ground up, with a gap of one between them.
fn stack(day: &Day, kinds: &[usize], x: f64, width: f64, base: f64, scale: f64) -> Vec<Bar> {
    let mut y = base;
    let mut bars = Vec::new();
    for kind in kinds.iter().filter(|kind| day.by_verdict[**kind] > 0) {
        let height = (day.by_verdict[*kind] as f64 * scale).max(LEAST);
        y -= height;
        let gap = if height > 3.0 { 1.0 } else { 0.0 };
        bars.push(Bar {
            kind: VERDICTS[*kind],
            x: format!("{x:.1}"),
            y: format!("{:.1}", y),
            width: format!("{width:.1}"),
            height: format!("{:.1}", height - gap),
        });
    }
    bars
}

/// Days named below the field: the last, and every so many before it.
fn marks(days: &[Day], words: &Words, width: f64, slot: f64, every: usize, y: f64) -> Vec<Mark> {
    let last = days.len().saturating_sub(1);
    let named = (0..days.len()).filter(|at| (last - at).is_multiple_of(every));
    let mark = |at: usize| Mark {
        x: if at == last {
            format!("{width:.1}")
        } else {
            format!("{:.1}", LEFT + slot * (at as f64 + 0.5))
        },
        y,
        label: words.short_day(days[at].day),
        anchor: if at == last { "end" } else { "middle" },
    };
    named.map(mark).collect()
}

/// Half of the scale: a round number of which twice is enough for `most`.
fn step(most: i64) -> i64 {
    if let Some(small) = [1, 2, 3, 4, 5, 6, 8]
        .into_iter()
        .find(|step| step * 2 >= most)
    {
        return small;
    }
    let mut power: i64 = 1;
    loop {
        for tenths in [10, 15, 20, 25, 30, 40, 50, 60, 80] {
            let step = power.saturating_mul(tenths);
            if step.saturating_mul(2) >= most {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn scales_are_round_and_high_enough() {
        for (most, expected) in [
            (0, 1),
            (1, 1),
            (3, 2),
            (7, 4),
            (14, 8),
            (17, 10),
            (19, 10),
            (28, 15),
            (1000, 500),
        ] {
            assert_eq!(step(most), expected, "{most}");
        }
    }

    #[test]
    fn one_of_a_million_is_drawn_and_no_day_leaves_its_field() {
        let days: Vec<Day> = (0..30)
            .map(|day| Day {
                day: 20_000 + day,
                by_verdict: [
                    1,
                    if day == 3 { 1_000_000 } else { 0 },
                    7,
                    0,
                    i64::from(day == 5),
                ],
            })
            .collect();
        for language in Language::ALL {
            let drawing = Drawing::new(&days, language.words(), "wide", 900.0, 7);
            let counts = drawing.fields.iter().map(|field| field.bars.len());
            assert_eq!(counts.collect::<Vec<_>>(), [31, 31]);
            for (field, top) in drawing.fields.iter().zip(TOPS) {
                for bar in &field.bars {
                    assert!(bar.height.parse::<f64>().unwrap() >= LEAST);
                    assert!(bar.y.parse::<f64>().unwrap() >= top - LEAST, "{}", bar.y);
                }
            }
            let text = super::days(&days, language.words());
            assert!(text.matches("<svg").count() == 2 && text.matches("</table>").count() == 1);
            assert!(!text.contains("style="));
        }
    }

    #[test]
    fn no_days_at_all_are_no_failure() {
        assert!(days(&[], Language::English.words()).contains("<svg"));
    }
}
