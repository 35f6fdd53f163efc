//! Nothing that a peer says is in a log line, at any level (promise 2).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod smtp_support;

use restante::smtp::Outcome;
use smtp_support::Memory;
use smtp_support::Server;
use smtp_support::options;
use smtp_support::tcp::Peer;
use std::io;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn no_word_of_a_peer_is_logged() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .init();
    let server = Server::start(options(), Memory::with_outcome(Some(Outcome::Kept)));
    for talk in [
        "EHLO zzq.example\r\nMAIL FROM:<zzq@zzq.example>\r\nRCPT TO:<zzq@zzq.ml>\r\nDATA\r\nzzq\r\n.\r\nQUIT\r\n",
        "EHLO zzq\r\nMAIL FROM:<zzq@zzq.example>\r\nRCPT TO:<zzq@zzq.ml>\r\nDATA\r\nzzq",
        "EHLO zzq\r\nMAIL FROM:<zzq zzq>\r\nZZQ zzq\r\nVRFY zzq\r\nRCPT TO:<zzq@zzq.example>\r\n",
        "EHLO zzq\r\nAUTH PLAIN zzq\r\n",
        "zzq\n",
        "GET /zzq HTTP/1.1\r\n",
    ] {
        let mut peer = Peer::greeted(server.address);
        peer.send(talk.as_bytes());
        peer.socket().shutdown(std::net::Shutdown::Write).unwrap();
        while peer.line().is_some() {}
        server.memory.tally();
    }
    drop(server);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours = log
        .lines()
        .filter(|line| line.contains("session ended"))
        .count();
    assert!(ours >= 5, "the log is not being caught:\n{log}");
    assert!(!log.to_ascii_lowercase().contains("zzq"), "{log}");
    assert!(
        !log.contains("127.0.0.1"),
        "a network, not an address:\n{log}"
    );
}
