//! Lists by pages: all rows once, also while mail comes in.

use crate::desk::Desk;
use crate::desk::later;
use crate::desk::mail;
use crate::desk::of_verdict;
use crate::support::domain;
use crate::support::intended;
use crate::support::recipient;
use crate::support::start;
use restante::classify::Verdict;
use restante::message::MessageId;
use restante::review::ReviewError;
use restante::review::cases::CaseChoice;
use restante::review::cases::CaseKind;
use restante::review::cases::CaseOrder;
use restante::review::cases::CasePlace;
use restante::review::cases::CaseSummary;
use restante::review::messages::Cursor;
use restante::review::messages::MessageChoice;
use restante::review::messages::MessageRow;
use restante::review::overview::DAYS;
use restante::staff::Role;
use restante::staff::Viewer;
use restante::store::SessionCount;
use std::collections::BTreeSet;
use std::time::Duration;

fn choice(kind: CaseKind, order: CaseOrder, search: &str) -> CaseChoice {
    CaseChoice {
        kind,
        order,
        search: search.to_owned(),
        after: None,
        limit: 4,
    }
}

/// All pages; before each but the first, one case more is made.
async fn all_cases(desk: &Desk, viewer: &Viewer, mut choice: CaseChoice) -> Vec<CaseSummary> {
    let mut all: Vec<CaseSummary> = Vec::new();
    loop {
        let page = desk.review.cases(viewer, &choice).await.unwrap();
        assert!(page.len() <= 4);
        let Some(last) = page.last() else { return all };
        let key = match choice.order {
            CaseOrder::Largest => last.genuine,
            CaseOrder::Latest => last.last_seen.millis(),
        };
        choice.after = Some(CasePlace { key, id: last.id });
        all.extend(page);
        let number = 1_000 + all.len() as u64;
        let name = format!("new{number}.mil");
        desk.keep(mail(number, "x.ml", Some(&name), later(number)))
            .await;
    }
}

#[tokio::test]
async fn pages_of_cases_have_each_case_once_while_new_ones_come() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    let viewer = session.viewer();
    let mut number = 0;
    for case in 0..14 {
        // Several of the same size, and some without genuine mail.
        for copy in 0..1 + case % 4 {
            number += 1;
            let name = format!("case{case:02}.mil");
            let made = mail(number, "x.ml", Some(&name), later(number));
            let spam = copy == 0 && case % 3 == 0;
            desk.keep(if spam {
                of_verdict(made, Verdict::Spam)
            } else {
                made
            })
            .await;
        }
    }
    let of = |rows: &[CaseSummary]| {
        let old = rows.iter().filter(|row| row.domain.starts_with("case"));
        old.map(|row| row.domain.clone()).collect::<Vec<_>>()
    };
    let expected: BTreeSet<String> = (0..14).map(|case| format!("case{case:02}.mil")).collect();
    for order in [CaseOrder::Largest, CaseOrder::Latest] {
        let rows = all_cases(&desk, &viewer, choice(CaseKind::Intended, order, "")).await;
        let found = of(&rows);
        assert_eq!(found.len(), 14, "{order:?}: {found:?}");
        assert_eq!(BTreeSet::from_iter(found), expected);
        let falls = match order {
            CaseOrder::Largest => rows.is_sorted_by_key(|row| -row.genuine),
            CaseOrder::Latest => rows.is_sorted_by_key(|row| -row.last_seen.millis()),
        };
        assert!(falls, "{order:?}");
    }
    let rows = all_cases(
        &desk,
        &viewer,
        choice(CaseKind::Intended, CaseOrder::Largest, " CASE1"),
    )
    .await;
    assert_eq!(
        of(&rows),
        ["case10.mil", "case11.mil", "case12.mil", "case13.mil"]
    );
    assert_eq!(rows.len(), 4);
    for none in ["case1x", "%", "ase", "case99"] {
        let choice = choice(CaseKind::Intended, CaseOrder::Largest, none);
        assert!(
            desk.review
                .cases(&viewer, &choice)
                .await
                .unwrap()
                .is_empty()
        );
    }
    let unassigned = choice(CaseKind::Unassigned, CaseOrder::Largest, "");
    assert!(
        desk.review
            .cases(&viewer, &unassigned)
            .await
            .unwrap()
            .is_empty()
    );
}

