//! The running server, as those see it who send to it and who run it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Client;
use common::Running;
use common::Trial;
use common::client::stuffed;
use common::contains;
use common::signal;
use std::time::Duration;
use std::time::Instant;

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
        std::thread::yield_now();
    }
}

#[test]
fn each_owner_gets_a_copy_that_names_its_own_recipients_alone() {
    let trial = Trial::new();
    let server = trial.serve();
    let to = [
        "one@army.ml",
        "two@us.army.ml",
        "three@navy.ml",
        "four@zzqqxxy.ml",
    ];
    let reply = greeted(&server).mail(
        "a@sender.example",
        &to,
        b"Subject: to four\r\n\r\nHello.\r\n",
    );
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(server.stop(), 0);

    let delivered: Vec<Vec<String>> = trial
        .opened()
        .into_iter()
        .map(|plain| {
            let text = String::from_utf8(plain).unwrap();
            let own = text
                .lines()
                .filter_map(|line| line.strip_prefix("Delivered-To: "));
            own.map(str::to_owned).collect()
        })
        .collect();
    let expected = [
        vec!["one@army.ml", "two@us.army.ml"],
        vec!["three@navy.ml"],
        vec!["four@zzqqxxy.ml"],
    ];
    assert_eq!(delivered, expected);
    let stats = trial.stats();
    assert_eq!(
        (
            &stats["messages"],
            &stats["recipients"],
            &stats["sealed_items"]
        ),
        (&1.into(), &4.into(), &3.into())
    );
    let messages = trial.messages();
    assert_eq!(messages.len(), 4);
    assert_eq!(messages[1]["intended"], "us.army.mil");
    assert_eq!(
        messages[1]["case"], messages[0]["case"],
        "a case is a registrable domain"
    );
    assert!(messages[3]["intended"].is_null());
}

#[test]
fn a_counted_name_keeps_metadata_and_the_sender_is_told() {
    let trial =
        Trial::with("[[watch]]\nname = \"army.ml\"\nsubdomains = true\npolicy = \"count\"\n");
    let server = trial.serve();
    let message = b"Subject: lunch\r\n\r\nAre you free for lunch on Thursday?\r\n";
    let reply = greeted(&server).mail("a@sender.example", &["jane@us.army.ml"], message);
    assert!(reply.starts_with("550 5."), "{reply}");
    // Another policy in the same transaction is put off, not mixed in.
    let mut client = greeted(&server);
    client.say("MAIL FROM:<a@sender.example>", "250");
    client.say("RCPT TO:<jane@us.army.ml>", "250");
    client.say("RCPT TO:<jane@navy.ml>", "452 4.5.3");
    drop(client);
    assert_eq!(server.stop(), 0);
    let row = &trial.messages()[0];
    assert_eq!(
        (&row["policy"], &row["watch"]),
        (&"count".into(), &"army.ml".into())
    );
    assert!(row["sealed"].is_null());
    assert_eq!(trial.stats()["sealed_items"], 0);
}

#[test]
fn a_repeat_is_marked_and_counted_once() {
    let trial = Trial::new();
    let server = trial.serve();
    let mut client = greeted(&server);
    for _ in 0..3 {
        assert!(
            client
                .mail(
                    "a@sender.example",
                    &["jane@army.ml"],
                    b"Subject: x\r\n\r\ny\r\n"
                )
                .starts_with("250")
        );
    }
    // One octet more, or another recipient, is another message.
    assert!(
        client
            .mail(
                "a@sender.example",
                &["jane@army.ml"],
                b"Subject: x\r\n\r\nyy\r\n"
            )
            .starts_with("250")
    );
    assert!(
        client
            .mail(
                "a@sender.example",
                &["roe@army.ml"],
                b"Subject: x\r\n\r\ny\r\n"
            )
            .starts_with("250")
    );
    assert_eq!(server.stop(), 0);
    let stats = trial.stats();
    assert_eq!(
        (
            &stats["messages"],
            &stats["duplicates"],
            &stats["sealed_items"]
        ),
        (&3.into(), &2.into(), &3.into())
    );
    assert_eq!(trial.messages()[0]["repeats"], 2);
}

#[test]
fn sigterm_finishes_what_is_under_way() {
    let trial = Trial::new();
    let mut server = trial.serve();
    let mut idle = greeted(&server);
    let mut busy = greeted(&server);
    for line in ["MAIL FROM:<a@sender.example>", "RCPT TO:<jane@army.ml>"] {
        busy.say(line, "250");
    }
    busy.say("DATA", "354");
    busy.send(b"Subject: half\r\n");
    signal(&server.child, "TERM");
    assert!(
        idle.try_reply().unwrap().starts_with("421"),
        "an idle session is told to come again"
    );
    busy.send(&stuffed(b"\r\nand the other half\r\n"));
    assert!(busy.try_reply().unwrap().starts_with("250"));
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(contains(&trial.opened()[0], "the other half"));
}

#[test]
fn sighup_reads_the_policies_again_and_keeps_the_old_ones_where_the_file_is_wrong() {
    let trial = Trial::new();
    let server = trial.serve();
    let before = std::fs::read_to_string(trial.config()).unwrap();
    let first_digits = || {
        let mut client = greeted(&server);
        client.say("MAIL FROM:<a@sender.example>", "250");
        client.try_say("RCPT TO:<jane@army.ml>").unwrap()[..3].to_owned()
    };
    assert_eq!(first_digits(), "250");
    std::fs::write(
        trial.config(),
        format!("{before}\n[[watch]]\nname = \"army.ml\"\npolicy = \"refuse\"\n"),
    )
    .unwrap();
    signal(&server.child, "HUP");
    eventually("the new policy is in force", || first_digits() == "550");
    std::fs::write(trial.config(), format!("{before}\nnonsense = 1\n")).unwrap();
    signal(&server.child, "HUP");
    let log = || std::fs::read_to_string(trial.log()).unwrap();
    eventually("the refusal is logged with its place", || {
        log().contains("unknown key")
    });
    assert_eq!(first_digits(), "550");
}

