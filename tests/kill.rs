//! Promise 1: 250 means kept, at least once, through kill -9 under load.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Client;
use common::Trial;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Kills; `.ci/long` asks for more.
fn kills() -> usize {
    std::env::var("RESTANTE_KILLS").map_or(12, |n| n.parse().unwrap())
}

const SENDERS: usize = 8;

/// Sends messages until the server is gone; what had no answer is sent again, byte for byte, to the next server.
fn send_until_gone(
    address: std::net::SocketAddr,
    sender: usize,
    pending: &mut Option<String>,
    acknowledged: &Acknowledged,
) {
    let Ok(mut client) = Client::try_connect(address) else {
        return;
    };
    if client.try_say("EHLO sender.example").is_err() {
        return;
    }
    loop {
        let token = pending
            .get_or_insert_with(|| format!("token-{sender}-{}-end", acknowledged.fresh()))
            .clone();
        let message = format!(
            "Subject: {token}\r\n\r\n{}\r\n",
            "text of the message ".repeat(40)
        );
        let to = [format!("jane{sender}@army.ml"), "roe@navvy.ml".to_owned()];
        match client.try_mail("a@sender.example", &[&to[0], &to[1]], message.as_bytes()) {
            Ok(reply) if reply.starts_with("250") => {
                acknowledged.tokens.lock().unwrap().insert(token);
                acknowledged.in_round.fetch_add(1, Ordering::SeqCst);
                *pending = None;
            }
            Ok(reply) => assert!(reply.starts_with('4'), "{reply}"),
            Err(_) => return,
        }
    }
}

#[derive(Default)]
struct Acknowledged {
    tokens: Mutex<HashSet<String>>,
    in_round: AtomicUsize,
    numbers: AtomicUsize,
}

impl Acknowledged {
    fn fresh(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::SeqCst)
    }
}

#[test]
fn every_250_is_there_after_kill_9() {
    let trial = Trial::new();
    let acknowledged = Acknowledged::default();
    let mut pending: Vec<Option<String>> = vec![None; SENDERS];
    for round in 0..kills() {
        let mut server = trial.serve();
        let address = server.smtp;
        acknowledged.in_round.store(0, Ordering::SeqCst);
        std::thread::scope(|scope| {
            for (sender, pending) in pending.iter_mut().enumerate() {
                let acknowledged = &acknowledged;
                scope.spawn(move || send_until_gone(address, sender, pending, acknowledged));
            }
            // Killed in mid-flight, at another point each time.
            while acknowledged.in_round.load(Ordering::SeqCst) < 5 + round * 7 % 60 {
                assert!(
                    server.child.try_wait().unwrap().is_none(),
                    "the server ended by itself"
                );
                std::thread::yield_now();
            }
            server.child.kill().unwrap();
            server.child.wait().unwrap();
        });
    }
    // One more server takes what is still pending, and ends in good order.
    let server = trial.serve();
    let mut client = server.client();
    client.say("EHLO sender.example", "250");
    client.say("QUIT", "221");
    assert_eq!(server.stop(), 0);

    let mut copies: HashMap<String, usize> = HashMap::new();
    for plain in trial.opened() {
        let text = String::from_utf8(plain).unwrap();
        let token = text
            .lines()
            .find_map(|line| line.strip_prefix("Subject: "))
            .unwrap();
        *copies.entry(token.to_owned()).or_default() += 1;
    }
    let acknowledged = acknowledged.tokens.into_inner().unwrap();
    assert!(acknowledged.len() >= kills() * 5);
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|token| !copies.contains_key(*token))
        .collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    // Two owners a message, one item each; a message that was sent again is found by its digest.
    let more: Vec<_> = copies.iter().filter(|(_, n)| **n > 2).collect();
    assert!(more.is_empty(), "sealed twice: {more:?}");
    let stats = trial.stats();
    assert_eq!(stats["messages"], copies.len());
    println!(
        "{} acknowledged, {} duplicates, {} kills",
        acknowledged.len(),
        stats["duplicates"],
        kills()
    );
}