/// All pages; before each but the first, one message more comes.
async fn all_messages(desk: &Desk, viewer: &Viewer, mut choice: MessageChoice) -> Vec<MessageRow> {
    let mut all: Vec<MessageRow> = Vec::new();
    for number in 10_000.. {
        let page = desk.review.messages(viewer, None, &choice).await.unwrap();
        assert!(page.rows.len() <= choice.limit as usize);
        all.extend(page.rows);
        choice.after = page.next;
        if choice.after.is_none() {
            break;
        }
        desk.keep(mail(number, "x.ml", Some("army.mil"), later(number)))
            .await;
    }
    all
}

#[tokio::test]
async fn pages_of_messages_have_each_recipient_once_while_new_ones_come() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    let viewer = session.viewer();
    for number in 0..10 {
        let mut one = mail(number, "army.ml", Some("army.mil"), later(number));
        one.recipients.push(recipient("navy.ml"));
        one.classification.intended.push(intended(None));
        if number % 2 == 0 {
            one = of_verdict(one, Verdict::Spam);
        }
        desk.keep(one).await;
    }
    let unassigned = desk
        .store
        .cases(CaseKind::Unassigned, None, 1)
        .await
        .unwrap();
    let case = Some(unassigned[0].id);
    let spam = || Some("spam".to_owned());
    for (case, verdict, expected) in [
        (None, None, 20),
        (case, None, 10),
        (None, spam(), 10),
        (case, spam(), 5),
        (None, Some("probe".to_owned()), 0),
        (Some(999), None, 0),
    ] {
        let choice = MessageChoice {
            case,
            verdict,
            after: None,
            limit: 3,
        };
        let rows = all_messages(&desk, &viewer, choice.clone()).await;
        let cursors: Vec<Cursor> = rows.iter().filter_map(MessageRow::cursor).collect();
        let distinct: BTreeSet<Cursor> = cursors.iter().copied().collect();
        // Those that came meanwhile are before the first page.
        let old = rows.iter().filter(|row| row.typed_domain != "x.ml").count();
        assert_eq!(old, expected, "{choice:?}");
        assert_eq!(distinct.len(), cursors.len(), "{choice:?}");
        assert!(cursors.is_sorted_by(|a, b| a > b), "{choice:?}");
        assert!(
            rows.iter()
                .all(|row| choice.case.is_none_or(|c| row.case == c))
        );
    }
}

#[tokio::test]
async fn a_rare_verdict_is_looked_for_so_far_and_then_further() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    let viewer = session.viewer();
    desk.keep(mail(0, "army.ml", Some("army.mil"), start()))
        .await;
    for number in 1..12 {
        let mut one = mail(number, "army.ml", Some("army.mil"), later(number));
        one.recipients = vec![one.recipients[0].clone(); 1_000];
        one.classification.intended = vec![one.classification.intended[0].clone(); 1_000];
        desk.keep(of_verdict(one, Verdict::Spam)).await;
    }
    let case = desk.store.cases(CaseKind::Intended, None, 1).await.unwrap()[0].id;
    for case in [None, Some(case)] {
        let mut choice = MessageChoice {
            case,
            verdict: Some("misdirected".to_owned()),
            after: None,
            limit: 50,
        };
        let first = desk.review.messages(&viewer, None, &choice).await.unwrap();
        assert!(first.rows.is_empty() && first.next.is_some(), "{case:?}");
        let mut found = Vec::new();
        choice.after = first.next;
        while choice.after.is_some() {
            let page = desk.review.messages(&viewer, None, &choice).await.unwrap();
            found.extend(page.rows);
            choice.after = page.next;
        }
        assert_eq!(found.len(), 1, "{case:?}");
    }
}

