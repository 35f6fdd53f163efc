//! What a wrong clock may not do, and what a right one must.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Client;
use common::Trial;
use restante::config::Config;
use restante::message::Clock;
use restante::message::Timestamp;
use restante::serve;

const DAY: i64 = 86_400_000;

/// Runs a server whose clock is `ahead` of the right one, sends it `messages`, and stops it in good order. The first
/// round of its background work is over then.
fn run(trial: &Trial, ahead: i64, messages: &[&str]) {
    let config = Config::load(&trial.config()).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let right = Clock::system();
        let parts = serve::Parts {
            clock: Clock::new(move || right.now().plus_millis(ahead)),
            ..serve::Parts::default()
        };
        let server = serve::start(config, parts).await.unwrap();
        let address = server.smtp_addresses()[0];
        let messages: Vec<String> = messages.iter().map(|text| (*text).to_owned()).collect();
        let sent = tokio::task::spawn_blocking(move || {
            let mut client = Client::connect(address);
            client.say("EHLO sender.example", "250");
            for text in messages {
                let message = format!("Subject: {text}\r\n\r\n{text}\r\n");
                let reply = client.mail("a@sender.example", &["jane@army.ml"], message.as_bytes());
                assert!(reply.starts_with("250"), "{reply}");
            }
            client.say("QUIT", "221");
        });
        sent.await.unwrap();
        server.stop().await.unwrap();
    });
}

#[test]
fn a_clock_far_ahead_deletes_nothing_however_often_it_is_restarted() {
    let trial = Trial::new();
    run(&trial, 0, &["one"]);
    for _ in 0..3 {
        run(&trial, 73 * 365 * DAY, &[]);
        assert_eq!(trial.sealed().len(), 1);
    }
    // Nor does the way back.
    run(&trial, 0, &["two"]);
    assert_eq!(trial.sealed().len(), 2);
    // The months ahead are not the present: pseudonyms go on being renewed.
    let month = |at: Timestamp| at.to_string()[..7].to_owned();
    let keys = std::fs::read_to_string(trial.dir().join("pseudonyms")).unwrap();
    assert!(
        keys.contains(&month(Clock::system().now())),
        "the keys are those of this month again"
    );
}

#[test]
fn what_is_too_old_goes_when_time_has_really_passed() {
    let trial = Trial::new();
    let text = std::fs::read_to_string(trial.config()).unwrap();
    let text = text.replace("sealed = \"90d\"", "sealed = \"1d\"");
    std::fs::write(trial.config(), text).unwrap();
    run(&trial, 0, &["one"]);
    run(&trial, DAY / 2, &["two"]);
    assert_eq!(trial.sealed().len(), 2);
    run(&trial, DAY + DAY / 4, &[]);
    assert_eq!(
        trial.sealed().len(),
        1,
        "the first has had its day, the second has not"
    );
    assert_eq!(trial.stats()["messages"], 2, "totals stay");
}
