//! Who writes what to whom: makes one letter of a kind.

mod machines;
mod people;

use crate::classify::Verdict;
use crate::demo::chance::Chance;
use crate::demo::letter::Letter;
use crate::demo::letter::Message;
use crate::demo::letter::date;
use crate::demo::texts;
use crate::demo::texts::Text;
use crate::demo::texts::Values;
use crate::demo::texts::fill;
use crate::demo::world;
use crate::demo::world::House;
use crate::demo::world::Owner;
use crate::message::Timestamp;
use people::MONTHS;
use people::Person;
use people::WEEKDAYS;
use people::plain;
use people::quoted;

/// What kind of letter it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One person to another.
    Personal,
    /// The same, to a name that nobody knows the owner of.
    Unknown,
    /// A service to the address that its user mistyped.
    Service,
    /// Bulk and fraud.
    Spam,
    /// A delivery report.
    Bounce,
    /// An automatic answer.
    Away,
    /// A test of us.
    Probe,
}

/// Writes letters.
pub struct Author {
    pub(in crate::demo) chance: Chance,
    personal: [Vec<Text>; 2],
    services: [Vec<Text>; 2],
    machines: [Vec<Text>; 2],
    spam: Vec<Text>,
}

/// Where a letter goes.
struct Aim {
    owner: Option<&'static Owner>,
    typed: &'static str,
    intended: Option<&'static str>,
}

const LANGUAGES: [&str; 2] = ["en", "fr"];

fn both(files: [&str; 2]) -> [Vec<Text>; 2] {
    files.map(texts::read)
}