#[tokio::test]
async fn labels_of_single_messages_are_for_approvers() {
    let desk = Desk::new().await;
    let approver = desk.approver().await;
    let reviewer = desk.enter(Role::Reviewer).await;
    assert!(reviewer.approver().is_err());
    desk.keep(mail(1, "army.ml", Some("army.mil"), start()))
        .await;
    let choice = MessageChoice {
        limit: 10,
        ..MessageChoice::default()
    };
    let review = &desk.review;
    let proof = approver.approver().unwrap();
    let viewer = approver.viewer();
    let seen = review.messages(&viewer, Some(&proof), &choice).await;
    let seen = seen.unwrap().rows;
    assert_eq!(
        seen[0].sensitivity,
        serde_json::json!(["medical", "travel"])
    );
    let viewer = reviewer.viewer();
    let hidden = review.messages(&viewer, None, &choice).await.unwrap().rows;
    assert!(hidden[0].sensitivity.is_null());
    let of_kind = MessageChoice {
        verdict: Some("misdirected".to_owned()),
        ..choice
    };
    let hidden = review.messages(&viewer, None, &of_kind).await.unwrap().rows;
    assert!(hidden[0].sensitivity.is_null());
    let at = hidden[0].cursor().unwrap();
    let one = review.message(&viewer, None, at).await.unwrap();
    assert!(one.sensitivity.is_null());
    assert_eq!(one, hidden[0]);
    let one = review.message(&viewer, Some(&proof), at).await.unwrap();
    assert_eq!(one, seen[0]);
    let nowhere = Cursor {
        message: MessageId::fresh(start()).unwrap(),
        position: 0,
    };
    let none = review.message(&viewer, None, nowhere).await;
    assert!(matches!(none, Err(ReviewError::Missing)));
}

#[tokio::test]
async fn the_first_page_has_thirty_days_and_those_before() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    for (number, back, verdict) in [
        (1, 0, Verdict::Misdirected),
        (2, 0, Verdict::Misdirected),
        (3, 29, Verdict::Spam),
        (4, 30, Verdict::Spam),
        (5, 59, Verdict::Probe),
        (6, 60, Verdict::Probe),
    ] {
        let name = if number == 2 { "army.mil" } else { "navy.mil" };
        let made = mail(number, "x.ml", Some(name), start().plus_days(-back));
        desk.keep(of_verdict(made, verdict)).await;
    }
    desk.store.count_session(SessionCount {
        at: start(),
        auth_attempts: 2,
        relay_attempts: 3,
        misrouted: 1,
        refused_recipients: 4,
        refused: Vec::new(),
        misrouted_to: Vec::new(),
    });
    // With the next message, so that nothing is to be waited for.
    tokio::time::timeout(
        Duration::from_secs(60),
        desk.keep(mail(7, "y.ml", None, start())),
    )
    .await
    .unwrap();
    let page = desk.review.overview(&session.viewer()).await.unwrap();
    assert_eq!(page.days.len(), usize::try_from(DAYS).unwrap());
    assert!(page.days.is_sorted_by_key(|day| day.day));
    assert_eq!(page.days[29].day, start().day());
    assert_eq!(page.days[29].by_verdict, [3, 0, 0, 0, 0]);
    assert_eq!(page.days[0].by_verdict, [0, 0, 1, 0, 0]);
    assert_eq!((page.sums, page.before), ([3, 0, 1, 0, 0], [0, 0, 1, 0, 1]));
    assert_eq!((page.sessions.total, page.sessions.auth_attempts), (1, 2));
    assert_eq!(page.sessions.relay_attempts, 3);
    assert_eq!(page.sessions.refused_recipients, 5);
    assert_eq!((page.sealed_items, page.open, page.unassigned), (7, 2, 1));
    assert_eq!(page.last_message, Some(start()));
    let shown: Vec<_> = page.cases.iter().map(|case| &*case.domain).collect();
    assert_eq!(BTreeSet::from_iter(shown), ["army.mil", "navy.mil"].into());
    assert_eq!(
        (page.awaiting_approval, page.waiting, page.failed, page.sent),
        (0, 0, 0, 0)
    );
    assert_eq!(domain("ml").label_count(), 1);
}
