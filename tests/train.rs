//! The training: what it may learn from, and what it only judges.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use restante::cli::train::Check;
use restante::cli::train::Plan;
use restante::cli::train::What;
use restante::cli::train::run;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn trained(plan: &Plan) -> String {
    let mut out = Vec::new();
    run(plan, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn plan(what: What) -> Plan {
    Plan {
        what,
        folders: Vec::new(),
        own: Vec::new(),
        unseen: Vec::new(),
        check: None,
    }
}

fn letter(subject: &str, text: &str) -> String {
    format!(
        "From: Jane Roe <jane@sender.example>\r\nTo: joe@army.ml\r\nDate: Mon, 2 Feb 2026 10:00:00 +0100\r\n\
         Message-ID: <1@sender.example>\r\nSubject: {subject}\r\n\r\n{text}\r\n"
    )
}

/// The stems that a weights file knows.
fn stems(weights: &str) -> Vec<&str> {
    let keys = weights.lines().filter_map(|line| line.split('\t').next());
    keys.filter_map(|key| key.strip_prefix("word:")).collect()
}

/// An archive: of each licence a dozen sources, each with a letter that holds the word of that licence, and a piece of spam.
fn archive(folder: &Path, licences: &[(&str, &str)]) {
    fs::create_dir(folder).unwrap();
    let mut list = "path\tlabel\talt_ok\tlang\tsource\tlicence\torig_rcpt\tgroup\n".to_owned();
    for (licence, word) in licences {
        for source in 0..12 {
            for label in ["person", "spam"] {
                let name = format!("{word}-{source}-{label}.eml");
                let text = match label {
                    "person" => format!("Hi Joe, the {word} is on my desk. See you, Jane"),
                    _ => "Dear friend, win a prize now, click here!".to_owned(),
                };
                fs::write(folder.join(&name), letter("Monday", &text)).unwrap();
                let _ = writeln!(
                    list,
                    "{name}\t{label}\t-\ten\t{word}-{source}\t{licence}\tjoe@army.mil\t{name}"
                );
            }
        }
    }
    fs::write(folder.join("manifest.tsv"), list).unwrap();
}

/// A set of our own with verdicts and, in passing, labels.
fn set(folder: &Path, rows: &[(&str, &str, &str)]) -> PathBuf {
    fs::create_dir(folder).unwrap();
    let mut list = String::new();
    for (at, (label, sensitivity, text)) in rows.iter().enumerate() {
        fs::write(folder.join(format!("{at}.eml")), letter("Monday", text)).unwrap();
        let row = serde_json::json!({
            "file": format!("{at}.eml"), "label": label, "lang": "en", "mail_from": "jane@sender.example",
            "rcpt": ["joe@army.ml"], "sensitivity": sensitivity.split_terminator(',').collect::<Vec<_>>(),
            "tmpl": format!("{label}/en/a/{at}"),
        });
        let _ = writeln!(list, "{row}");
    }
    fs::write(folder.join("manifest.jsonl"), list).unwrap();
    folder.to_owned()
}

/// A set of texts that were written for their labels.
fn texts(folder: &Path, rows: &[(&str, &str)]) -> PathBuf {
    fs::create_dir(folder).unwrap();
    let mut list = String::new();
    for (at, (categories, text)) in rows.iter().enumerate() {
        fs::write(folder.join(format!("{at}.eml")), letter("Monday", text)).unwrap();
        let row = serde_json::json!({
            "eml": format!("{at}.eml"), "lang": "en",
            "categories": categories.split_terminator(',').collect::<Vec<_>>(),
        });
        let _ = writeln!(list, "{row}");
    }
    fs::write(folder.join("messages.jsonl"), list).unwrap();
    folder.to_owned()
}

#[test]
fn mail_whose_licence_does_not_permit_it_leaves_no_trace_in_the_weights() {
    let place = tempfile::tempdir().unwrap();
    let of = |name: &str, licences: &[(&str, &str)]| {
        let folder = place.path().join(name);
        archive(&folder, licences);
        let mut plan = plan(What::Verdict);
        plan.folders.push(folder);
        trained(&plan)
    };
    let permitted = [
        ("MIT", "wombat"),
        ("PDDL 1.0", "ocelot"),
        ("Public record", "gannet"),
    ];
    let refused = [
        ("CC BY-NC 4.0", "zeppelin"),
        ("AGPL-3.0", "trombone"),
        ("", "marzipan"),
        ("no licence file, so not MIT", "obelisk"),
    ];
    for (licence, word) in permitted {
        let weights = of(word, &[(licence, word)]);
        assert!(stems(&weights).contains(&word), "{licence}: {weights}");
    }
    let alone = of("alone", &permitted);
    let beside = of("beside", &[&permitted[..], &refused[..]].concat());
    assert_eq!(alone, beside);
}

#[test]
fn a_folder_set_aside_is_judged_and_not_learned_from() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    archive(&at("archive"), &[("MIT", "wombat")]);
    let person = ("misdirected", "", "Hi Joe, the wombat is on my desk. Jane");
    let spam = ("spam", "", "Dear friend, win a prize now, click here!");
    let right = set(&at("right"), &[person, person, person, spam]);
    // The same texts with the answers of the other: whoever learned from them would agree with them.
    let (person, spam) = (("spam", "", person.2), ("misdirected", "", spam.2));
    let wrong = set(&at("wrong"), &[person; 40]);
    let mut plan = plan(What::Verdict);
    plan.folders.push(at("archive"));
    plan.unseen = vec![right, wrong, set(&at("spam"), &[spam])];
    plan.check = Some(Check::Unseen);
    let said = trained(&plan);
    assert!(
        said.contains("right, misdirected: 1.00 (3/3)"),
        "all of it is judged:\n{said}"
    );
    assert!(said.contains("right, spam: 1.00 (1/1)"), "{said}");
    assert!(said.contains("wrong, spam: 0.00 (0/40)"), "{said}");
    assert!(said.contains("spam, misdirected: 0.00 (0/1)"), "{said}");
    assert!(!said.contains("wombat"), "what is learned from is not");
}

#[test]
fn labels_given_in_passing_count_less_and_those_of_spam_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let rows = [
        ("facilities", "the gizmotron of block four was moved"),
        ("facilities", "two men looked after the gizmotron"),
        ("", "lunch at noon with all of us"),
        ("", "see you at the match"),
    ];
    let passing = rows.map(|(labels, text)| ("misdirected", labels, text));
    let of_spam = rows.map(|(labels, text)| ("spam", labels, text));
    let weight = |own: Vec<PathBuf>| {
        let mut plan = plan(What::Labels);
        plan.own = own;
        let weights = trained(&plan);
        let line = weights.lines().find(|l| l.starts_with("word:gizmot"));
        let names = weights.lines().find(|l| l.starts_with("#\t")).unwrap();
        let column = names.split('\t').position(|n| n == "facilities").unwrap();
        line.map(|l| l.split('\t').nth(column).unwrap().parse::<f32>().unwrap())
    };
    let careful = weight(vec![texts(&at("a"), &rows), texts(&at("b"), &rows)]).unwrap();
    let in_passing = weight(vec![set(&at("c"), &passing), set(&at("d"), &passing)]).unwrap();
    assert!(
        careful > 1.5 * in_passing && in_passing > 0.0,
        "{careful} {in_passing}"
    );
    assert_eq!(
        weight(vec![
            set(&at("e"), &of_spam),
            set(&at("f"), &of_spam),
            texts(&at("g"), &rows)
        ]),
        None
    );
}
