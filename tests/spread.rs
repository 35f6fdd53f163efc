//! One sender to many typed names: a program's doing, however much its letters are like a person's.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Trial;
use serde_json::Value;

const LETTER: &[u8] = b"From: Jane Roe <jane.roe@sender.example>\r\nTo: Joe Doe <joe.doe@names.ml>\r\n\
    Date: Mon, 2 Feb 2026 10:00:00 +0100\r\nMessage-ID: <1@sender.example>\r\nSubject: Lunch on Friday?\r\n\r\n\
    Hi Joe,\r\n\r\nshall we have lunch on Friday, and could you bring the book? See you then!\r\n\r\nBest,\r\nJane\r\n";

fn weight_of_spread(message: &Value) -> Option<f64> {
    let reasons = message["verdict_reasons"].as_array().unwrap();
    let spread = reasons
        .iter()
        .find(|reason| reason["code"] == "sender_spread");
    spread.map(|reason| reason["weight"].as_f64().unwrap())
}

#[test]
fn one_sender_to_many_names_is_no_person_and_the_others_are() {
    let trial = Trial::new();
    let server = trial.serve();
    let mut client = server.client();
    client.say("EHLO sender.example", "250");
    for n in 0..24 {
        let to = format!("joe.doe@name{n:02}.ml");
        let reply = client.mail("mass@sender.example", &[&to], LETTER);
        assert!(reply.starts_with("250"), "{reply}");
    }
    // Somebody else of the same domain, and one name over and over.
    for _ in 0..8 {
        let reply = client.mail("jane.roe@sender.example", &["joe.doe@one.ml"], LETTER);
        assert!(reply.starts_with("250"), "{reply}");
    }
    drop(client);
    assert_eq!(server.stop(), 0);
    let messages = trial.messages();
    let to = |name: &str| {
        let found = messages.iter().find(|one| one["typed_domain"] == name);
        found.unwrap_or_else(|| panic!("{name}: {messages:?}"))
    };
    assert_eq!(to("one.ml")["verdict"], "misdirected");
    assert_eq!(weight_of_spread(to("one.ml")), None);
    // The first ones cannot be told from a person's.
    assert_eq!(to("name00.ml")["verdict"], "misdirected");
    assert_eq!(weight_of_spread(to("name03.ml")), None);
    let last = to("name23.ml");
    assert!(weight_of_spread(last).is_some(), "{last}");
    let sure = |message: &Value| match message["verdict"].as_str() {
        Some("misdirected") => message["verdict_confidence"].as_f64().unwrap(),
        _ => 0.0,
    };
    assert!(sure(last) < 0.8 * sure(to("name00.ml")), "{last}");
}
