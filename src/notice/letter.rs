//! What stands in a notice, in order: who, how much, which names, who sent, what to do, how to check, what is held.

use crate::language::Words;
use crate::notice::Facts;
use crate::notice::layout::Block;
use crate::notice::layout::Row;
use crate::notice::layout::Section;
use crate::notice::layout::Table;
use crate::notice::senders;
use crate::notice::senders::OTHER;

/// All of it.
pub fn sections(facts: &Facts, words: &Words) -> Vec<Section> {
    let mut sections = vec![
        who(facts, words),
        counts(facts, words),
        names(facts, words),
        senders(facts, words),
        steps(facts, words),
        real(facts, words),
        hold(words),
    ];
    sections.extend(earlier(facts, words));
    sections.push(audit(facts, words));
    sections
}

fn section(title: String, blocks: Vec<Block>) -> Section {
    Section { title, blocks }
}

fn paragraph(text: String) -> Block {
    Block::Paragraph(text)
}

/// The top-level domains of the typed names, else of our own host: `.ml`.
fn zone(facts: &Facts) -> String {
    let mut zones: Vec<String> = facts
        .names
        .iter()
        .filter(|(name, _)| name != OTHER)
        .chain(std::iter::once(&(facts.registry.hostname.clone(), 0)))
        .filter_map(|(name, _)| Some(format!(".{}", name.rsplit('.').next()?)))
        .collect();
    if zones.len() > 1 {
        // Our host may be elsewhere.
        zones.pop();
    }
    zones.sort();
    zones.dedup();
    zones.join(", ")
}

fn who(facts: &Facts, words: &Words) -> Section {
    let who = words.with_all(
        "letter-who",
        &[
            ("zone", zone(facts).into()),
            ("domain", facts.domain.as_str().into()),
            ("hostname", facts.registry.hostname.as_str().into()),
            ("organisation", facts.organisation.as_str().into()),
        ],
    );
    let what = words.get("letter-who-what");
    let blocks = vec![paragraph(who), paragraph(what)];
    section(words.get("letter-who-title"), blocks)
}

fn counts(facts: &Facts, words: &Words) -> Section {
    let (first, last) = facts.days;
    let values = [
        ("first", words.day(first).into()),
        ("last", words.day(last).into()),
        ("domain", facts.domain.as_str().into()),
    ];
    let period = if first == last {
        words.with_all("letter-period-day", &values)
    } else if facts.gaps {
        words.with_all("letter-period-gaps", &values)
    } else {
        words.with_all("letter-period", &values)
    };
    let kinds = [
        (words.get("letter-misdirected"), facts.misdirected),
        (words.get("letter-reflection"), facts.reflection),
    ];
    let row = |(what, count): (String, i64)| Row {
        what,
        count: words.number(count),
        is_name: false,
    };
    let table = Table {
        what: words.get("letter-counts-what"),
        count: words.get("letter-counts-count"),
        rows: kinds.into_iter().map(row).collect(),
    };
    let blocks = vec![
        paragraph(period),
        Block::Table(table),
        paragraph(words.get("letter-counts-note")),
    ];
    section(words.get("letter-counts-title"), blocks)
}

fn names(facts: &Facts, words: &Words) -> Section {
    let rows = facts.names.iter().map(|(name, recipients)| {
        let is_name = name != OTHER;
        Row {
            what: if is_name {
                name.clone()
            } else {
                words.get("letter-names-other")
            },
            count: words.number(recipients),
            is_name,
        }
    });
    let table = Table {
        what: words.get("letter-names-name"),
        count: words.get("letter-counts-count"),
        rows: rows.collect(),
    };
    let blocks = vec![
        Block::Table(table),
        paragraph(words.get("letter-names-note")),
    ];
    section(words.get("letter-names-title"), blocks)
}

fn senders(facts: &Facts, words: &Words) -> Section {
    let title = words.get("letter-senders-title");
    if facts.shared {
        let why = words.with("letter-senders-shared", "domain", &facts.domain);
        return section(title, vec![paragraph(why)]);
    }
    if facts.senders.is_empty() {
        return section(title, vec![paragraph(words.get("letter-senders-none"))]);
    }
    let mut rows: Vec<Row> = facts
        .senders
        .iter()
        .map(|(sender, messages)| Row {
            what: sender.clone(),
            count: words.number(messages),
            is_name: true,
        })
        .collect();
    let (domains, messages) = facts.other_senders;
    if messages > 0 {
        rows.push(Row {
            what: match domains {
                0 => words.get("letter-senders-others"),
                domains => words.with("letter-senders-other", "n", domains),
            },
            count: words.number(messages),
            is_name: false,
        });
    }
    let table = Table {
        what: words.get("letter-senders-name"),
        count: words.get("letter-senders-count"),
        rows,
    };
    let most = i64::try_from(senders::MOST).unwrap_or(i64::MAX);
    let note = words.with("letter-senders-note", "most", most);
    section(title, vec![Block::Table(table), paragraph(note)])
}

fn steps(facts: &Facts, words: &Words) -> Section {
    let tell = if facts.senders.is_empty() {
        words.with("letter-do-tell-all", "domain", &facts.domain)
    } else {
        words.with("letter-do-tell", "domain", &facts.domain)
    };
    let mut steps = vec![words.get("letter-do-block"), tell];
    if facts.reflection > 0 {
        steps.push(words.get("letter-do-services"));
    }
    steps.push(words.with("letter-do-answer", "ticket", &facts.ticket));
    section(words.get("letter-do-title"), vec![Block::Steps(steps)])
}

fn real(facts: &Facts, words: &Words) -> Section {
    let mut blocks = vec![paragraph(words.get("letter-real"))];
    let verify_at = facts.registry.verify_at.as_str();
    if !verify_at.is_empty() {
        blocks.push(paragraph(words.with_all(
            "letter-real-at",
            &[
                ("where", verify_at.into()),
                ("ticket", facts.ticket.as_str().into()),
            ],
        )));
    }
    blocks.push(paragraph(words.with_all(
        "letter-real-iana",
        &[
            ("zone", zone(facts).into()),
            ("ticket", facts.ticket.as_str().into()),
        ],
    )));
    section(words.get("letter-real-title"), blocks)
}

fn hold(words: &Words) -> Section {
    let blocks = vec![paragraph(words.get("letter-hold"))];
    section(words.get("letter-hold-title"), blocks)
}

fn earlier(facts: &Facts, words: &Words) -> Option<Section> {
    let ticket = facts.earlier.as_deref()?;
    let text = match facts.counted_again {
        0 => words.with("letter-earlier", "ticket", ticket),
        again => words.with_all(
            "letter-earlier-overlap",
            &[("ticket", ticket.into()), ("n", again.into())],
        ),
    };
    Some(section(
        words.get("letter-earlier-title"),
        vec![paragraph(text)],
    ))
}

fn audit(facts: &Facts, words: &Words) -> Section {
    let (seq, hash) = &facts.audit;
    let blocks = vec![
        paragraph(words.with("letter-audit", "seq", seq.to_string())),
        Block::Value(hash.clone()),
        paragraph(words.get("letter-audit-what")),
    ];
    section(words.get("letter-audit-title"), blocks)
}
