//! A domain name, checked once and kept as lower-case A-labels.

use std::fmt;
use std::str::FromStr;
use unicode_security::MixedScript;

/// A host or mail domain: lower-case A-labels, no trailing dot, 1 to 253 octets, labels of 1 to 63 octets made of
/// letters, digits and hyphens (RFC 1123 2.1, RFC 5890 2.3.1), and underscores (RFC 2181 11: the DNS takes any octet).
///
/// Hyphens and underscores may stand anywhere: a mistyped name such as `-army.ml` or `us_army.ml` is exactly what this
/// project catches. A registry gives neither out, and for that very reason its wildcard sends their mail here.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain(Box<str>);

/// The ASCII that no label has: all but letters, digits, hyphens and underscores (STD3 of UTS #46, with the underscore let
/// through).
const DENIED: idna::AsciiDenyList =
    idna::AsciiDenyList::new(true, "\"#$%&'()*+,/:;<=>?@[\\]^`{|}~!");

/// Why a text is not a [`Domain`]. Carries nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a domain name (letters, digits, hyphens and underscores in labels of at most 63, at most 253 in all)"
)]
pub struct DomainError;

impl Domain {
    /// Parses U-labels or A-labels in any case, with or without a trailing dot.
    ///
    /// # Errors
    /// [`DomainError`] where the text breaks RFC 1123 2.1 or UTS #46 processing.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() || text.len() > 1024 {
            return Err(DomainError);
        }
        let plain = text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if plain && !has_ace_label(text) {
            return Self::from_ascii(text.to_ascii_lowercase());
        }
        let ascii = idna::uts46::Uts46::new()
            .to_ascii(
                text.as_bytes(),
                DENIED,
                idna::uts46::Hyphens::Allow,
                idna::uts46::DnsLength::Ignore,
            )
            .map_err(|_| DomainError)?;
        Self::from_ascii(ascii.into_owned())
    }

    fn from_ascii(text: String) -> Result<Self, DomainError> {
        let labels_fit = text.split('.').all(|label| (1..=63).contains(&label.len()));
        if text.len() > 253 || !labels_fit {
            return Err(DomainError);
        }
        // An address in the form of four numbers is not a name (RFC 1123 2.1).
        if text
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(DomainError);
        }
        Ok(Self(text.into_boxed_str()))
    }

    /// Whether a registry could have given it out, and a host have it for a name: it has no underscore (RFC 1123 2.1).
    #[must_use]
    pub fn is_hostname(&self) -> bool {
        !self.0.contains('_')
    }

    /// The A-label form, lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The U-label form, for showing to people beside the A-labels.
    #[must_use]
    pub fn to_unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }

    /// Whether one of its labels has letters of several scripts, such as a Cyrillic `а` in a Latin word: no registry should
    /// have given it out, and it is made to be read as something else (UTS #39 5.1). Scripts that are written together, as in
    /// Japanese, are one.
    #[must_use]
    pub fn mixes_scripts(&self) -> bool {
        self.0.contains("xn--")
            && self
                .to_unicode()
                .split('.')
                .any(|label| !label.is_single_script())
    }

    /// The labels, leftmost first; never empty.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.')
    }

    /// How many labels the name has; at least 1.
    #[must_use]
    pub fn label_count(&self) -> usize {
        self.0.bytes().filter(|b| *b == b'.').count() + 1
    }

    /// The last label.
    #[must_use]
    pub fn top_level(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or(&self.0)
    }

    /// The public suffix by the compiled-in Public Suffix List (`ml`, `gov.ml`, `co.uk`).
    #[must_use]
    pub fn public_suffix(&self) -> &str {
        psl::suffix_str(&self.0).unwrap_or_else(|| self.top_level())
    }

    /// The registrable domain: public suffix and one label more; the name itself where it has no such label.
    #[must_use]
    pub fn registrable(&self) -> Domain {
        match psl::domain_str(&self.0) {
            Some(name) => Self(name.into()),
            None => self.clone(),
        }
    }

    /// Whether this name is `other` or lies below it.
    #[must_use]
    pub fn is_within(&self, other: &Domain) -> bool {
        self == other || self.is_below(other)
    }

    /// Whether this name lies strictly below `other`.
    #[must_use]
    pub fn is_below(&self, other: &Domain) -> bool {
        self.0
            .strip_suffix(other.as_str())
            .is_some_and(|head| head.len() > 1 && head.ends_with('.'))
    }

    /// The name itself, then each name above it, the top level last.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        let mut rest = Some(&*self.0);
        std::iter::from_fn(move || {
            let current = rest?;
            rest = current.split_once('.').map(|(_, tail)| tail);
            Some(current)
        })
    }
}

