//! The directory, the rules and the totals, through the commands and beside a server that runs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on is a failed test"
)]

mod common;

use common::Trial;
use common::files;
use common::restante;
use restante::audit;
use restante::audit::Action;
use restante::classify::rules::RuleEffect;
use restante::message::Domain;
use restante::store::Options;
use restante::store::Store;
use restante::store::organisations::OrganisationRow;
use restante::store::rules::NewRule;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Output;
use std::time::Duration;
use std::time::Instant;

fn import(trial: &Trial, text: &str) {
    let file = trial.folder.path().join("organisations.csv");
    std::fs::write(&file, text).unwrap();
    trial.out(&["organisation", "import", &file.display().to_string()]);
}

fn organisations(trial: &Trial) -> Vec<OrganisationRow> {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&trial.data(), Options::default())
            .await
            .unwrap();
        let rows = store.organisations().await.unwrap();
        store.close().await.unwrap();
        rows
    })
}

#[test]
fn a_second_file_changes_what_it_says_and_nothing_else() {
    let trial = Trial::new();
    import(
        &trial,
        "domain,name,country,language,contact,shared\n\
         housing.example,Housing,FR,fr,old@housing.example,true\n\
         gmail.com,Trial,US,en,,false\n\
         orange.fr,Orange,FR,fr,,\n",
    );
    import(
        &trial,
        "domain,name,country,language,contact\n\
         housing.example,Housing,FR,fr,new@housing.example\n\
         gmail.com,Trial,US,en,\n\
         orange.fr,Orange,FR,fr,\n",
    );
    let found = organisations(&trial);
    let shared: Vec<_> = found.iter().map(|o| (&*o.name, o.shared)).collect();
    assert_eq!(
        shared,
        [("Housing", true), ("Orange", true), ("Trial", false)]
    );
    assert_eq!(found[0].contacts, ["new@housing.example"]);
    import(
        &trial,
        "domain,name,country,language,contact,shared\nhousing.example,Housing,,,,false\n",
    );
    let housing = &organisations(&trial)[0];
    assert!(!housing.shared);
    assert_eq!(housing.contacts, ["new@housing.example"]);
    assert_eq!(housing.country.as_deref(), Some("FR"));
}

fn allow(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Lets everybody read all of an installation, and nobody but the superuser write to its data.
fn show_to_all(trial: &Trial) {
    for file in files(trial.folder.path()) {
        let program = file.ends_with("program");
        allow(&file, if program { 0o555 } else { 0o444 });
    }
    for folder in [trial.folder.path(), &trial.dir(), &trial.data()] {
        allow(folder, 0o555);
    }
}

/// Runs a subcommand as somebody who may read and not write.
fn as_a_reader(trial: &Trial, arguments: &[&str]) -> Output {
    let mut command = restante();
    if rustix::process::geteuid().is_root() {
        // The binary may lie where nobody else may look.
        let seen = trial.folder.path().join("program");
        if !seen.exists() {
            std::fs::copy(command.get_program(), &seen).unwrap();
        }
        command = std::process::Command::new(seen);
        command.uid(65_534).gid(65_534);
    }
    command.args(arguments).arg("--config").arg(trial.config());
    command.output().unwrap()
}

#[test]
fn whoever_may_read_sees_totals_and_messages_while_the_server_runs() {
    let trial = Trial::new();
    let server = trial.serve();
    show_to_all(&trial);
    let before = listing(&trial);
    for arguments in [&["stats", "--json"][..], &["messages", "--json"]] {
        let out = as_a_reader(&trial, arguments);
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{arguments:?}: {said}");
    }
    assert_eq!(listing(&trial), before, "reading has made something");
    for folder in [trial.folder.path(), &trial.dir(), &trial.data()] {
        allow(folder, 0o755);
    }
    for file in files(&trial.data()) {
        allow(&file, 0o644);
    }
    assert_eq!(server.stop(), 0);
    // Without a server there is nothing to share, and who may not write cannot make it.
    show_to_all(&trial);
    let out = as_a_reader(&trial, &["stats", "--json"]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    for folder in [trial.folder.path(), &trial.dir(), &trial.data()] {
        allow(folder, 0o755);
    }
    assert_eq!(out.status.code(), Some(1));
    assert!(said.contains("read it while the server runs"), "{said}");
    allow(&trial.data().join("restante.db"), 0o644);
    assert_eq!(trial.stats()["messages"], 0);
}

fn listing(trial: &Trial) -> Vec<std::path::PathBuf> {
    let mut found = files(&trial.data());
    found.sort();
    found
}

#[test]
fn a_correction_reaches_new_mail_and_stored_mail_of_a_server_that_runs() {
    let trial = Trial::new();
    let server = trial.serve();
    let mail = |n: u32| {
        let text = format!("Subject: {n}\r\n\r\nHello.\r\n");
        let mut client = server.client();
        client.say("EHLO sender.example", "250");
        let reply = client.mail("a@sender.example", &["jane@x.zzqqxxy.ml"], text.as_bytes());
        assert!(reply.starts_with("250"), "{reply}");
    };
    let meant = |row: &serde_json::Value| row["intended"].as_str().map(str::to_owned);
    mail(0);
    assert_eq!(meant(&trial.messages()[0]), None);
    // Another process, as the dashboard of another machine would be.
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&trial.data(), Options::default())
            .await
            .unwrap();
        let domain = |name| Domain::parse(name).unwrap();
        let rule = NewRule {
            typed: domain("zzqqxxy.ml"),
            sender: None,
            effect: RuleEffect::Intended(Some(domain("zed.mil"))),
        };
        let now = store.clock().now();
        let entry = audit::entry(now, "jane", Action::RuleMade, "", serde_json::json!({}));
        store.add_rule(rule, entry).await.unwrap();
        store.close().await.unwrap();
    });
    let begin = Instant::now();
    let zed = Some("x.zed.mil".to_owned());
    for n in 1.. {
        assert!(begin.elapsed() < Duration::from_secs(60), "never taken in");
        mail(n);
        let messages = trial.messages();
        let stored = meant(&messages[0]) == zed;
        if stored && messages.last().map(meant) == Some(zed.clone()) {
            break;
        }
    }
    assert_eq!(server.stop(), 0);
}
