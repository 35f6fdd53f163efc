//! Promise 2: content has no way out. Marked words go in at every place where a sender can put one; afterwards they are
//! in no file, no log and no output, and all of them are in the sealed copy.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use base64::Engine;
use common::Running;
use common::Trial;
use common::contains;
use common::files;
use restante::classify::Classification;
use restante::classify::Classify;
use restante::message::Circumstances;
use restante::message::Envelope;
use restante::message::Parsed;
use std::collections::BTreeSet;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

/// Every mark has this in it, and nothing else has.
const MARK: &str = "zqmark";

/// Where a mark is put: all of them must be in the sealed copy.
const PLACES: [&str; 13] = [
    "subject",
    "body",
    "html",
    "filename",
    "attachment",
    "fromname",
    "toname",
    "sender",
    "recipient",
    "messageid",
    "unknown",
    "received",
    "helo",
];

fn mark(place: &str) -> String {
    format!("{MARK}{place}")
}

fn message() -> String {
    let attached = base64::engine::general_purpose::STANDARD
        .encode(format!("secret {} of the file", mark("attachment")));
    format!(
        "Received: from {received}.example by relay.example; Mon, 17 Jul 2023 10:00:00 +0200\r\n\
         From: \"{fromname}\" <{sender}@sender.example>\r\n\
         To: \"{toname}\" <{recipient}@army.ml>\r\n\
         Subject: {subject} passport\r\n\
         Date: Mon, 17 Jul 2023 10:00:00 +0200\r\n\
         Message-ID: <{messageid}@sender.example>\r\n\
         In-Reply-To: <4711@army.ml>\r\n\
         X-Unknown: {unknown}\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nDear Jane,\r\n\r\nas we said on the phone this morning: the password is {body}.\r\n\
         I will bring the rest on Thursday. Could you tell Peter?\r\n\r\nKind regards,\r\nJohn\r\n\
         --b\r\nContent-Type: text/html\r\n\r\n<p>{html}</p>\r\n\
         --b\r\nContent-Type: application/pdf; name=\"{filename}.pdf\"\r\n\
         Content-Disposition: attachment; filename=\"{filename}.pdf\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{attached}\r\n--b--\r\n",
        received = mark("received"),
        fromname = mark("fromname"),
        sender = mark("sender"),
        toname = mark("toname"),
        recipient = mark("recipient"),
        subject = mark("subject"),
        messageid = mark("messageid"),
        unknown = mark("unknown"),
        body = mark("body"),
        html = mark("html"),
        filename = mark("filename"),
    )
}

/// A mark in the forms in which it could lie about: as it is, in hexadecimal, in base64 at each of three offsets.
fn forms() -> Vec<Vec<u8>> {
    let mut forms = vec![MARK.as_bytes().to_vec()];
    forms.push(
        MARK.bytes()
            .flat_map(|b| format!("{b:02x}").into_bytes())
            .collect(),
    );
    for lead in 0..3 {
        let padded = format!("{}{MARK}", "x".repeat(lead));
        let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(padded);
        // The first and the last digit of the base64 form depend on what stands beside the mark.
        forms.push(text.as_bytes()[lead + usize::from(lead > 0)..text.len() - 1].to_vec());
    }
    let utf16: Vec<u8> = MARK.encode_utf16().flat_map(u16::to_le_bytes).collect();
    forms.push(utf16);
    forms
}

fn assert_clean(what: &str, bytes: &[u8]) {
    let lower = bytes.to_ascii_lowercase();
    for form in forms() {
        let hay = if form == MARK.as_bytes() {
            &lower[..]
        } else {
            bytes
        };
        let at = hay.windows(form.len()).position(|window| window == form);
        if let Some(at) = at {
            let near = &bytes[at.saturating_sub(60)..(at + 60).min(bytes.len())];
            panic!("{what} holds a mark: {:?}", String::from_utf8_lossy(near));
        }
    }
}