/// Whether any label starts with the ACE prefix `xn--` (RFC 5890 2.3.2.5) and so wants decoding.
fn has_ace_label(text: &str) -> bool {
    text.split('.').any(|label| {
        label
            .as_bytes()
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case(b"xn--"))
    })
}

impl std::borrow::Borrow<str> for Domain {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(text: &str) -> Domain {
        Domain::parse(text).unwrap()
    }

    #[test]
    fn case_and_trailing_dot_are_folded() {
        assert_eq!(domain("US.Army.ML.").as_str(), "us.army.ml");
    }

    #[test]
    fn u_labels_become_a_labels() {
        assert_eq!(domain("Défense.ml").as_str(), "xn--dfense-bva.ml");
        assert_eq!(domain("XN--DFENSE-BVA.ml").to_unicode(), "défense.ml");
    }

    #[test]
    fn hyphens_and_underscores_stand_anywhere() {
        for text in ["us_army.ml", "_a.ml", "a_.-b.ml", "-.ml"] {
            assert_eq!(domain(text).as_str(), text);
        }
        assert!(!domain("us_army.ml").is_hostname());
        assert!(domain("us-army.ml").is_hostname());
        assert_eq!(domain("Défense_ML.ml").to_unicode(), "défense_ml.ml");
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        let long = "a".repeat(64) + ".ml";
        let deep = "a.".repeat(127) + "ml";
        for text in [
            "",
            ".",
            "a..ml",
            ".ml",
            "a b.ml",
            "a@b.ml",
            "a\r.ml",
            "1.2.3.4",
            "a!b.ml",
            "a/b.ml",
            "é/b.ml",
            "é b.ml",
            "é@b.ml",
            "é\u{7f}.ml",
            "é\0.ml",
            "xn--a.ml",
            &long,
            &deep,
        ] {
            assert_eq!(Domain::parse(text), Err(DomainError), "{text:?}");
        }
    }

    #[test]
    fn registrable_follows_the_public_suffix_list() {
        assert_eq!(domain("mail.us.army.ml").registrable(), domain("army.ml"));
        assert_eq!(
            domain("x.justice.gov.ml").registrable(),
            domain("justice.gov.ml")
        );
        assert_eq!(domain("ml").registrable(), domain("ml"));
    }

    #[test]
    fn within_is_by_labels_not_by_letters() {
        assert!(domain("a.army.ml").is_within(&domain("army.ml")));
        assert!(domain("army.ml").is_within(&domain("army.ml")));
        assert!(!domain("xarmy.ml").is_within(&domain("army.ml")));
        assert!(!domain("army.ml").is_below(&domain("army.ml")));
    }

    #[test]
    fn ancestors_end_with_the_top_level() {
        let name = domain("a.b.ml");
        assert_eq!(
            name.ancestors().collect::<Vec<_>>(),
            ["a.b.ml", "b.ml", "ml"]
        );
    }

    #[test]
    fn a_label_of_several_scripts_is_known() {
        for (name, mixes) in [
            ("army.ml", false),
            ("défense.ml", false),
            ("аrmy.ml", true),
            ("mail.аrmy.ml", true),
            ("армия.ml", false),
            ("日本の学校.ml", false),
        ] {
            assert_eq!(domain(name).mixes_scripts(), mixes, "{name}");
        }
    }
}
