//! The popular list: domains by rank, shipped or the operator's own.

use crate::message::Domain;
use std::collections::HashSet;

/// Domains by popularity, most popular first, and a register of names known to exist.
#[derive(Clone, Debug, Default)]
pub struct Popular {
    pub(super) ranked: Vec<Domain>,
    pub(super) register: Vec<Domain>,
    pub(super) mail: Vec<Domain>,
}

/// Names taken from one list; a longer list is cut. 250,000 names make an index of about 40 MiB.
const NAMES_MAX: usize = 250_000;

impl Popular {
    /// The shipped lists: OpenDNS's public-domain list of 10,000 and GSA's CC0 list of `.mil` names.
    #[must_use]
    pub fn shipped() -> Self {
        Self {
            ranked: lines(include_str!("../lists/popular.txt")),
            register: lines(include_str!("../lists/mil.txt")),
            mail: lines(include_str!("../lists/mail_providers.txt")),
        }
    }

    /// A list of one domain a line, most popular first, in place of the shipped one; `#` begins a comment, `rank,domain`
    /// (Tranco) is taken too, lines that are no domain are left out. What only the shipped list has follows after it:
    /// a name that was popular once is still a likelier meaning than none. The `.mil` register stays.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let mut ranked = lines(text);
        let listed: HashSet<&Domain> = ranked.iter().collect();
        let rest: Vec<Domain> = lines(include_str!("../lists/popular.txt"))
            .into_iter()
            .filter(|domain| !listed.contains(domain))
            .collect();
        ranked.extend(rest);
        Self {
            ranked,
            register: lines(include_str!("../lists/mil.txt")),
            mail: lines(include_str!("../lists/mail_providers.txt")),
        }
    }

    /// No names at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// How many ranked names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranked.len()
    }

    /// Whether there is no ranked name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranked.is_empty()
    }
}

fn lines(text: &str) -> Vec<Domain> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.rsplit([',', '\t']).next().unwrap_or(line))
        .filter_map(|line| Domain::parse(line).ok())
        .filter(|domain| domain.label_count() > 1)
        .take(NAMES_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_lists_are_whole() {
        let shipped = Popular::shipped();
        assert_eq!(shipped.len(), 10_000);
        assert!(shipped.register.iter().all(|d| d.top_level() == "mil"));
    }

    #[test]
    fn comments_ranks_and_rubbish() {
        let popular =
            Popular::from_text("# x\n1,google.com\r\n\nnot a domain\nyahoo.com\nlocalhost\n");
        let names: Vec<_> = popular.ranked.iter().map(Domain::as_str).collect();
        assert_eq!(names[..3], ["google.com", "yahoo.com", "facebook.com"]);
        assert_eq!(popular.len(), 10_000);
    }
}
