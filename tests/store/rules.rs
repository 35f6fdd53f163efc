//! Corrections of staff: what they do to stored mail, and that every sum follows.

use crate::rollups::compare;
use crate::rollups::list;
use crate::rollups::table;
use crate::ruled::as_owned;
use crate::support::counted;
use crate::support::domain;
use crate::support::intended;
use crate::support::message;
use crate::support::options;
use crate::support::recipient;
use crate::support::start;
use crate::support::store;
use crate::support::store_with;
use crate::support::stranger;
use restante::audit;
use restante::audit::Action;
use restante::classify::OrganisationId;
use restante::classify::Verdict;
use restante::classify::rules::RuleEffect;
use restante::message::MessageId;
use restante::message::Timestamp;
use restante::store::CaseKind;
use restante::store::NewMessage;
use restante::store::Store;
use restante::store::chain::Entry;
use restante::store::messages::MessageRow;
use restante::store::messages::Order;
use restante::store::messages::Page;
use restante::store::rules::NewRule;

const ALL: Page = Page {
    order: Order::OldestFirst,
    after: None,
    case: None,
    limit: 1_000,
};

pub fn entry(action: Action) -> Entry {
    audit::entry(start(), "jane", action, "", serde_json::json!({}))
}

pub fn rule(typed: &str, sender: Option<&str>, effect: RuleEffect) -> NewRule {
    NewRule {
        typed: domain(typed),
        sender: sender.map(domain),
        effect,
    }
}

pub fn meant(name: &str) -> RuleEffect {
    RuleEffect::Intended(Some(domain(name)))
}

pub async fn add(store: &Store, rule: NewRule) -> i64 {
    store.add_rule(rule, entry(Action::RuleMade)).await.unwrap()
}

/// Long enough after everything for a rule to be closed.
pub fn later() -> Timestamp {
    start().plus_days(1)
}

/// Takes steps until there is nothing left to do at `now`; says how many recipients changed.
pub async fn walk(store: &Store, now: Timestamp, rows: u32) -> i64 {
    let mut changed = 0;
    for _ in 0..10_000 {
        let step = store.apply_rules_step(now, rows).await.unwrap();
        let directory = store.apply_directory_step(now, rows).await.unwrap();
        changed += step.changed + directory.changed;
        if !step.more && !directory.more {
            return changed;
        }
    }
    panic!("the steps never end");
}

pub async fn rows(store: &Store) -> Vec<MessageRow> {
    store.messages(ALL).await.unwrap()
}

/// Mail for `typed`, taken for `taken`, from `sender`.
pub fn mail(n: u64, typed: &str, taken: Option<&str>, sender: &str) -> NewMessage {
    let mut made = message(n);
    let at = i64::try_from(n).unwrap();
    // Lists are in this order.
    made.id = MessageId::fresh(start().plus_millis(at)).unwrap();
    made.recipients[0] = recipient(typed);
    made.classification.intended[0] = intended(taken);
    made.sender_domain = Some(domain(sender));
    made
}

async fn case(store: &Store, kind: CaseKind, name: &str) -> (i64, i64, Option<OrganisationId>) {
    let cases = store.cases(kind, None, 100).await.unwrap();
    let found = cases.iter().find(|case| case.domain == name).unwrap();
    (found.id, found.recipients, found.organisation)
}

