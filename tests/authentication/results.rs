//! The results, as the store has them.

use crate::common::Client;
use crate::common::Running;
use crate::common::Trial;
use crate::dns::Dns;
use crate::dns::Zone;
use crate::letter;
use crate::letter::SECRET;
use crate::letter::Signer;
use hickory_resolver::proto::rr::RecordType;
use serde_json::Value;

/// The client that the proxy brings: it must not stand in any question.
const CLIENT: &str = "192.0.2.77";

/// A catcher that asks `dns`, behind a proxy that brings any client.
pub fn asking(dns: &Dns) -> Trial {
    let trial = Trial::with(&format!(
        "[authentication]\nresolver = \"{}\"\n",
        dns.address
    ));
    let text = std::fs::read_to_string(trial.config()).unwrap();
    let text = text.replacen("[smtp]", "[smtp]\nproxies = [\"127.0.0.1/32\"]", 1);
    std::fs::write(trial.config(), text).unwrap();
    trial
}

/// Sends a letter from `client`; it must be taken.
pub fn send_as(server: &Running, client: &str, helo: &str, sender: &str, letter: &[u8]) {
    let mut client = Client::bringing(server.smtp, client.parse().unwrap());
    client.say(&format!("EHLO {helo}"), "250");
    let reply = client.mail(sender, &["jane@army.ml"], letter);
    assert!(reply.starts_with("250"), "{reply}");
}

/// A letter with From and envelope of the same domain, without a signature.
fn send_plain(server: &Running, domain: &str) {
    let address = format!("{SECRET}@{domain}");
    let letter = letter::from(&[&address]);
    send_as(server, CLIENT, "mail.helo.example", &address, &letter);
}

/// The results of every message, in the order of arrival: SPF, DKIM, aligned, DMARC, policy.
pub fn results(trial: &Trial) -> Vec<[Value; 5]> {
    let keys = ["spf", "dkim", "dkim_aligned", "dmarc", "dmarc_policy"];
    let messages = trial.messages();
    messages
        .iter()
        .map(|m| keys.map(|key| m[key].clone()))
        .collect()
}

/// Nothing of any local part, and nothing of the client's address, has been asked.
pub fn holds_names_alone(dns: &Dns) {
    for (name, kind) in dns.asked() {
        for piece in [
            SECRET,
            "postmaster",
            "192.0.2",
            "2.0.192",
            "77",
            "in-addr",
            "2001",
            "8.b.d.0",
        ] {
            assert!(!name.contains(piece), "{piece} in {name} {kind}");
        }
        assert_ne!(kind, RecordType::PTR);
    }
}

#[test]
fn spf_of_every_kind() {
    let one = "2001:db8::77";
    let long = format!(
        "v=spf1 {}ip4:{CLIENT} -all",
        "ip4:198.51.100.1 ".repeat(100)
    );
    let many = format!(
        "v=spf1 {} -all",
        "include:none.example ".repeat(5) + &"include:inc.example ".repeat(11)
    );
    // One a line: the domain, its record, what comes of it.
    let cases = [
        ("pass.example", "v=spf1 ip4:192.0.2.0/24 -all", "pass"),
        ("fail.example", "v=spf1 ip4:198.51.100.1 -all", "fail"),
        ("softfail.example", "v=spf1 ~all", "softfail"),
        ("neutral.example", "v=spf1 ?all", "neutral"),
        ("silent.example", "google-site-verification=x", "none"),
        ("many.example", many.as_str(), "permerror"),
        ("syntax.example", "v=spf1 ip4:1.2.3 -all", "permerror"),
        ("long.example", long.as_str(), "pass"),
        ("mx.example", "v=spf1 mx -all", "pass"),
        ("a.example", "v=spf1 a:host.example -all", "pass"),
        ("redirect.example", "v=spf1 redirect=pass.example", "pass"),
        // What would tell the client's address or the sender's local part is not asked. The rest may still say pass; that it
        // does not is no fail.
        (
            "macros.example",
            "v=spf1 exists:%{i}._spf.%{d} a:%{l}.users.example ptr ip4:192.0.2.77 -all",
            "pass",
        ),
        (
            "macros-only.example",
            "v=spf1 include:%{ir}.%{v}.x.example exists:%{l}.%{o}.x.example -all",
            "temperror",
        ),
        ("helo.example", "v=spf1 include:%{h} -all", "pass"),
    ];
    let mut zone = Zone::default()
        .text("inc.example", "v=spf1 ip4:198.51.100.2 -all")
        .text("none.example", "v=spf1 ?all")
        .text(
            "mail.helo.example",
            "v=spf1 ip4:192.0.2.77 ip6:2001:db8::/64 -all",
        )
        .text("two.example", "v=spf1 +all")
        .text("two.example", "v=spf1 -all")
        .exchange("mx.example", "host.example")
        .address("host.example", CLIENT.parse().unwrap());
    for (domain, record, _) in &cases {
        zone = zone.text(domain, record);
    }
    let dns = Dns::new(zone);
    let trial = asking(&dns);
    let server = trial.serve_with(|command| {
        command.env("RUST_LOG", "trace");
    });
    for (domain, ..) in &cases {
        send_plain(&server, domain);
    }
    send_plain(&server, "two.example");
    send_plain(&server, "nowhere.example");
    // The null reverse-path stands for the HELO name, here from an IPv6 client.
    let bounce = letter::from(&["mailer-daemon@mail.helo.example"]);
    send_as(&server, one, "mail.helo.example", "", &bounce);
    let found: Vec<Value> = results(&trial).into_iter().map(|[spf, ..]| spf).collect();
    let expected = cases.iter().map(|(.., word)| *word);
    let expected: Vec<&str> = expected.chain(["permerror", "none", "pass"]).collect();
    let named = cases.iter().map(|(domain, ..)| *domain);
    let named: Vec<&str> = named.chain(["two", "nowhere", "null"]).collect();
    for ((domain, expected), found) in named.iter().zip(&expected).zip(&found) {
        assert_eq!(found, expected, "{domain}");
    }
    assert_eq!(found.len(), expected.len());
    assert!(
        dns.was_asked_over_tcp(),
        "the long record does not fit a datagram"
    );
    holds_names_alone(&dns);
    // Nor does anything of it reach the log, however much is asked for.
    let log = std::fs::read_to_string(trial.log()).unwrap();
    assert!(log.contains("message committed"), "{log}");
    for piece in [SECRET, CLIENT, "pass.example", "mail.helo"] {
        assert!(!log.contains(piece), "{piece}");
    }
    assert_eq!(server.stop(), 0);
}

