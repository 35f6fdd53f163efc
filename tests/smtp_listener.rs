//! The listener as a whole: places, time, order of stopping, TLS, and what must survive a failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod smtp_support;

use restante::message::Policy;
use restante::message::PolicyTable;
use restante::smtp::Outcome;
use restante::smtp::Tally;
use restante::smtp::Tls;
use restante::smtp::TlsFiles;
use smtp_support::Memory;
use smtp_support::Server;
use smtp_support::domain;
use smtp_support::options;
use smtp_support::tcp::Peer;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::oneshot;

fn server() -> Server {
    Server::start(options(), Memory::with_outcome(None))
}

/// Brings a session to the data.
fn begin(peer: &mut Peer) {
    assert!(peer.say("EHLO client.example").starts_with("250 "));
    start(peer);
}

fn start(peer: &mut Peer) {
    assert!(peer.say("MAIL FROM:<>").starts_with("250 "));
    assert!(peer.say("RCPT TO:<jane@army.ml>").starts_with("250 "));
    assert!(peer.say("DATA").starts_with("354 "));
}

/// Waits for what must come to pass, ten seconds at most.
fn until(come: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !come() {
        assert!(began.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn too_many_sessions_are_told_so() {
    let mut options = options();
    options.max_connections = 2;
    let server = Server::start(options, Memory::with_outcome(None));
    let first = Peer::greeted(server.address);
    let _second = Peer::greeted(server.address);
    let mut third = Peer::connect(server.address);
    assert!(third.line().unwrap().starts_with("421 4.3.2 "));
    assert_eq!(third.line(), None);
    drop(first);
    server.memory.tally();
    Peer::greeted(server.address);
}

#[test]
fn too_many_sessions_of_one_network_are_told_so() {
    let mut options = options();
    options.max_connections_per_ip = 1;
    options.listen.push("[::1]:0".parse().unwrap());
    let server = Server::start(options, Memory::with_outcome(None));
    let _first = Peer::greeted(server.address);
    let mut second = Peer::connect(server.address);
    assert!(second.line().unwrap().starts_with("421 4.7.0 "));
    assert_eq!(second.line(), None);
    assert_eq!(server.memory.another_tally(), None, "it was no session");
}

#[test]
fn ipv4_and_ipv6_stand_side_by_side_on_one_port() {
    let mut both = options();
    both.listen = vec!["[::]:0".parse().unwrap()];
    let six = Server::start(both.clone(), Memory::with_outcome(None));
    both.listen = vec![([0, 0, 0, 0], six.address.port()).into()];
    let four = Server::start(both, Memory::with_outcome(None));
    let port = six.address.port();
    Peer::greeted(([127, 0, 0, 1], port).into()).say("QUIT");
    assert_eq!(four.memory.tally(), Tally::default());
    assert_eq!(six.memory.another_tally(), None);
}

#[test]
fn an_address_in_use_is_named_in_the_error() {
    let taken = server();
    let mut options = options();
    options.listen = vec![taken.address];
    let started = std::panic::catch_unwind(|| Server::start(options, Memory::with_outcome(None)));
    let said = started
        .err()
        .and_then(|panic| panic.downcast::<String>().ok());
    assert!(said.unwrap().contains(&taken.address.to_string()));
}

#[test]
fn silence_between_commands_ends_the_session() {
    let mut options = options();
    options.command_timeout = Duration::from_millis(50);
    let server = Server::start(options, Memory::with_outcome(None));
    let mut peer = Peer::greeted(server.address);
    peer.send(b"NOO");
    assert!(peer.line().unwrap().starts_with("421 4.4.2 "));
    assert_eq!(peer.line(), None);
}

#[test]
fn silence_inside_the_data_ends_the_session() {
    let mut options = options();
    options.limits.data_block = Duration::from_millis(50);
    let server = Server::start(options, Memory::with_outcome(None));
    let mut peer = Peer::greeted(server.address);
    begin(&mut peer);
    peer.send(b"half a mess");
    assert!(peer.line().unwrap().starts_with("421 4.4.2 "));
    assert_eq!(peer.line(), None);
    peer.hang_up();
    assert_eq!(server.memory.tally(), Tally::default());
    assert_eq!(server.budget.in_use(), 0);
}

#[test]
fn slow_data_ends_the_session_although_it_never_stops() {
    let mut options = options();
    options.limits.data_grace = Duration::from_millis(100);
    options.limits.data_rate = 1 << 40;
    let server = Server::start(options, Memory::with_outcome(None));
    let mut peer = Peer::greeted(server.address);
    begin(&mut peer);
    let mut writer = peer.socket().try_clone().unwrap();
    let sending = std::thread::spawn(move || while writer.write_all(b"drip\r\n").is_ok() {});
    assert!(peer.line().unwrap().starts_with("421 4.4.2 "));
    peer.hang_up();
    server.memory.tally();
    sending.join().unwrap();
}

#[test]
fn a_session_that_never_stops_talking_ends_too() {
    let mut options = options();
    options.limits.session = Duration::from_millis(100);
    options.limits.idle_commands = u32::MAX;
    let server = Server::start(options, Memory::with_outcome(None));
    let mut peer = Peer::greeted(server.address);
    let last = std::iter::repeat_with(|| peer.say("NOOP")).find(|reply| !reply.starts_with("250 "));
    assert!(last.unwrap().starts_with("421 4.4.2 Session too long"));
    assert_eq!(peer.line(), None);
}

#[test]
fn a_session_that_never_even_pauses_ends_too() {
    let mut options = options();
    options.limits.session = Duration::from_millis(200);
    options.limits.idle_commands = u32::MAX;
    let server = Server::start(options, Memory::with_outcome(None));
    let mut peer = Peer::greeted(server.address);
    let mut writer = peer.socket().try_clone().unwrap();
    let noops = b"NOOP\r\n".repeat(20_000);
    let sending = std::thread::spawn(move || while writer.write_all(&noops).is_ok() {});
    let last = std::iter::repeat_with(|| peer.reply()).find(|reply| !reply.starts_with("250 "));
    assert!(last.unwrap().starts_with("421 4.4.2 Session too long"));
    peer.hang_up();
    sending.join().unwrap();
}

#[test]
fn the_last_reply_reaches_a_peer_that_was_still_talking() {
    let server = server();
    let mut peer = Peer::greeted(server.address);
    let talk = [b"AUTH PLAIN\r\n", &b"x".repeat(100_000)[..]].concat();
    peer.send(&talk);
    assert!(peer.line().unwrap().starts_with("502 5.7.0 "));
    for _ in 0..2 {
        let sent = peer.try_send(b"more");
        assert!(sent.is_ok(), "the connection was reset");
    }
}

#[test]
fn a_peer_that_reads_no_replies_is_let_go() {
    let mut options = options();
    options.limits.write = Duration::from_millis(100);
    options.limits.idle_commands = u32::MAX;
    let server = Server::start(options, Memory::with_outcome(None));
    let peer = Peer::greeted(server.address);
    let mut socket = peer.socket().try_clone().unwrap();
    let noops = b"NOOP\r\n".repeat(10_000);
    while socket.write_all(&noops).is_ok() {}
    server.memory.tally();
}

#[test]
fn a_handshake_that_does_not_come_ends_the_session() {
    let mut options = options();
    options.limits.handshake = Duration::from_millis(50);
    let server = Server::start(options, Memory::with_outcome(None));
    let mut peer = Peer::greeted(server.address);
    peer.say("EHLO client.example");
    assert!(peer.say("STARTTLS").starts_with("220 "));
    assert_eq!(peer.line(), None);
    assert_eq!(server.memory.tally(), Tally::default());
}

#[test]
fn a_handshake_of_plain_commands_ends_the_session() {
    let server = server();
    let mut peer = Peer::greeted(server.address);
    peer.say("EHLO client.example");
    assert!(peer.say("STARTTLS").starts_with("220 "));
    peer.send(b"MAIL FROM:<evil@client.example>\r\n");
    let mut rest = Vec::new();
    let _ = peer.socket().read_to_end(&mut rest);
    assert!(!rest.starts_with(b"2"), "answered in the clear");
    server.memory.tally();
}

#[test]
fn broken_off_sessions_leave_nothing_and_are_told_once() {
    let server = server();
    for talk in [
        &b""[..],
        b"EHL",
        b"EHLO x\r\n",
        b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<jane@army.ml>\r\n",
        b"EHLO x\r\nMAIL FROM:<> SIZE=100000\r\nRCPT TO:<jane@army.ml>\r\nDATA\r\nhalf a mess",
        b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<jane@army.ml>\r\nDATA\r\nno end\r\n.\r",
    ] {
        let mut peer = Peer::greeted(server.address);
        peer.send(talk);
        peer.socket().shutdown(Shutdown::Write).unwrap();
        while peer.line().is_some() {}
        assert_eq!(server.memory.tally(), Tally::default());
    }
    assert_eq!(server.memory.another_tally(), None);
    assert_eq!(server.budget.in_use(), 0);
    assert!(server.memory.messages.lock().unwrap().is_empty());
}

#[test]
fn sizes_that_are_only_declared_take_no_memory() {
    let mut options = options();
    options.max_bytes_in_flight = 30 * 1024 * 1024;
    let server = Server::start(options, Memory::with_outcome(None));
    let declare = |size: usize| {
        let mut peer = Peer::greeted(server.address);
        peer.say("EHLO client.example");
        peer.say(&format!("MAIL FROM:<> SIZE={size}"));
        peer.say("RCPT TO:<jane@army.ml>");
        let answer = peer.say("DATA");
        assert!(answer.starts_with("354 "), "{answer}");
        peer
    };
    let mut idle: Vec<_> = (0..20).map(|_| declare(25 * 1024 * 1024)).collect();
    for peer in &mut idle {
        peer.send(b"a drop\r\n");
    }
    let message = large_message();
    let mut busy = declare(message.len());
    busy.send(&message);
    assert!(busy.say(".").starts_with("250 2.6.0 "));
    for mut peer in idle {
        assert!(peer.say(".").starts_with("250 2.6.0 "));
    }
    assert_eq!(server.budget.in_use(), 0);
}

#[test]
fn a_budget_used_up_in_mid_data_is_told_after_it() {
    let mut options = options();
    options.max_bytes_in_flight = 6_000_000;
    let server = Server::start(options, Memory::with_outcome(None));
    let message = large_message();
    let mut peers: Vec<_> = (0..2)
        .map(|_| {
            let mut peer = Peer::greeted(server.address);
            peer.say("EHLO client.example");
            peer.say(&format!("MAIL FROM:<> SIZE={}", message.len()));
            peer.say("RCPT TO:<jane@army.ml>");
            assert!(peer.say("DATA").starts_with("354 "));
            peer
        })
        .collect();
    peers[0].send(&message);
    until(|| server.budget.in_use() >= message.len());
    peers[1].send(&message);
    assert!(peers[1].say(".").starts_with("452 4.3.1 "));
    assert!(peers[0].say(".").starts_with("250 2.6.0 "));
    start(&mut peers[1]);
    assert!(peers[1].say("Hi\r\n.").starts_with("250 2.6.0 "));
    assert_eq!(server.budget.in_use(), 0);
}

#[test]
fn a_panic_costs_one_message_and_nothing_else() {
    for later in [false, true] {
        let memory = Memory::new(move |envelope| {
            let fail = envelope.recipients.len() > 1;
            assert!(later || !fail, "on purpose");
            Box::pin(async move {
                tokio::task::yield_now().await;
                assert!(!fail, "on purpose");
                Outcome::Kept
            })
        });
        let server = Server::start(options(), memory);
        let mut peer = Peer::greeted(server.address);
        peer.say("EHLO client.example");
        peer.say("MAIL FROM:<>");
        peer.say("RCPT TO:<jane@army.ml>");
        peer.say("RCPT TO:<joe@army.ml>");
        peer.say("DATA");
        assert!(peer.say("Hi\r\n.").starts_with("451 4.3.0 "));
        start(&mut peer);
        assert!(peer.say("Hi\r\n.").starts_with("250 2.6.0 "));
        assert_eq!(peer.say("QUIT"), "221 2.0.0 Bye");
        assert_eq!(server.memory.tally().transactions, 2);
        assert_eq!(server.budget.in_use(), 0);
    }
}

#[test]
fn the_order_to_stop_lets_transactions_finish() {
    let mut server = server();
    let idle = Peer::greeted(server.address);
    let mut between = Peer::greeted(server.address);
    between.say("EHLO client.example");
    between.say("MAIL FROM:<>");
    between.say("RCPT TO:<jane@army.ml>");
    let mut busy = Peer::greeted(server.address);
    begin(&mut busy);
    server.stop();
    // Before DATA nothing is lost by coming again.
    for mut peer in [idle, between] {
        assert!(peer.line().unwrap().starts_with("421 4.3.2 "));
        assert_eq!(peer.line(), None);
        peer.hang_up();
        server.memory.tally();
    }
    assert!(busy.say("Hi\r\n.").starts_with("250 2.6.0 "));
    assert!(busy.line().unwrap().starts_with("421 4.3.2 "));
    assert_eq!(busy.line(), None);
    busy.hang_up();
    assert!(server.has_drained());
    assert_eq!(server.memory.tally().transactions, 1);
    assert!(std::net::TcpStream::connect(server.address).is_err());
}

#[test]
fn the_order_to_stop_waits_for_deliveries() {
    let (release, released) = oneshot::channel::<()>();
    let (arrive, arrived) = std::sync::mpsc::channel();
    let released = Mutex::new(Some(released));
    let memory = Memory::new(move |_| {
        let released = released.lock().unwrap().take().unwrap();
        arrive.send(()).unwrap();
        Box::pin(async move {
            released.await.unwrap();
            Outcome::Kept
        })
    });
    let mut server = Server::start(options(), memory);
    let mut peer = Peer::greeted(server.address);
    begin(&mut peer);
    peer.send(b"Hi\r\n.\r\n");
    arrived.recv().unwrap();
    assert!(server.budget.in_use() > 0);
    server.stop();
    release.send(()).unwrap();
    assert!(peer.line().unwrap().starts_with("250 2.6.0 "));
    assert!(peer.line().unwrap().starts_with("421 4.3.2 "));
    peer.hang_up();
    assert!(server.has_drained());
}

#[test]
fn the_order_to_stop_has_a_bound() {
    let mut options = options();
    options.limits.drain = Duration::from_millis(50);
    let mut server = Server::start(options, Memory::with_outcome(None));
    let mut peer = Peer::greeted(server.address);
    begin(&mut peer);
    peer.send(b"half a mess");
    server.stop();
    assert!(peer.line().unwrap().starts_with("421 4.3.2 "));
    assert_eq!(peer.line(), None);
    peer.hang_up();
    assert!(server.has_drained());
    assert_eq!(server.memory.tally(), Tally::default());
    assert_eq!(server.budget.in_use(), 0);
}

#[test]
fn data_that_could_not_be_answered_in_time_is_told_so() {
    let (arrive, arrived) = std::sync::mpsc::channel();
    let memory = Memory::new(move |_| {
        arrive.send(()).unwrap();
        Box::pin(std::future::pending())
    });
    let mut options = options();
    options.limits.drain = Duration::from_millis(50);
    let mut server = Server::start(options, memory);
    let mut peer = Peer::greeted(server.address);
    begin(&mut peer);
    peer.send(b"Hi\r\n.\r\n");
    arrived.recv().unwrap();
    server.stop();
    assert!(peer.line().unwrap().starts_with("421 4.3.2 "));
    assert_eq!(peer.line(), None);
    peer.hang_up();
    assert!(server.has_drained());
    assert_eq!(server.memory.tally(), Tally::default());
    assert_eq!(server.budget.in_use(), 0);
}

#[test]
fn a_peer_that_neither_reads_nor_ends_does_not_hold_the_stop_up() {
    let mut options = options();
    options.limits.drain = Duration::from_millis(50);
    options.limits.linger = Duration::from_millis(50);
    options.limits.idle_commands = u32::MAX;
    let mut server = Server::start(options, Memory::with_outcome(None));
    let peer = Peer::greeted(server.address);
    let mut socket = peer.socket().try_clone().unwrap();
    socket
        .set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let noops = b"NOOP\r\n".repeat(10_000);
    while socket.write_all(&noops).is_ok() {}
    server.stop();
    assert!(server.has_drained());
    assert_eq!(server.memory.tally(), Tally::default());
}

#[test]
fn a_changed_policy_is_in_force_in_sessions_under_way() {
    let server = server();
    let mut peer = Peer::greeted(server.address);
    peer.say("EHLO client.example");
    peer.say("MAIL FROM:<>");
    assert!(peer.say("RCPT TO:<a@army.ml>").starts_with("250 "));
    let refusing = PolicyTable::new([domain("ml")], [], [], Policy::Refuse, None);
    server.policies.send(Arc::new(refusing)).unwrap();
    assert!(peer.say("RCPT TO:<b@army.ml>").starts_with("550 5.1.2 "));
}

#[test]
fn a_new_certificate_is_used_from_the_next_handshake_on() {
    let directory = tempfile::tempdir().unwrap();
    let files = TlsFiles::SelfSigned {
        directory: directory.path().to_owned(),
    };
    let tls = Tls::load(files, &domain("mx.nic.ml")).unwrap();
    let memory = Memory::with_outcome(None);
    let server = Server::start_with(options(), memory, Arc::clone(&tls));
    let shake = || {
        let mut peer = Peer::greeted(server.address);
        peer.say("EHLO client.example");
        peer.say("STARTTLS");
        peer.start_tls().unwrap();
        peer
    };
    let mut first = shake();
    std::fs::remove_file(directory.path().join("tls-certificate.pem")).unwrap();
    tls.reload().unwrap();
    let second = shake();
    assert!(!first.certificate.is_empty());
    assert_ne!(first.certificate, second.certificate);
    begin(&mut first);
    assert!(
        first.say("Hi\r\n.").starts_with("250 "),
        "the old session goes on"
    );
}

/// Five megabytes of every byte, with dots and line ends everywhere.
fn large_message() -> Vec<u8> {
    let mut message = Vec::new();
    let mut state = 1u32;
    while message.len() < 5_000_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let bytes = state.to_be_bytes();
        message.extend(match bytes[0] % 4 {
            0 => &b"\r\n.."[..],
            1 => b"\r\nxyz",
            _ => &bytes[..],
        });
    }
    message.extend(b"\r\n");
    message
}

#[test]
fn large_messages_come_through_whole_in_the_clear_and_under_tls() {
    let server = server();
    // Each line that starts with a dot has one more in front already: `..` is a stuffed dot.
    let wire = large_message();
    let expected = unstuffed(&wire);
    for with_tls in [false, true] {
        let mut peer = Peer::greeted(server.address);
        peer.say("EHLO client.example");
        if with_tls {
            peer.say("STARTTLS");
            peer.start_tls().unwrap();
        }
        begin(&mut peer);
        peer.send(&wire);
        peer.send(b".\r\n");
        assert!(peer.line().unwrap().starts_with("250 2.6.0 "));
        let messages = std::mem::take(&mut *server.memory.messages.lock().unwrap());
        let (envelope, content) = &messages[0];
        assert_eq!(envelope.client.tls.is_some(), with_tls);
        assert!(*content == expected, "changed on the way");
    }
    assert_eq!(server.budget.in_use(), 0);
}

/// Takes the first dot off every line that starts with one.
fn unstuffed(wire: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(wire.len());
    let mut rest = wire;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if let Some(tail) = rest.strip_prefix(b"\n.").filter(|_| *byte == b'\r') {
            message.extend(b"\r\n");
            rest = tail;
            // The dot that stays cannot be taken for the next line's.
            if let Some((dot, tail)) = rest.split_first() {
                message.push(*dot);
                rest = tail;
            }
        } else {
            message.push(*byte);
        }
    }
    message
}

#[test]
fn many_at_once_each_get_their_own_answer() {
    let mut options = options();
    options.max_connections_per_ip = 100;
    let server = Server::start(options, Memory::with_outcome(None));
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                let mut peer = Peer::greeted(server.address);
                peer.say("EHLO client.example");
                for _ in 0..10 {
                    start(&mut peer);
                    assert!(peer.say("Hi\r\n.").starts_with("250 2.6.0 "));
                }
                peer.say("QUIT");
            });
        }
    });
    let transactions: u32 = (0..50).map(|_| server.memory.tally().transactions).sum();
    assert_eq!(transactions, 500);
    let messages = server.memory.messages.lock().unwrap();
    let ids: std::collections::HashSet<_> = messages.iter().map(|(e, _)| e.id).collect();
    assert_eq!(ids.len(), 500);
}

