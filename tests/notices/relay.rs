//! Over SMTP: what a relay may answer, and what it may not make us do.

use crate::house::House;
use crate::house::MINUTE;
use crate::house::Post;
use crate::house::operator;
use crate::smtp::Relay;
use restante::message::Address;
use restante::message::OperatorMailbox;
use restante::notify::Drained;
use restante::notify::RelayTls;
use restante::notify::Transport;
use restante::notify::Via;
use restante::notify::drain_once;
use std::net::SocketAddr;

fn to(address: SocketAddr, tls: RelayTls) -> Transport {
    let via = Via::Relay {
        host: address.ip().to_string(),
        port: address.port(),
        tls,
        user: None,
        password_file: None,
    };
    Transport::new(&via, "mx.nic.ml").unwrap()
}

async fn drain(house: &House, transport: &Transport) -> Drained {
    drain_once(&house.store, transport, &house.clock(), &operator())
        .await
        .unwrap()
}

/// The state of a notice, and what was said last.
async fn state(house: &House, id: i64) -> (String, String) {
    let row = house.row(id).await;
    (row.state, row.last_error.unwrap_or_default())
}

/// An approved notice with two addresses.
async fn to_two() -> (House, i64) {
    let (house, case) = House::with_a_case().await;
    house.contact("US Army", "cert@army.mil", "operator").await;
    let id = house.draft("bintou", case).await.unwrap();
    house.approve("coumba", id).await.unwrap();
    (house, id)
}

#[tokio::test]
async fn it_is_delivered_once_with_the_octets_that_were_approved() {
    let (house, id) = House::with_an_approved_notice().await;
    let (address, relay) = Relay::start("").await;
    let transport = to(address, RelayTls::None);
    assert_eq!(drain(&house, &transport).await.sent, 1);
    assert_eq!(drain(&house, &transport).await, Drained::default());
    let commands = relay.commands();
    assert_eq!(commands[0], "EHLO mx.nic.ml");
    // The reverse-path is the notice's own: a bounce there is known to be about it.
    let reverse_path = commands[1]
        .strip_prefix("MAIL FROM:<")
        .and_then(|rest| rest.strip_suffix('>'))
        .unwrap();
    let returned = operator().mailbox(&Address::parse(reverse_path).unwrap());
    assert_eq!(returned, Some(OperatorMailbox::Returned));
    assert_eq!(commands[2], "RCPT TO:<soc@army.mil>");
    let messages = relay.messages();
    assert_eq!(messages.len(), 1);
    let shown = house.notice(id).await;
    assert!(messages[0].contains(&shown.text.replace('\n', "\r\n")));
    assert!(messages[0].contains("To: soc@army.mil\r\n"));
    assert_eq!(state(&house, id).await, ("sent".to_owned(), String::new()));
}

