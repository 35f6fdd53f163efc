//! Every text can be filled, and says what it was written to say.

use super::*;
use crate::demo::texts::Attached;

fn all(author: &Author) -> Vec<&Text> {
    let lists = [&author.personal, &author.services, &author.machines];
    let mut texts: Vec<&Text> = lists.into_iter().flatten().flatten().collect();
    texts.extend(&author.spam);
    texts
}

#[test]
fn every_text_is_whole() {
    let author = Author::new(1);
    let texts = all(&author);
    assert!(texts.len() > 45, "{}", texts.len());
    for text in texts {
        assert!(
            !text.subject.is_empty() && text.body.len() > 9,
            "{}",
            text.name
        );
        for Attached { name, kib } in &text.attached {
            assert!(name.contains('.') && *kib > 1, "{}: {name}", text.name);
        }
        let known = |kind: &str| world::HOUSES.iter().any(|house| house.kind == kind);
        let machine = matches!(text.from.as_str(), "" | "bounce" | "away" | "probe");
        assert!(machine || known(&text.from), "{}: {}", text.name, text.from);
    }
}

#[test]
fn no_letter_has_a_hole() {
    let mut author = Author::new(2);
    let kinds = [
        Kind::Personal,
        Kind::Unknown,
        Kind::Service,
        Kind::Spam,
        Kind::Bounce,
        Kind::Away,
        Kind::Probe,
    ];
    for number in 0..400 {
        let kind = kinds[number % kinds.len()];
        let at = Timestamp::from_millis(1_700_000_000_000);
        let letter = author.letter(kind, at, None);
        let text = String::from_utf8(letter.bytes).unwrap();
        let head = text.split("base64").next().unwrap();
        assert!(!head.contains(['{', '}']), "{head}");
        assert!(text.lines().all(|line| line.len() < 900));
        assert_eq!(letter.recipients.len(), letter.intended.len());
        for to in &letter.recipients {
            assert!(
                to.is_ascii() && world::ZONES.iter().any(|z| to.ends_with(&format!(".{z}"))),
                "{to}"
            );
        }
    }
}
