//! Finds the line of a key, so that an error can name it.

use crate::config::ConfigError;
use std::path::Path;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

/// The text of the file, and where each key stands in it.
pub struct Locator<'a> {
    path: &'a Path,
    text: &'a str,
    root: Spanned<DeTable<'a>>,
}

impl<'a> Locator<'a> {
    /// Parses the text as TOML.
    pub fn new(path: &'a Path, text: &'a str) -> Result<Self, ConfigError> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { path, text, root }),
            Err(error) => Err(ConfigError {
                file: path.to_owned(),
                line: Some(line_at(text, error.span().map_or(0, |s| s.start))),
                key: String::new(),
                expected: format!("expected TOML: {}", error.message().replace('\n', ", ")),
            }),
        }
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The path of the file.
    pub fn path(&self) -> &'a Path {
        self.path
    }

    /// An error at `key` (`watch[2].name`): on the line of the deepest part of it that the file has.
    pub fn error(&self, key: &str, expected: impl Into<String>) -> ConfigError {
        self.error_at(key, None, expected)
    }

    /// The same with a place in the text that is better known than the key's.
    pub fn error_at(
        &self,
        key: &str,
        offset: Option<usize>,
        expected: impl Into<String>,
    ) -> ConfigError {
        ConfigError {
            file: self.path.to_owned(),
            line: Some(line_at(
                self.text,
                offset.unwrap_or_else(|| self.offset_of(key)),
            )),
            key: shown(key),
            expected: expected.into(),
        }
    }

    fn offset_of(&self, key: &str) -> usize {
        let mut offset = 0;
        let mut here: Option<&DeValue<'_>> = None;
        for part in key.split(['.', '[']) {
            let next = match part.strip_suffix(']').map(str::parse::<usize>) {
                Some(Ok(index)) => here
                    .and_then(DeValue::as_array)
                    .and_then(|array| array.get(index))
                    .map(|value| (value.span().start, value.get_ref())),
                _ => {
                    let table = match here {
                        None => Some(self.root.get_ref()),
                        Some(value) => value.as_table(),
                    };
                    table
                        .and_then(|t| t.get_key_value(part))
                        .map(|(name, value)| (name.span().start, value.get_ref()))
                }
            };
            let Some((start, value)) = next else { break };
            (offset, here) = (start, Some(value));
        }
        offset
    }
}

/// A key as it may be said: a private key that was pasted in the place of a key is not repeated.
fn shown(key: &str) -> String {
    let secret = |part: &str| part.len() > 64 || part.to_ascii_uppercase().contains("SECRET");
    let parts = key
        .split('.')
        .map(|part| if secret(part) { "…" } else { part });
    parts.collect::<Vec<_>>().join(".")
}

/// The line, from 1, that the octet at `offset` stands on.
fn line_at(text: &str, offset: usize) -> usize {
    let head = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    head.iter().filter(|b| **b == b'\n').count() + 1
}