#[tokio::test]
async fn what_it_puts_off_is_tried_again_and_what_it_refuses_is_not() {
    for at in ["RCPT", "DATA", "."] {
        let (house, id) = House::with_an_approved_notice().await;
        let (address, relay) = Relay::start("").await;
        let transport = to(address, RelayTls::None);
        relay.says(at, "451 4.3.0 not now");
        assert_eq!(drain(&house, &transport).await.delayed, 1, "{at}");
        let (now, said) = state(&house, id).await;
        assert_eq!(
            (now.as_str(), said.as_str()),
            ("approved", "451 4.3.0 not now"),
            "{at}"
        );
        house.wait(MINUTE);
        relay.says(at, "550 5.7.1 \u{202e}no\u{1b}[31m <soc@army.mil>");
        assert_eq!(drain(&house, &transport).await.failed, 1, "{at}");
        let (now, said) = state(&house, id).await;
        assert_eq!(now, "failed");
        assert_eq!(said, "550 5.7.1 no [31m <soc@army.mil>", "{at}");
        // The trail has the code and no words.
        let entries = house.store.audit_before(i64::MAX, 1).await.unwrap();
        assert!(
            entries[0].detail.contains("\"reply\":550"),
            "{}",
            entries[0].detail
        );
        assert!(!entries[0].detail.contains("soc@"));
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_tried_again_with_the_same_message_id() {
    let (house, id) = House::with_an_approved_notice().await;
    let (address, relay) = Relay::start("").await;
    let transport = to(address, RelayTls::None);
    // It has the message, and the line goes dead before its 250.
    relay.says(".", "");
    assert_eq!(drain(&house, &transport).await.delayed, 1);
    house.wait(MINUTE);
    assert_eq!(drain(&house, &transport).await.sent, 1);
    let messages = relay.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
    assert_eq!(state(&house, id).await.0, "sent");
}

#[tokio::test]
async fn one_address_that_is_refused_does_not_keep_the_other_from_being_told() {
    let (house, id) = to_two().await;
    let (address, relay) = Relay::start("").await;
    let transport = to(address, RelayTls::None);
    relay.says("RCPT TO:<cert", "550 5.1.1 unknown");
    assert_eq!(drain(&house, &transport).await.sent, 1);
    assert_eq!(relay.messages().len(), 1);
    let said = state(&house, id).await;
    assert_eq!(said, ("sent".to_owned(), "550 5.1.1 unknown".to_owned()));
}

#[tokio::test]
async fn all_addresses_refused_is_a_failure() {
    let (house, id) = to_two().await;
    let (address, relay) = Relay::start("").await;
    relay.says("RCPT", "550 5.1.1 unknown");
    relay.says("RCPT", "550 5.1.1 unknown");
    assert_eq!(drain(&house, &to(address, RelayTls::None)).await.failed, 1);
    assert_eq!(relay.messages().len(), 0);
    assert_eq!(state(&house, id).await.0, "failed");
}

#[tokio::test]
async fn an_address_that_is_put_off_is_waited_for_some_time_and_not_for_ever() {
    let (house, id) = to_two().await;
    let (address, relay) = Relay::start("").await;
    let transport = to(address, RelayTls::None);
    for _ in 0..5 {
        relay.says("RCPT TO:<cert", "450 4.2.1 grey");
        assert_eq!(drain(&house, &transport).await.delayed, 1);
        assert_eq!(relay.messages().len(), 0, "nobody gets it twice");
        house.wait(240 * MINUTE);
    }
    relay.says("RCPT TO:<cert", "450 4.2.1 grey");
    assert_eq!(drain(&house, &transport).await.sent, 1);
    let said = state(&house, id).await;
    assert_eq!(said, ("sent".to_owned(), "450 4.2.1 grey".to_owned()));
}

#[tokio::test]
async fn what_goes_wrong_before_mail_is_no_notices_fault() {
    let (house, id) = House::with_an_approved_notice().await;
    let (address, relay) = Relay::start("").await;
    relay.says("EHLO", "554 5.7.1 go away");
    let transport = to(address, RelayTls::None);
    assert_eq!(drain(&house, &transport).await.delayed, 1);
    let said = state(&house, id).await;
    assert_eq!(
        said,
        ("approved".to_owned(), "554 5.7.1 go away".to_owned())
    );
    // Nobody listens.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = free.local_addr().unwrap();
    drop(free);
    house.wait(MINUTE);
    assert_eq!(drain(&house, &to(nobody, RelayTls::None)).await.delayed, 1);
    let (now, said) = state(&house, id).await;
    assert_eq!(now, "approved");
    assert!(said.starts_with("Connection error"), "{said}");
}

#[tokio::test]
async fn what_it_says_to_our_own_address_is_no_notices_fault() {
    let house = House::new().await;
    for name in ["a.example", "b.example", "c.example"] {
        let post = Post {
            intended: Some(name),
            ..Post::ARMY
        };
        house.keep(&[post]).await;
        house.owner(name, name, None).await;
        house.contact(name, "soc@army.mil", "operator").await;
        let case = house.case(name).await;
        let id = house.draft("bintou", case).await.unwrap();
        house.approve("coumba", id).await.unwrap();
    }
    let (address, relay) = Relay::start("").await;
    let transport = to(address, RelayTls::None);
    for reply in ["530 5.7.0 log in", "550 5.1.8 who?", "451 4.3.0 not now"] {
        relay.says("MAIL", reply);
        let drained = drain(&house, &transport).await;
        // And the others are not even tried: each would hear the same.
        assert_eq!((drained.delayed, drained.failed), (1, 0), "{reply}");
    }
    let states = house.notices_by_state().await;
    assert_eq!(states, [("approved".to_owned(), 3)].into());
    house.wait(MINUTE);
    assert_eq!(drain(&house, &transport).await.sent, 3);
}

#[tokio::test]
async fn an_address_that_the_relay_cannot_take_yet_is_waited_with() {
    let (house, case) = House::with_a_case().await;
    house
        .contact("US Army", "\u{e9}cho@army.mil", "operator")
        .await;
    let id = house.draft("bintou", case).await.unwrap();
    house.approve("coumba", id).await.unwrap();
    let (address, _) = Relay::start("").await;
    let drained = drain(&house, &to(address, RelayTls::None)).await;
    assert_eq!((drained.delayed, drained.failed), (1, 0));
    assert!(state(&house, id).await.1.contains("SMTPUTF8"));
    // Another relay, or the same with other settings.
    let (address, relay) = Relay::start("250-SMTPUTF8\r\n").await;
    house.wait(MINUTE);
    assert_eq!(drain(&house, &to(address, RelayTls::None)).await.sent, 1);
    assert!(relay.commands()[1].ends_with("SMTPUTF8"));
}

#[tokio::test]
async fn without_starttls_nothing_is_said_to_a_relay_elsewhere() {
    let (house, id) = House::with_an_approved_notice().await;
    let (address, relay) = Relay::start("").await;
    let transport = to(address, RelayTls::Required);
    assert_eq!(drain(&house, &transport).await.delayed, 1);
    assert!(state(&house, id).await.1.contains("STARTTLS"));
    let said = relay.commands();
    assert!(
        !said.iter().any(|line| line.starts_with("MAIL")),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_believed() {
    let (house, id) = House::with_an_approved_notice().await;
    let relay = Relay::default();
    let pair = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(pair.signing_key.serialize_der()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = relay.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                let _ = serving.converse(stream).await;
            }
        }
    });
    let transport = to(address, RelayTls::Implicit);
    assert_eq!(drain(&house, &transport).await.delayed, 1);
    assert!(relay.commands().is_empty());
    let (now, said) = state(&house, id).await;
    assert_eq!(now, "approved");
    assert!(said.contains("certificate"), "{said}");
}

#[tokio::test]
async fn a_login_comes_from_the_file_and_a_wrong_one_is_the_operators_trouble() {
    let (house, id) = House::with_an_approved_notice().await;
    let (address, relay) = Relay::start("250-AUTH PLAIN\r\n").await;
    let file = house.folder.path().join("password");
    std::fs::write(&file, "secret\nnot this\n").unwrap();
    let via = Via::Relay {
        host: address.ip().to_string(),
        port: address.port(),
        tls: RelayTls::None,
        user: Some("restante".to_owned()),
        password_file: Some(file.clone()),
    };
    let transport = Transport::new(&via, "mx.nic.ml").unwrap();
    relay.says("AUTH", "535 5.7.8 wrong");
    assert_eq!(drain(&house, &transport).await.delayed, 1);
    assert_eq!(state(&house, id).await.0, "approved");
    house.wait(MINUTE);
    assert_eq!(drain(&house, &transport).await.sent, 1);
    let auth = relay
        .commands()
        .into_iter()
        .find(|line| line.starts_with("AUTH"));
    use base64::Engine;
    let expected = base64::engine::general_purpose::STANDARD.encode("\0restante\0secret");
    assert_eq!(auth, Some(format!("AUTH PLAIN {expected}")));

    std::fs::remove_file(&file).unwrap();
    let error = Transport::new(&via, "mx.nic.ml").err().unwrap().to_string();
    assert!(error.starts_with(&file.display().to_string()), "{error}");
}

#[tokio::test]
async fn the_other_crates_server_takes_it_too() {
    use mailin_embedded::Handler;
    #[derive(Clone, Default)]
    struct Takes(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
    impl Handler for Takes {
        fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(())
        }
    }
    let (house, _) = House::with_an_approved_notice().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let takes = Takes::default();
    let mut server = mailin_embedded::Server::new(takes.clone());
    server
        .with_name("mx.army.example")
        .with_tcp_listener(listener);
    std::thread::spawn(move || drop(server.serve()));
    assert_eq!(drain(&house, &to(address, RelayTls::None)).await.sent, 1);
    let text = String::from_utf8(takes.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("PR-2026-0001"));
}
