//! One file a page: its handler, and beside it the struct of its template.
//!
//! Beside the pages: `asked` reads what a request says, `shown` writes stored values for people, `reasons` puts the
//! codes of the classifier in words, `faults` says what is wrong with a form, `rule_form` is the form of a correction.

mod asked;
mod faults;
mod reasons;
mod rule_form;
mod shown;

pub mod accounts;
pub mod audit;
pub mod case;
pub mod cases;
pub mod health;
pub mod language;
pub mod login;
pub mod lookup;
pub mod message;
pub mod messages;
pub mod notices;
pub mod operator;
pub mod organisations;
pub mod overview;
pub mod policies;
pub mod rules;

#[cfg(test)]
mod tests;
