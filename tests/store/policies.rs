//! Decisions of staff about names: one in force for each, every change counted and in the audit trail.

use crate::support::domain;
use crate::support::start;
use crate::support::store;
use restante::audit;
use restante::audit::Action;
use restante::message::Policy;
use restante::message::Timestamp;
use restante::message::policy::Subdomains;
use restante::store::chain::Entry;
use restante::store::policies::DecisionOutcome;
use restante::store::policies::MOST_DECIDED;
use restante::store::policies::NewPolicy;

fn entry() -> Entry {
    let detail = serde_json::json!({});
    audit::entry(start(), "admin", Action::PolicyDecided, "", detail)
}

fn policy(name: Option<&str>, policy: Policy, until: Option<Timestamp>) -> NewPolicy {
    NewPolicy {
        name: name.map(domain),
        subdomains: Subdomains::Included,
        policy,
        until,
    }
}

#[tokio::test]
async fn the_last_decision_for_a_name_is_in_force_until_it_is_taken_back() {
    let (_dir, store) = store().await;
    assert_eq!(store.policies_version().await.unwrap(), 0);
    let end = Some(start().plus_days(30));
    let first = store
        .decide_policy(policy(Some("army.ml"), Policy::Hold, end), 0, entry())
        .await
        .unwrap();
    assert_eq!(first, DecisionOutcome::Done(1));
    let default = policy(None, Policy::Refuse, None);
    store.decide_policy(default, 1, entry()).await.unwrap();
    let second = store
        .decide_policy(policy(Some("army.ml"), Policy::Count, None), 2, entry())
        .await
        .unwrap();
    assert_eq!(second, DecisionOutcome::Done(3));
    assert_eq!(store.policies_version().await.unwrap(), 3);
    let decided = store.decided_policies().await.unwrap();
    assert_eq!(decided.default, Some((Policy::Refuse, None)));
    assert_eq!(decided.entries.len(), 1);
    assert_eq!(decided.entries[0].policy, Policy::Count);
    let rows = store.policies_in_force().await.unwrap();
    let shown: Vec<_> = rows.iter().map(|r| (r.id, r.name.as_deref())).collect();
    assert_eq!(shown, [(2, None), (3, Some("army.ml"))]);
    let trail = store.audit_before(i64::MAX, 10).await.unwrap();
    assert!(trail[0].detail.contains(r#""replaces":1"#));

    let revoke = async |id, seen| store.revoke_policy(id, seen, entry()).await.unwrap();
    assert_eq!(revoke(1, 3).await, DecisionOutcome::Missing);
    assert_eq!(revoke(3, 3).await, DecisionOutcome::Done(3));
    assert_eq!(revoke(3, 4).await, DecisionOutcome::Missing);
    assert!(store.decided_policies().await.unwrap().entries.is_empty());
    assert_eq!(store.policies_version().await.unwrap(), 4);
    assert_eq!(store.audit_before(i64::MAX, 10).await.unwrap().len(), 4);
}

#[tokio::test]
async fn who_was_slower_changes_nothing() {
    let (_dir, store) = store().await;
    let army = || policy(Some("army.ml"), Policy::Count, None);
    store.decide_policy(army(), 0, entry()).await.unwrap();
    let late = store.decide_policy(army(), 0, entry()).await.unwrap();
    assert_eq!(late, DecisionOutcome::Outdated);
    let late = store.revoke_policy(1, 0, entry()).await.unwrap();
    assert_eq!(late, DecisionOutcome::Outdated);
    assert_eq!(store.policies_version().await.unwrap(), 1);
    assert_eq!(store.audit_before(i64::MAX, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn there_are_so_many_decisions_and_no_more() {
    let (_dir, store) = store().await;
    for number in 0..MOST_DECIDED {
        let name = format!("n{number}.ml");
        let made = policy(Some(&name), Policy::Refuse, None);
        store.decide_policy(made, number, entry()).await.unwrap();
    }
    let seen = MOST_DECIDED;
    let more = policy(Some("one-more.ml"), Policy::Refuse, None);
    let refused = store.decide_policy(more, seen, entry()).await.unwrap();
    assert_eq!(refused, DecisionOutcome::TooMany);
    // One that takes the place of another, and the default, are no more names.
    let again = policy(Some("n7.ml"), Policy::Count, None);
    let done = store.decide_policy(again, seen, entry()).await.unwrap();
    assert!(matches!(done, DecisionOutcome::Done(_)));
    let default = policy(None, Policy::Count, None);
    let done = store.decide_policy(default, seen + 1, entry()).await;
    assert!(matches!(done, Ok(DecisionOutcome::Done(_))));
    let decided = store.decided_policies().await.unwrap();
    assert_eq!(decided.entries.len(), 1_000);
    assert!(decided.default.is_some());
}
