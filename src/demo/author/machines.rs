//! What no person writes to another: spam, delivery reports, automatic answers, tests.

use crate::classify::Verdict;
use crate::demo::author::Aim;
use crate::demo::author::Author;
use crate::demo::author::LANGUAGES;
use crate::demo::letter::Letter;
use crate::demo::letter::Message;
use crate::demo::letter::date;
use crate::demo::texts::Text;
use crate::demo::texts::fill;
use crate::demo::world;
use crate::message::Timestamp;

impl Author {
    pub(super) fn spam(&mut self, at: Timestamp, aim: Aim, language: usize) -> Letter {
        let text = self.chance.pick(&self.spam).clone();
        let mut values = self.values(at, language);
        let code = LANGUAGES[language];
        values.set(
            "from-last",
            *self.chance.pick(world::of(&world::LAST, code)),
        );
        let junk = fill("{junk}.example", &values, &mut self.chance);
        let from = format!("{}@{junk}", self.chance.code(9));
        let shown = *self.chance.pick(&[
            "PRIZE DEPARTMENT",
            "Best Offers",
            "Mrs. Grace",
            "Support",
            "INFO SERVICE",
        ]);
        let local = *self
            .chance
            .pick(&["info", "contact", "sales", "office", "webmaster"]);
        let to = format!("{local}@{}", aim.typed);
        let mut message = Message::default();
        message.mailboxes("From", &[(shown.to_owned(), from.clone())]);
        if self.chance.percent(40) {
            let agent = format!("claims.{}@gmail.com", self.chance.code(6));
            message.mailboxes("Reply-To", &[(String::new(), agent)]);
        }
        if self.chance.percent(50) {
            message.mailboxes("To", &[(String::new(), to.clone())]);
        }
        if self.chance.percent(50) {
            message.header("X-Mailer", "PHPMailer 5.2");
        }
        message
            .header("Date", date(at))
            .header("Subject", fill(&text.subject, &values, &mut self.chance))
            .body(fill(&text.body, &values, &mut self.chance));
        if self.chance.percent(60) {
            message.html();
        }
        Letter {
            at,
            helo: if self.chance.percent(50) {
                self.chance.code(8)
            } else {
                junk
            },
            reverse_path: from,
            recipients: vec![to],
            bytes: message.bytes(&mut self.chance),
            verdict: Verdict::Spam,
            intended: vec![aim.intended],
        }
    }

    pub(super) fn bounce(&mut self, at: Timestamp, aim: Aim, language: usize) -> Letter {
        let text = self.machine("bounce", language);
        let house = self.house("accounts", language);
        let to = self.person(language, aim.typed);
        let lost = self.person(language, house.domain).address();
        let mut values = self.values(at, language);
        values.set("from-domain", house.domain);
        let mut message = Message::default();
        let daemon = format!("MAILER-DAEMON@mx.{}", house.domain);
        message
            .mailboxes("From", &[("Mail Delivery System".to_owned(), daemon)])
            .mailboxes("To", &[(String::new(), to.address())])
            .header("Date", date(at))
            .header("Message-ID", format!("<{}@mx.{}>", self.chance.code(20), house.domain))
            .header("Auto-Submitted", "auto-replied")
            .header("Subject", fill(&text.subject, &values, &mut self.chance))
            .body(fill(&text.body, &values, &mut self.chance))
            .report(format!(
                "Reporting-MTA: dns; mx.{}\n\nFinal-Recipient: rfc822; {lost}\nAction: failed\nStatus: 5.1.1\n",
                house.domain
            ));
        Letter {
            at,
            helo: format!("mx.{}", house.domain),
            reverse_path: String::new(),
            recipients: vec![to.address()],
            bytes: message.bytes(&mut self.chance),
            verdict: Verdict::Bounce,
            intended: vec![aim.intended],
        }
    }

    pub(super) fn away(&mut self, at: Timestamp, aim: Aim, language: usize) -> Letter {
        let text = self.machine("away", language);
        let house = self.house("lawyer", language);
        let from = self.person(language, house.domain);
        let to = self.person(language, aim.typed);
        let mut values = self.values(at, language);
        values.set("from-first", from.first);
        values.set("from-last", from.last);
        let mut message = Message::default();
        message
            .mailboxes("From", &[from.named()])
            .mailboxes("To", &[to.named()])
            .header("Date", date(at))
            .header(
                "Message-ID",
                format!("<{}@{}>", self.chance.code(20), house.domain),
            )
            .header("Auto-Submitted", "auto-replied")
            .header("X-Auto-Response-Suppress", "All")
            .header("Subject", fill(&text.subject, &values, &mut self.chance))
            .body(fill(&text.body, &values, &mut self.chance));
        Letter {
            at,
            helo: format!("mail.{}", house.domain),
            reverse_path: String::new(),
            recipients: vec![to.address()],
            bytes: message.bytes(&mut self.chance),
            verdict: Verdict::Bounce,
            intended: vec![aim.intended],
        }
    }

    pub(super) fn probe(&mut self, at: Timestamp, aim: Aim) -> Letter {
        let language = usize::from(self.chance.percent(20));
        let text = self.machine("probe", language);
        let values = self.values(at, language);
        let host = *self
            .chance
            .pick(&["survey-host.example", "mx-observatory.example"]);
        let from = format!("{}@{host}", self.chance.pick(&["scanner", "probe", "test"]));
        let local = *self.chance.pick(&["root", "test", "admin"]);
        let to = format!("{local}@{}", aim.typed);
        let mut message = Message::default();
        message
            .header("From", &from)
            .header("To", &to)
            .header("Subject", fill(&text.subject, &values, &mut self.chance))
            .header("X-Mailer", "swaks v20240103.0 jetmore.org/john/code/swaks/")
            .body(fill(&text.body, &values, &mut self.chance));
        Letter {
            at,
            helo: host.to_owned(),
            reverse_path: from,
            recipients: vec![to],
            bytes: message.bytes(&mut self.chance),
            verdict: Verdict::Probe,
            intended: vec![aim.intended],
        }
    }

    fn machine(&mut self, from: &str, language: usize) -> Text {
        let fitting = |text: &&Text| text.from == from;
        let all: Vec<&Text> = self.machines[language].iter().filter(fitting).collect();
        let at = self.chance.below(all.len());
        all.get(at).map(|text| (*text).clone()).unwrap_or_default()
    }
}
