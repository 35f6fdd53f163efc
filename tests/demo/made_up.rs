//! What the demonstration makes up, seen by the real classifier.

use restante::classify::Classification;
use restante::classify::Classifier;
use restante::classify::Classify;
use restante::classify::Organisation;
use restante::classify::OrganisationId;
use restante::classify::Popular;
use restante::classify::Verdict;
use restante::demo::author::Author;
use restante::demo::letter::Letter;
use restante::demo::plan;
use restante::demo::plan::Event;
use restante::demo::world;
use restante::message::Address;
use restante::message::Circumstances;
use restante::message::Client;
use restante::message::Domain;
use restante::message::Envelope;
use restante::message::Helo;
use restante::message::MessageId;
use restante::message::Parsed;
use restante::message::Policy;
use restante::message::Protocol;
use restante::message::Recipient;
use restante::message::ReversePath;
use restante::message::Timestamp;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// 2024-03-20T15:00:00Z, a Wednesday.
const NOW: Timestamp = Timestamp::from_millis(1_710_946_800_000);

fn classifier() -> Classifier {
    let organisations: Vec<Organisation> = world::OWNERS
        .iter()
        .zip(1..)
        .map(|(owner, id)| Organisation {
            id: OrganisationId(id),
            name: owner.name.to_owned(),
            domains: owner
                .domains
                .iter()
                .map(|d| Domain::parse(d).unwrap())
                .collect(),
            shared: owner.kind == "provider",
            hint: false,
        })
        .collect();
    let zones = world::ZONES.map(|zone| Domain::parse(zone).unwrap());
    Classifier::new(&zones, organisations, &Popular::shipped())
}

fn classified(classifier: &Classifier, letter: &Letter) -> Classification {
    let recipient = |text: &String| Recipient {
        address: Address::parse(text).unwrap(),
        watch: None,
    };
    let envelope = Envelope {
        id: MessageId::fresh(letter.at).unwrap(),
        received_at: letter.at,
        client: Client {
            address: [127, 0, 0, 1].into(),
            helo: Helo::new(&letter.helo),
            protocol: Protocol::Esmtp,
            tls: None,
        },
        reverse_path: match letter.reverse_path.as_str() {
            "" => ReversePath::Null,
            path => ReversePath::Address(Address::parse(path).unwrap()),
        },
        recipients: letter.recipients.iter().map(recipient).collect(),
        policy: Policy::Hold,
    };
    classifier.classify(
        &envelope,
        &Parsed::from_bytes(&letter.bytes),
        &Circumstances::UNKNOWN,
    )
}

fn letters(seed: u64, count: usize) -> (Vec<Letter>, usize) {
    let events = plan::history(&mut Author::new(seed), NOW, count);
    assert!(events.is_sorted_by_key(Event::at), "in order of time");
    assert!(
        events
            .iter()
            .all(|e| e.at() < NOW && e.at() >= NOW.plus_days(-31))
    );
    let letter = |event: &Event| match event {
        Event::Letter(letter) => Some(letter.clone()),
        _ => None,
    };
    let letters: Vec<Letter> = events.iter().filter_map(letter).collect();
    let sessions = events.len() - letters.len();
    (letters, sessions)
}

