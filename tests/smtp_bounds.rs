//! Bounds on what a peer may do to others: to the operator's mailboxes, to a place that somebody else could have.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod smtp_support;

use restante::message::MessageId;
use restante::message::Timestamp;
use restante::smtp::Budget;
use restante::smtp::dialogue::Dialogue;
use restante::smtp::dialogue::Step;
use restante::smtp::reply::StartTls;
use restante::smtp::session::Moment;
use smtp_support::Memory;
use smtp_support::Server;
use smtp_support::options;
use smtp_support::tcp::Peer;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// Sends one letter, and gives the answer.
fn letter(peer: &mut Peer, to: &str, text: &str) -> String {
    assert!(peer.say("MAIL FROM:<>").starts_with("250 "));
    assert!(peer.say(&format!("RCPT TO:<{to}>")).starts_with("250 "));
    assert!(peer.say("DATA").starts_with("354 "));
    peer.say(&format!("{text}\r\n."))
}

fn brought(server: &Server, client: &str) -> Peer {
    let mut peer = Peer::connect(server.address);
    peer.send(format!("PROXY TCP4 {client} 127.0.0.1 12345 25\r\n").as_bytes());
    assert!(peer.line().unwrap().starts_with("220 "));
    assert!(peer.say("EHLO client.example").starts_with("250 "));
    peer
}

#[test]
fn a_network_has_a_share_of_the_operators_mailboxes() {
    let mut options = options();
    options.proxies = vec!["127.0.0.0/8".parse().unwrap()];
    options.limits.operator_bytes_a_day = 3 * 1024;
    options.max_message_bytes = 3 * 1024;
    let server = Server::start(options, Memory::with_outcome(None));
    let mut flood = brought(&server, "192.0.2.7");
    let text = "x".repeat(1000);
    for to in ["postmaster", "abuse@mx.nic.ml", "postmaster@mx.nic.ml"] {
        assert!(letter(&mut flood, to, &text).starts_with("250 "), "{to}");
    }
    let said = letter(&mut flood, "Postmaster", &text);
    assert!(said.starts_with("450 4.7.1 "), "{said}");
    // Mail to the zones goes on, and so does another network's.
    assert!(letter(&mut flood, "jane@army.ml", &text).starts_with("250 "));
    let mut other = brought(&server, "192.0.2.8");
    assert!(letter(&mut other, "postmaster", &text).starts_with("250 "));
    assert_eq!(server.memory.messages.lock().unwrap().len(), 5);
}

#[test]
fn this_machine_may_write_to_the_operator() {
    let mut options = options();
    options.limits.operator_bytes_a_day = 1024;
    options.max_message_bytes = 1024;
    let server = Server::start(options, Memory::with_outcome(None));
    let mut monitor = Peer::greeted(server.address);
    assert!(monitor.say("EHLO client.example").starts_with("250 "));
    for _ in 0..3 {
        let said = letter(&mut monitor, "postmaster", "all is well");
        assert!(said.starts_with("250 "), "{said}");
    }
}

/// Who reads nothing does not hear its last word either, and has gone before a reply would have been given up.
#[test]
fn who_is_asked_to_go_and_does_not_read_goes_soon() {
    let mut options = options();
    options.max_connections = 1;
    options.limits.dawdling = Duration::ZERO;
    options.limits.idle_commands = u32::MAX;
    options.limits.write = Duration::from_secs(60 * 60);
    options.limits.linger = Duration::from_millis(50);
    let server = Server::start(options, Memory::with_outcome(None));
    let deaf = Peer::greeted(server.address);
    let mut socket = deaf.socket().try_clone().unwrap();
    socket
        .set_write_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let noops = b"NOOP\r\n".repeat(10_000);
    while socket.write_all(&noops).is_ok() {}
    let newcomer = Peer::greeted(server.address);
    server.memory.tally();
    drop(newcomer);
}

/// The time of a chunk runs from its own BDAT: it is told from the one before, although nothing else came between them.
#[test]
fn chunks_that_come_together_are_told_apart() {
    let memory = Memory::with_outcome(None);
    let policies = smtp_support::policies();
    let budget = Budget::new(1 << 20);
    let moment = Moment {
        now: Timestamp::from_millis(smtp_support::NOW),
        policies: &policies,
        budget: &budget,
        known: &*memory,
        may_begin: &|| true,
        fresh_id: |_| Ok(MessageId::from_bytes([7; 16])),
    };
    let client = "192.0.2.1".parse().unwrap();
    let mut dialogue = Dialogue::new(Arc::new(options()), client, StartTls::Offered);
    let mut out = Vec::new();
    let mut take = |said: &[u8]| {
        let (mut at, mut seen) = (0, Vec::new());
        while at < said.len() {
            let (taken, step) = dialogue.advance(&said[at..], &moment, &mut out);
            at += taken;
            seen.push((dialogue.data_number(), dialogue.data_received()));
            assert!(matches!(step, Step::NeedInput));
        }
        seen
    };
    take(b"EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<jane@army.ml>\r\n");
    assert_eq!(take(b"BDAT 5\r\nab").last(), Some(&(1, Some(2))));
    assert_eq!(take(b"cdeBDAT 3\r\nf").last(), Some(&(2, Some(1))));
    assert_eq!(take(b"ghBDAT 4\r\n").last(), Some(&(3, Some(0))));
}