#[test]
fn an_organisation_imported_while_it_runs_is_known_within_seconds() {
    let trial = Trial::new();
    let server = trial.serve();
    let file = trial.folder.path().join("o.csv");
    std::fs::write(
        &file,
        "domain,name,country,language,contact\nzzqqxxy.mil,Zed Command,US,en,\n",
    )
    .unwrap();
    trial.out(&["organisation", "import", &file.display().to_string()]);
    let mut number = 0;
    eventually("the organisation is named", || {
        number += 1;
        let message = format!("Subject: {number}\r\n\r\nHello.\r\n");
        let reply =
            greeted(&server).mail("a@sender.example", &["jane@zzqqxxy.ml"], message.as_bytes());
        assert!(reply.starts_with("250"), "{reply}");
        trial.messages().last().unwrap()["organisation"] == "Zed Command"
    });
}

#[test]
fn hostile_nesting_costs_nobody_anything() {
    let trial = Trial::new();
    let server = trial.serve();
    let level = b"Content-Type: message/rfc822\r\n\r\n";
    let bomb: Vec<u8> = level.iter().copied().cycle().take(6 << 20).collect();
    let mut client = greeted(&server);
    let reply = client.mail("a@sender.example", &["jane@army.ml"], &bomb);
    assert!(reply.starts_with("250"), "{reply}");
    // The largest that is worked on where its session runs, and one that is not.
    for size in [64 << 10, 65 << 10] {
        let reply = client.mail("a@sender.example", &["joe@army.ml"], &bomb[..size]);
        assert!(reply.starts_with("250"), "{reply}");
    }
    assert!(
        client
            .mail(
                "a@sender.example",
                &["jane@army.ml"],
                b"Subject: x\r\n\r\ny\r\n"
            )
            .starts_with("250")
    );
    assert_eq!(server.stop(), 0);
    assert_eq!(trial.stats()["messages"], 4);
    let row = &trial.messages()[0];
    assert!(
        row["examined"].as_u64().unwrap() < 4 << 20,
        "short lines cost more than their size"
    );
    assert!(row["bytes"].as_u64().unwrap() >= 6 << 20);
}

#[test]
fn an_irregular_reverse_path_is_in_the_sealed_copy_and_tells_messages_apart() {
    let trial = Trial::new();
    let server = trial.serve();
    let mut client = greeted(&server);
    for from in ["MAILER-DAEMON", "", "root@[192.0.2.1]"] {
        let reply = client.mail(from, &["jane@army.ml"], b"Subject: x\r\n\r\ny\r\n");
        assert!(reply.starts_with("250"), "{from}: {reply}");
    }
    assert_eq!(server.stop(), 0);
    assert_eq!(trial.stats()["messages"], 3);
    let paths: Vec<String> = trial
        .opened()
        .iter()
        .map(|plain| {
            String::from_utf8_lossy(plain)
                .lines()
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    let expected = [
        "Return-Path: <MAILER-DAEMON>",
        "Return-Path: <>",
        "Return-Path: <root@[192.0.2.1]>",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let trial = Trial::new();
    let server = trial.serve();
    let second = trial.run(&["serve"]);
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another server"), "{said}");
    // What only brings something in may run beside it.
    trial.stats();
    assert_eq!(server.stop(), 0);
    assert_eq!(trial.serve().stop(), 0);
}

#[test]
fn mail_to_our_own_host_name_is_never_caught() {
    let trial = Trial::new();
    let server = trial.serve();
    let mut client = greeted(&server);
    client.say("MAIL FROM:<a@sender.example>", "250");
    client.say("RCPT TO:<jane@mx.nic.ml>", "550 5.1.1");
    drop(client);
    assert_eq!(server.stop(), 0);

    // Also where the file's exclusions do not cover it.
    let trial = Trial::new();
    let text = std::fs::read_to_string(trial.config()).unwrap();
    let text = text.replace("exclude = [\"nic.ml\"]", "exclude = []");
    std::fs::write(trial.config(), text).unwrap();
    let server = trial.serve();
    let mut client = greeted(&server);
    client.say("MAIL FROM:<a@sender.example>", "250");
    client.say("RCPT TO:<jane@mx.nic.ml>", "550 5.1.1");
    client.say("RCPT TO:<jane@nic.ml>", "250");
}

#[test]
fn sighup_takes_no_new_zone() {
    let trial = Trial::new();
    let server = trial.serve();
    let text = std::fs::read_to_string(trial.config()).unwrap();
    let text = text.replace("names = [\"ml\"]", "names = [\"ml\", \"com\"]");
    std::fs::write(trial.config(), text).unwrap();
    signal(&server.child, "HUP");
    let log = || std::fs::read_to_string(trial.log()).unwrap();
    eventually("the log says why", || {
        log().contains("zone.names has changed")
    });
    let mut client = greeted(&server);
    client.say("MAIL FROM:<a@sender.example>", "250");
    client.say("RCPT TO:<jane@gmail.com>", "550 5.7.1");
}