#[test]
fn a_trusted_proxy_says_whom_it_brings() {
    let mut options = options();
    options.proxies = vec!["127.0.0.0/8".parse().unwrap()];
    options.max_connections_per_ip = 1;
    let server = Server::start(options, Memory::with_outcome(None));
    let second = [
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec(),
        vec![192, 0, 2, 8, 127, 0, 0, 1, 0x30, 0x39, 0, 25],
    ]
    .concat();
    let first = b"PROXY TCP4 192.0.2.7 127.0.0.1 12345 25\r\n".to_vec();
    for (header, client) in [(&first, "192.0.2.7"), (&second, "192.0.2.8")] {
        let mut peer = Peer::connect(server.address);
        peer.send(header);
        assert!(peer.line().unwrap().starts_with("220 "));
        begin(&mut peer);
        assert!(peer.say("Hi\r\n.").starts_with("250 "));
        let messages = server.memory.messages.lock().unwrap();
        let (envelope, _) = messages.last().unwrap();
        assert_eq!(envelope.client.address.to_string(), client);
        drop(messages);
        // The bound on sessions of one network is the client's, not the proxy's.
        let mut again = Peer::connect(server.address);
        again.send(header);
        assert!(again.line().unwrap().starts_with("421 4.7.0 "));
        peer.hang_up();
        server.memory.tally();
    }
}

