//! What a notice says. Pure.
//!
//! For: [`compose`], from counts to the words that an organisation gets, as text and as HTML, in its language.
//! Guarantees: nothing in it but figures, dates, domain names and our own words; sending domains only by the rule of
//! [`senders`]; shared organisations (many unrelated users) get counts alone. Refuses: content, addresses, labels. Must
//! not know: the store, how it is sent.

pub mod senders;

use crate::language::Language;

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
    /// Recipients of mail from one person to another.
    pub misdirected: i64,
    /// Recipients of mail from services to addresses that their users mistyped.
    pub reflection: i64,
    /// Typed names with recipients, the most frequent first; `other` past the bound.
    pub names: Vec<(String, i64)>,
    /// Sending domains that may be named, with messages, the most frequent first.
    pub senders: Vec<(String, i64)>,
    /// How many further sending domains, and messages of them.
    pub other_senders: (i64, i64),
    /// The newest entry of the audit trail when it was drafted: number and SHA-256 in hexadecimal.
    pub audit: (i64, String),
    /// The ticket of the notice before this one.
    pub earlier: Option<String>,
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

/// Writes the notice.
#[must_use]
pub fn compose(_facts: &Facts, _language: Language) -> Text {
    Text {
        subject: String::new(),
        text: String::new(),
        html: String::new(),
    }
}
