//! The words of pages and notices, in English and French, and how numbers and dates are written in each.
//!
//! For: [`Words::get`] and [`Words::with`], over the Fluent files in `templates/words`, one per page and language.
//! Guarantees: every key is there in both languages, with the same variables (a test asks); a value that is put in is
//! text, never markup. Refuses: languages that nobody here reads; who asks for another gets English. Must not know: what
//! a page is.

mod format;

pub use format::Numeral;

use fluent_bundle::FluentArgs;
use fluent_bundle::FluentResource;
use fluent_bundle::FluentValue;
use fluent_bundle::concurrent::FluentBundle;
use std::fmt;
use std::sync::LazyLock;

/// A language that pages and notices are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// All, in the order in which a switch shows them.
    pub const ALL: [Language; 2] = [Self::English, Self::French];

    /// ISO 639-1.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Its own name for itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
        }
    }

    /// The language of a code or tag (`fr`, `fr-CA`); `None` where it is neither.
    // RFC 5646 2.1: letter case does not matter, the language comes first.
    #[must_use]
    pub fn from_code(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| primary.trim().eq_ignore_ascii_case(language.code()))
    }

    /// The best of `Accept-Language`.
    // RFC 9110 12.5.4
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best: Option<(f32, Self)> = None;
        for item in header.split(',').take(32) {
            let mut parts = item.split(';');
            let Some(language) = parts.next().and_then(Self::from_code) else {
                continue;
            };
            let weight = parts
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, language));
            }
        }
        best.map_or(Self::default(), |(_, language)| language)
    }

    /// Its words.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::French => &FRENCH,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The files, in both languages.
macro_rules! files {
    ($language:literal: $($name:literal)*) => {
        [$(include_str!(concat!("../../templates/words/", $language, "/", $name, ".ftl")),)*]
    };
}

macro_rules! every_file {
    ($language:literal) => {
        files!($language: "frame" "login" "overview" "cases" "messages" "organisations" "notices" "audit" "lookup"
               "accounts" "policies" "terms" "reasons" "notice" "demo")
    };
}

static ENGLISH: LazyLock<Words> =
    LazyLock::new(|| Words::new(Language::English, &every_file!("en")));
static FRENCH: LazyLock<Words> = LazyLock::new(|| Words::new(Language::French, &every_file!("fr")));

/// The words of one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    fn new(language: Language, files: &[&str]) -> Self {
        let identifier = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // The marks would be seen in text mail and copied with domain names; nothing here is written right to left.
        bundle.set_use_isolating(false);
        for file in files {
            // What does not parse, or is there twice, is found by the tests; what is left can be used.
            let resource = FluentResource::try_new((*file).to_owned())
                .unwrap_or_else(|(resource, _)| resource);
            let _ = bundle.add_resource(resource);
        }
        Self { language, bundle }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text of `key`. A key that is missing is shown as it is: a page with a strange word is better than none.
    #[must_use]
    pub fn get(&self, key: &str) -> String {
        self.text(key, None)
    }

    /// The text of `key` where there is one: for words made of a stored code.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        Some(
            self.bundle
                .format_pattern(pattern, None, &mut errors)
                .into_owned(),
        )
    }

    /// The text of `key` with one value put in.
    #[must_use]
    pub fn with<'a>(&self, key: &str, name: &'a str, value: impl Into<Numeral<'a>>) -> String {
        self.with_all(key, &[(name, value.into())])
    }

    /// The text of `key` with several values put in. Numbers choose the plural, and are written as the language has them.
    #[must_use]
    pub fn with_all(&self, key: &str, values: &[(&str, Numeral<'_>)]) -> String {
        let mut arguments = FluentArgs::with_capacity(values.len() * 2);
        for (name, value) in values {
            match value {
                Numeral::Text(text) => arguments.set(*name, FluentValue::from(*text)),
                Numeral::Owned(text) => arguments.set(*name, FluentValue::from(text.as_str())),
                Numeral::Count(count) => {
                    // `{ $n }` writes it, `{ $n-count -> … }` chooses by it.
                    arguments.set(*name, FluentValue::from(self.number(*count)));
                    arguments.set(format!("{name}-count"), FluentValue::from(*count));
                }
            }
        }
        self.text(key, Some(&arguments))
    }

    fn text(&self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|m| m.value()) else {
            return key.to_owned();
        };
        let mut errors = Vec::new();
        self.bundle
            .format_pattern(pattern, arguments, &mut errors)
            .into_owned()
    }
}

#[cfg(test)]
mod tests;
