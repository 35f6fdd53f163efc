//! Under a service manager, and with what changes beside it: sockets that it has bound, word when ready, new certificates,
//! a disk with too little room.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
mod smtp_support;

use common::Client;
use common::Running;
use common::Trial;
use common::restante;
use common::signal;
use smtp_support::tcp::Peer;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// Tries again until it holds; fails after a minute.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// systemd.socket(5), sd_listen_fds(3): descriptor 3 is a socket that listens, and the environment says so.
#[test]
fn a_socket_that_is_handed_over_is_listened_on() {
    let trial = Trial::new();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    // What is said before anybody accepts waits in the socket: nothing is lost in a restart.
    let early = std::net::TcpStream::connect(address).unwrap();
    let child = Command::new("sh")
        .arg("-c")
        .arg("exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"")
        .arg(restante().get_program())
        .arg("serve")
        .arg("--config")
        .arg(trial.config())
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Running::wait_for(child);
    assert_eq!(server.smtp, address);
    let mut client = Client::connect(address);
    client.say("EHLO sender.example", "250");
    let reply = client.mail(
        "a@sender.example",
        &["jane@army.ml"],
        b"Subject: x\r\n\r\nx\r\n",
    );
    assert!(reply.starts_with("250"), "{reply}");
    drop(early);
    assert_eq!(server.stop(), 0);
}

/// sd_notify(3)
#[test]
fn the_service_manager_is_told() {
    let trial = Trial::new();
    let path = trial.folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let heard = || {
        let mut text = [0; 100];
        let count = manager.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..count]).trim().to_owned()
    };
    let server = trial.serve_with(|command| {
        command.env("NOTIFY_SOCKET", &path);
    });
    assert_eq!(heard(), "READY=1");
    signal(&server.child, "HUP");
    assert_eq!(heard(), "RELOADING=1");
    assert_eq!(heard(), "READY=1");
    assert_eq!(server.stop(), 0);
    assert_eq!(heard(), "STOPPING=1");
}

/// Writes a fresh pair over the one in use, and gives the certificate.
fn renew(trial: &Trial) -> Vec<u8> {
    let pair = rcgen::generate_simple_self_signed(vec!["mx.nic.ml".to_owned()]).unwrap();
    let place = |name: &str| trial.data().join(name);
    std::fs::write(place("tls-key.pem"), pair.signing_key.serialize_pem()).unwrap();
    std::fs::write(place("tls-certificate.pem"), pair.cert.pem()).unwrap();
    pair.cert.der().to_vec()
}

#[test]
fn a_renewed_certificate_is_used_without_a_word_and_without_dropping_anybody() {
    let trial = Trial::new();
    let server = trial.serve();
    let mut before = server.client();
    before.say("EHLO sender.example", "250");
    let fresh = renew(&trial);
    eventually("the new certificate is shown", || {
        certificate(&server) == fresh
    });
    let reply = before.mail(
        "a@sender.example",
        &["jane@army.ml"],
        b"Subject: x\r\n\r\nx\r\n",
    );
    assert!(reply.starts_with("250"), "{reply}");
    // A pair that does not fit is not taken; the one in use stays.
    std::fs::write(trial.data().join("tls-key.pem"), "no key").unwrap();
    eventually("the log says so", || {
        let log = std::fs::read_to_string(trial.log()).unwrap();
        log.contains("TLS files have changed and are not usable")
    });
    assert_eq!(certificate(&server), fresh);
    assert_eq!(server.stop(), 0);
}

/// The certificate that the listener shows.
fn certificate(server: &Running) -> Vec<u8> {
    let mut peer = Peer::greeted(server.smtp);
    assert!(peer.say("EHLO sender.example").starts_with("250"));
    assert!(peer.say("STARTTLS").starts_with("220"));
    peer.start_tls().unwrap();
    peer.certificate.clone()
}

#[test]
fn with_too_little_room_senders_are_told_before_they_send() {
    let trial = Trial::new();
    let text = std::fs::read_to_string(trial.config()).unwrap();
    let wanting = |least: u64| {
        let key = format!("[smtp]\nmin_free_bytes = {least}");
        std::fs::write(trial.config(), text.replacen("[smtp]", &key, 1)).unwrap();
    };
    wanting(u64::MAX >> 1);
    let server = trial.serve();
    eventually("452", || {
        let mut client = server.client();
        client.say("EHLO sender.example", "250");
        client
            .try_say("MAIL FROM:<a@sender.example>")
            .unwrap()
            .starts_with("452 4.3.1 ")
    });
    assert_eq!(server.stop(), 0);
    wanting(1);
    let server = trial.serve();
    let mut client = server.client();
    client.say("EHLO sender.example", "250");
    let reply = client.mail(
        "a@sender.example",
        &["jane@army.ml"],
        b"Subject: x\r\n\r\nx\r\n",
    );
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(server.stop(), 0);
}
