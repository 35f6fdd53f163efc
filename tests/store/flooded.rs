//! Corrections of mail in a case that a flood has filled with names.

use crate::rollups::compare;
use crate::rollups::list;
use crate::rules::add;
use crate::rules::mail;
use crate::rules::meant;
use crate::rules::rule;
use crate::rules::walk;
use crate::support::number;
use crate::support::options;
use crate::support::start;
use crate::support::store;
use crate::support::store_with;
use crate::support::stranger;
use crate::support::together;
use restante::store::CaseKind;
use restante::store::Options;

#[tokio::test]
async fn a_step_reads_no_names_but_those_of_the_mail_that_it_moves() {
    let (_dir, store) = store().await;
    let one = mail(1, "x.legion.ml", Some("legion.fr"), "a.example");
    store.keep(one).await.unwrap();
    let mut stranger = stranger(&store).await;
    // Names that nobody can read: whoever fetches them fails.
    for insert in [
        "INSERT INTO case_day_name SELECT case_id, day, CAST(x'ff' AS TEXT), 'spam', 1, 1 FROM case_day_name",
        "INSERT INTO case_day_sender SELECT case_id, day, CAST(x'ff' AS TEXT), 1, 1, 1 FROM case_day_sender",
    ] {
        let done = sqlx::query(insert).execute(&mut stranger).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
    }
    // A part of the same case, so that its names are there; then another part, for a name that is not.
    add(&store, rule("legion.ml", None, meant("sub.legion.fr"))).await;
    assert_eq!(walk(&store, start(), 500).await, 1);
    let two = mail(2, "y.legoin.ml", Some("other.fr"), "b.example");
    store.keep(two).await.unwrap();
    add(&store, rule("legoin.ml", None, meant("legion.fr"))).await;
    assert_eq!(walk(&store, start(), 500).await, 1);
    let names = "SELECT count(*) FROM case_day_name WHERE name IN ('legion.ml', 'legoin.ml') AND recipients = 1";
    assert_eq!(number(&mut stranger, names).await, 2);
}

#[tokio::test]
async fn a_step_brings_mail_to_a_hundred_cases_and_days_at_most() {
    let (_dir, store) = store().await;
    let messages = (0..150).map(|n| {
        let mut one = mail(n, "x.legion.ml", Some("legion.fr"), "a.example");
        let ago = -i64::try_from(n).unwrap();
        one.received_at = start().plus_days(ago);
        one
    });
    together(&store, messages.collect()).await;
    add(&store, rule("legion.ml", None, meant("army.mil"))).await;
    let step = store.apply_rules_step(start(), 500).await.unwrap();
    assert_eq!(step.changed, 100);
    let rest = store.apply_rules_step(start(), 500).await.unwrap();
    assert_eq!(rest.changed, 50);
    // The directory has another word for all of it: each of its names is a case of its own.
    let part = |n| format!("part{n}.navy.mil");
    let of_parts = (200..350).map(|n| mail(n, "navy.ml", Some(&part(n)), "a.example"));
    together(&store, of_parts.collect()).await;
    let parts: Vec<String> = (200..350).map(part).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    list(&store, &parts).await;
    let mut changed = Vec::new();
    loop {
        let step = store.apply_directory_step(start(), 500).await.unwrap();
        if !step.more {
            break;
        }
        changed.push(step.changed);
    }
    assert_eq!(changed.iter().sum::<i64>(), 150);
    assert!(changed.iter().all(|n| *n <= 100), "{changed:?}");
}

#[tokio::test]
async fn what_is_moved_takes_the_room_that_is_left() {
    for bound in 1..5 {
        let (_dir, store) = store_with(Options {
            names_a_case: bound,
            ..options()
        })
        .await;
        // Two names and senders are there; of what comes, one is the same and two are new.
        for (n, (name, sender, intended)) in (0..).zip([
            ("one.ml", "one.example", "army.mil"),
            ("two.ml", "two.example", "army.mil"),
            ("x.one.ml", "two.example", "other.fr"),
            ("x.three.ml", "three.example", "other.fr"),
            ("x.four.ml", "four.example", "other.fr"),
        ]) {
            store
                .keep(mail(n, name, Some(intended), sender))
                .await
                .unwrap();
        }
        for name in ["one.ml", "three.ml", "four.ml"] {
            add(&store, rule(name, None, meant("army.mil"))).await;
        }
        walk(&store, start(), 500).await;
        let army = store.cases(CaseKind::Intended, None, 9).await.unwrap();
        let army = army.iter().find(|case| case.domain == "army.mil").unwrap();
        let (names, _) = store.case_names(army.id, 9).await.unwrap();
        let (senders, _) = store.case_senders(army.id, 9).await.unwrap();
        let named = names.iter().filter(|row| row.name != "other").count();
        let sent = senders.iter().filter(|row| row.sender != "other").count();
        assert_eq!((named, sent), (bound.min(4), bound.min(4)));
        let one = names.iter().find(|row| row.name == "one.ml").unwrap();
        assert_eq!(one.recipients, 2, "what is there has its room");
        compare(&store, &mut stranger(&store).await, 5).await;
    }
}

#[tokio::test]
async fn a_case_that_mail_comes_back_to_begins_anew() {
    let (_dir, store) = store().await;
    let at = |n, days| {
        let mut one = mail(n, "x.legion.ml", Some("legion.fr"), "a.example");
        one.received_at = start().plus_days(days);
        one
    };
    store.keep(at(1, 2)).await.unwrap();
    add(&store, rule("legion.ml", None, meant("army.mil"))).await;
    walk(&store, start(), 500).await;
    // Decided without the rule, as an import's mail may be; it is older than what was there.
    store.keep(at(2, 0)).await.unwrap();
    let cases = store.cases(CaseKind::Intended, None, 9).await.unwrap();
    let legion = cases.iter().find(|case| case.domain == "legion.fr");
    let legion = legion.unwrap();
    assert_eq!((legion.first_seen, legion.last_seen), (start(), start()));
}