#[test]
fn the_classifier_takes_the_letters_for_what_they_were_written_to_be() {
    let classifier = classifier();
    let (letters, sessions) = letters(20_230_717, 300);
    assert_eq!(letters.len(), 300);
    assert!((6..=20).contains(&sessions), "{sessions}");
    let mut verdicts: BTreeMap<Verdict, [usize; 2]> = BTreeMap::new();
    let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
    let mut languages: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    let (mut right, mut wrong, mut all) = (0, Vec::new(), 0);
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    let mut typed: BTreeMap<Option<&str>, BTreeSet<String>> = BTreeMap::new();
    for letter in &letters {
        let found = classified(&classifier, letter);
        let row = verdicts.entry(found.verdict).or_default();
        row[0] += 1;
        row[1] += usize::from(found.verdict == letter.verdict);
        if found.verdict != letter.verdict {
            println!(
                "{:?} for {:?}: {}",
                found.verdict,
                letter.verdict,
                subject(letter)
            );
        }
        for label in &found.sensitivity {
            *labels.entry(label.name()).or_default() += 1;
        }
        *languages.entry(found.language).or_default() += 1;
        for ((to, meant), found) in letter
            .recipients
            .iter()
            .zip(&letter.intended)
            .zip(&found.intended)
        {
            let name = to.rsplit('@').next().unwrap().to_owned();
            all += 1;
            let got = found.domain.as_ref().map(ToString::to_string);
            if got.as_deref() == *meant {
                right += 1;
            } else {
                wrong.push(format!(
                    "{name}: {got:?} {:.2} for {meant:?}",
                    found.confidence
                ));
            }
            let owner = meant.and_then(|m| {
                world::OWNERS
                    .iter()
                    .find(|o| o.domains.iter().any(|d| m.ends_with(d)))
            });
            *owners
                .entry(owner.map_or("unknown", |o| o.name))
                .or_default() += 1;
            typed.entry(owner.map(|o| o.name)).or_default().insert(name);
        }
    }
    println!(
        "{verdicts:#?}\n{labels:?}\n{languages:?}\n{owners:#?}\nwrong {} of {all}: {wrong:#?}",
        wrong.len()
    );
    assert_eq!(verdicts.len(), 5, "all five verdicts");
    let as_written: usize = verdicts.values().map(|row| row[1]).sum();
    assert!(as_written >= 285, "{as_written} of 300 verdicts");
    assert!(right * 100 >= all * 95, "{right} of {all} domains");
    assert!((110..=190).contains(&verdicts[&Verdict::Misdirected][0]));
    assert!((40..=100).contains(&verdicts[&Verdict::Reflection][0]));
    assert!((30..=75).contains(&verdicts[&Verdict::Spam][0]));
    assert!((15..=50).contains(&verdicts[&Verdict::Bounce][0]));
    assert!((6..=30).contains(&verdicts[&Verdict::Probe][0]));
    assert_eq!(labels.len(), 9, "all nine labels: {labels:?}");
    assert!(languages[&Some("en")] > 100 && languages[&Some("fr")] > 50);
    assert!(owners.len() >= 12, "{owners:?}");
    let largest = owners.iter().max_by_key(|(_, count)| **count).unwrap();
    assert_eq!(*largest.0, "Department of the Army", "the hints say so");
    let several = typed.values().filter(|names| names.len() >= 2).count();
    assert!(several >= 11, "several typed names each: {typed:?}");
}

fn subject(letter: &Letter) -> String {
    let parsed = Parsed::from_bytes(&letter.bytes);
    format!("{} / {}", parsed.subject, letter.recipients[0])
}

#[test]
fn no_day_is_without() {
    let events = plan::history(&mut Author::new(9), NOW, 30);
    let times = events.iter().map(|event| event.at().millis());
    let times: Vec<i64> = times.chain([NOW.millis()]).collect();
    let longest = times.windows(2).map(|two| two[1] - two[0]).max().unwrap();
    assert!(longest <= 2 * 86_400_000, "{longest}");
}

#[test]
fn the_days_look_like_days() {
    let (letters, _) = letters(1, 2000);
    let mut days: BTreeMap<i64, usize> = BTreeMap::new();
    let mut people = [0usize; 24];
    for letter in &letters {
        *days.entry(letter.at.day()).or_default() += 1;
        if letter.verdict == Verdict::Misdirected {
            people[usize::from(letter.at.utc().hour())] += 1;
        }
    }
    let today = NOW.day();
    assert!(days.len() >= 29, "{days:?}");
    let burst = days[&(today - 9)];
    assert!(
        days.iter()
            .all(|(day, count)| *day == today - 9 || count * 2 < burst),
        "{days:?}"
    );
    // The burst is on a Monday (the epoch's day 0 was a Thursday); Sunday is the day before.
    assert!(days[&(today - 10)] * 2 < days[&(today - 8)] + days[&(today - 7)]);
    let night: usize = people[..6].iter().sum();
    let day: usize = people[8..18].iter().sum();
    assert!(night * 10 < day, "{people:?}");
}

#[test]
fn letters_differ_and_the_same_seed_writes_the_same() {
    let (one, _) = letters(5, 300);
    let bodies: BTreeSet<&[u8]> = one.iter().map(|letter| letter.bytes.as_slice()).collect();
    assert_eq!(bodies.len(), one.len(), "no two are the same");
    let (same, _) = letters(5, 300);
    assert!(
        one.iter()
            .zip(&same)
            .all(|(a, b)| a.bytes == b.bytes && a.recipients == b.recipients)
    );
    let others = one
        .iter()
        .filter(|letter| letter.recipients.len() > 1)
        .count();
    assert!(others >= 5, "several recipients: {others}");
    let real = |letter: &&Letter| {
        let parsed = Parsed::from_bytes(&letter.bytes);
        let ours =
            |a: &Address| world::ZONES.contains(&a.domain().as_str().rsplit('.').next().unwrap());
        parsed.to.iter().chain(&parsed.cc).any(|a| !ours(a))
    };
    let real = one.iter().filter(real).count();
    assert!(real >= 15, "some with others at the real domain: {real}");
}
