//! `restante health`, as a container or a monitor runs it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Trial;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Lines;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Output;

const GREETING: &str = "220 mx.nic.ml ESMTP";

/// What was said on standard error: one line.
fn said(out: &Output) -> String {
    let text = String::from_utf8(out.stderr.clone()).unwrap();
    assert!(text.lines().count() <= 1, "one line, not:\n{text}");
    text.trim_end().to_owned()
}

/// A listener that says `greeting`, and bids whoever quits farewell.
fn listener(greeting: &'static str) -> String {
    answering(move |lines, stream| {
        let _ = write!(stream, "{greeting}\r\n");
        if lines.next().is_some_and(|line| line.unwrap() == "QUIT") {
            let _ = write!(stream, "221 2.0.0 bye\r\n");
        }
    })
}

/// A dashboard that answers /healthz with `status`.
fn dashboard(status: &'static str) -> String {
    answering(move |lines, stream| {
        let request: Vec<String> = lines
            .map(Result::unwrap)
            .take_while(|line| !line.is_empty())
            .collect();
        assert_eq!(request[0], "GET /healthz HTTP/1.1");
        let _ = write!(stream, "HTTP/1.1 {status}\r\n\r\n");
    })
}

/// Somebody who does `answer` for each who connects.
fn answering(
    answer: impl Fn(&mut Lines<BufReader<TcpStream>>, &mut TcpStream) + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            answer(&mut lines, &mut stream);
        }
    });
    address
}

/// An address at which nobody is: bound, and never listened on.
fn nobody() -> (socket2::Socket, String) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.unwrap();
    let any: std::net::SocketAddr = ([127, 0, 0, 1], 0).into();
    socket.bind(&any.into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address.to_string())
}

/// A trial whose configuration names these addresses.
fn at(smtp: &str, web: Option<&str>) -> Trial {
    let trial = Trial::new();
    let mut text = std::fs::read_to_string(trial.config()).unwrap();
    let section = |web: &str| format!("[web]\nlisten = \"{web}\"\n");
    text = text.replace(&section("127.0.0.1:0"), &web.map_or(String::new(), section));
    text = text.replace("127.0.0.1:0", smtp);
    assert!(text.contains(smtp));
    std::fs::write(trial.config(), text).unwrap();
    trial
}

#[test]
fn health_is_well_where_both_answer() {
    let (smtp, web) = (listener(GREETING), dashboard("200 OK"));
    let trial = at(&smtp, Some(&web));
    let text = trial.out(&["health"]);
    assert_eq!(
        text,
        format!("listener {smtp}: well\ndashboard {web}: well\n")
    );
}

#[test]
fn health_asks_over_tls_where_the_dashboard_has_it() {
    let made = rcgen::generate_simple_self_signed(vec!["board.nic.ml".to_owned()]).unwrap();
    let chain = vec![made.cert.der().clone()];
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let tls = std::sync::Arc::new(tls);
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = web.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (stream, _) = web.accept().unwrap();
        let session = rustls::ServerConnection::new(tls).unwrap();
        let mut stream = rustls::StreamOwned::new(session, stream);
        let mut request = [0; 512];
        let read = stream.read(&mut request).unwrap();
        assert!(request[..read].starts_with(b"GET /healthz HTTP/1.1\r\n"));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
    });
    let trial = at(&listener(GREETING), Some(&address));
    let text = std::fs::read_to_string(trial.config()).unwrap();
    let files = "tls_certificate = \"certificate.pem\"\ntls_key = \"key.pem\"";
    std::fs::write(trial.config(), format!("{text}{files}\n")).unwrap();
    let said = trial.out(&["health"]);
    assert!(
        said.ends_with(&format!("dashboard {address}: well\n")),
        "{said}"
    );
}

#[test]
fn health_says_which_is_not_and_fails() {
    let (smtp, web) = (listener(GREETING), dashboard("200 OK"));
    let (_held, none) = nobody();
    let busy = listener("421 4.3.2 too busy");
    let other = dashboard("404 Not Found");
    for (smtp, web, expected) in [
        (&smtp, &none, "dashboard"),
        (&smtp, &other, "404"),
        (&none, &web, "listener"),
        (&busy, &web, "421"),
    ] {
        let out = at(smtp, Some(web)).run(&["health"]);
        assert_eq!(out.status.code(), Some(1));
        assert!(said(&out).contains(expected), "{}", said(&out));
    }
    let out = at(&none, Some(&none)).run(&["health"]);
    let line = said(&out);
    assert!(
        line.contains("listener") && line.contains("dashboard"),
        "{line}"
    );
}

#[test]
fn health_asks_the_server_that_runs() {
    let trial = Trial::new();
    let server = trial.serve();
    // The same configuration, with the port that the server was given.
    let there = at(&server.smtp.to_string(), None);
    let out = there.out(&["health"]);
    let well = format!("listener {}: well\n", server.smtp);
    assert!(out.starts_with(&well), "{out}");
    assert_eq!(server.stop(), 0);
    let (code, line) = {
        let out = there.run(&["health"]);
        (out.status.code(), said(&out))
    };
    assert_eq!(code, Some(1), "{line}");
}
