//! Measuring: the signals of one message, the envelope's first.

use super::signals::OF_GROUP;
use super::signals::Signal;
use super::words::GROUPS;
use super::words::Group;
use super::words::PHRASES;
use crate::classify::providers::is_mass_provider;
use crate::classify::words::Folded;
use crate::message::Envelope;
use crate::message::Parsed;

/// Octets that are searched for names.
const OPENING_MAX: usize = 4 << 10;

/// All signals of one message.
pub(super) struct Measured<'a> {
    values: Vec<(Signal, f32)>,
    folded: &'a str,
}

impl<'a> Measured<'a> {
    pub(super) fn of(envelope: &Envelope, parsed: &Parsed, folded: &'a Folded) -> Self {
        let mut m = Self {
            values: Vec::with_capacity(40),
            folded: folded.opening(),
        };
        m.envelope(envelope, parsed);
        m.headers(envelope, parsed);
        m.text(parsed);
        m.add(
            Signal::Invisible,
            (folded.invisible() as f32 / 4.0).min(2.0),
        );
        m.phrases();
        m
    }

    /// The first words of the folded text: enough for greeting and signature of an ordinary mail.
    pub(super) fn opening(&self) -> &str {
        let mut end = OPENING_MAX.min(self.folded.len());
        while !self.folded.is_char_boundary(end) {
            end -= 1;
        }
        &self.folded[..end]
    }

    /// The signals that are not nought.
    pub(super) fn values(&self) -> &[(Signal, f32)] {
        &self.values
    }

    pub(super) fn add(&mut self, signal: Signal, value: f32) {
        if value > 0.0 {
            self.values.push((signal, value.min(3.0)));
        }
    }

    pub(super) fn flag(&mut self, signal: Signal, on: bool) {
        self.add(signal, f32::from(u8::from(on)));
    }

    fn envelope(&mut self, envelope: &Envelope, parsed: &Parsed) {
        let path = envelope.reverse_path.address();
        self.flag(Signal::NullPath, path.is_none());
        let from = parsed.from.first();
        let senders: Vec<String> = path
            .into_iter()
            .chain(from)
            .chain(parsed.sender.first())
            .map(|a| a.local_part().to_ascii_lowercase())
            .collect();
        let any = |list: &[&str]| senders.iter().any(|s| list.iter().any(|w| s.contains(w)));
        let is = |list: &[&str]| {
            senders.iter().any(|s| {
                let base = s.trim_end_matches(|c: char| c.is_ascii_digit());
                list.contains(&base)
            })
        };
        let daemon = any(&[
            "mailer-daemon",
            "mailerdaemon",
            "mail-daemon",
            "postmaster",
            "microsoftexchange",
        ]) || parsed
            .from_name
            .to_ascii_lowercase()
            .contains("mail delivery");
        self.flag(Signal::DaemonSender, daemon);
        self.flag(
            Signal::NoReplySender,
            any(&[
                "noreply",
                "no-reply",
                "no_reply",
                "no.reply",
                "donotreply",
                "do-not-reply",
                "do_not_reply",
                "repondre",
                "notif",
                "alert",
                "nicht-antworten",
                "niet-beantwoorden",
                "noresponder",
                "no-responder",
                "no.address",
                "mailer@",
                "automated",
                "unattended",
            ]),
        );
        self.flag(
            Signal::RoleSender,
            is(&[
                "newsletter",
                "news",
                "billing",
                "support",
                "service",
                "services",
                "contact",
                "info",
                "admin",
                "sales",
                "reservation",
                "reservations",
                "orders",
                "order",
                "bounce",
                "bounces",
                "team",
                "marketing",
                "help",
                "hello",
                "accounts",
                "account",
                "security",
                "update",
                "updates",
                "mail",
                "email",
                "offers",
                "promo",
                "commande",
                "commandes",
                "facturation",
                "clients",
                "serviceclient",
                "webmaster",
                "office",
                "customer",
                "feedback",
                "enquiries",
                "receipts",
                "store",
                "shop",
                "ebill",
                "info-lettre",
                "majordomo",
                "announce",
            ]),
        );
        self.flag(
            Signal::TestSender,
            is(&[
                "test",
                "probe",
                "scanner",
                "scan",
                "verify",
                "nagios",
                "monitor",
                "monitoring",
                "zabbix",
                "root",
                "check",
                "survey",
                "tester",
                "smtp",
            ]),
        );
        if let Some(path) = path {
            let local = path.local_part();
            let token = local.len() > 24 && local.bytes().filter(u8::is_ascii_digit).count() >= 5;
            self.flag(
                Signal::VerpPath,
                token || local.contains('=') || local.to_ascii_lowercase().starts_with("bounce"),
            );
            if let Some(from) = from {
                let same = path.domain().registrable() == from.domain().registrable();
                self.flag(Signal::PathDiffers, !same);
                self.flag(Signal::PathMatches, path == from);
            }
        }
        if let (Some(reply), Some(from)) = (parsed.reply_to.first(), from) {
            let elsewhere = reply.domain().registrable() != from.domain().registrable();
            self.flag(Signal::ReplyElsewhere, elsewhere);
            self.flag(
                Signal::ReplyToProvider,
                elsewhere && is_mass_provider(reply.domain()),
            );
        }
        let helo = envelope.client.helo.expose();
        self.flag(
            Signal::BadHelo,
            !helo.is_empty() && envelope.client.helo.domain().is_none() && !helo.starts_with('['),
        );
        let test_box = envelope.recipients.iter().any(|r| {
            let local = r.address.local_part().to_ascii_lowercase();
            ["postmaster", "root", "test", "abuse", "admin", "webmaster"].contains(&local.as_str())
        });
        self.flag(Signal::TestRecipient, test_box);
    }

    fn phrases(&mut self) {
        let mut counts = [0.0f32; GROUPS];
        PHRASES.scan(self.folded, |(group, counts_for)| {
            counts[group as usize] += counts_for;
        });
        // A test says so and nothing else.
        let brief = if self.folded.len() < 300 { 1.0 } else { 0.25 };
        // Any long text has some terms of every kind.
        let length = (self.folded.len() as f32 / 600.0).max(1.0).sqrt();
        for (group, signal) in OF_GROUP {
            let count = counts[group as usize];
            let value = match group {
                Group::TermsPerson
                | Group::TermsService
                | Group::TermsSpam
                | Group::TermsBounce
                | Group::TermsProbe => 0.5 * count / length,
                Group::Test => brief * count.ln_1p(),
                _ => count.ln_1p(),
            };
            self.add(signal, value);
        }
    }
}
