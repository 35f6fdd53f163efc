//! The parts that a notice is made of, and how they stand in plain text.

use crate::language::Language;

/// Columns of the text part: with a quotation mark or two in front an answer still fits 78.
const WIDTH: usize = 74;

/// What a line of a table may have beside its count.
const NAME_WIDTH: usize = 56;

/// A heading and what stands under it.
pub struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// One part of a section.
pub enum Block {
    /// Words.
    Paragraph(String),
    /// What is counted, and how often.
    Table(Table),
    /// Things to do, numbered.
    Steps(Vec<String>),
    /// A value to be copied.
    Value(String),
}

/// Two columns: what, and how many.
pub struct Table {
    pub what: String,
    pub count: String,
    pub rows: Vec<Row>,
}

/// A line of a table.
pub struct Row {
    pub what: String,
    pub count: String,
    /// Whether `what` is a domain name, to be copied as it stands.
    pub is_name: bool,
}

impl Section {
    /// The heading in plain text.
    pub fn heading(&self) -> String {
        let line: String = self.title.chars().map(|_| '-').collect();
        format!("{}\n{line}", self.title)
    }
}

impl Block {
    /// In plain text.
    pub fn lines(&self) -> String {
        match self {
            Self::Paragraph(text) => wrap(text, "", ""),
            Self::Table(table) => table.lines(),
            Self::Steps(steps) => {
                let steps = steps.iter().enumerate();
                let lines = steps.map(|(at, step)| wrap(step, &format!("{}. ", at + 1), "   "));
                lines.collect::<Vec<_>>().join("\n\n")
            }
            Self::Value(value) => format!("  {value}"),
        }
    }
}

impl Table {
    fn lines(&self) -> String {
        let head = Row {
            what: self.what.clone(),
            count: self.count.clone(),
            is_name: false,
        };
        let rows = || std::iter::once(&head).chain(&self.rows);
        let widest = |of: fn(&Row) -> &str| rows().map(|row| width(of(row))).max().unwrap_or(0);
        let name = widest(|row| &row.what).min(NAME_WIDTH);
        let count = widest(|row| &row.count);
        let line = |row: &Row| {
            let what = pad(&row.what, name);
            let space = " ".repeat(count.saturating_sub(width(&row.count)));
            // A name that is too long for its column keeps its own line: it is there to be copied.
            let gap = if width(&row.what) > name {
                format!("\n  {}", " ".repeat(name))
            } else {
                String::new()
            };
            format!("  {what}{gap}  {space}{}", row.count)
        };
        rows().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn pad(text: &str, to: usize) -> String {
    let space = to.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(space))
}

/// Breaks a text at its spaces (never at those that do not break) into lines.
pub fn wrap(text: &str, first: &str, next: &str) -> String {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !is_empty && width(&line) + 1 + width(word) > WIDTH {
            lines.push(std::mem::replace(&mut line, next.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
    lines.join("\n")
}

/// The finished text part: spaces that every mail program shows, no space at the end of a line.
pub fn plain(text: &str, language: Language) -> String {
    let fixed = match language {
        // All of it is ASCII then.
        Language::English => " ",
        Language::French => "\u{a0}",
    };
    let text = text.replace(['\u{a0}', '\u{202f}'], fixed);
    let lines = text.trim_end().lines().map(str::trim_end);
    let mut plain = lines.collect::<Vec<_>>().join("\n");
    plain.push('\n');
    plain
}

/// A header's value.
pub fn header(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

/// The text on one line, without control characters.
pub fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    spaced
        .split(' ')
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
