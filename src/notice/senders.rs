//! Which sending domains a notice may name.
//!
//! To say that `clinic.example` wrote to the army is to say something about `clinic.example`, which never asked for it.
//! So a sending domain is named only where that tells nothing of a single message: a mail provider that is open to
//! everybody, an organisation of the directory (it gets notices of its own), or one that sent three messages or more, so
//! that its postmaster has something to mend. All others are counted together.

use crate::message::Domain;

/// Messages from which on a domain is named.
pub const ENOUGH: i64 = 3;

/// Domains that one notice names at most: what a reader can act on.
pub const MOST: usize = 25;

/// What the store calls everything past its bound.
pub const OTHER: &str = "other";

/// Sending domains, sorted by the rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Senders {
    /// Those that may be named, with messages, the most frequent first.
    pub named: Vec<(String, i64)>,
    /// How many others there are (0: not known), and their messages.
    pub other: (i64, i64),
}

/// Sorts sending domains and their messages by the rule. `is_known`: a public provider, or an organisation's.
#[must_use]
pub fn named(senders: &[(String, i64)], is_known: impl Fn(&Domain) -> bool) -> Senders {
    let mut sorted = Senders::default();
    let mut countable = true;
    let mut others = 0;
    for (sender, messages) in senders {
        let domain = Domain::parse(sender).ok().filter(|_| sender != OTHER);
        match domain {
            Some(domain) if *messages >= ENOUGH || is_known(&domain) => {
                sorted.named.push((domain.as_str().to_owned(), *messages));
                continue;
            }
            Some(_) => others += 1,
            // No domain, or many.
            None => countable = false,
        }
        sorted.other.1 += messages;
    }
    sorted
        .named
        .sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (_, messages) in sorted.named.split_off(sorted.named.len().min(MOST)) {
        others += 1;
        sorted.other.1 += messages;
    }
    sorted.other.0 = if countable { others } else { 0 };
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
        rows.iter().map(|(d, n)| ((*d).to_owned(), *n)).collect()
    }

    #[test]
    fn three_messages_or_a_name_that_everybody_knows() {
        let senders = rows(&[
            ("clinic.example", 2),
            ("builder.example", 3),
            ("gmail.com", 1),
            ("tiny.example", 1),
        ]);
        let sorted = named(&senders, |domain| domain.as_str() == "gmail.com");
        assert_eq!(
            sorted.named,
            rows(&[("builder.example", 3), ("gmail.com", 1)])
        );
        assert_eq!(sorted.other, (2, 3));
    }

    #[test]
    fn the_rest_has_no_name_whatever_it_sent() {
        // The null reverse-path, what went past the store's bound, and what is no domain.
        let senders = rows(&[("", 40), ("other", 7), ("<b>x</b>", 9), ("a.example", 1)]);
        let sorted = named(&senders, |_| false);
        assert_eq!(sorted.named, []);
        assert_eq!(sorted.other, (0, 57));
    }

    #[test]
    fn at_most_so_many_are_named_the_most_frequent_first() {
        let senders: Vec<_> = (0..40).map(|n| (format!("s{n}.example"), 3 + n)).collect();
        let sorted = named(&senders, |_| false);
        assert_eq!(sorted.named.len(), MOST);
        assert_eq!(sorted.named[0], ("s39.example".to_owned(), 42));
        assert_eq!(sorted.other.0, 15);
        let all: i64 = senders.iter().map(|(_, n)| n).sum();
        let said: i64 = sorted.named.iter().map(|(_, n)| n).sum();
        assert_eq!(said + sorted.other.1, all);
    }
}