#[test]
fn dkim_and_dmarc_of_every_kind() {
    let signer = Signer::new();
    let reject = "v=DMARC1; p=reject";
    let dns = Dns::new(
        Zone::default()
            .text("s1._domainkey.signed.example", &signer.record())
            .text("_dmarc.signed.example", reject)
            .text("signed.example", "v=spf1 -all")
            .text("s1._domainkey.bare.example", &signer.record())
            .text("s1._domainkey.other.example", &signer.record())
            .text("s1._domainkey.revoked.example", "v=DKIM1; p=")
            .text("aligned.example", "v=spf1 ip4:192.0.2.77 -all")
            .text("_dmarc.aligned.example", "v=DMARC1; p=quarantine")
            .text("_dmarc.lenient.example", "v=DMARC1; p=none"),
    );
    let fields = ["From", "To", "Subject"];
    let by = |domain: &str| letter::from(&[&format!("Joe <{SECRET}@{domain}>")]);
    let signed =
        |signer_domain: &str, domain: &str| signer.sign(signer_domain, &fields, &by(domain));
    let words =
        |spf: &str, dkim: &str, aligned: Option<bool>, dmarc: &str, policy: Option<&str>| {
            [
                Value::from(spf),
                dkim.into(),
                aligned.into(),
                dmarc.into(),
                policy.into(),
            ]
        };
    let mut broken = signed("signed.example", "signed.example");
    broken.extend_from_slice(b"P.S. Pay at once.\r\n");
    let mut renamed = signed("signed.example", "signed.example");
    let at = renamed.windows(7).position(|w| w == b"Tuesday").unwrap();
    renamed[at..at + 7].copy_from_slice(b"Tuesdax");
    let mut large = by("signed.example");
    large.extend(b"All work and no play makes Jack a dull boy.\r\n".repeat(20_000));
    let two_fields = letter::from(&["joe@signed.example", "eve@signed.example"]);
    // One a line: what it is, the letter, its envelope sender's domain, what comes of it.
    let cases = [
        (
            "signed, sent by a server that SPF excludes",
            signed("signed.example", "signed.example"),
            "signed.example",
            words("fail", "pass", Some(true), "pass", Some("reject")),
        ),
        (
            "another body",
            broken,
            "signed.example",
            words("fail", "fail", None, "fail", Some("reject")),
        ),
        (
            "another subject",
            renamed,
            "signed.example",
            words("fail", "fail", None, "fail", Some("reject")),
        ),
        (
            "large",
            signer.sign("signed.example", &fields, &large),
            "bulk.example",
            words("none", "pass", Some(true), "pass", Some("reject")),
        ),
        (
            "no policy",
            signed("bare.example", "bare.example"),
            "bare.example",
            words("none", "pass", Some(true), "none", None),
        ),
        (
            "signed by another",
            signed("other.example", "signed.example"),
            "other.example",
            words("none", "pass", Some(false), "fail", Some("reject")),
        ),
        (
            "signed by both",
            signer.sign(
                "other.example",
                &fields,
                &signed("signed.example", "signed.example"),
            ),
            "other.example",
            words("none", "pass", Some(true), "pass", Some("reject")),
        ),
        (
            "no key",
            signed("keyless.example", "keyless.example"),
            "keyless.example",
            words("none", "permerror", None, "none", None),
        ),
        (
            "a key taken back",
            signed("revoked.example", "revoked.example"),
            "revoked.example",
            words("none", "permerror", None, "none", None),
        ),
        (
            "From not signed",
            signer.sign("signed.example", &["To", "Subject"], &by("signed.example")),
            "x.example",
            words("none", "permerror", None, "fail", Some("reject")),
        ),
        (
            "aligned by SPF",
            by("news.aligned.example"),
            "aligned.example",
            words("pass", "none", None, "pass", Some("quarantine")),
        ),
        (
            "forged",
            by("aligned.example"),
            "elsewhere.example",
            words("none", "none", None, "fail", Some("quarantine")),
        ),
        (
            "forged, and nothing asked for",
            by("lenient.example"),
            "elsewhere.example",
            words("none", "none", None, "fail", Some("none")),
        ),
        (
            "two From fields",
            signer.sign("signed.example", &fields, &two_fields),
            "signed.example",
            words("fail", "pass", Some(false), "permerror", None),
        ),
        (
            "addresses of two domains",
            letter::from(&["a@aligned.example, b@other.example"]),
            "aligned.example",
            words("pass", "none", None, "permerror", None),
        ),
        (
            "addresses of one domain",
            letter::from(&["a@aligned.example, b@aligned.example"]),
            "aligned.example",
            words("pass", "none", None, "pass", Some("quarantine")),
        ),
        (
            "more signatures than are verified, its own the last",
            (0..5).fold(signed("signed.example", "signed.example"), |letter, _| {
                signer.sign("other.example", &fields, &letter)
            }),
            "x.example",
            words("none", "pass", Some(true), "pass", Some("reject")),
        ),
        (
            "more fields than are looked at",
            [
                b"X-Filler: x\r\n".repeat(1_000),
                signed("signed.example", "signed.example"),
            ]
            .concat(),
            "x.example",
            words("none", "temperror", None, "temperror", Some("reject")),
        ),
        (
            "a longer header than is read",
            [
                b"X-Filler: x\r\n".repeat(20_000),
                signed("signed.example", "signed.example"),
            ]
            .concat(),
            "x.example",
            words("none", "temperror", None, "temperror", None),
        ),
        (
            "no header",
            b"Hello\r\n".to_vec(),
            "x.example",
            words("none", "none", None, "permerror", None),
        ),
        (
            "no From",
            letter::from(&[]),
            "aligned.example",
            words("pass", "none", None, "permerror", None),
        ),
    ];
    let trial = asking(&dns);
    let server = trial.serve();
    for (_, letter, domain, _) in &cases {
        let sender = format!("{SECRET}@{domain}");
        send_as(&server, CLIENT, "mail.helo.example", &sender, letter);
    }
    let found = results(&trial);
    for ((what, .., expected), found) in cases.iter().zip(&found) {
        assert_eq!(found, expected, "{what}");
    }
    assert_eq!(found.len(), cases.len());
    holds_names_alone(&dns);
    let reports = |(name, _): &(String, RecordType)| name.starts_with("_report.");
    assert!(!dns.asked().iter().any(reports), "nobody is told anything");

    // Whose it is: From's domain where that stands for the letter, else the envelope's.
    let messages = trial.messages();
    let sender = |at: usize| messages[at]["sender_domain"].as_str().unwrap();
    assert_eq!(sender(6), "signed.example", "signed by both");
    assert_eq!(sender(5), "other.example", "signed by another");
    assert_eq!(sender(11), "elsewhere.example", "forged");

    // What the verdict rests on.
    let rests_on = |at: usize, code: &str| {
        let reasons = messages[at]["verdict_reasons"].as_array().unwrap();
        reasons.iter().any(|reason| reason["code"] == code)
    };
    assert!(rests_on(0, "dmarc_pass") && !rests_on(0, "spf_fail"));
    assert!(rests_on(1, "dmarc_fail") && !rests_on(1, "spf_fail"));
    assert!(
        !rests_on(12, "dmarc_fail"),
        "a domain that asks for nothing"
    );
    assert!(rests_on(13, "spf_fail"));
    assert_eq!(server.stop(), 0);
}
