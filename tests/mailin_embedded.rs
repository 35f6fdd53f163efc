//! Why the listener does not stand on `mailin-embedded`: the reasons, asked of that crate again at every run, each beside
//! what our own listener answers. When a line here fails, the crate has changed and `docs/listener.md` with it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Client;
use common::Trial;
use mailin_embedded::Handler;
use mailin_embedded::Response;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::Mutex;

/// Takes everything; remembers the messages.
#[derive(Clone, Default)]
struct Takes {
    current: Vec<u8>,
    messages: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Handler for Takes {
    fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.current.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.messages
            .lock()
            .unwrap()
            .push(std::mem::take(&mut self.current));
        mailin_embedded::response::OK
    }
}

/// The other listener, with `threads` threads. It has no way to be shut down: its thread ends with the test process.
fn mailin(threads: u32) -> (SocketAddr, Takes) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let takes = Takes::default();
    let mut server = mailin_embedded::Server::new(takes.clone());
    server
        .with_name("mx.example")
        .with_num_threads(threads)
        .with_tcp_listener(listener);
    std::thread::spawn(move || drop(server.serve()));
    (address, takes)
}

fn greeted(address: SocketAddr) -> Client {
    let mut client = Client::connect(address);
    client.say("EHLO sender.example", "250");
    client
}

#[test]
fn it_refuses_lines_that_real_senders_use_and_ours_takes_them() {
    let (address, _) = mailin(4);
    let trial = Trial::new();
    let server = trial.serve();
    for line in [
        "MAIL FROM:<>",
        "MAIL FROM:<a@b.example> SIZE=1000",
        "MAIL FROM: <a@b.example>",
        "NOOP foo",
    ] {
        let mut theirs = greeted(address);
        assert!(theirs.try_say(line).unwrap().starts_with("500"), "{line}");
        greeted(server.smtp).say(line, "250");
    }
}

#[test]
fn a_bare_line_feed_ends_its_data_and_not_ours() {
    // SMTP smuggling: what follows the false end would be read as commands.
    let inside = b"Subject: one\r\n\r\nfirst\n.\r\nMAIL FROM:<smuggled@b.example>\r\n";
    let (address, takes) = mailin(4);
    let mut client = greeted(address);
    for line in ["MAIL FROM:<a@b.example>", "RCPT TO:<jane@army.ml>"] {
        client.say(line, "250");
    }
    client.say("DATA", "354");
    client.send(inside);
    assert!(
        client.try_reply().unwrap().starts_with("250"),
        "the data has ended"
    );
    assert!(
        client.try_reply().unwrap().starts_with("250"),
        "the smuggled command is obeyed"
    );
    assert_eq!(takes.messages.lock().unwrap().len(), 1);

    let trial = Trial::new();
    let server = trial.serve();
    let mut client = greeted(server.smtp);
    for line in ["MAIL FROM:<a@b.example>", "RCPT TO:<jane@army.ml>"] {
        client.say(line, "250");
    }
    client.say("DATA", "354");
    client.send(inside);
    client.send(b"\r\n.\r\n");
    let reply = client.try_reply().unwrap();
    assert!(
        reply.starts_with("250") || reply.starts_with("55"),
        "one answer to one message: {reply}"
    );
    client.say("QUIT", "221");
    assert_eq!(server.stop(), 0);
    for plain in trial.opened() {
        assert!(
            common::contains(&plain, "MAIL FROM:<smuggled@b.example>"),
            "kept as data"
        );
    }
}

#[test]
fn idle_clients_use_up_its_threads_and_not_ours() {
    let (address, _) = mailin(2);
    let idle: Vec<Client> = (0..2).map(|_| Client::connect(address)).collect();
    let waiting = std::net::TcpStream::connect(address).unwrap();
    waiting.set_nonblocking(true).unwrap();
    // The idle two answer, so the server is alive; the third has no greeting meanwhile.
    for mut client in idle {
        client.say("NOOP", "250");
        let nothing = std::io::Read::read(&mut &waiting, &mut [0; 64]);
        assert_eq!(nothing.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        std::mem::forget(client);
    }

    let trial = Trial::new();
    let server = trial.serve();
    let _idle: Vec<Client> = (0..60).map(|_| Client::connect(server.smtp)).collect();
    greeted(server.smtp).say("NOOP", "250");
}