#[test]
fn a_proxy_that_says_nothing_of_the_kind_gets_no_greeting() {
    let mut options = options();
    options.proxies = vec!["127.0.0.1/32".parse().unwrap()];
    options.max_connections = 1;
    let server = Server::start(options, Memory::with_outcome(None));
    for said in [
        "EHLO client.example\r\n",
        "PROXY TCP4 192.0.2.7\r\n",
        "PROXY TCP9 a b 1 2\r\n",
    ] {
        let mut peer = Peer::connect(server.address);
        peer.send(said.as_bytes());
        assert_eq!(peer.line(), None, "{said}");
    }
    // Nobody holds a place any more.
    until(|| {
        let mut peer = Peer::connect(server.address);
        peer.send(b"PROXY UNKNOWN\r\n");
        peer.line().is_some_and(|line| line.starts_with("220 "))
    });
}

#[test]
fn a_stranger_cannot_say_that_he_is_somebody_else() {
    let server = server();
    let mut peer = Peer::greeted(server.address);
    let said = peer.say("PROXY TCP4 192.0.2.7 127.0.0.1 12345 25");
    assert!(said.starts_with("500 5.5.1 "), "{said}");
    begin(&mut peer);
    assert!(peer.say(".").starts_with("250 "));
    let messages = server.memory.messages.lock().unwrap();
    assert_eq!(messages[0].0.client.address.to_string(), "127.0.0.1");
}

