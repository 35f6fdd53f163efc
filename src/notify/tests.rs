use super::*;
use crate::message::Domain;
use crate::message::OperatorMailbox;
use crate::message::ReturnKey;
use transport::code_of;
use transport::harmless;
use zeroize::Zeroizing;

/// Without a return domain.
fn operator() -> OperatorAddresses {
    let hostname = Domain::parse("mx.nic.ml").unwrap();
    let key = ReturnKey::new(Zeroizing::new([7; 32]));
    OperatorAddresses::new(hostname, None, Some(key))
}

fn due() -> DueNotice {
    DueNotice {
        id: 1,
        ticket: "PR-2026-0042".to_owned(),
        language: "fr".to_owned(),
        from: "Registre du .ml <misdirected@nic.ml>".to_owned(),
        to: vec!["soc@army.mil".to_owned(), "cert@army.mil".to_owned()],
        subject: "PR-2026-0042 : des courriels s’égarent".to_owned(),
        text: "Avis\n.\n.fin ’é\n".to_owned(),
        html: "<p>Avis ’é</p>\n".to_owned(),
        approved_at: Timestamp::from_millis(1_795_434_000_123),
        attempt: 1,
    }
}

#[test]
fn the_pause_doubles_from_a_minute_to_four_hours() {
    let minutes: Vec<i64> = (1..=11).map(|n| pause(n) / MINUTE).collect();
    assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]);
    assert_eq!(pause(i64::MAX), LONGEST_PAUSE);
    assert_eq!(pause(-3), MINUTE);
}

#[test]
fn it_is_given_up_after_five_days_of_pauses() {
    let later = |attempt| judge(Outcome::Later("451 no".to_owned()), attempt);
    let last = (1..100).find(|attempt| matches!(later(*attempt), Attempted::Failed(_)));
    // 255 minutes up to the ninth try, then every four hours.
    assert_eq!(last, Some(38));
    assert_eq!(tried_for(38), 7215 * MINUTE);
    assert!(matches!(later(1), Attempted::Delayed(_)));
    assert!(matches!(later(i64::MAX), Attempted::Failed(_)));
}

#[test]
fn the_octets_are_a_proper_message_and_the_same_each_time() {
    let (one, two) = (
        Mail::of(&due(), &operator()).unwrap(),
        Mail::of(&due(), &operator()).unwrap(),
    );
    assert_eq!(one.octets, two.octets);
    let text = String::from_utf8(one.octets).unwrap();
    assert!(text.is_ascii());
    assert!(
        !text.replace("\r\n", "").contains(['\r', '\n']),
        "bare CR or LF"
    );
    for line in text.lines() {
        assert!(line.len() <= 78, "{line}");
    }
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    for line in [
        "Date: Mon, 23 Nov 2026 11:40:00 +0000",
        "Message-ID: <pr-2026-0042.1795434000123@nic.ml>",
        "Auto-Submitted: auto-generated",
        "Content-Language: fr",
        "MIME-Version: 1.0",
        "To: soc@army.mil, cert@army.mil",
        "Subject: PR-2026-0042 : ",
    ] {
        assert!(head.contains(line), "{line}\n{head}");
    }
    for name in [
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Content-Type",
    ] {
        let count = head
            .lines()
            .filter(|l| l.starts_with(&format!("{name}:")))
            .count();
        assert_eq!(count, 1, "{name}");
    }
    assert!(head.contains("multipart/alternative;"), "{head}");
    assert!(!head.contains("Precedence") && !head.contains("List-"));
    assert!(
        body.contains("text/plain; charset=utf-8") && body.contains("text/html; charset=utf-8")
    );
    assert!(
        body.find("text/plain") < body.find("text/html"),
        "RFC 2046 5.1.4: the best last"
    );
}