/// Nothing below the installation, nothing in the log, nothing in what the commands print.
fn assert_nothing_got_out(trial: &Trial) {
    for file in files(&trial.dir())
        .into_iter()
        .chain(files(trial.folder.path()))
    {
        assert_clean(&file.display().to_string(), &std::fs::read(&file).unwrap());
    }
    for command in [
        &["messages", "--json"][..],
        &["messages"],
        &["stats", "--json"],
        &["stats"],
    ] {
        let out = trial.run(command);
        assert_clean(&format!("{command:?}"), &out.stdout);
        assert_clean(&format!("{command:?}"), &out.stderr);
    }
}

/// Every way in which a sender can hand us a mark.
fn send_everything(server: &Running) {
    let (sender, recipient) = (
        format!("{}@sender.example", mark("sender")),
        format!("{}@army.ml", mark("recipient")),
    );
    let hello = format!("EHLO {}.sender.example", mark("helo"));

    let mut client = server.client();
    client.say(&hello, "250");
    let reply = client.mail(&sender, &[&recipient], message().as_bytes());
    assert!(
        reply.starts_with("250") || reply.starts_with("451"),
        "{reply}"
    );
    // Counted, and refused after the data.
    let counted = format!("{}@counted.ml", mark("recipient"));
    let reply = client.mail(&sender, &[&counted], message().as_bytes());
    assert!(
        reply.starts_with("550") || reply.starts_with("451"),
        "{reply}"
    );
    // Refused at RCPT, and outside the zones.
    for domain in ["refused.ml", "nic.ml", "elsewhere.example"] {
        client.say(&format!("MAIL FROM:<{sender}>"), "250");
        client.say(&format!("RCPT TO:<{}@{domain}>", mark("recipient")), "550");
        client.say("RSET", "250");
    }
    // Lines that are no commands.
    for line in [
        format!("XYZZY {MARK}"),
        format!("MAIL FROM:{MARK}"),
        format!("RCPT TO:<{MARK}"),
        format!("VRFY {MARK}"),
    ] {
        let reply = client.try_say(&line).unwrap();
        assert!(
            !reply.to_lowercase().contains(MARK),
            "a reply repeats what was sent"
        );
    }
    // A password in the clear, from a mistyped mail client.
    let secret =
        base64::engine::general_purpose::STANDARD.encode(format!("\0{MARK}user\0{MARK}password"));
    let reply = client.try_say(&format!("AUTH PLAIN {secret}")).unwrap();
    assert!(reply.starts_with('5'), "{reply}");

    // Broken off in the middle of the data.
    let mut client = server.client();
    client.say(&hello, "250");
    client.say(&format!("MAIL FROM:<{sender}>"), "250");
    client.say(&format!("RCPT TO:<{recipient}>"), "250");
    client.say("DATA", "354");
    client.send(message().as_bytes());
    drop(client);

    // A line that is too long.
    let mut client = server.client();
    client.send(format!("EHLO {}\r\n", MARK.repeat(1000)).as_bytes());
    let _ = client.try_reply();
}

const POLICIES: &str = "[[watch]]\nname = \"counted.ml\"\npolicy = \"count\"\n\
                        [[watch]]\nname = \"refused.ml\"\npolicy = \"refuse\"\n";

const PASSWORD: &str = "five quiet otters";

/// Every page that links lead to, for each role, in both languages: none has a mark. Gives how many there were.
fn read_every_page(server: &Running, name: &str) -> usize {
    let mut found = 0;
    for language in ["en", "fr"] {
        let mut browser = server.browser().with("Accept-Language", language);
        assert_eq!(browser.login(name, PASSWORD).status, 303);
        let mut seen = BTreeSet::new();
        let mut todo = vec!["/".to_owned(), "/lookup?domain=us.army.ml".to_owned()];
        while let Some(path) = todo.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let page = browser.get(&path);
            assert_eq!(page.status, 200, "{path} for {name}");
            let heads = format!("{:?}", page.headers);
            assert_clean(&format!("{path} for {name}"), page.body.as_bytes());
            assert_clean(&format!("headers of {path}"), heads.as_bytes());
            for attribute in ["href=\"/", "src=\"/"] {
                for piece in page.body.split(attribute).skip(1) {
                    let rest = piece.split('"').next().unwrap().replace("&amp;", "&");
                    let rest = rest.replace("&#38;", "&");
                    todo.push(format!("/{}", rest.split('#').next().unwrap()));
                }
            }
        }
        found = seen.len();
    }
    found
}

