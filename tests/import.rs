//! `restante import`: what it takes in, what it leaves, what it says, and what it never says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Trial;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Output;

fn mail(number: usize, date: &str) -> String {
    format!(
        "Return-Path: <roe@sender.example>\nTo: jane@army.ml\nDate: {date}\nSubject: s\n\nNumber {number}.\n"
    )
}

const MAY: &str = "Tue, 16 May 2023 10:00:00 +0000";

/// A folder beside the installation, with files of these names and texts.
fn folder(trial: &Trial, files: &[(&str, &str)]) -> PathBuf {
    let folder = trial.folder.path().join("old");
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn import(trial: &Trial, kind: &str, path: &std::path::Path) -> Output {
    trial.run(&["import", kind, &path.display().to_string()])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The number that stands behind these words in the report.
fn counted(out: &Output, words: &str) -> u64 {
    let said = text(&out.stdout);
    let line = said.lines().find(|line| line.starts_with(words));
    let line = line.unwrap_or_else(|| panic!("no `{words}` in:\n{said}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn imports_of_different_months_cannot_be_linked() {
    let trial = Trial::new();
    let june = "Fri, 16 Jun 2023 10:00:00 +0000";
    let path = folder(
        &trial,
        &[
            ("1", &mail(1, MAY)),
            ("2", &mail(2, MAY)),
            ("3", &mail(3, june)),
        ],
    );
    assert!(import(&trial, "eml", &path).status.success());
    let rows = trial.messages();
    assert_eq!(rows.len(), 3);
    for key in ["sender_pseudonym", "recipient_pseudonym"] {
        let of = |month: &str| -> BTreeSet<String> {
            rows.iter()
                .filter(|row| row["received_at"].as_str().unwrap().starts_with(month))
                .map(|row| row[key].as_str().unwrap().to_owned())
                .collect()
        };
        let (may, june) = (of("2023-05"), of("2023-06"));
        assert_eq!((may.len(), june.len()), (1, 1), "{key}");
        assert!(may.is_disjoint(&june), "{key}");
    }
}
