//! What a notice says. Pure.
//!
//! For: [`compose`], from counts to the words that an organisation gets, as text and as HTML, in its language.
//! Guarantees: nothing in it but figures, dates, domain names and our own words; sending domains only by the rule of
//! [`senders`]; shared organisations (many unrelated users) get counts alone; both parts say the same. Refuses: content,
//! addresses, labels; links and anything from elsewhere, because a notice that asks for a click looks like what it warns
//! of. Must not know: the store, how it is sent.
//!
//! What makes a notice work, by those who measured it: it goes straight to a contact, has all the detail in it, is short,
//! and can be checked by another way. A second identical one does nothing; so each tells of new mail alone.

mod layout;
mod letter;
pub mod senders;

use crate::language::Language;
use crate::message::Domain;
use askama::Template;
use layout::Block;
use layout::Section;

/// Who signs notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// The From header: `Registry <misdirected@nic.ml>`.
    pub from: String,
    /// Its display name, or the address where there is none.
    pub name: String,
    /// Where a reader can check by other means that the notice is real: a telephone number or a page; may be empty.
    pub verify_at: String,
    /// The host that took the mail.
    pub hostname: String,
}

/// What a notice tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The ticket.
    pub ticket: String,
    /// Who signs.
    pub registry: Registry,
    /// The organisation's name.
    pub organisation: String,
    /// Whether it has many unrelated users: then no sending domain is named.
    pub shared: bool,
    /// The intended domain.
    pub domain: String,
    /// First and last day, since 1970-01-01.
    pub days: (i64, i64),
    /// Whether days in between are left out, because all of them has been told.
    pub gaps: bool,
    /// Recipients of mail from one person to another.
    pub misdirected: i64,
    /// Recipients of mail from services to addresses that their users mistyped.
    pub reflection: i64,
    /// Typed names with recipients, the most frequent first; `other` past the bound.
    pub names: Vec<(String, i64)>,
    /// Sending domains that may be named, with messages, the most frequent first.
    pub senders: Vec<(String, i64)>,
    /// How many further sending domains (0: not known), and messages of them.
    pub other_senders: (i64, i64),
    /// The newest entry of the audit trail when it was drafted: number and SHA-256 in hexadecimal.
    pub audit: (i64, String),
    /// The ticket of the notice before this one.
    pub earlier: Option<String>,
    /// Recipients that this notice counts and one before it did.
    pub counted_again: i64,
}

/// A notice in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// The text part, lines of at most 78 characters.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Names that one notice lists at most, the most frequent first; the rest is a sum.
const MOST_NAMES: usize = 100;

/// The text part.
#[derive(Template)]
#[template(path = "notice.txt")]
struct TextPart<'a> {
    title: &'a str,
    addressee: &'a str,
    sections: &'a [Section],
    name: &'a str,
    hostname: &'a str,
}

/// The HTML part: one document, nothing in it from elsewhere, no colour of its own, so that it reads in light and dark.
#[derive(Template)]
#[template(path = "notice.html")]
struct HtmlPart<'a> {
    language: Language,
    subject: &'a str,
    title: &'a str,
    addressee: &'a str,
    sections: &'a [Section],
    name: &'a str,
    hostname: &'a str,
}

/// Writes the notice.
#[must_use]
pub fn compose(facts: &Facts, language: Language) -> Text {
    let words = language.words();
    let facts = clean(facts);
    let subject = words.with_all(
        "letter-subject",
        &[
            ("ticket", facts.ticket.as_str().into()),
            ("domain", facts.domain.as_str().into()),
        ],
    );
    let title = words.with("letter-title", "ticket", &facts.ticket);
    let addressee = words.with("letter-for", "organisation", &facts.organisation);
    let sections = letter::sections(&facts, words);
    let (name, hostname) = (&facts.registry.name, &facts.registry.hostname);
    let text = TextPart {
        title: &title,
        addressee: &addressee,
        sections: &sections,
        name,
        hostname,
    };
    let html = HtmlPart {
        language,
        subject: &subject,
        title: &title,
        addressee: &addressee,
        sections: &sections,
        name,
        hostname,
    };
    // Writing into memory does not fail; the templates have nothing else that could.
    Text {
        text: layout::plain(&text.render().unwrap_or_default(), language),
        html: html.render().unwrap_or_default(),
        subject: layout::header(&subject),
    }
}

/// The facts with nothing in them that could be more than text on one line: names that are no domain names are counted
/// with the others, control characters are spaces.
fn clean(facts: &Facts) -> Facts {
    let mut clean = facts.clone();
    for line in [
        &mut clean.ticket,
        &mut clean.organisation,
        &mut clean.domain,
        &mut clean.registry.name,
        &mut clean.registry.verify_at,
        &mut clean.registry.hostname,
        &mut clean.audit.1,
    ] {
        *line = layout::one_line(line);
    }
    let is_domain = |name: &str| Domain::parse(name).is_ok_and(|d| d.as_str() == name);
    let mut other = 0;
    clean.names.retain(|(name, recipients)| {
        let keep = name != senders::OTHER && is_domain(name);
        if !keep {
            other += recipients;
        }
        keep
    });
    let rest = clean.names.split_off(clean.names.len().min(MOST_NAMES));
    other += rest.iter().map(|(_, recipients)| recipients).sum::<i64>();
    if other > 0 {
        clean.names.push((senders::OTHER.to_owned(), other));
    }
    if clean.shared {
        clean.senders.clear();
        clean.other_senders = (0, 0);
    }
    clean.senders.retain(|(name, _)| is_domain(name));
    clean
}

#[cfg(test)]
mod tests;