#[test]
fn a_network_in_a_hurry_is_told_so_and_told_again_later() {
    let mut options = options();
    options.trusted_networks = Vec::new();
    options.max_connections_per_minute = 2;
    options.max_messages_per_minute = 1;
    let server = Server::start(options, Memory::with_outcome(None));
    let mut peer = Peer::greeted(server.address);
    begin(&mut peer);
    assert!(peer.say(".").starts_with("250 "));
    let said = peer.say("MAIL FROM:<>");
    assert!(said.starts_with("450 4.7.1 "), "{said}");
    assert!(peer.say("NOOP").starts_with("250 "), "the session goes on");
    drop(peer);
    Peer::greeted(server.address);
    let mut third = Peer::connect(server.address);
    assert!(third.line().unwrap().starts_with("421 4.7.0 "));
    assert_eq!(third.line(), None);
}

#[test]
fn this_machine_may_hurry() {
    let mut options = options();
    options.max_connections_per_minute = 1;
    options.max_messages_per_minute = 1;
    let server = Server::start(options, Memory::with_outcome(None));
    for _ in 0..3 {
        let mut peer = Peer::greeted(server.address);
        begin(&mut peer);
        assert!(peer.say(".").starts_with("250 "));
    }
}

#[test]
fn the_disk_is_asked_before_the_data() {
    let server = server();
    let mut peer = Peer::greeted(server.address);
    assert!(peer.say("EHLO client.example").starts_with("250 "));
    assert!(peer.say("MAIL FROM:<>").starts_with("250 "));
    assert!(peer.say("RCPT TO:<jane@army.ml>").starts_with("250 "));
    let has_room = &server.memory.has_room;
    has_room.store(false, std::sync::atomic::Ordering::Relaxed);
    assert!(peer.say("DATA").starts_with("452 4.3.1 "));
    has_room.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(peer.say("DATA").starts_with("354 "));
    assert!(peer.say(".").starts_with("250 "));
}

