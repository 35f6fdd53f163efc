//! Signals of names: who a message is from, and whether it knows whom it is to.

use super::measure::Measured;
use super::signals::Signal;
use crate::classify::providers::is_mass_provider;
use crate::classify::words;
use crate::message::Address;
use crate::message::Envelope;
use crate::message::Parsed;

impl Measured<'_> {
    /// Names: who it is from, and whether it knows whom it is to.
    pub(super) fn people(&mut self, envelope: &Envelope, parsed: &Parsed) {
        let name = parsed.from_name.trim();
        let words: Vec<&str> = name.split([' ', ',']).filter(|w| !w.is_empty()).collect();
        let proper = |w: &&str| {
            w.chars().next().is_some_and(char::is_uppercase)
                && w.chars().all(|c| c.is_alphabetic() || "-'.’".contains(c))
        };
        self.flag(
            Signal::PersonName,
            (2..=4).contains(&words.len()) && words.iter().all(proper),
        );
        self.flag(Signal::NameIsAddress, name.contains('@'));
        self.flag(Signal::NameOneWord, words.len() == 1 && !name.contains('@'));
        self.flag(
            Signal::NameOfService,
            words::fold(&[name], 128)
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| SERVICES.contains(&word)),
        );
        self.flag(
            Signal::OneClick,
            parsed.header("list-unsubscribe-post").is_some(),
        );
        if let Some(from) = parsed.from.first() {
            let home = from.domain().registrable();
            let first = from.domain().labels().next().unwrap_or_default();
            self.flag(
                Signal::MailSubdomain,
                from.domain().is_below(&home) && MAILING_LABELS.contains(&first),
            );
            let bare: String = from
                .domain()
                .as_str()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect();
            let folded = words::fold(&[name], 128);
            let in_domain = folded
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|w| w.len() >= 4 && bare.contains(w));
            self.flag(Signal::NameInDomain, in_domain);
            self.flag(
                Signal::NameElsewhere,
                !in_domain
                    && !words.is_empty()
                    && !looks_like_a_name(&from.local_part().to_lowercase())
                    && !is_mass_provider(from.domain()),
            );
            let at_home = parsed
                .link_hosts
                .iter()
                .filter(|h| h.is_within(&home))
                .count();
            self.flag(Signal::LinksHome, at_home > 0);
            self.flag(
                Signal::LinksAway,
                at_home == 0 && !parsed.link_hosts.is_empty(),
            );
            let label = home.labels().next().unwrap_or_default();
            self.flag(
                Signal::SenderInText,
                label.len() >= 4 && self.opening().contains(label),
            );
            self.flag(
                Signal::Alignment,
                parsed
                    .message_id_host
                    .as_ref()
                    .is_some_and(|h| h.registrable() == home),
            );
            let local = from.local_part().to_lowercase();
            let matches = words
                .iter()
                .any(|w| w.len() > 2 && local.contains(&words::fold(&[w], 64).trim().to_owned()));
            self.flag(
                Signal::AddressFromName,
                matches || looks_like_a_name(&local),
            );
            self.flag(Signal::FromRandom, looks_random(&local));
        }
        // A recipient's names in a greeting need a name to look for: the parts of the local part.
        let mut known: Vec<String> = Vec::new();
        for address in envelope
            .recipients
            .iter()
            .take(4)
            .map(|r| &r.address)
            .chain(parsed.to.iter().take(4))
        {
            known.extend(name_parts(address));
        }
        let opening: String = parsed.text.chars().take(160).collect();
        let opening = words::fold(&[&opening], 400);
        let greets = known.iter().any(|n| {
            opening.contains(&format!(" {n},"))
                || opening.contains(&format!(" {n} "))
                || opening.contains(&format!(" {n}!"))
        });
        self.flag(Signal::GreetsRecipient, greets);
        let signed = words.iter().filter(|w| w.len() > 2).any(|w| {
            let w = words::fold(&[w], 64);
            self.opening().contains(w.trim_end())
        });
        self.flag(Signal::SignedByFrom, signed && !name.is_empty());
    }
}

/// Words of display names that are no person's, folded.
const SERVICES: [&str; 46] = [
    "team",
    "support",
    "billing",
    "service",
    "services",
    "customer",
    "customers",
    "care",
    "help",
    "helpdesk",
    "desk",
    "info",
    "news",
    "newsletter",
    "notification",
    "notifications",
    "alert",
    "alerts",
    "admin",
    "administrator",
    "accounts",
    "payroll",
    "security",
    "sales",
    "marketing",
    "reservations",
    "booking",
    "bookings",
    "no",
    "noreply",
    "shop",
    "store",
    "club",
    "inc",
    "ltd",
    "llc",
    "gmbh",
    "bank",
    "equipe",
    "clients",
    "client",
    "commercial",
    "recrutement",
    "facturation",
    "comptabilite",
    "boutique",
];

/// First labels of domains from which services send.
const MAILING_LABELS: [&str; 30] = [
    "e",
    "em",
    "eml",
    "email",
    "emails",
    "mail",
    "mails",
    "mailer",
    "mailing",
    "m",
    "mg",
    "msg",
    "news",
    "newsletter",
    "notify",
    "notification",
    "notifications",
    "alerts",
    "send",
    "sender",
    "sg",
    "bounce",
    "bounces",
    "reply",
    "info",
    "go",
    "t",
    "marketing",
    "campaign",
    "updates",
];

/// `jane.roe`, `j.roe`, `jane-roe2`: two runs of letters and a mark between them.
fn looks_like_a_name(local: &str) -> bool {
    let parts: Vec<&str> = local
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .split(['.', '_', '-'])
        .collect();
    (2..=4).contains(&parts.len())
        && parts
            .iter()
            .all(|p| !p.is_empty() && p.len() < 16 && p.chars().all(char::is_alphabetic))
        && parts.iter().any(|p| p.len() > 2)
}

/// Letters and digits in turn, or a long run without vowels.
fn looks_random(local: &str) -> bool {
    let turns = local
        .as_bytes()
        .windows(2)
        .filter(|w| w[0].is_ascii_digit() != w[1].is_ascii_digit())
        .count();
    let consonants = local
        .split(|c: char| "aeiouy0123456789.-_+=".contains(c))
        .map(str::len)
        .max()
        .unwrap_or(0);
    local.len() >= 7 && (turns >= 4 || consonants >= 6)
}

fn name_parts(address: &Address) -> Vec<String> {
    address
        .local_part()
        .to_lowercase()
        .split(|c: char| !c.is_alphabetic())
        .filter(|p| {
            p.len() > 2
                && !matches!(
                    *p,
                    "mil" | "civ" | "ctr" | "info" | "admin" | "test" | "contact"
                )
        })
        .map(str::to_owned)
        .collect()
}
