//! The layer table: which module may name which. Rust allows cycles inside a crate, so this is a test.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// Each module with the modules that it may name. `*`: everything.
const TABLE: &[(&str, &str)] = &[
    ("message", ""),
    ("language", ""),
    ("seal", ""),
    ("telemetry", ""),
    ("pseudonyms", "message"),
    ("smtp", "message"),
    ("authenticate", "message"),
    ("classify", "message"),
    ("store", "message classify seal"),
    ("audit", "store"),
    (
        "intake",
        "message smtp authenticate classify seal store pseudonyms",
    ),
    ("retention", "store audit"),
    ("notice", "message language"),
    ("staff", "message store audit"),
    (
        "review",
        "message language classify notice store staff audit",
    ),
    ("notify", "message notice store audit"),
    // Never the store, keys or SMTP.
    ("web", "message language classify notice staff review"),
    // The configuration fills the Options of the modules and speaks in the values of `message` and the keys of `seal`.
    (
        "config",
        "message seal smtp authenticate retention notify web",
    ),
    ("serve", "*"),
    ("cli", "*"),
    ("demo", "*"),
];

/// The only places that may name `seal::identity`: what opens sealed mail is for off-line subcommands.
const MAY_OPEN: &[&str] = &["src/seal/", "src/cli/init.rs"];

/// The only places that may hold SQL.
const MAY_SQL: &[&str] = &["src/store/"];

/// The only places that may name the mail crates.
const MAY_PARSE: &[&str] = &["src/message/parse", "src/authenticate/"];

/// The only places that may name a resolver: what is asked leaves the machine.
const MAY_ASK: &[&str] = &["src/authenticate/dns/mod.rs"];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(found.len() > 20, "the sources were not found");
    found
}

/// The top-level module that a file belongs to; `None` for `lib.rs` and `main.rs`.
fn module_of(path: &Path) -> Option<String> {
    let mut parts = path
        .iter()
        .skip(1)
        .map(|p| p.to_string_lossy().into_owned());
    let first = parts.next()?;
    match first.strip_suffix(".rs") {
        Some("lib" | "main") => None,
        Some(name) => Some(name.to_owned()),
        None => Some(first),
    }
}

/// The product part of a file: unit tests may name what they like.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap()
}

/// Lines of code with what they name in this crate.
fn named(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    product(text)
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(number, line)| {
            line.match_indices("crate::").map(move |(at, _)| {
                let name: String = line[at + 7..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                (number + 1, name)
            })
        })
}

#[test]
fn every_module_names_only_what_the_table_allows() {
    let table: BTreeMap<&str, BTreeSet<&str>> = TABLE
        .iter()
        .map(|(module, names)| (*module, names.split_whitespace().collect()))
        .collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(module) = module_of(&path) else {
            continue;
        };
        let Some(allowed) = table.get(module.as_str()) else {
            wrong.push(format!(
                "{}: the module {module} is not in the table",
                path.display()
            ));
            continue;
        };
        for (line, name) in named(&text) {
            if name != module && !allowed.contains("*") && !allowed.contains(name.as_str()) {
                wrong.push(format!(
                    "{}:{line}: {module} may not name {name}",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_opens_sealed_mail_is_named_by_off_line_commands_alone() {
    only_in(MAY_OPEN, &["seal::identity", "seal::Identity", "Decryptor"]);
}

#[test]
fn only_the_store_holds_sql() {
    only_in(MAY_SQL, &["sqlx::", "SELECT ", "INSERT "]);
}

#[test]
fn only_the_parser_and_the_checks_name_the_mail_crates() {
    only_in(MAY_PARSE, &["mail_parser::", "mail_auth::"]);
}

#[test]
fn one_file_asks_the_resolver() {
    only_in(MAY_ASK, &["hickory_resolver::", "lookup_host("]);
}

fn only_in(places: &[&str], words: &[&str]) {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let shown = path.to_string_lossy().into_owned();
        if places.iter().any(|place| shown.starts_with(place)) {
            continue;
        }
        for (number, line) in product(&text).lines().enumerate() {
            let code = !line.trim_start().starts_with("//");
            if code && words.iter().any(|word| line.contains(word)) {
                wrong.push(format!("{shown}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn imports_stand_one_a_line_and_never_climb_twice() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let grouped = line.starts_with("use crate::") && line.contains('{');
            if grouped || line.contains("super::super") {
                wrong.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
