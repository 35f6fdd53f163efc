//! What it costs at most, and what it costs when the resolver is dead or off.

use crate::common::Trial;
use crate::common::restante;
use crate::dns::Dns;
use crate::dns::NEVER;
use crate::dns::Zone;
use crate::letter;
use crate::letter::SECRET;
use crate::results::asking;
use crate::results::holds_names_alone;
use crate::results::results;
use crate::results::send_as;
use restante::authenticate::Authenticator;
use restante::authenticate::Claims;
use restante::authenticate::Options;
use restante::authenticate::QUERIES_MAX;
use restante::authenticate::Sender;
use restante::authenticate::Source;
use restante::message::Address;
use restante::message::Authentication;
use restante::message::CheckResult;
use restante::message::Envelope;
use restante::message::Helo;
use restante::message::MessageId;
use restante::message::Policy;
use restante::message::Protocol;
use restante::message::Recipient;
use restante::message::ReversePath;
use restante::message::Timestamp;
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use std::time::Instant;

#[test]
fn a_message_is_worth_so_many_questions_and_no_more() {
    let mut zone = Zone::default();
    for at in 0..15 {
        let record = format!("v=spf1 mx a:a{at}.example include:d{}.example -all", at + 1);
        zone = zone
            .text(&format!("d{at}.example"), &record)
            .exchange(&format!("d{at}.example"), &format!("m{at}.example"));
    }
    let dns = Dns::new(zone);
    let trial = asking(&dns);
    let server = trial.serve();
    let sender = format!("{SECRET}@d0.example");
    let letter = letter::from(&[&sender]);
    send_as(&server, "192.0.2.77", "mail.helo.example", &sender, &letter);
    assert_eq!(dns.asked().len(), QUERIES_MAX);
    let [spf, dkim, _, dmarc, _] = &results(&trial)[0];
    // DMARC goes before SPF, which asks the most.
    assert_eq!([spf, dkim, dmarc], ["temperror", "none", "none"]);
    // What is known is not asked again: the next message gets further, and then has reached SPF's own bound.
    send_as(
        &server,
        "192.0.2.77",
        "mail.helo.example",
        &sender,
        &letter::from(&[&sender, "x"]),
    );
    assert!(dns.asked().len() <= 2 * QUERIES_MAX);
    assert_eq!(results(&trial)[1][0], "permerror");
    holds_names_alone(&dns);
    assert_eq!(server.stop(), 0);
}

#[test]
fn a_dead_resolver_costs_three_seconds_and_no_message() {
    let dns = Dns::new(Zone::default());
    dns.set_silent(true);
    let trial = asking(&dns);
    let server = trial.serve();
    let begun = Instant::now();
    // Many at once wait no longer than one.
    std::thread::scope(|scope| {
        for number in 0..20 {
            let server = &server;
            scope.spawn(move || {
                let sender = format!("{SECRET}@x{number}.example");
                let letter = letter::from(&[&sender]);
                send_as(server, "192.0.2.77", "mail.helo.example", &sender, &letter);
            });
        }
    });
    assert!(
        begun.elapsed() >= Duration::from_secs(3),
        "it was waited for"
    );
    assert!(begun.elapsed() < Duration::from_secs(30));
    for [spf, _, _, dmarc, policy] in results(&trial) {
        let late = Value::from("temperror");
        assert_eq!([spf, dmarc, policy], [late.clone(), late, Value::Null]);
    }
    let log = || std::fs::read_to_string(trial.log()).unwrap();
    while !log().contains("the resolver does not answer") {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
    // From here on nobody waits, and nobody is asked in vain.
    let sender = format!("{SECRET}@after.example");
    let letter = letter::from(&[&sender]);
    send_as(&server, "192.0.2.77", "mail.helo.example", &sender, &letter);
    assert_eq!(results(&trial)[20][0], "temperror");
    assert!(!dns.asked().iter().any(|(name, _)| name.contains("after")));
    assert_eq!(server.stop(), 0);
}

#[test]
fn without_a_resolver_nothing_is_checked_and_imports_never_are() {
    let trial = Trial::with("[authentication]\nresolver = \"off\"\n");
    assert!(!trial.out(&["check-config"]).contains("SPF"));
    let server = trial.serve();
    let mut client = server.client();
    client.say("EHLO x.example", "250");
    let reply = client.mail(
        "a@x.example",
        &["jane@army.ml"],
        &letter::from(&["a@x.example"]),
    );
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(results(&trial), [[const { Value::Null }; 5]]);
    assert_eq!(server.stop(), 0);

    let dns = Dns::new(Zone::default().text("x.example", "v=spf1 -all"));
    let trial = asking(&dns);
    let said = trial.out(&["check-config"]);
    assert!(
        said.contains(&format!("{} is asked", dns.address)),
        "{said}"
    );
    let eml = trial.folder.path().join("1.eml");
    std::fs::write(&eml, letter::from(&["a@x.example"])).unwrap();
    let done = restante()
        .args(["import", "eml"])
        .arg(&eml)
        .args(["--recipient", "jane@army.ml", "--config"])
        .arg(trial.config())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert_eq!(results(&trial), [[const { Value::Null }; 5]]);
    assert_eq!(dns.count(), 0);
}

fn envelope(sender: &str) -> Envelope {
    let now = Timestamp::from_millis(1_795_000_000_000);
    Envelope {
        id: MessageId::fresh(now).unwrap(),
        received_at: now,
        client: restante::message::Client {
            address: "192.0.2.77".parse().unwrap(),
            helo: Helo::new("mail.helo.example"),
            protocol: Protocol::Esmtp,
            tls: None,
        },
        reverse_path: ReversePath::Address(Address::parse(sender).unwrap()),
        recipients: vec![Recipient {
            address: Address::parse("jane@army.ml").unwrap(),
            watch: None,
        }],
        policy: Policy::Hold,
    }
}

/// One check; `None` where the resolver is known to be dead.
async fn check(authenticator: &Authenticator, domain: &str) -> Option<Authentication> {
    if authenticator.is_silent() {
        return None;
    }
    let sender = format!("{SECRET}@{domain}");
    let claims = Claims::of(&letter::from(&[&sender]));
    let sender = Sender::of(&envelope(&sender));
    Some(authenticator.check(&sender, claims.as_ref()).await)
}

/// Whether it is done at once.
async fn is_done<T>(work: &mut Pin<Box<impl Future<Output = T>>>) -> bool {
    std::future::poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx).is_ready())).await
}

