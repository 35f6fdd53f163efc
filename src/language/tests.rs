use super::*;
use fluent_syntax_free::keys;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

const FILES: [&[&str]; 2] = [&every_file!("en"), &every_file!("fr")];

/// What the files hold, read without the library: keys, and the variables of each.
mod fluent_syntax_free {
    use std::collections::BTreeMap;
    use std::collections::BTreeSet;

    pub fn keys(text: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut key = String::new();
        for line in text.lines() {
            let starts = line.starts_with(|c: char| c.is_ascii_alphabetic());
            if let Some((name, _)) = line.split_once('=').filter(|_| starts) {
                key = name.trim().to_owned();
                assert!(
                    found.insert(key.clone(), BTreeSet::new()).is_none(),
                    "{key} is there twice"
                );
            }
            for piece in line.split('$').skip(1) {
                let name: String = piece
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                    .collect();
                // What only chooses the plural need not be in both.
                let name = name.strip_suffix("-count").unwrap_or(&name).to_owned();
                found.entry(key.clone()).or_default().insert(name);
            }
        }
        found
    }
}

#[test]
fn every_key_is_there_in_both_languages_with_the_same_variables() {
    let mut all: Vec<BTreeMap<String, BTreeSet<String>>> = Vec::new();
    for files in FILES {
        let mut of_language = BTreeMap::new();
        for file in files {
            for (key, variables) in keys(file) {
                assert!(
                    of_language.insert(key.clone(), variables).is_none(),
                    "{key} is in two files"
                );
            }
        }
        all.push(of_language);
    }
    assert_eq!(all[0], all[1]);
}

#[test]
fn every_file_parses_and_every_key_has_a_text() {
    for (language, files) in Language::ALL.into_iter().zip(FILES) {
        for file in files {
            FluentResource::try_new((*file).to_owned()).expect("the file parses");
            for key in keys(file).into_keys() {
                assert!(language.words().find(&key).is_some(), "{key} in {language}");
            }
        }
    }
}

/// Every key that a template or a page names is in the files.
#[test]
fn every_key_that_is_used_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("templates"), root.join("src")];
    let mut missing = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Some("html" | "txt" | "rs") = path.extension().and_then(|e| e.to_str()) else {
                continue;
            };
            let text = std::fs::read_to_string(&path).unwrap();
            for call in ["words.get(\"", "words.with(\"", "words.with_all(\""] {
                for piece in text.split(call).skip(1) {
                    let key = piece.split('"').next().unwrap();
                    if Language::English.words().find(key).is_none() {
                        missing.insert(format!("{}: {key}", path.display()));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_browser_chooses_the_language() {
    for (header, language) in [
        ("fr-FR,fr;q=0.9,en;q=0.8", Language::French),
        ("en;q=0.8, fr;q=0.9", Language::French),
        ("de-DE, en-GB;q=0.5", Language::English),
        ("fr;q=0, en", Language::English),
        ("bm, fr-ML;q=0.7", Language::French),
        ("*", Language::English),
        ("", Language::English),
        (";;;q=,,fr;q=x", Language::English),
    ] {
        assert_eq!(Language::accepted(header), language, "{header}");
    }
}

#[test]
fn numbers_and_dates_are_written_as_each_language_has_them() {
    let (en, fr) = (Language::English.words(), Language::French.words());
    assert_eq!(en.number(1_234_567), "1,234,567");
    assert_eq!(fr.number(1_234_567), "1\u{202f}234\u{202f}567");
    assert_eq!(en.number(999), "999");
    assert_eq!(en.number(-1000), "\u{2212}1,000");
    assert_eq!(en.percent(0.9996), "99%");
    assert_eq!(fr.percent(1.0), "100\u{202f}%");
    assert_eq!(en.percent(0.001), "<1%");
    assert_eq!(en.percent(0.0), "0%");
    assert_eq!(en.bytes(1_250_000), "1.2\u{a0}MB");
    assert_eq!(fr.bytes(1_250_000), "1,2\u{a0}Mo");
    assert_eq!(en.bytes(999_999), "1.0\u{a0}MB");
    assert_eq!(en.bytes(12), "12\u{a0}B");
    assert_eq!(fr.day(20_513), "1er\u{a0}mars\u{a0}2026");
    assert_eq!(en.day(20_513), "1\u{a0}March\u{a0}2026");
    assert_eq!(fr.short_day(20_513), "1\u{a0}mars");
    assert_eq!(fr.short_day(20_513 - 31), "29\u{a0}janv.");
    assert_eq!(
        en.moment(1_689_580_800_123),
        "17\u{a0}July\u{a0}2023, 08:00\u{a0}UTC"
    );
    assert_eq!(
        fr.moment(1_689_580_800_123),
        "17\u{a0}juillet\u{a0}2023 à\u{a0}8\u{a0}h\u{a0}00\u{a0}UTC"
    );
}