#[test]
fn the_tally_names_what_was_refused_and_what_was_misrouted() {
    let server = server();
    let mut peer = Peer::greeted(server.address);
    assert!(peer.say("EHLO client.example").starts_with("250 "));
    assert!(peer.say("MAIL FROM:<>").starts_with("250 "));
    for to in [
        "a@refused.ml",
        "b@x.refused.ml",
        "c@us.army.mil",
        "d@example.com",
    ] {
        assert!(peer.say(&format!("RCPT TO:<{to}>")).starts_with("550 "));
    }
    peer.hang_up();
    let tally = server.memory.tally();
    assert_eq!(tally.refused_names, [(domain("refused.ml"), 2)]);
    assert_eq!(tally.misrouted_names, [(domain("army.mil"), 1)]);
    assert_eq!((tally.relay_attempts, tally.misrouted), (1, 1));
}

#[test]
fn a_newcomer_gets_the_place_of_who_dawdles() {
    let mut options = options();
    options.max_connections = 2;
    options.limits.dawdling = Duration::ZERO;
    let server = Server::start(options, Memory::with_outcome(None));
    let mut slow = Peer::greeted(server.address);
    let mut trickles = Peer::greeted(server.address);
    begin(&mut trickles);
    trickles.send(b"a byte");
    // Both have been let in before; the one that has not moved since is the first to go, then the one that hardly does.
    let mut third = Peer::greeted(server.address);
    assert!(slow.line().unwrap().starts_with("421 4.3.2 "));
    assert_eq!(slow.line(), None);
    begin(&mut third);
    assert!(third.say(".").starts_with("250 "));
    let mut fourth = Peer::greeted(server.address);
    assert!(trickles.line().unwrap().starts_with("421 4.3.2 "));
    begin(&mut fourth);
    assert!(fourth.say(".").starts_with("250 "));
}