#[tokio::test]
async fn nobody_waits_for_a_place_or_for_a_resolver_that_is_known_to_be_dead() {
    let mut zone = Zone::default();
    for at in 0..1000 {
        zone = zone.text(&format!("d{at}.example"), "v=spf1 -all");
    }
    let dns = Dns::new(zone);
    dns.set_silent(true);
    let options = Options {
        resolver: Some(Source::At(dns.address)),
        time: Duration::from_millis(300),
        at_once: 4,
        pause: Duration::from_millis(50),
    };
    let authenticator = Authenticator::new(&options).unwrap().unwrap();
    let begun = Instant::now();
    let domains: Vec<String> = (900..904).map(|at| format!("d{at}.example")).collect();
    let mut under_way = Vec::new();
    for domain in &domains {
        let mut checking = Box::pin(check(&authenticator, domain));
        assert!(!is_done(&mut checking).await);
        under_way.push(checking);
    }
    let mut further = Box::pin(check(&authenticator, "d904.example"));
    assert!(is_done(&mut further).await, "all places are taken");
    drop(under_way);
    // Message after message finds no answer, until the resolver is known to be dead: then it costs nobody anything.
    let mut number = 0;
    while let Some(found) = check(&authenticator, &format!("d{number}.example")).await {
        assert_eq!(found.spf, Some(CheckResult::TempError));
        number += 1;
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it is never given up"
        );
    }
    let asked = dns.count();
    let sender = Sender::of(&envelope("a@x.example"));
    for _ in 0..1000 {
        let found = authenticator.check(&sender, None).await;
        assert_eq!(found, Authentication::NOT_NOW);
    }
    // Somebody still looks, with a question that no sender has a hand in.
    let looks = |(name, _): &(String, _)| name == ".";
    assert!(dns.asked().iter().any(looks));
    assert!(dns.count() < asked + 100);
    dns.set_silent(false);
    let found = loop {
        if let Some(found) = check(&authenticator, "d500.example").await {
            break found;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it is never found again"
        );
        tokio::task::yield_now().await;
    };
    assert_eq!(found.spf, Some(CheckResult::Fail));
}

#[tokio::test]
async fn names_that_are_never_answered_do_not_turn_the_checks_off() {
    let dns = Dns::new(Zone::default().text("lively.example", "v=spf1 -all"));
    let options = Options {
        resolver: Some(Source::At(dns.address)),
        time: Duration::from_millis(300),
        ..Options::default()
    };
    let authenticator = Authenticator::new(&options).unwrap().unwrap();
    let begun = Instant::now();
    let looks = |(name, _): &(String, _)| name == ".";
    for number in 0.. {
        let found = check(&authenticator, &format!("d{number}.{NEVER}")).await;
        assert_eq!(found.unwrap().spf, Some(CheckResult::TempError));
        if dns.asked().iter().any(looks) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody looks");
    }
    for _ in 0..20 {
        let found = check(&authenticator, "lively.example").await;
        assert_eq!(found.unwrap().spf, Some(CheckResult::Fail));
    }
}

#[test]
fn what_a_header_may_cost_is_bounded() {
    let mut header = b"From: a@x.example\r\n".to_vec();
    header.extend(b"DKIM-Signature: v=1; a=rsa-sha256\r\n".repeat(100_000));
    header.extend(b"\r\nx\r\n");
    assert!(Claims::of(&header).is_none(), "longer than any real one");
    let bomb = b"Content-Type: message/rfc822\r\n\r\n".repeat(200_000);
    assert!(Claims::of(&bomb).is_some(), "nesting costs nothing");
}