#[test]
fn another_approval_has_another_message_id() {
    let other = DueNotice {
        approved_at: Timestamp::from_millis(1_795_434_000_124),
        ..due()
    };
    assert_ne!(mail::message_id(&due()), mail::message_id(&other));
}

#[test]
fn what_cannot_stand_in_a_header_is_no_mail() {
    for (from, to) in [
        ("Registry", "a@b.example"),
        ("a@nic.ml\r\nBcc: x@y.example", "a@b.example"),
        ("a@nic.ml", "a@b.example\r\nBcc: x@y.example"),
        ("a@nic.ml", "a@b.example, c@d.example"),
        ("a@nic.ml", ""),
    ] {
        let due = DueNotice {
            from: from.to_owned(),
            to: vec![to.to_owned()],
            ..due()
        };
        assert!(Mail::of(&due, &operator()).is_err(), "{from:?} {to:?}");
    }
    let none = DueNotice {
        to: vec![],
        ..due()
    };
    assert_eq!(
        Mail::of(&none, &operator()).err(),
        Some(mail::MailError::To)
    );
    let subject = DueNotice {
        subject: "a\r\nBcc: x@y.example".to_owned(),
        ..due()
    };
    let text = String::from_utf8(Mail::of(&subject, &operator()).unwrap().octets).unwrap();
    assert!(!text.contains("\r\nBcc"), "{text}");
}

#[test]
fn a_relays_words_are_cut_and_cannot_steer() {
    let hostile = format!("550 \u{1b}[31mno\r\n\u{202e}250 ok\t{}", "x".repeat(500));
    let kept = harmless(&hostile);
    assert!(kept.starts_with("550 [31mno 250 ok x"), "{kept}");
    assert_eq!(kept.chars().count(), 200);
    assert_eq!(code_of(&kept), Some(550));
    assert_eq!(code_of("451"), Some(451));
    assert_eq!(code_of("4510 no"), None);
    assert_eq!(code_of("Connection error: refused"), None);
    assert_eq!(code_of("é"), None);
}

#[test]
fn smtp_means_starttls_unless_the_relay_is_this_machine() {
    for (host, tls) in [
        ("relay.nic.ml", RelayTls::Required),
        ("192.0.2.1", RelayTls::Required),
        ("localhost", RelayTls::None),
        ("127.0.0.9", RelayTls::None),
        ("::1", RelayTls::None),
        ("::ffff:127.0.0.1", RelayTls::None),
    ] {
        assert_eq!(RelayTls::of_smtp(host), tls, "{host}");
    }
}

#[test]
fn bounces_come_back_to_an_address_of_the_notice() {
    let elsewhere = Mail::of(&due(), &operator()).unwrap();
    let from: &str = elsewhere.from.as_ref();
    assert_eq!(
        from, "misdirected@nic.ml",
        "a mailbox of the registry's own"
    );

    let key = ReturnKey::new(Zeroizing::new([7; 32]));
    let returns = OperatorAddresses::new(
        Domain::parse("mx.nic.ml").unwrap(),
        Some(Domain::parse("notices.nic.ml").unwrap()),
        Some(key),
    );
    let with_domain = Mail::of(&due(), &returns).unwrap();
    let at: &str = with_domain.from.as_ref();
    let address = crate::message::Address::parse(at).unwrap();
    assert_eq!(returns.mailbox(&address), Some(OperatorMailbox::Returned));
    let text = String::from_utf8(with_domain.octets).unwrap();
    assert!(!text.contains("Reply-To"), "answers go to the registry");

    let mut ours = due();
    ours.from = "misdirected@mx.nic.ml".to_owned();
    let mail = Mail::of(&ours, &operator()).unwrap();
    let at: &str = mail.from.as_ref();
    assert!(at.starts_with("notice-pr-2026-0042-") && at.ends_with("@mx.nic.ml"));
    let text = String::from_utf8(mail.octets).unwrap();
    assert!(text.contains(&format!("Reply-To: {at}\r\n")), "{text}");
}
