use super::*;
use crate::message::Address;
use crate::message::Circumstances;
use crate::message::Client;
use crate::message::Helo;
use crate::message::MessageId;
use crate::message::Policy;
use crate::message::Protocol;
use crate::message::Recipient;
use crate::message::ReversePath;
use crate::message::Timestamp;

fn d(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

fn envelope(from: &str, to: &[&str]) -> Envelope {
    let recipient = |to: &&str| Recipient {
        address: Address::parse(to).unwrap(),
        watch: None,
    };
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
        recipients: to.iter().map(recipient).collect(),
        policy: Policy::Hold,
    }
}

fn rule(id: i64, typed: &str, sender: Option<&str>, effect: RuleEffect) -> Rule {
    Rule {
        id,
        typed: d(typed),
        sender: sender.map(d),
        effect,
    }
}

#[test]
fn staff_decide_before_the_machine_and_only_where_a_rule_fits() {
    let machine = Classifier::new(&[d("ml")], Vec::new(), &Popular::shipped());
    let staff = machine.with_rules(Rules::new(vec![
        rule(
            1,
            "army.ml",
            None,
            RuleEffect::Intended(Some(d("army.example"))),
        ),
        rule(
            2,
            "army.ml",
            Some("shop.example"),
            RuleEffect::Verdict(Verdict::Reflection),
        ),
    ]));
    let parsed = Parsed::from_bytes(b"Subject: x\r\n\r\nHello.\r\n");
    let to = ["jane@us.army.ml", "joe@navy.ml"];
    let ours = staff.classify(
        &envelope("x@mail.shop.example", &to),
        &parsed,
        &Circumstances::UNKNOWN,
    );
    let theirs = machine.classify(
        &envelope("x@mail.shop.example", &to),
        &parsed,
        &Circumstances::UNKNOWN,
    );
    assert_eq!(ours.intended[0].domain, Some(d("us.army.example")));
    assert_eq!(ours.intended[0].reasons, [rules::why()]);
    assert_eq!(ours.intended[1], theirs.intended[1]);
    assert_eq!(ours.verdict, Verdict::Reflection);
    assert_eq!(ours.verdict_reasons, [rules::why()]);
    // A verdict is by the first recipient, and of that sender alone.
    for (from, to) in [
        ("x@mail.shop.example", ["joe@navy.ml", "jane@us.army.ml"]),
        ("x@other.example", ["jane@us.army.ml", "joe@navy.ml"]),
        ("", ["jane@us.army.ml", "joe@navy.ml"]),
    ] {
        let envelope = envelope(from, &to);
        let [ours, theirs] =
            [&staff, &machine].map(|c| c.classify(&envelope, &parsed, &Circumstances::UNKNOWN));
        assert_eq!(ours.verdict_reasons, theirs.verdict_reasons, "{from}");
    }
    // The machine's own word can still be asked for, and another directory leaves the rules.
    let none = Evidence::none();
    assert_eq!(
        staff.intended(&d("army.ml"), &none),
        machine.intended(&d("army.ml"), &none)
    );
    let again = staff.with_organisations(&[]);
    assert_eq!(again.rule_for(&d("x.army.ml"), None).map(|r| r.id), Some(1));
    assert_eq!(
        again.decide(&d("army.ml"), None, &none).domain,
        Some(d("army.example"))
    );
}
