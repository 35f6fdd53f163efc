//! A letter’s two ends, and the words of days and months.

/// One end of a letter.
pub(super) struct Person {
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    /// The local part.
    pub(super) local: String,
    pub(super) domain: String,
}

impl Person {
    pub(super) fn address(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    pub(super) fn named(&self) -> (String, String) {
        (format!("{} {}", self.first, self.last), self.address())
    }
}

pub(super) fn quoted(to: &Person, language: usize) -> String {
    if language == 0 {
        format!(
            "\n\n{} {} wrote:\n> Thanks, that helps. I'll read it tonight.\n",
            to.first, to.last
        )
    } else {
        format!(
            "\n\n{} {} a écrit :\n> Merci, je le lirai ce soir.\n",
            to.first, to.last
        )
    }
}

pub(super) const WEEKDAYS: [[&str; 7]; 2] = [
    [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    [
        "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    ],
];

pub(super) const MONTHS: [[&str; 12]; 2] = [
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

/// A name as an address has it.
pub(super) fn plain(name: &str) -> String {
    let letter = |c: char| match c {
        'é' | 'è' | 'ê' | 'ë' | 'É' => 'e',
        'ï' | 'î' | 'ì' => 'i',
        'à' | 'â' => 'a',
        'ç' => 'c',
        'ô' => 'o',
        c => c.to_ascii_lowercase(),
    };
    name.chars().map(letter).collect()
}