#[test]
fn commands_that_bring_no_message_on_do_not_keep_a_place() {
    let mut options = options();
    options.max_connections = 2;
    options.limits.dawdling = Duration::ZERO;
    let server = Server::start(options, Memory::with_outcome(None));
    let mut busybody = Peer::greeted(server.address);
    let mut honest = Peer::greeted(server.address);
    begin(&mut honest);
    assert!(honest.say("Hi\r\n.").starts_with("250 "));
    // It talks some milliseconds after the other has been answered, and goes all the same.
    std::thread::sleep(Duration::from_millis(20));
    for line in ["NOOP", "EHLO client.example", "MAIL FROM:<>", "RSET"] {
        assert!(busybody.say(line).starts_with("250 "));
    }
    let _third = Peer::greeted(server.address);
    assert!(busybody.line().unwrap().starts_with("421 4.3.2 "));
    assert!(honest.say("NOOP").starts_with("250 "));
}

#[test]
fn a_proxy_that_says_nothing_gives_its_place_up() {
    let mut options = options();
    options.proxies = vec!["127.0.0.0/8".parse().unwrap()];
    options.max_connections = 1;
    options.limits.dawdling = Duration::ZERO;
    let server = Server::start(options, Memory::with_outcome(None));
    let mut silent = Peer::connect(server.address);
    let mut second = Peer::connect(server.address);
    second.send(b"PROXY TCP4 192.0.2.7 127.0.0.1 12345 25\r\n");
    assert!(second.line().unwrap().starts_with("220 "));
    assert_eq!(silent.line(), None);
}
