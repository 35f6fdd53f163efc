//! The name of an account: short, plain, and not to be taken for another.

use std::fmt;

/// Octets in a name.
const LONGEST: usize = 32;

/// Who acts in the audit trail without being an account: the server, and the command line.
const TAKEN: [&str; 2] = ["system", "operator"];

/// A name that an account can have: 1 to 32 of a–z, 0–9, `.`, `_` and `-`, the first and last a letter or figure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(String);

/// Why a text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameRefused {
    /// It has the wrong form.
    #[error(
        "a name is 1 to 32 of a-z, 0-9, '.', '_' and '-', and begins and ends with a letter or a figure"
    )]
    Form,
    /// The audit trail uses it for something else.
    #[error("the names 'system' and 'operator' are kept for the audit trail")]
    Taken,
}

impl Name {
    /// Reads a name; capitals become small letters, blanks around it go.
    ///
    /// # Errors
    /// [`NameRefused`]. The text is never repeated: where a name is asked for, people type passwords too.
    pub fn parse(text: &str) -> Result<Self, NameRefused> {
        let text = text.trim_matches([' ', '\t']);
        let plain = |b: u8| b.is_ascii_alphanumeric();
        let bytes = text.as_bytes();
        let ends_are_plain =
            bytes.first().is_some_and(|b| plain(*b)) && bytes.last().is_some_and(|b| plain(*b));
        let allowed = |b: &u8| plain(*b) || matches!(b, b'.' | b'_' | b'-');
        if bytes.len() > LONGEST || !ends_are_plain || !bytes.iter().all(allowed) {
            return Err(NameRefused::Form);
        }
        let name = text.to_ascii_lowercase();
        if TAKEN.contains(&name.as_str()) {
            return Err(NameRefused::Taken);
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_small_plain_and_short() {
        assert_eq!(Name::parse(" Awa.Keita ").unwrap().as_str(), "awa.keita");
        assert!(Name::parse(&"a".repeat(32)).is_ok());
        let long = "a".repeat(33);
        for text in [
            "", " ", ".", "a.", "-a", "--role", "a b", "é", "a\n", "а", "a\0b", &long,
        ] {
            assert_eq!(Name::parse(text), Err(NameRefused::Form), "{text:?}");
        }
    }

    #[test]
    fn nobody_can_be_taken_for_the_system() {
        for text in ["system", "Operator", " SYSTEM"] {
            assert_eq!(Name::parse(text), Err(NameRefused::Taken), "{text:?}");
        }
    }
}
