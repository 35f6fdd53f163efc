use super::signals::Signal;
use super::*;
use crate::message::Address;
use crate::message::Circumstances;
use crate::message::Client;
use crate::message::Domain;
use crate::message::Helo;
use crate::message::MessageId;
use crate::message::Policy;
use crate::message::Protocol;
use crate::message::Recipient;
use crate::message::ReversePath;
use crate::message::Timestamp;

fn envelope(from: &str) -> Envelope {
    Envelope {
        id: MessageId::from_bytes([0; 16]),
        received_at: Timestamp::from_millis(0),
        client: Client {
            address: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            helo: Helo::new("mail.example.org"),
            protocol: Protocol::Esmtp,
            tls: None,
        },
        reverse_path: Address::parse(from).map_or(ReversePath::Null, ReversePath::Address),
        recipients: vec![Recipient {
            address: Address::from_parts("jane.roe", Domain::parse("army.ml").unwrap()).unwrap(),
            watch: None,
        }],
        policy: Policy::Hold,
    }
}

fn verdict(from: &str, eml: &str) -> Judged {
    let parsed = Parsed::from_bytes(eml.replace('\n', "\r\n").as_bytes());
    let folded = Folded::of(&parsed);
    let stems = crate::classify::linear::stems(folded.opening());
    judge(
        &envelope(from),
        &parsed,
        &folded,
        &stems,
        &Circumstances::UNKNOWN,
    )
}

#[test]
fn every_signal_has_weights() {
    for file in [include_str!("prior.tsv"), include_str!("weights.tsv")] {
        for signal in Signal::ALL {
            let line = format!("\nsignal:{}\t", signal.name());
            assert!(file.contains(&line), "{}", signal.name());
        }
    }
}

#[test]
fn plain_cases_are_told_apart() {
    let person = "From: John Smith <john.smith@firm.example>\nTo: Jane Roe <jane.roe@army.ml>\nSubject: Re: Thursday\n\
        Date: Mon, 1 Jul 2024 10:00:00 +0000\nMessage-ID: <a@firm.example>\nIn-Reply-To: <b@army.ml>\n\
        X-Mailer: Microsoft Outlook 16.0\n\nHi Jane,\n\nI'll bring the report tomorrow. Can you book the small room?\n\n\
        Thanks,\nJohn\n";
    assert_eq!(
        verdict("john.smith@firm.example", person).verdict,
        Verdict::Misdirected
    );

    let dsn = "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: jane.roe@army.ml\nSubject: Undelivered Mail Returned to Sender\n\
        Auto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n\
        Your message could not be delivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n--b--\n";
    let judged = verdict("", dsn);
    assert_eq!(judged.verdict, Verdict::Bounce);
    assert!(
        judged
            .reasons
            .iter()
            .any(|r| r.code == ReasonCode::DeliveryReport)
    );

    let service = "From: Shop <no-reply@shop.example>\nTo: jane.roe@army.ml\nSubject: Your order has shipped\n\
        Date: Mon, 1 Jul 2024 10:00:00 +0000\nMessage-ID: <a@shop.example>\nAuto-Submitted: auto-generated\nFeedback-ID: 1:2:3\n\n\
        Your order number 1234 has shipped. Tracking number 99. Please do not reply to this message.\n";
    assert_eq!(
        verdict("bounce-1=x@shop.example", service).verdict,
        Verdict::Reflection
    );

    let spam = "From: BEST DEALS <x7k2p9q@cheap.example>\nReply-To: claim@gmail.com\nSubject: CONGRATULATIONS! You have been selected!!!\n\n\
        Claim your FREE prize now! Act now, limited time. Click here http://a.example/x to claim your reward. \
        100% risk free, satisfaction guaranteed. Western Union transfer of $1,000,000.\n";
    assert_eq!(
        verdict("x7k2p9q@cheap.example", spam).verdict,
        Verdict::Spam
    );

    let probe = "From: test@scanner.example\nTo: jane.roe@army.ml\nSubject: test\nX-Mailer: swaks v20240103.0\n\nThis is a test mailing\n";
    assert_eq!(
        verdict("test@scanner.example", probe).verdict,
        Verdict::Probe
    );
}

#[test]
fn a_message_with_hardly_any_text_is_told_by_what_else_it_has() {
    let of = |subject: &str, rest: &str| {
        let eml = format!(
            "From: John Smith <john.smith@firm.example>\nTo: Jane Roe <jane.roe@army.ml>\nSubject: {subject}\n\
             Date: Mon, 1 Jul 2024 10:00:00 +0000\nMessage-ID: <a@firm.example>\n{rest}"
        );
        verdict("john.smith@firm.example", &eml).verdict
    };
    // A scan that somebody sends along, with nothing to say about it.
    let scan = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b\nContent-Type: application/pdf\n\
        Content-Disposition: attachment; filename=a.pdf\n\n%PDF-1.4\n--b--\n";
    assert_eq!(of("Minutes of Monday", scan), Verdict::Misdirected);
    // Signing it makes a test no document, and a picture within mark-up is nothing that somebody encloses.
    let signed = "Content-Type: multipart/signed; boundary=b\n\n--b\n\ntest\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\
        Content-Disposition: attachment; filename=smime.p7s\n\nabc\n--b--\n";
    let has = |rest: &str, signal: Signal| {
        let parsed = Parsed::from_bytes(
            format!("Subject: test\n{rest}")
                .replace('\n', "\r\n")
                .as_bytes(),
        );
        let folded = Folded::of(&parsed);
        let measured = measure::Measured::of(&envelope("a@firm.example"), &parsed, &folded);
        measured.values().iter().any(|(s, _)| *s == signal)
    };
    assert!(has(signed, Signal::Short) && !has(signed, Signal::Enclosed));
    assert!(has(scan, Signal::Enclosed));
    let picture = "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<img src='cid:a'>\n--b\n\
        Content-Type: image/png\nContent-ID: <a>\n\nabc\n--b--\n";
    assert!(has(picture, Signal::MarkupOnly) && !has(picture, Signal::Enclosed));
    let link = "\nhttp://192.0.2.7/a http://firm.example/\n";
    assert!(
        has(link, Signal::LinksNumeric) && !has("\nhttp://firm.example/\n", Signal::LinksNumeric)
    );
    // A subject is a message; a word of one is a test.
    assert_ne!(of("Lunch at twelve with Mary", "\n"), Verdict::Probe);
    assert_eq!(of("test", "\n"), Verdict::Probe);
}

#[test]
fn nothing_at_all_still_has_a_verdict() {
    let judged = verdict("", "");
    assert!(judged.confidence > 0.0 && judged.confidence <= 1.0);
}

#[test]
fn every_line_of_the_lexicon_is_of_a_kind() {
    let text = include_str!("lexicon.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#')).count();
    let read: Vec<_> = crate::classify::phrases::lexicon(text).collect();
    assert_eq!(read.len(), lines);
    for (kind, strength, _) in read {
        let known = ["person", "service", "spam", "bounce", "probe"];
        assert!(
            known.contains(&kind) && (1.0..=2.0).contains(&strength),
            "{kind}"
        );
    }
}
