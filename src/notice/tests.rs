use super::*;

fn facts() -> Facts {
    Facts {
        ticket: "PR-2026-0042".to_owned(),
        registry: Registry {
            from: "Registry of .ml <misdirected@nic.ml>".to_owned(),
            name: "Registry of .ml".to_owned(),
            verify_at: "+223 00 00 00 00".to_owned(),
            hostname: "mx.nic.ml".to_owned(),
        },
        organisation: "US Army".to_owned(),
        shared: false,
        domain: "army.mil".to_owned(),
        days: (20_727, 20_756),
        gaps: true,
        misdirected: 1214,
        reflection: 12,
        names: vec![("army.ml".to_owned(), 1216), ("other".to_owned(), 10)],
        senders: vec![
            ("gmail.com".to_owned(), 402),
            ("contractor.example".to_owned(), 31),
        ],
        other_senders: (17, 21),
        audit: (
            1234,
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        ),
        earlier: Some("PR-2026-0007".to_owned()),
        counted_again: 37,
    }
}

fn expected(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notices/expected");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Compares with the file; `WRITE_NOTICES=1` writes it anew, for a person to read the difference.
fn same(name: &str, text: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notices/expected");
    if std::env::var_os("WRITE_NOTICES").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    }
    assert_eq!(text, expected(name), "{name}");
}

#[test]
fn both_languages_read_as_they_were_approved_by_a_person() {
    let shared = Facts {
        shared: true,
        organisation: "Gmail".to_owned(),
        domain: "gmail.com".to_owned(),
        names: vec![("gmial.ml".to_owned(), 3)],
        reflection: 0,
        earlier: None,
        counted_again: 0,
        gaps: false,
        days: (20_756, 20_756),
        ..facts()
    };
    for language in Language::ALL {
        let text = compose(&facts(), language);
        same(&format!("{language}.txt"), &text.text);
        same(&format!("{language}.html"), &text.html);
        let text = compose(&shared, language);
        same(&format!("{language}-shared.txt"), &text.text);
    }
}

#[test]
fn lines_are_short_and_english_needs_no_encoding() {
    for language in Language::ALL {
        let text = compose(&facts(), language).text;
        for line in text.lines() {
            assert!(line.chars().count() <= 78, "{line}");
            assert_eq!(line.trim_end(), line.trim_end_matches(' '), "{line}");
        }
        assert_eq!(text.is_ascii(), language == Language::English);
        assert!(!text.contains("letter-"), "a key without a text");
    }
}

#[test]
fn the_subject_has_the_ticket_and_the_domain_on_one_line() {
    for language in Language::ALL {
        let subject = compose(&facts(), language).subject;
        assert!(subject.starts_with("PR-2026-0042"), "{subject}");
        assert!(subject.contains("army.mil"), "{subject}");
        assert!(subject.len() < 78, "{subject}");
        assert!(!subject.contains(['\r', '\n']));
    }
}

#[test]
fn a_shared_organisation_gets_counts_alone() {
    let facts = Facts {
        shared: true,
        ..facts()
    };
    for language in Language::ALL {
        let text = compose(&facts, language);
        for part in [&text.text, &text.html] {
            assert!(!part.contains("gmail.com"), "{part}");
            assert!(!part.contains("contractor.example"), "{part}");
            assert!(part.contains("army.ml"));
        }
    }
}

#[test]
fn nothing_is_fetched_linked_or_run() {
    for language in Language::ALL {
        let html = compose(&facts(), language).html;
        for word in [
            "http", "href", "src=", "url(", "<script", "<img", "@import", "<link",
        ] {
            assert!(!html.contains(word), "{word}");
        }
    }
}

#[test]
fn what_is_no_domain_name_is_counted_and_never_shown() {
    let hostile = "<script>alert(1)</script>.ml";
    let facts = Facts {
        names: vec![("army.ml".to_owned(), 1), (hostile.to_owned(), 2)],
        senders: vec![(hostile.to_owned(), 9)],
        organisation: "A\r\nBcc: x <b>&\"'".to_owned(),
        domain: "army.mil\r\nBcc: x".to_owned(),
        ..facts()
    };
    for language in Language::ALL {
        let text = compose(&facts, language);
        assert!(!text.text.contains("script"));
        assert!(!text.html.contains("script"));
        assert!(!text.html.contains("<b>"));
        assert!(text.html.contains("A Bcc: x &#60;b&#62;&#38;&#34;&#39;"));
        assert!(!text.subject.contains(['\r', '\n']));
        let other = language.words().get("letter-names-other");
        assert!(text.text.contains(&other));
    }
}

#[test]
fn very_many_and_very_long_names_stay_within_bounds() {
    let long = format!("{}.{}.ml", "a".repeat(63), "b".repeat(63));
    let mut names = vec![(long.clone(), 5)];
    names.extend((0..500).map(|n| (format!("n{n}.ml"), 1)));
    let facts = Facts { names, ..facts() };
    let text = compose(&facts, Language::English);
    assert!(text.text.lines().any(|line| line.trim() == long));
    assert!(text.text.lines().count() < 250);
    assert!(text.text.contains("401"), "the rest is one sum");
    assert!(text.html.len() < 60_000);
}