/// One drafts, the other approves, and the notice lies in the outbox: no page on the way, and no octet of it, has a mark.
fn send_a_notice(trial: &Trial, server: &Running) {
    let mut reviewer = server.browser();
    reviewer.login("reviewer", PASSWORD);
    let cases = reviewer.get("/cases").body;
    let at = cases.find("href=\"/cases/").unwrap();
    let mut links = cases[at..]
        .split("href=\"")
        .map(|piece| piece.split('"').next().unwrap());
    let case = links
        .find(|link| {
            link.strip_prefix("/cases/")
                .is_some_and(|id| id.parse::<i64>().is_ok())
        })
        .unwrap();
    let drafted = reviewer.submit(case, &format!("{case}/draft"), &[]);
    assert_eq!(drafted.status, 303, "{}", drafted.body);
    let notice = drafted.location().split('?').next().unwrap().to_owned();
    let preview = reviewer.get(&format!("{notice}/preview"));
    assert_eq!(preview.status, 200);
    assert_clean("the preview", preview.body.as_bytes());
    let mut approver = server.browser();
    approver.login("approver", PASSWORD);
    let approved = approver.submit(&notice, &format!("{notice}/approve"), &[]);
    assert_eq!(approved.status, 303, "{}", approved.body);
    let outbox = trial.data().join("outbox");
    let begun = Instant::now();
    let sent = || outbox.is_dir() && files(&outbox).iter().any(|f| f.extension().is_some());
    while !sent() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no notice came");
        std::thread::yield_now();
        // The page that its drafter looks at meanwhile.
        assert_clean("the notice", reviewer.get(&notice).body.as_bytes());
    }
}

#[test]
fn marked_words_are_in_the_sealed_copy_and_nowhere_else() {
    let trial = Trial::with(POLICIES);
    for role in ["reviewer", "approver", "auditor", "admin"] {
        trial.add_user(role, role, PASSWORD);
    }
    let owners = trial.folder.path().join("owners.csv");
    std::fs::write(
        &owners,
        "domain,name,country,language,contact\narmy.mil,US Army,US,en,postmaster@army.mil\n",
    )
    .unwrap();
    trial.out(&["organisation", "import", owners.to_str().unwrap()]);
    let server = trial.serve_with(|command| {
        command
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "1")
            .env("TMPDIR", trial.dir());
    });
    send_everything(&server);
    send_a_notice(&trial, &server);
    for role in ["reviewer", "approver", "auditor", "admin"] {
        let pages = read_every_page(&server, role);
        assert!(pages >= 12, "only {pages} pages were found for {role}");
    }
    // Once while the write-ahead log is there, once after it has been folded in.
    assert_nothing_got_out(&trial);
    assert_eq!(server.stop(), 0);
    assert_nothing_got_out(&trial);
    let log = std::fs::read_to_string(trial.log()).unwrap();
    assert!(
        log.contains("TRACE") || log.contains("DEBUG"),
        "the log was not asked for everything"
    );

    let opened = trial.opened();
    assert_eq!(opened.len(), 1);
    let plain = String::from_utf8(opened[0].clone()).unwrap();
    for place in PLACES.iter().filter(|place| **place != "attachment") {
        assert!(
            plain.contains(&mark(place)),
            "the sealed copy lacks {place}"
        );
    }
    assert!(
        plain.ends_with(&message()),
        "the sealed copy ends with the message as it was received"
    );
    let stats = trial.stats();
    assert_eq!(stats["messages"], 2);
    assert_eq!(stats["sealed_items"], 1);
    assert_eq!(stats["sessions"]["auth_attempts"], 1);
    assert_eq!(stats["sessions"]["relay_attempts"], 1);
}