impl Author {
    /// An author; the same seed writes the same.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed),
            personal: both([
                include_str!("../../templates/demo/personal.en.txt"),
                include_str!("../../templates/demo/personal.fr.txt"),
            ]),
            services: both([
                include_str!("../../templates/demo/services.en.txt"),
                include_str!("../../templates/demo/services.fr.txt"),
            ]),
            machines: both([
                include_str!("../../templates/demo/machines.en.txt"),
                include_str!("../../templates/demo/machines.fr.txt"),
            ]),
            spam: texts::read(include_str!("../../templates/demo/spam.txt")),
        }
    }

    /// A letter of this kind, written at `at`; to the organisation `to` of the world, or to any.
    pub fn letter(&mut self, kind: Kind, at: Timestamp, to: Option<usize>) -> Letter {
        let aim = self.aim(kind, to.and_then(|to| world::OWNERS.get(to)));
        let language = self.language(&aim);
        match kind {
            Kind::Personal | Kind::Unknown => self.personal(at, aim, language),
            Kind::Service => self.service(at, aim, language),
            Kind::Spam => self.spam(at, aim, language),
            Kind::Bounce => self.bounce(at, aim, language),
            Kind::Away => self.away(at, aim, language),
            Kind::Probe => self.probe(at, aim),
        }
    }

    fn aim(&mut self, kind: Kind, to: Option<&'static Owner>) -> Aim {
        let stray = match kind {
            Kind::Unknown => true,
            // What is sent to everybody reaches names that are nobody's.
            Kind::Spam | Kind::Probe => self.chance.percent(15),
            _ => false,
        };
        if stray {
            return Aim {
                owner: None,
                typed: self.chance.pick::<&str>(world::UNKNOWN),
                intended: None,
            };
        }
        let owner = to.unwrap_or_else(|| self.chance.weighted(world::OWNERS, |o| o.weight));
        self.aim_at(owner)
    }

    fn aim_at(&mut self, owner: &'static Owner) -> Aim {
        const OFTEN: [usize; 4] = [6, 3, 2, 1];
        let order: Vec<usize> = (0..owner.typed.len()).collect();
        let at = *self
            .chance
            .weighted(&order, |at| OFTEN.get(*at).copied().unwrap_or(1));
        let (typed, intended) = owner.typed[at];
        Aim {
            owner: Some(owner),
            typed,
            intended: Some(intended),
        }
    }

    fn language(&mut self, aim: &Aim) -> usize {
        let usual = match aim.owner {
            Some(owner) => usize::from(owner.language == "fr"),
            None => self.chance.below(2),
        };
        if self.chance.percent(8) {
            1 - usual
        } else {
            usual
        }
    }

    fn person(&mut self, language: usize, domain: impl Into<String>) -> Person {
        let code = LANGUAGES[language];
        let first = *self.chance.pick(world::of(&world::FIRST, code));
        let last = *self.chance.pick(world::of(&world::LAST, code));
        let (f, l) = (plain(first), plain(last));
        let domain = domain.into();
        let local = match domain.as_str() {
            d if d.starts_with("g") || d.contains("yahoo") => {
                format!("{f}.{l}{}", self.chance.between(2, 99))
            }
            d if d.ends_with(".cm") => format!("{}.{l}", f.get(..1).unwrap_or("x")),
            _ => format!("{f}.{l}"),
        };
        Person {
            first,
            last,
            local,
            domain,
        }
    }

    fn house(&mut self, kind: &str, language: usize) -> &'static House {
        let fits = |house: &&House| {
            house.kind == kind && (house.language == "*" || house.language == LANGUAGES[language])
        };
        let all: Vec<&House> = world::HOUSES.iter().filter(fits).collect();
        all.get(self.chance.below(all.len()))
            .copied()
            .unwrap_or(&world::HOUSES[0])
    }

    /// The values that every text may name.
    fn values(&mut self, at: Timestamp, language: usize) -> Values {
        let chance = &mut self.chance;
        let code = LANGUAGES[language];
        let mut values = Values::default();
        let first = *chance.pick(world::of(&world::FIRST, code));
        let last = *chance.pick(world::of(&world::LAST, code));
        values.set("person", format!("{first} {last}"));
        values.set("city", *chance.pick(world::of(&world::PLACES, code)));
        values.set("code", chance.code(8).to_uppercase());
        values.set(
            "junk",
            format!(
                "{}-{}",
                chance.pick(&["lucky", "prime", "mega", "top"]),
                chance.code(5)
            ),
        );
        values.set("number", chance.digits(5));
        values.set("digit", chance.digits(1));
        values.set(
            "digits",
            format!(
                "{} {} {}",
                chance.digits(2),
                chance.digits(3),
                chance.digits(3)
            ),
        );
        values.set(
            "amount",
            format!(
                "{}{}{}",
                chance.digits(2),
                if language == 0 { "." } else { "," },
                chance.digits(2)
            ),
        );
        values.set(
            "time",
            format!(
                "{:02}:{:02}",
                chance.between(6, 20),
                chance.between(0, 11) * 5
            ),
        );
        values.set("user", format!("svc-{}", chance.code(5)));
        values.set("secret", format!("{}!{}", chance.code(6), chance.digits(3)));
        let soon = at.plus_days(chance.between(1, 6)).utc();
        let later = at.plus_days(chance.between(7, 24)).utc();
        let weekday = usize::from(soon.weekday().number_days_from_monday());
        values.set("day", WEEKDAYS[language][weekday]);
        let month = usize::from(u8::from(later.month())) - 1;
        values.set(
            "day2",
            format!("{} {}", later.day(), MONTHS[language][month]),
        );
        values
    }

    fn personal(&mut self, at: Timestamp, aim: Aim, language: usize) -> Letter {
        let kind = aim.owner.map_or("", |owner| owner.kind);
        let fitting: Vec<Text> = self.personal[language]
            .iter()
            .filter(|text| text.fits.is_empty() || text.fits == kind)
            .cloned()
            .collect();
        let text = self.chance.pick(&fitting).clone();
        let house = self.house(&text.from, language);
        let colleagues = aim.intended.filter(|_| kind != "provider");
        let inside = colleagues.filter(|_| house.kind == "private" && self.chance.percent(30));
        let from = self.person(language, inside.unwrap_or(house.domain));
        let to = self.person(language, aim.typed);
        let mut values = self.values(at, language);
        values.set("first", to.first);
        values.set("last", to.last);
        values.set("from-first", from.first);
        values.set("from-last", from.last);
        values.set("house", house.name);
        let mut letter = Letter {
            at,
            helo: format!("mail.{}", from.domain),
            reverse_path: from.address(),
            recipients: vec![to.address()],
            bytes: Vec::new(),
            verdict: Verdict::Misdirected,
            intended: vec![aim.intended],
        };
        let mut shown = vec![to.named()];
        if self.chance.percent(8) {
            let other = self.person(language, aim.typed);
            letter.recipients.push(other.address());
            letter.intended.push(aim.intended);
            shown.push(other.named());
        } else if self.chance.percent(4) && aim.owner.is_some() {
            let second = self
                .chance
                .weighted(&world::OWNERS[..6], |owner| owner.weight);
            let second = self.aim_at(second);
            let other = self.person(0, second.typed);
            letter.recipients.push(other.address());
            letter.intended.push(second.intended);
            shown.push(other.named());
        }
        let mut message = Message::default();
        message.mailboxes("From", &[from.named()]);
        if let Some(real) = colleagues.filter(|_| self.chance.percent(35)) {
            let colleague = self.person(language, real);
            if self.chance.percent(50) {
                shown.insert(0, colleague.named());
            } else {
                message.mailboxes("Cc", &[colleague.named()]);
            }
        }
        let subject = fill(&text.subject, &values, &mut self.chance);
        let mut body = fill(&text.body, &values, &mut self.chance);
        message.mailboxes("To", &shown).header("Date", date(at));
        let private = from.domain == "gmail.com";
        let host = if private {
            "mail.gmail.com"
        } else {
            from.domain.as_str()
        };
        message.header("Message-ID", format!("<{}@{host}>", self.chance.code(22)));
        if subject.starts_with("Re:") {
            let at_home = colleagues.unwrap_or("example.com");
            message.header(
                "In-Reply-To",
                format!("<{}@{at_home}>", self.chance.code(18)),
            );
            body.push_str(&quoted(&to, language));
        }
        const CLIENTS: [(&str, &str); 3] = [
            ("X-Mailer", "Microsoft Outlook 16.0"),
            ("User-Agent", "Mozilla Thunderbird"),
            ("X-Mailer", "Apple Mail (2.3774.300.61.1.2)"),
        ];
        if !private && self.chance.percent(75) {
            let (name, value) = *self.chance.pick(&CLIENTS);
            message.header(name, value);
        }
        message.header("Subject", subject).body(body);
        for attached in &text.attached {
            let name = fill(&attached.name, &values, &mut self.chance);
            message.attach(name, attached.kib, &mut self.chance);
        }
        letter.bytes = message.bytes(&mut self.chance);
        letter
    }

    fn service(&mut self, at: Timestamp, aim: Aim, language: usize) -> Letter {
        let text = self.chance.pick(&self.services[language]).clone();
        let house = self.house(&text.from, language);
        let to = self.person(language, aim.typed);
        let mut values = self.values(at, language);
        values.set("first", to.first);
        values.set("house", house.name);
        values.set("from-domain", house.domain);
        values.set("typed", to.address());
        let mut message = Message::default();
        let local = if house.kind == "news" {
            "newsletter"
        } else {
            "no-reply"
        };
        let from = format!("{local}@{}", house.domain);
        message
            .mailboxes("From", &[(house.name.to_owned(), from)])
            .mailboxes("To", &[(String::new(), to.address())])
            .header("Date", date(at))
            .header(
                "Message-ID",
                format!("<{}@{}>", self.chance.code(24), house.domain),
            );
        let leave = format!(
            "<https://www.{}/unsubscribe/{}>",
            house.domain,
            self.chance.code(10)
        );
        message.header("List-Unsubscribe", leave);
        if house.kind == "news" {
            message.header("List-Id", format!("<weekly.{}>", house.domain));
            message.header("Precedence", "bulk");
        } else {
            message.header("Auto-Submitted", "auto-generated");
            message.header(
                "Feedback-ID",
                format!("{}:{}", self.chance.digits(4), house.domain),
            );
        }
        message
            .header("Subject", fill(&text.subject, &values, &mut self.chance))
            .body(fill(&text.body, &values, &mut self.chance))
            .html();
        let verp = format!(
            "bounce-{}={}",
            self.chance.digits(6),
            to.address().replace('@', "=")
        );
        Letter {
            at,
            helo: format!("out{}.{}", self.chance.digits(1), house.domain),
            reverse_path: format!("{verp}@bounces.{}", house.domain),
            recipients: vec![to.address()],
            bytes: message.bytes(&mut self.chance),
            verdict: Verdict::Reflection,
            intended: vec![aim.intended],
        }
    }
}

#[cfg(test)]
mod tests;
