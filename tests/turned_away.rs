//! What the running server does with mail that is not kept for anybody: names refused by policy, hints, servers that took us
//! for their relay; and with mail that is for the operator.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Client;
use common::Running;
use common::Trial;
use common::contains;
use common::files;
use restante::store::Options;
use restante::store::Store;
use std::time::Duration;
use std::time::Instant;

const DIRECTORY: &str = "domain,name,country,language,contact,hint\n\
    army.mil,US Army,US,en,postmaster@army.mil,true\n\
    navy.mil,US Navy,US,en,postmaster@navy.mil,false\n";

fn greeted(server: &Running) -> Client {
    let mut client = server.client();
    client.say("EHLO sender.example", "250");
    client
}

/// Tries again until it holds; fails after a minute.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn with_a_directory(more: &str) -> Trial {
    let trial = Trial::with(more);
    let file = trial.folder.path().join("owners.csv");
    std::fs::write(&file, DIRECTORY).unwrap();
    trial.out(&["organisation", "import", file.to_str().unwrap()]);
    trial
}

#[test]
fn a_hint_is_given_where_the_owner_agreed_and_nowhere_else() {
    let policy = |name: &str, policy: &str| {
        format!("[[watch]]\nname = \"{name}\"\nsubdomains = true\npolicy = \"{policy}\"\n")
    };
    let trial =
        with_a_directory(&[policy("army.ml", "refuse"), policy("navy.ml", "refuse")].concat());
    let server = trial.serve();
    let mut client = greeted(&server);
    client.say("MAIL FROM:<a@sender.example>", "250");
    let said = client.say("RCPT TO:<jane.zzq@zzq.army.ml>", "550 5.1.2 ");
    assert!(said.contains("did you mean army.mil?"), "{said}");
    assert!(!said.contains("zzq"), "nothing of the message: {said}");
    let said = client.say("RCPT TO:<joe@navy.ml>", "550 5.1.2 ");
    assert!(!said.contains("mil"), "{said}");
    client.say("RCPT TO:<joe@army.mil>", "550 5.7.1 ");
    client.say("RCPT TO:<joe@us.army.mil>", "550 5.7.1 ");
    client.say("RCPT TO:<joe@sender.example>", "550 5.7.1 ");
    drop(client);
    assert_eq!(server.stop(), 0);
    let stats = trial.stats();
    let sessions = &stats["sessions"];
    assert_eq!(sessions["misrouted"], 2, "{stats}");
    assert_eq!(sessions["relay_attempts"], 1);
    assert_eq!(sessions["refused_recipients"], 2);
    assert_eq!(stats["messages"], 0);
}

#[test]
fn a_hint_after_the_data_comes_from_the_name_and_not_from_the_message() {
    let trial =
        with_a_directory("[[watch]]\nname = \"army.ml\"\nsubdomains = true\npolicy = \"count\"\n");
    let server = trial.serve();
    let letter =
        b"To: x@navy.mil\r\nReply-To: y@navy.mil\r\nSubject: x\r\n\r\nwrite to z@navy.mil\r\n";
    let said = greeted(&server).mail("a@sender.example", &["jane@army.ml"], letter);
    assert!(said.starts_with("550 5.1.2 "), "{said}");
    assert!(said.contains("did you mean army.mil?"), "{said}");
    assert_eq!(server.stop(), 0);
}

#[test]
fn mail_to_the_operator_is_sealed_apart_and_counted_as_nobodys() {
    let key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let trial = Trial::with(&format!(
        "[operator]\nrecipient = \"{key}\"\nreturn_domain = \"notices.nic.ml\"\n"
    ));
    let server = trial.serve();
    let mut client = greeted(&server);
    let letter = b"Subject: token-of-abuse\r\n\r\nHello token-of-abuse.\r\n";
    for to in ["postmaster", "abuse@mx.nic.ml", "Abuse@notices.nic.ml"] {
        let reply = client.mail("token-sender@sender.example", &[to], letter);
        assert!(reply.starts_with("250 2.6.0 "), "{to}: {reply}");
    }
    client.say("MAIL FROM:<a@sender.example>", "250");
    client.say(
        "RCPT TO:<notice-pr-1-00112233445566778899@notices.nic.ml>",
        "550 5.1.1 ",
    );
    drop(client);
    assert_eq!(server.stop(), 0);
    let stats = trial.stats();
    assert_eq!(stats["messages"], 0, "{stats}");
    assert_eq!(stats["recipients"], 0);
    assert_eq!(stats["operator"]["items"], 3);
    assert!(trial.messages().is_empty());
    for file in files(&trial.data()) {
        assert!(
            !contains(&std::fs::read(&file).unwrap(), "token-of"),
            "{}",
            file.display()
        );
        assert!(!contains(&std::fs::read(&file).unwrap(), "token-sender"));
    }
    let fingerprint = restante::seal::Recipient::parse(key).unwrap().fingerprint();
    let rows = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&trial.data(), Options::default())
            .await
            .unwrap();
        let rows = store.operator_page(None, 10).await.unwrap();
        for row in &rows {
            let sealed = store.operator_sealed(row).await.unwrap().unwrap();
            assert!(sealed.starts_with(b"age-encryption.org/v1\n"));
        }
        store.close().await.unwrap();
        rows
    });
    let mut mailboxes: Vec<_> = rows.iter().map(|row| row.mailbox.name()).collect();
    mailboxes.sort_unstable();
    assert_eq!(mailboxes, ["abuse", "abuse", "postmaster"]);
    assert!(
        rows.iter()
            .all(|row| row.fingerprints == [fingerprint.clone()])
    );
}