#[tokio::test]
async fn a_correction_moves_stored_mail_with_its_item() {
    let (_dir, store) = store().await;
    let ids = list(&store, &["army.mil"]).await;
    for n in 0..3 {
        let one = mail(n, "x.legion.ml", Some("x.legion.fr"), "a.example");
        store.keep(one).await.unwrap();
    }
    store
        .keep(mail(9, "other.ml", None, "a.example"))
        .await
        .unwrap();
    let id = add(&store, rule("legion.ml", None, meant("army.mil"))).await;
    assert_eq!(walk(&store, start(), 2).await, 3);
    let army = case(&store, CaseKind::Intended, "army.mil").await;
    assert_eq!((army.1, army.2), (3, Some(ids[0])));
    let left = case(&store, CaseKind::Intended, "legion.fr").await;
    assert_eq!(left.1, 0, "a case that is left stays, with zeros");
    let items = store.items(None, 10).await.unwrap();
    let followed = items.iter().filter(|item| item.domain == "army.mil");
    assert!(
        followed
            .clone()
            .all(|item| item.organisation == Some(ids[0]))
    );
    assert_eq!(followed.count(), 3);
    assert!(rows(&store).await.iter().any(|row| {
        row.intended.as_deref() == Some("x.army.mil")
            && (row.confidence - 1.0).abs() < f64::EPSILON
            && row.organisation.as_deref() == Some("army.mil")
    }));
    // It stays open for mail that was decided without it, then says that it is through.
    let row = |rows: Vec<restante::store::rules::RuleRow>| rows[0].clone();
    let open = row(store.rules().await.unwrap());
    assert_eq!((open.id, open.applied, open.done_at), (id, 3, None));
    assert_eq!(walk(&store, later(), 2).await, 0);
    assert_eq!(row(store.rules().await.unwrap()).done_at, Some(later()));
    let trail = store.audit_after(0, 10).await.unwrap();
    let last = trail.last().unwrap();
    assert_eq!(last.action, Action::RuleApplied.name());
    assert_eq!(last.actor, audit::SYSTEM);
    assert_eq!(last.detail, format!(r#"{{"recipients":3,"rule":{id}}}"#));
    compare(&store, &mut stranger(&store).await, 4).await;
}

#[tokio::test]
async fn mail_decided_without_the_rule_is_not_missed_wherever_its_id_lies() {
    let (_dir, store) = store().await;
    let early = mail(0, "army.ml", None, "a.example");
    for n in 1..4 {
        store
            .keep(mail(n, "army.ml", None, "a.example"))
            .await
            .unwrap();
    }
    add(&store, rule("army.ml", None, meant("army.mil"))).await;
    assert_eq!(walk(&store, start(), 2).await, 3);
    // It arrived first and was committed last.
    assert!(
        rows(&store)
            .await
            .iter()
            .all(|row| row.id > early.id.to_string())
    );
    store.keep(early).await.unwrap();
    assert_eq!(walk(&store, start().plus_millis(19_000), 2).await, 0);
    assert_eq!(walk(&store, start().plus_millis(20_000), 2).await, 1);
    let army = case(&store, CaseKind::Intended, "army.mil").await;
    assert_eq!(army.1, 4);
    compare(&store, &mut stranger(&store).await, 4).await;
}

#[tokio::test]
async fn a_rule_is_replaced_and_revoked_and_leaves_what_a_better_one_decides() {
    let (_dir, store) = store().await;
    for (n, typed) in (0..).zip(["army.ml", "us.army.ml", "de.army.ml"]) {
        store.keep(mail(n, typed, None, "a.example")).await.unwrap();
    }
    let version = store.organisations_version().await.unwrap();
    let below = add(&store, rule("us.army.ml", None, meant("navy.mil"))).await;
    assert_ne!(store.organisations_version().await.unwrap(), version);
    let first = add(&store, rule("army.ml", None, meant("army.example"))).await;
    walk(&store, start(), 10).await;
    let second = add(&store, rule("army.ml", None, meant("army.mil"))).await;
    walk(&store, start(), 10).await;
    let now: Vec<_> = rows(&store)
        .await
        .into_iter()
        .map(|row| row.intended.unwrap())
        .collect();
    assert_eq!(now, ["army.mil", "navy.mil", "de.army.mil"]);
    let of = entry(Action::RuleRevoked);
    assert!(store.revoke_rule(second, "joe", of.clone()).await.unwrap());
    assert!(!store.revoke_rule(second, "joe", of).await.unwrap());
    let listed: Vec<_> = store
        .rules()
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.id, row.revoked_by))
        .collect();
    assert_eq!(
        listed,
        [
            (below, None),
            (second, Some("joe".to_owned())),
            (first, Some("jane".to_owned()))
        ]
    );
    let left: Vec<_> = store.rules_in_force().await.unwrap();
    assert_eq!(left.iter().map(|r| r.id).collect::<Vec<_>>(), [below]);
    assert_eq!(
        walk(&store, later(), 10).await,
        0,
        "what it has changed stays"
    );
    let trail = store.audit_after(0, 20).await.unwrap();
    assert_eq!(
        trail[2].detail,
        format!(r#"{{"replaces":{first},"rule":{second}}}"#)
    );
    assert_eq!(
        trail.iter().filter(|e| e.action == "rule_revoked").count(),
        1
    );
}

#[tokio::test]
async fn a_verdict_is_that_of_the_first_recipient_and_of_one_sender() {
    let (_dir, store) = store().await;
    let mut two = mail(0, "army.ml", Some("army.mil"), "shop.example");
    let more = mail(0, "navy.ml", Some("navy.mil"), "shop.example");
    two.recipients.extend(more.recipients);
    let more = more.classification.intended;
    two.classification.intended.extend(more);
    let mut second = mail(1, "navy.ml", Some("navy.mil"), "shop.example");
    second.recipients.extend(two.recipients[..1].to_vec());
    let more = two.classification.intended[..1].to_vec();
    second.classification.intended.extend(more);
    for one in [two, second, mail(2, "army.ml", None, "person.example")] {
        store.keep(one).await.unwrap();
    }
    let spam = RuleEffect::Verdict(Verdict::Spam);
    add(&store, rule("army.ml", Some("shop.example"), spam)).await;
    assert_eq!(walk(&store, start(), 10).await, 2);
    let verdicts: Vec<_> = rows(&store)
        .await
        .into_iter()
        .map(|row| row.verdict)
        .collect();
    let [spam, good] = ["spam", "misdirected"];
    assert_eq!(verdicts, [spam, spam, good, good, good]);
    assert_eq!(store.stats().await.unwrap().by_verdict["spam"], 1);
    compare(&store, &mut stranger(&store).await, 3).await;
}

#[tokio::test]
async fn a_subdomain_that_gets_its_own_owner_takes_its_stored_mail_along() {
    for names in [["army.mil", "us.army.mil"], ["us.army.mil", "army.mil"]] {
        let (_dir, store) = store().await;
        for (n, name) in (0..).zip(["army.mil", "us.army.mil", "x.us.army.mil", "de.army.mil"]) {
            store
                .keep(mail(n, "typed.ml", Some(name), "a.example"))
                .await
                .unwrap();
        }
        let mut owners = Vec::new();
        for name in names {
            owners.extend(list(&store, &[name]).await);
            walk(&store, later(), 3).await;
        }
        let whole = names.iter().position(|name| *name == "army.mil").unwrap();
        let army = case(&store, CaseKind::Intended, "army.mil").await;
        let us = case(&store, CaseKind::Intended, "us.army.mil").await;
        assert_eq!((army.1, army.2), (2, Some(owners[whole])));
        assert_eq!((us.1, us.2), (2, Some(owners[1 - whole])));
        let day = start().day();
        let told = store.notice_sums(us.0, day, day).await.unwrap();
        assert_eq!(told.misdirected, 2);
        let items = store.items(None, 10).await.unwrap();
        let of: Vec<_> = items
            .iter()
            .map(|item| item.organisation.unwrap())
            .collect();
        let [army, us] = [owners[whole], owners[1 - whole]];
        assert_eq!(of, [army, us, us, army]);
        let mut other = stranger(&store).await;
        as_owned(&store, &mut other).await;
        compare(&store, &mut other, 4).await;
    }
}

#[tokio::test]
async fn an_item_of_two_cases_stays_whose_it_was() {
    let (_dir, store) = store().await;
    let mut two = mail(0, "army.ml", Some("army.mil"), "a.example");
    two.recipients.push(recipient("us.army.ml"));
    let answer = intended(Some("us.army.mil"));
    two.classification.intended.push(answer);
    store.keep(two).await.unwrap();
    add(&store, rule("us.army.ml", None, meant("navy.mil"))).await;
    assert_eq!(walk(&store, start(), 10).await, 1);
    assert_eq!(store.items(None, 1).await.unwrap()[0].domain, "army.mil");
    add(&store, rule("army.ml", None, meant("navy.mil"))).await;
    assert_eq!(walk(&store, start(), 10).await, 1);
    assert_eq!(store.items(None, 1).await.unwrap()[0].domain, "navy.mil");
}

#[tokio::test]
async fn a_notice_counts_what_is_sure_and_genuine_alone() {
    let (_dir, store) = store().await;
    let day = start().day();
    let army = |n, sender| mail(n, "army.ml", Some("army.mil"), sender);
    let mut doubtful = army(1, "doubt.example");
    doubtful.classification.intended[0].confidence = 0.79;
    let mut spam = army(2, "spam.example");
    spam.classification.verdict = Verdict::Spam;
    let mut reflected = mail(3, "amry.ml", Some("army.mil"), "shop.example");
    reflected.classification.verdict = Verdict::Reflection;
    reflected.received_at = start().plus_days(1);
    let mut bounced = army(4, "shop.example");
    bounced.sender_domain = None;
    let mut unheld = counted(5);
    unheld.classification.intended[0].confidence = 0.8;
    for one in [
        army(0, "shop.example"),
        doubtful,
        spam,
        reflected,
        bounced,
        unheld,
    ] {
        store.keep(one).await.unwrap();
    }
    let (id, ..) = case(&store, CaseKind::Intended, "army.mil").await;
    let sums = store.notice_sums(id, day - 30, day + 30).await.unwrap();
    assert_eq!((sums.misdirected, sums.reflection), (3, 1));
    assert_eq!((sums.first_day, sums.last_day), (day, day + 1));
    let pairs = |pairs: &[(&str, i64)]| -> Vec<(String, i64)> {
        pairs.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect()
    };
    assert_eq!(sums.names, pairs(&[("army.ml", 3), ("amry.ml", 1)]));
    let senders = [("shop.example", 2), ("", 1), ("example.com", 1)];
    assert_eq!(sums.senders, pairs(&senders));
    let (names, more) = store.case_names(id, 1).await.unwrap();
    assert_eq!((&*names[0].name, names[0].recipients), ("army.ml", 5));
    assert_eq!((names[0].genuine, more), (4, 1));
    let (senders, more) = store.case_senders(id, 1).await.unwrap();
    assert_eq!(
        (&*senders[0].sender, senders[0].messages),
        ("shop.example", 2)
    );
    assert_eq!(more, 3);
    let none = store.notice_sums(id, day - 9, day - 5).await.unwrap();
    assert_eq!(
        (none.misdirected, none.first_day, none.last_day),
        (0, day - 9, day - 5)
    );
}

#[tokio::test]
async fn a_message_for_many_counts_once_under_its_sender() {
    let (_dir, store) = store_with(options()).await;
    let mut two = mail(0, "army.ml", Some("army.mil"), "a.example");
    two.recipients.push(recipient("us.army.ml"));
    let answer = intended(Some("us.army.mil"));
    two.classification.intended.push(answer);
    store.keep(two).await.unwrap();
    let mut other = stranger(&store).await;
    let sums = table(
        &mut other,
        "SELECT messages, recipients FROM case_day_sender",
    );
    assert_eq!(sums.await, ["1|2"]);
}
