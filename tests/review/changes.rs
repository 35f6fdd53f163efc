//! What staff change about cases: state, and corrections.

use crate::desk::Desk;
use crate::desk::later;
use crate::desk::mail;
use crate::support::domain;
use crate::support::start;
use restante::classify::Verdict;
use restante::review::Refusal;
use restante::review::ReviewError;
use restante::review::cases::CaseChange;
use restante::review::cases::CaseKind;
use restante::review::corrections::Correction;
use restante::review::corrections::Effect;
use restante::store::cases::CaseRow;

fn refusal<T: std::fmt::Debug>(ended: Result<T, ReviewError>) -> Refusal {
    match ended {
        Err(ReviewError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

async fn case_of(desk: &Desk, kind: CaseKind, name: &str) -> CaseRow {
    let case = desk.store.case_of(kind, &domain(name)).await.unwrap();
    case.unwrap_or_else(|| panic!("no case of {name}"))
}

/// Actor, action, subject and detail of the newest entry.
async fn newest(desk: &Desk) -> [String; 4] {
    let entries = desk.store.audit_before(i64::MAX, 1).await.unwrap();
    let entry = entries.into_iter().next().unwrap();
    [entry.actor, entry.action, entry.subject, entry.detail]
}

#[tokio::test]
async fn a_case_is_closed_and_opened_again_and_the_counters_know() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    let reviewer = session.reviewer().unwrap();
    desk.keep(mail(1, "army.ml", Some("army.mil"), later(0)))
        .await;
    desk.keep(mail(2, "navy.ml", Some("navy.mil"), later(1)))
        .await;
    let id = case_of(&desk, CaseKind::Intended, "army.mil").await.id;
    let states = async || {
        let stats = desk.store.stats().await.unwrap();
        let of = |state: &str| stats.cases.get(state).copied().unwrap_or(0);
        (of("open"), of("closed"))
    };
    assert_eq!(states().await, (2, 0));
    let review = &desk.review;
    let again = review.set_closed(&reviewer, id, CaseChange::Reopen).await;
    assert_eq!(refusal(again), Refusal::Decided);
    let ended = review.set_closed(&reviewer, id, CaseChange::Close).await;
    ended.unwrap();
    assert_eq!(states().await, (1, 1));
    assert_eq!(
        newest(&desk).await,
        [
            "approver",
            "case_closed",
            "army.mil",
            &format!(r#"{{"case":{id},"was":"open"}}"#)
        ]
    );
    let entries = desk.store.audit_before(i64::MAX, 1).await.unwrap()[0].seq;
    let again = review.set_closed(&reviewer, id, CaseChange::Close).await;
    assert_eq!(refusal(again), Refusal::Decided);
    let unseen = desk.store.audit_before(i64::MAX, 1).await.unwrap()[0].seq;
    assert_eq!(entries, unseen, "what was not done is in the trail");
    let ended = review.set_closed(&reviewer, id, CaseChange::Reopen).await;
    ended.unwrap();
    assert_eq!(states().await, (2, 0));
    assert_eq!(newest(&desk).await[1], "case_reopened");
    let none = review.set_closed(&reviewer, 99, CaseChange::Close).await;
    assert!(matches!(none, Err(ReviewError::Missing)));
}

fn correction(typed: &str, sender: Option<&str>, effect: Effect) -> Correction {
    Correction {
        typed: domain(typed),
        sender: sender.map(domain),
        effect,
    }
}

fn meant(name: &str) -> Effect {
    Effect::Intended(Some(domain(name)))
}

#[tokio::test]
async fn a_correction_that_could_do_harm_is_refused() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    let reviewer = session.reviewer().unwrap();
    let spam = Effect::Verdict(Verdict::Spam);
    for (correction, expected) in [
        (
            correction("army.mil", None, meant("x.mil")),
            Refusal::OutsideZones,
        ),
        (
            correction("ml", None, meant("army.mil")),
            Refusal::OutsideZones,
        ),
        (
            correction("xml", None, Effect::Intended(None)),
            Refusal::OutsideZones,
        ),
        (
            correction("army.ml", None, meant("navy.ml")),
            Refusal::InsideZones,
        ),
        (
            correction("army.ml", None, meant("ml")),
            Refusal::InsideZones,
        ),
        (
            correction("army.ml", None, meant("mil")),
            Refusal::NotADomain,
        ),
        (correction("army.ml", None, spam), Refusal::Empty),
    ] {
        let shown = format!("{correction:?}");
        let ended = desk.review.correct(&reviewer, correction).await;
        assert_eq!(refusal(ended), expected, "{shown}");
    }
    assert!(
        desk.review
            .rules(&session.viewer())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_correction_moves_what_is_stored_and_can_be_taken_back() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    let (viewer, reviewer) = (session.viewer(), session.reviewer().unwrap());
    for number in 0..3 {
        desk.keep(mail(number, "us.army.ml", None, later(number)))
            .await;
    }
    desk.keep(mail(3, "navy.ml", None, later(3))).await;
    let made = correction("army.ml", None, meant("army.mil"));
    let rule = desk.review.correct(&reviewer, made).await.unwrap();
    let case = case_of(&desk, CaseKind::Intended, "army.mil").await;
    assert_eq!((case.recipients, case.genuine), (3, 3));
    let old = case_of(&desk, CaseKind::Unassigned, "army.ml").await;
    assert_eq!(old.recipients, 0);
    let rules = desk.review.rules(&viewer).await.unwrap();
    assert_eq!((rules.len(), rules[0].id), (1, rule));
    assert_eq!(rules[0].effect, meant("army.mil"));
    // Mail that was decided without it may still come.
    assert_eq!((rules[0].applied, rules[0].done), (3, false));
    assert_eq!(rules[0].made.0, "approver");
    let page = desk.review.case(&viewer, case.id).await.unwrap();
    assert_eq!(page.rules, rules);
    // About one sender alone; known by its registrable domain.
    let spam = Effect::Verdict(Verdict::Spam);
    let made = correction("army.ml", Some("mail.example.com"), spam);
    let second = desk.review.correct(&reviewer, made).await.unwrap();
    let page = desk.review.case(&viewer, case.id).await.unwrap();
    assert_eq!((page.case.recipients, page.case.genuine), (3, 0));
    assert_eq!(page.rules.len(), 2);
    let settled = start().plus_days(1);
    while desk
        .store
        .apply_rules_step(settled, 500)
        .await
        .unwrap()
        .more
    {}
    let rules = desk.review.rules(&viewer).await.unwrap();
    assert!(rules.iter().all(|rule| rule.done && rule.applied == 3));
    desk.review.revoke(&reviewer, rule).await.unwrap();
    let entry = newest(&desk).await;
    assert_eq!(entry[..3], ["approver", "rule_revoked", "army.ml"]);
    let rules = desk.review.rules(&viewer).await.unwrap();
    let order: Vec<i64> = rules.iter().map(|rule| rule.id).collect();
    assert_eq!(order, [second, rule]);
    assert_eq!(rules[1].revoked.as_ref().unwrap().0, "approver");
    for none in [rule, 99] {
        let ended = desk.review.revoke(&reviewer, none).await;
        assert!(matches!(ended, Err(ReviewError::Missing)));
    }
    let page = desk.review.case(&viewer, case.id).await.unwrap();
    assert_eq!(page.rules.len(), 1);
}
