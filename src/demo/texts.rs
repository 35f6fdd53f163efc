//! The made-up texts of `templates/demo`, and how one text becomes many letters.
//!
//! A file is a list of texts. Each begins with a line `== name`, then head lines, an empty line, and the body:
//!
//! ```text
//! == itinerary
//! from: agency                                          which kind of sender writes it
//! fits: military                                        only to such organisations; absent: to all
//! subject: [Itinerary|Travel plan] for {city}           [one|or the other], chosen anew for each letter
//! attach: itinerary-{last}.pdf 84                       name, and size in KiB; may be given several times
//!
//! Dear {first}, …                                       {word}: a value of this letter
//! ```

use crate::demo::chance::Chance;

/// A file attached to a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name, to be filled.
    pub name: String,
    /// Its size in KiB.
    pub kib: usize,
}

/// One text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Its name, unique in its file.
    pub name: String,
    /// The kind of sender.
    pub from: String,
    /// The kind of organisation that it fits; empty: any.
    pub fits: String,
    /// The subject, to be filled.
    pub subject: String,
    /// What is attached.
    pub attached: Vec<Attached>,
    /// The body, to be filled.
    pub body: String,
}

/// Reads the texts of a file; what is no head line is left out (a test asks that there is none).
#[must_use]
pub fn read(file: &str) -> Vec<Text> {
    let file = format!("\n{file}");
    file.split("\n== ").skip(1).map(one).collect()
}

fn one(section: &str) -> Text {
    let (head, body) = section.split_once("\n\n").unwrap_or((section, ""));
    let mut lines = head.lines();
    let mut text = Text {
        name: lines.next().unwrap_or_default().trim().to_owned(),
        body: body.trim_end().to_owned(),
        ..Text::default()
    };
    for (key, value) in lines.filter_map(|line| line.split_once(": ")) {
        let value = value.trim();
        match key {
            "from" => value.clone_into(&mut text.from),
            "fits" => value.clone_into(&mut text.fits),
            "subject" => value.clone_into(&mut text.subject),
            "attach" => {
                let (name, kib) = value.rsplit_once(' ').unwrap_or((value, ""));
                text.attached.push(Attached {
                    name: name.to_owned(),
                    kib: kib.parse().unwrap_or(1),
                });
            }
            _ => {}
        }
    }
    text
}

/// The values of one letter.
#[derive(Clone, Debug, Default)]
pub struct Values(Vec<(&'static str, String)>);

impl Values {
    /// Sets a value; the first of a name counts.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// `template` with its choices made and its values put in. An unknown value stays as it stands, for a test to find.
#[must_use]
pub fn fill(template: &str, values: &Values, chance: &mut Chance) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(at) = rest.find(['[', '{']) {
        let (before, here) = rest.split_at(at);
        out.push_str(before);
        let closing = if here.starts_with('[') { ']' } else { '}' };
        let Some(end) = here.find(closing) else {
            out.push_str(here);
            return out;
        };
        let inside = &here[1..end];
        if closing == ']' {
            let choices: Vec<&str> = inside.split('|').collect();
            let chosen = *chance.pick(&choices);
            out.push_str(&fill(chosen, values, chance));
        } else {
            out.push_str(values.get(inside).unwrap_or(&here[..=end]));
        }
        rest = &here[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_filled() {
        let texts = read(
            "== one\nfrom: shop\nsubject: [a|a] {x}\nattach: my file.pdf 12\n\nBody.\n\nMore.\n\n== two\n\nB\n",
        );
        assert_eq!(texts.len(), 2);
        assert_eq!(
            (texts[0].from.as_str(), texts[1].body.as_str()),
            ("shop", "B")
        );
        assert_eq!(
            texts[0].attached[0],
            Attached {
                name: "my file.pdf".to_owned(),
                kib: 12
            }
        );
        assert_eq!(texts[0].body, "Body.\n\nMore.");
        let mut values = Values::default();
        values.set("x", "1");
        assert_eq!(fill(&texts[0].subject, &values, &mut Chance::new(0)), "a 1");
        assert_eq!(fill("{y} [", &values, &mut Chance::new(0)), "{y} [");
    }
}
