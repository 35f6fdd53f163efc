//! What is wrong with a form, said at its head and beside each field.

use crate::language::Words;
use crate::review::Refusal;

/// A field that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The field; empty where it is about the whole.
    pub field: &'static str,
    /// The part of it that cannot be taken, where the field holds several; hostile text.
    pub value: String,
    /// Why.
    pub refusal: Refusal,
}

/// All that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// One fault about the whole.
    pub fn whole(refusal: Refusal) -> Self {
        Self::at("", refusal)
    }

    /// One fault of a field.
    pub fn at(field: &'static str, refusal: Refusal) -> Self {
        Self::default().and(field, "", refusal)
    }

    /// One more.
    pub fn and(mut self, field: &'static str, value: &str, refusal: Refusal) -> Self {
        self.add(field, value, refusal);
        self
    }

    /// Adds one.
    pub fn add(&mut self, field: &'static str, value: &str, refusal: Refusal) {
        self.0.push(Fault {
            field,
            value: value.to_owned(),
            refusal,
        });
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All, in order.
    pub fn all(&self) -> &[Fault] {
        &self.0
    }

    /// What is wrong with a field.
    pub fn of(&self, field: &str) -> Option<&Fault> {
        self.0.iter().find(|fault| fault.field == field)
    }

    /// What `aria-describedby` of a field names: its hint, and its error where there is one.
    pub fn described(&self, field: &str) -> String {
        if self.of(field).is_some() {
            format!("{field}-hint {field}-error")
        } else {
            format!("{field}-hint")
        }
    }
}

impl Fault {
    /// In words: the part that is wrong, where there are several, and why.
    pub fn text(&self, words: &Words) -> String {
        let why = words.get(self.refusal.key());
        if self.value.is_empty() {
            return why;
        }
        words.with_all(
            "form-part-is-wrong",
            &[("part", self.value.as_str().into()), ("why", why.into())],
        )
    }
}
