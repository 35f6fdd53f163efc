//! Slips in the top level: which suffix people type for which.
//!
//! | typed | meant | source |
//! | --- | --- | --- |
//! | ml | mil | Financial Times and The Register, July 2023: 117,000 messages |
//! | ml | nl | The Register, July 2023: mail for the Dutch army at .nl |
//! | cm, co, om | com | NetNames 2016; .cm wildcard of 2006 (CircleID) |
//! | ne, et, nt | net | the same omission, one letter on |
//! | gouv.ml, gov.ml | gouv.fr, gov | the same with the second level of the zone |
//! | con, cpm, xom … | com | sign-up helpers' lists (mailcheck, MIT) – left to the edit channel |
//!
//! Weights are in nats. A slip that is one missing or neighbouring letter in a suffix typed many times a day costs
//! less than the same slip in a name, because the base rate of the suffix is carried by the slip.

/// The suffix that is meant by a typed one whatever stands before it, and the log-odds of that against everything else
/// that is on no list.
///
/// A slip of so many in a thousand out of a zone of 160 million names (.com) or 13 million (.net; Verisign's Domain Name
/// Industry Brief) outweighs every slip in the letters within a zone of some thousand (.cm, .om, .ne, .et): the mail that
/// the wildcard of .cm met in 2006 was .com's. The odds are set far lower than that, because what is plainly a name of
/// the country is not known from its letters; and lower still for .co, which holds millions of names itself. Not so .ml:
/// .mil is small and listed, and .nl is one neighbour of several.
pub(super) fn crowd(suffix: &str) -> Option<(&'static str, f32)> {
    match suffix {
        "cm" | "om" => Some(("com", 1.1)),
        "ne" | "et" => Some(("net", 0.7)),
        "co" => Some(("com", 0.4)),
        _ => None,
    }
}

/// What was meant where a suffix was typed, and what the slip costs.
pub(super) fn meant_for(suffix: &str) -> &'static [(&'static str, f32)] {
    match suffix {
        "ml" => &[("mil", 1.3), ("nl", 2.2)],
        "mi" | "mli" | "mill" | "mil.us" => &[("mil", 2.0)],
        "cm" | "co" | "om" => &[("com", 1.5)],
        "ne" | "et" | "nt" => &[("net", 1.5)],
        "gov.ml" | "gv" => &[("gov", 2.0), ("gouv.fr", 4.0)],
        "gouv.ml" => &[("gouv.fr", 2.0), ("gov", 4.0)],
        "or" | "og" | "rg" => &[("org", 2.0)],
        "ed" | "eu.ml" => &[("edu", 3.0)],
        "cm.uk" | "couk" | "c.uk" => &[("co.uk", 2.0)],
        _ => &[],
    }
}
