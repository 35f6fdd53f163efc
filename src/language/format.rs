//! Numbers, sizes, dates and times as each language writes them.

use crate::language::Language;
use crate::language::Words;
use std::borrow::Borrow;
use time::OffsetDateTime;

/// A value to be put into a text.
#[derive(Clone, Debug)]
pub enum Numeral<'a> {
    /// As it is.
    Text(&'a str),
    /// The same, made for the purpose.
    Owned(String),
    /// A count: grouped in thousands, and it chooses the plural.
    Count(i64),
}

impl<'a> From<&'a str> for Numeral<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Numeral<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Numeral<'_> {
    fn from(text: String) -> Self {
        Self::Owned(text)
    }
}

impl From<i64> for Numeral<'_> {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

impl From<&i64> for Numeral<'_> {
    fn from(count: &i64) -> Self {
        Self::Count(*count)
    }
}

const MONTHS: [[&str; 12]; 2] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
];

/// A day in seconds.
const DAY: i64 = 86_400;

impl Words {
    /// `12,345`; in French `12 345` with a narrow space that does not break.
    #[must_use]
    pub fn number(&self, number: impl Borrow<i64>) -> String {
        let number = *number.borrow();
        let digits = number.unsigned_abs().to_string();
        let separator = match self.language() {
            Language::English => ',',
            Language::French => '\u{202f}',
        };
        let mut text = String::new();
        if number < 0 {
            text.push('\u{2212}');
        }
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    /// A share between 0 and 1 in whole per cent: `97%`, `97 %`. What is not quite all is never written as all, nor what is
    /// hardly anything as nothing: `<1%`.
    #[must_use]
    pub fn percent(&self, share: impl Borrow<f64>) -> String {
        let share = *share.borrow();
        let share = if share.is_nan() {
            0.0
        } else {
            share.clamp(0.0, 1.0)
        };
        let whole = (share * 100.0).round();
        let (less, whole) = if share < 1.0 && whole >= 100.0 {
            ("", 99.0)
        } else if share > 0.0 && whole <= 0.0 {
            ("<", 1.0)
        } else {
            ("", whole)
        };
        match self.language() {
            Language::English => format!("{less}{whole}%"),
            Language::French => format!("{less}{whole}\u{202f}%"),
        }
    }

    /// Octets in the largest fitting unit, by powers of 1,000: `1.2 MB`, `1,2 Mo`.
    #[must_use]
    pub fn bytes(&self, bytes: impl Borrow<i64>) -> String {
        let bytes = *bytes.borrow();
        let (units, mark) = match self.language() {
            Language::English => (["B", "kB", "MB", "GB", "TB"], '.'),
            Language::French => (["o", "ko", "Mo", "Go", "To"], ','),
        };
        let mut size = bytes.max(0) as f64;
        let mut unit = 0;
        while size >= 999.95 && unit + 1 < units.len() {
            size /= 1000.0;
            unit += 1;
        }
        let digits = if unit == 0 || size >= 99.95 {
            format!("{size:.0}")
        } else {
            format!("{size:.1}").replace('.', &mark.to_string())
        };
        format!("{digits}\u{a0}{}", units[unit])
    }

    /// A day, given in days since 1970-01-01: `22 November 2026`, `1er mars 2026`.
    #[must_use]
    pub fn day(&self, day: impl Borrow<i64>) -> String {
        let day = *day.borrow();
        let date = date_of(day);
        let month = MONTHS[self.language() as usize][usize::from(u8::from(date.month())) - 1];
        let number = match (self.language(), date.day()) {
            (Language::French, 1) => "1er".to_owned(),
            (_, number) => number.to_string(),
        };
        format!("{number}\u{a0}{month}\u{a0}{}", date.year())
    }

    /// A day without its year: `22 Nov`, `22 nov.`; for axes of charts.
    #[must_use]
    pub fn short_day(&self, day: impl Borrow<i64>) -> String {
        let day = *day.borrow();
        let date = date_of(day);
        let month = MONTHS[self.language() as usize][usize::from(u8::from(date.month())) - 1];
        let short = match (self.language(), month) {
            (Language::English, month) => month.chars().take(3).collect(),
            (Language::French, "janvier" | "février" | "avril" | "juillet") => {
                month.chars().take(4).collect::<String>() + "."
            }
            (Language::French, "septembre" | "octobre" | "novembre" | "décembre") => {
                month.chars().take(3).collect::<String>() + "."
            }
            (Language::French, month) => month.to_owned(),
        };
        format!("{}\u{a0}{short}", date.day())
    }

    /// A moment, given in milliseconds since 1970: `22 November 2026, 14:05 UTC`, `22 novembre 2026 à 14 h 05 UTC`.
    #[must_use]
    pub fn moment(&self, millis: impl Borrow<i64>) -> String {
        let millis = *millis.borrow();
        let seconds = millis.div_euclid(1000);
        let day = self.day(seconds.div_euclid(DAY));
        let (hour, minute) = (
            seconds.rem_euclid(DAY) / 3600,
            seconds.rem_euclid(3600) / 60,
        );
        match self.language() {
            Language::English => format!("{day}, {hour:02}:{minute:02}\u{a0}UTC"),
            Language::French => {
                format!("{day} à\u{a0}{hour}\u{a0}h\u{a0}{minute:02}\u{a0}UTC")
            }
        }
    }
}

fn date_of(day: i64) -> time::Date {
    OffsetDateTime::from_unix_timestamp(day.saturating_mul(DAY))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .date()
}