#[test]
fn without_a_section_the_operators_mail_opens_with_the_key_of_all() {
    let trial = Trial::new();
    let server = trial.serve();
    let reply = greeted(&server).mail(
        "",
        &["postmaster"],
        b"Subject: x\r\n\r\nfor the operator\r\n",
    );
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(server.stop(), 0);
    let identity = trial.identity();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&trial.data(), Options::default())
            .await
            .unwrap();
        let rows = store.operator_page(None, 10).await.unwrap();
        let sealed = store.operator_sealed(&rows[0]).await.unwrap().unwrap();
        let plain = identity.open(&sealed).unwrap();
        let text = String::from_utf8_lossy(&plain);
        assert!(text.starts_with("Return-Path: <>\r\nDelivered-To: postmaster@mx.nic.ml\r\n"));
        assert!(text.ends_with("\r\n\r\nfor the operator\r\n"), "{text}");
        store.close().await.unwrap();
    });
}

/// What a notice was sent with comes back to the operator; a letter changed makes it a stranger's.
#[test]
fn a_bounce_of_a_notice_comes_back() {
    let trial = Trial::new();
    let server = trial.serve();
    let octets = std::fs::read(trial.data().join("returns.key")).unwrap();
    let octets: [u8; 32] = octets.try_into().unwrap();
    let key = restante::message::ReturnKey::new(zeroize::Zeroizing::new(octets));
    let local = key.local_part("PR-2026-0001");
    let mut client = greeted(&server);
    let bounce = b"Subject: Undelivered Mail Returned to Sender\r\n\r\nSorry.\r\n";
    let reply = client.mail("", &[&format!("{local}@mx.nic.ml")], bounce);
    assert!(reply.starts_with("250"), "{reply}");
    client.say("MAIL FROM:<>", "250");
    client.say(
        &format!("RCPT TO:<{}@mx.nic.ml>", local.replace("0001", "0002")),
        "550 5.1.1 ",
    );
    drop(client);
    // A restart knows it still.
    assert_eq!(server.stop(), 0);
    let server = trial.serve();
    let reply = greeted(&server).mail("", &[&format!("{local}@mx.nic.ml")], b"Subject: y\r\n\r\n");
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(server.stop(), 0);
    assert_eq!(trial.stats()["operator"]["items"], 2);
}

#[test]
fn what_staff_decide_is_in_force_without_a_restart() {
    let trial = Trial::new();
    let server = trial.serve();
    let mut client = greeted(&server);
    let reply = client.mail(
        "a@sender.example",
        &["jane@army.ml"],
        b"Subject: x\r\n\r\n1\r\n",
    );
    assert!(reply.starts_with("250"), "{reply}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Another process, or the dashboard of this one: what counts is what stands in the store.
    let store = runtime.block_on(async {
        let store = Store::open(&trial.data(), Options::default())
            .await
            .unwrap();
        let policy = restante::store::policies::NewPolicy {
            name: Some(restante::message::Domain::parse("army.ml").unwrap()),
            subdomains: restante::message::policy::Subdomains::Included,
            policy: restante::message::Policy::Refuse,
            until: None,
        };
        let entry = restante::audit::entry(
            restante::message::Clock::system().now(),
            "amina",
            restante::audit::Action::PolicyDecided,
            "army.ml",
            serde_json::json!({}),
        );
        let seen = store.policies_version().await.unwrap();
        store.decide_policy(policy, seen, entry).await.unwrap();
        store
    });
    client.say("MAIL FROM:<a@sender.example>", "250");
    eventually("refused in the same session", || {
        client
            .try_say("RCPT TO:<jane@us.army.ml>")
            .unwrap()
            .starts_with("550 5.1.2 ")
    });
    drop(client);
    assert_eq!(server.stop(), 0);
    // And after a restart.
    let server = trial.serve();
    let mut client = greeted(&server);
    client.say("MAIL FROM:<a@sender.example>", "250");
    client.say("RCPT TO:<jane@army.ml>", "550 5.1.2 ");
    drop(client);
    assert_eq!(server.stop(), 0);
    runtime.block_on(store.close()).unwrap();
}
