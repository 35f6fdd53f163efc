//! `restante evaluate`: figures on data with known answers, through the command line.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::restante;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;

fn evaluate(folder: &Path, more: &[&str]) -> Output {
    let mut command = restante();
    command.arg("evaluate").arg(folder).args(more);
    command.output().unwrap()
}

/// A bounce and a letter, six typed names of which two mean nothing else, names of attachments.
fn data() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::create_dir(place("names")).unwrap();
    fs::create_dir(place("eml")).unwrap();
    let pairs = "typed\tintended\tkind\talso_ok\n\
        gmail.cm\tgmail.com\tcctld:com->cm\t-\n\
        hotmial.com\thotmail.com\ttransposition\t-\n\
        mail.acme-registry.ml\tmail.acme-registry.nl\tcctld:nl->ml\t-\n\
        whitehouse.ml\tsomething.else\tcctld:mil->ml\twhitehouse.com,whitehouse.gov\n\
        fromagerie-du-mali.ml\t-\tneg\t-\n\
        zq81kx.ml\t-\tneg\t-\n";
    fs::write(place("names/pairs.tsv"), pairs).unwrap();
    let owners = "domain\torganisation\nacme-registry.nl\tAcme\n";
    fs::write(place("names/protected.tsv"), owners).unwrap();
    let bounce = "From: MAILER-DAEMON@mx.example\r\nTo: jane@sender.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\
        Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
        --b\r\n\r\nToken-of-content could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n";
    fs::write(place("eml/1.eml"), bounce).unwrap();
    let letter = "From: Jane Roe <jane.roe@sender.example>\r\nTo: joe.doe@acme-registry.ml\r\nDate: Mon, 2 Feb 2026 10:00:00 +0100\r\n\
        Message-ID: <1@sender.example>\r\nIn-Reply-To: <0@acme-registry.nl>\r\nSubject: Re: your passport\r\n\r\n\
        Hi Joe,\r\n\r\nthanks, here is the passport number you asked for: X1234567. See you on Monday!\r\n\r\nBest,\r\nJane\r\n";
    fs::write(place("eml/2.eml"), letter).unwrap();
    let rows = r#"{"file":"eml/1.eml","label":"bounce","lang":"en","mail_from":"","rcpt":["jane@sendr.ml"],"sensitivity":[],"tmpl":"bounce/en/a/1"}
{"file":"eml/2.eml","label":"misdirected","lang":"en","mail_from":"jane.roe@sender.example","rcpt":["joe.doe@acme-registry.ml"],"intended":"acme-registry.nl","sensitivity":["identity"],"tmpl":"misdirected/en/b/1"}
"#;
    fs::write(place("manifest.jsonl"), rows).unwrap();
    let names = "filename\tmime\tcategories\npassport_scan.pdf\tapplication/pdf\tidentity\nholiday.jpg\timage/jpeg\t-\n";
    fs::write(place("attachments.tsv"), names).unwrap();
    folder
}

#[test]
fn every_figure_is_there_and_counts_what_it_says() {
    let folder = data();
    let misses = folder.path().join("misses.jsonl");
    let ran = evaluate(
        folder.path(),
        &["--json", "--misses", misses.to_str().unwrap()],
    );
    assert!(ran.status.success(), "{ran:?}");
    let figures: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let found = &figures["intended"][0];
    assert_eq!(found["top_1"]["count"], 3, "{found}");
    assert_eq!(found["top_1"]["of"], 4);
    assert_eq!(found["top_level_slips"]["of"], 3);
    assert_eq!(found["false_names"]["count"], 0);
    assert_eq!(found["false_names"]["of"], 2);
    assert_eq!(found["by_kind"]["transposition"]["share"], 1.0);
    assert_eq!(
        figures["intended"][1]["top_1"]["count"], 2,
        "without the directory"
    );
    assert_eq!(figures["intended_with_message"]["count"], 1);
    let verdicts = &figures["verdicts"][0];
    assert_eq!(verdicts["set"], "manifest.jsonl");
    assert_eq!(verdicts["messages"], 2);
    assert_eq!(verdicts["macro_f1"]["value"], 1.0, "{verdicts}");
    assert_eq!(verdicts["noise_as_person"]["count"], 0);
    assert_eq!(verdicts["by_source"]["manifest.jsonl"]["bounce"]["of"], 1);
    assert_eq!(verdicts["by_language"]["en"]["misdirected"]["count"], 1);
    let labels = &figures["labels"][0];
    assert_eq!(
        (&labels["language"], &labels["messages"]),
        (&"en".into(), &2.into())
    );
    assert_eq!(
        labels["by_label"]["identity"]["recall"]["count"], 1,
        "{labels}"
    );
    assert_eq!(figures["attachments"]["of"], 2);
    // What was wrong is named, and nothing of a message is.
    let misses = fs::read_to_string(misses).unwrap();
    assert!(misses.contains("\"typed\":\"whitehouse.ml\""), "{misses}");
    assert!(!misses.contains("Token-of-content"));
    let tables = evaluate(folder.path(), &[]);
    let tables = String::from_utf8(tables.stdout).unwrap();
    for part in [
        "Intended domain, by the name alone: 1 organisations",
        "top-1                                0.750  0.301–0.954  3/4",
        "Verdict: manifest.jsonl (n = 2)",
        "Labels: manifest.jsonl, en (n = 2)",
        "Labels of attachments by their names",
    ] {
        assert!(tables.contains(part), "{part}\n{tables}");
    }
}

#[test]
fn what_is_not_of_the_form_is_named_by_file_and_line() {
    let folder = data();
    let list = folder.path().join("manifest.jsonl");
    let text = fs::read_to_string(&list).unwrap() + "{\"label\": \"bounce\"}\n";
    fs::write(&list, text).unwrap();
    let ran = evaluate(folder.path(), &[]);
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(said.contains("manifest.jsonl:3"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let empty = tempfile::tempdir().unwrap();
    let ran = evaluate(empty.path(), &[]);
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(said.contains("expected pairs.tsv"), "{said}");
}