/// A classifier that does the worst it can: it panics, and says everything in doing so.
struct Panics;

impl Classify for Panics {
    fn classify(&self, envelope: &Envelope, parsed: &Parsed, _: &Circumstances) -> Classification {
        let recipient = envelope.recipients[0].address.expose();
        panic!("{} {} {}", recipient.as_str(), parsed.subject, parsed.text);
    }
}

/// The server of the test below, in a process of its own so that all it prints can be read. Does nothing on its own.
#[test]
fn child_that_serves_with_a_classifier_that_panics() {
    let Ok(config) = std::env::var("RESTANTE_TEST_CONFIG") else {
        return;
    };
    restante::telemetry::init(Some("trace"));
    restante::telemetry::quiet_panics();
    let config = restante::config::Config::load(config.as_ref()).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let parts = restante::serve::Parts {
            classifier: Some(Arc::new(Panics)),
            ..restante::serve::Parts::default()
        };
        let server = restante::serve::start(config, parts).await.unwrap();
        println!("\nsmtp {}\nready", server.smtp_addresses()[0]);
        // The parent closes our standard input when it is done.
        tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()))
            .await
            .unwrap()
            .unwrap();
        server.stop().await.unwrap();
    });
}

#[test]
fn a_panic_says_nothing_and_costs_one_message_a_451() {
    let trial = Trial::with(POLICIES);
    let log = std::fs::File::create(trial.log()).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "child_that_serves_with_a_classifier_that_panics",
            "--nocapture",
        ])
        .env("RESTANTE_TEST_CONFIG", trial.config())
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut server = Running::wait_for(child);
    send_everything(&server);
    let mut client = server.client();
    client.say("EHLO again.example", "250");
    assert!(
        client
            .mail("a@b.example", &["jane@army.ml"], b"Subject: x\r\n\r\ny\r\n")
            .starts_with("451")
    );
    client.say("NOOP", "250");
    client.say("QUIT", "221");
    drop(server.child.stdin.take());
    assert!(server.child.wait().unwrap().success());
    let log = std::fs::read(trial.log()).unwrap();
    assert!(
        contains(&log, "panicked at tests/canary.rs"),
        "the place of the panic is logged"
    );
    assert_nothing_got_out(&trial);
    assert_eq!(trial.stats()["messages"], 0);
}

/// What we seal, another implementation of the format opens.
#[test]
fn debians_age_opens_a_sealed_item() {
    if Command::new("age").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI installs age");
        eprintln!("skipped: no program called age here");
        return;
    }
    let trial = Trial::new();
    let server = trial.serve();
    let mut client = server.client();
    client.say("EHLO sender.example", "250");
    client.say(&format!("EHLO {}.sender.example", mark("helo")), "250");
    let (sender, recipient) = (
        format!("{}@sender.example", mark("sender")),
        format!("{}@army.ml", mark("recipient")),
    );
    assert!(
        client
            .mail(&sender, &[&recipient], message().as_bytes())
            .starts_with("250")
    );
    assert_eq!(server.stop(), 0);
    let item = trial.folder.path().join("item.age");
    std::fs::write(&item, &trial.sealed()[0]).unwrap();
    let out = Command::new("age")
        .arg("--decrypt")
        .arg("-i")
        .arg(trial.key())
        .arg(&item)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let plain = String::from_utf8(out.stdout).unwrap();
    for place in PLACES.iter().filter(|place| **place != "attachment") {
        assert!(
            plain.contains(&mark(place)),
            "what age opened lacks {place}"
        );
    }
    assert!(plain.ends_with(&message()));
}
