//! One case, the look-up page, the trail and the accounts.

use crate::desk::Desk;
use crate::desk::later;
use crate::desk::mail;
use crate::desk::of_verdict;
use crate::support::domain;
use crate::support::start;
use crate::support::stranger;
use restante::audit;
use restante::audit::Action;
use restante::classify::Classifier;
use restante::classify::Popular;
use restante::classify::Verdict;
use restante::message::Policy;
use restante::message::policy::Disposition;
use restante::review::Refusal;
use restante::review::ReviewError;
use restante::review::cases::CaseKind;
use restante::staff::Role;
use restante::store::organisations::NewOrganisation;
use std::sync::Arc;

async fn directory(desk: &Desk) {
    let row = |name: &str, of: &str| NewOrganisation {
        domain: domain(name),
        name: of.to_owned(),
        country: None,
        language: None,
        contact: Some(format!("desk@{name}")),
        shared: None,
        hint: None,
    };
    let rows = vec![row("army.mil", "US Army"), row("navy.mil", "US Navy")];
    let action = Action::OrganisationsImported;
    let entry = audit::entry(start(), "operator", action, "", serde_json::json!({}));
    desk.store.import_organisations(rows, entry).await.unwrap();
    // Stored mail is sorted by it, both walks through.
    for later in [0, 60_000] {
        let now = start().plus_millis(later);
        while desk
            .store
            .apply_directory_step(now, 500)
            .await
            .unwrap()
            .more
        {}
    }
}

#[tokio::test]
async fn a_case_shows_what_came_for_it() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    let senders = [
        "one.example",
        "three.example",
        "three.example",
        "three.example",
        "gmail.com",
        "navy.mil",
        "aim.clinic",
    ];
    for (number, sender) in (0..).zip(senders) {
        let mut made = mail(number, "us.army.ml", Some("us.army.mil"), later(number));
        made.sender_domain = Some(domain(sender));
        desk.keep(made).await;
    }
    let old = mail(50, "armmy.ml", Some("army.mil"), start().plus_days(-40));
    desk.keep(of_verdict(old, Verdict::Spam)).await;
    let mut bounce = mail(51, "army.ml", Some("army.mil"), start());
    bounce.sender_domain = None;
    desk.keep(of_verdict(bounce, Verdict::Reflection)).await;
    directory(&desk).await;
    let case = desk
        .store
        .case_of(CaseKind::Intended, &domain("army.mil"))
        .await;
    let id = case.unwrap().unwrap().id;
    let viewer = session.viewer();
    let page = desk.review.case(&viewer, id).await.unwrap();
    assert_eq!((page.case.recipients, page.case.genuine), (9, 8));
    assert_eq!(page.case.organisation.as_ref().unwrap().1, "US Army");
    let contacts: Vec<_> = page
        .contacts
        .iter()
        .map(|c| (&*c.address, &*c.set_by))
        .collect();
    assert_eq!(contacts, [("desk@army.mil", "operator")]);
    assert_eq!(page.days.len(), 30);
    assert_eq!(page.days[29].by_verdict, [7, 1, 0, 0, 0]);
    assert_eq!(
        page.days.iter().flat_map(|day| day.by_verdict).sum::<i64>(),
        8
    );
    assert_eq!(
        page.labels,
        [("medical".to_owned(), 8), ("travel".to_owned(), 8)]
    );
    let names: Vec<_> = page
        .names
        .iter()
        .map(|n| (&*n.name, n.recipients, n.genuine))
        .collect();
    assert_eq!(names, [("army.ml", 8, 8), ("armmy.ml", 1, 0)]);
    let today = start().day();
    assert_eq!(page.names[1].days, (today - 40, today - 40));
    let named: Vec<_> = page
        .senders
        .iter()
        .map(|s| (&*s.domain, s.messages, s.named_in_notices))
        .collect();
    assert_eq!(
        named,
        [
            ("three.example", 3, true),
            ("", 1, false),
            ("aim.clinic", 1, false),
            ("gmail.com", 1, true),
            ("navy.mil", 1, true),
            ("one.example", 1, false),
        ]
    );
    assert_eq!((page.more_names, page.more_senders), (0, 0));
    assert!(page.rules.is_empty() && page.notices.is_empty());
    assert_eq!(page.draft, Ok(()));
    let none = desk.review.case(&viewer, 99).await;
    assert!(matches!(none, Err(ReviewError::Missing)));
}

#[tokio::test]
async fn a_case_says_why_no_notice_can_be_drafted() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    let reviewer = session.reviewer().unwrap();
    desk.keep(mail(1, "x.ml", None, start())).await;
    desk.keep(mail(2, "marines.ml", Some("marines.mil"), start()))
        .await;
    desk.keep(of_verdict(
        mail(3, "navy.ml", Some("navy.mil"), start()),
        Verdict::Spam,
    ))
    .await;
    desk.keep(mail(4, "army.ml", Some("army.mil"), start()))
        .await;
    directory(&desk).await;
    let draft = async |kind, name: &str| {
        let case = desk
            .store
            .case_of(kind, &domain(name))
            .await
            .unwrap()
            .unwrap();
        let page = desk.review.case(&session.viewer(), case.id).await.unwrap();
        // The page and the button agree.
        let done = desk.review.draft_notice(&reviewer, case.id).await;
        assert_eq!(page.draft.is_ok(), done.is_ok(), "{name}: {done:?}");
        page.draft
    };
    let (known, unknown) = (CaseKind::Intended, CaseKind::Unassigned);
    assert_eq!(draft(unknown, "x.ml").await, Err(Refusal::Unassigned));
    assert_eq!(
        draft(known, "marines.mil").await,
        Err(Refusal::NoOrganisation)
    );
    assert_eq!(draft(known, "navy.mil").await, Err(Refusal::NothingToTell));
    assert_eq!(draft(known, "army.mil").await, Ok(()));
    assert_eq!(draft(known, "army.mil").await, Err(Refusal::AlreadyOpen));
}

#[tokio::test]
async fn the_look_up_says_what_would_become_of_mail() {
    let desk = Desk::new().await;
    let session = desk.approver().await;
    let viewer = session.viewer();
    directory(&desk).await;
    let organisations = desk.store.directory().await.unwrap();
    let classifier = Classifier::new(&[domain("ml")], organisations, &Popular::default());
    desk.classifier.send_replace(Arc::new(classifier));
    let found = desk.review.lookup(&viewer, " US.Army.ml ").await.unwrap();
    assert_eq!(found.typed, domain("us.army.ml"));
    let held = Disposition::Listed {
        policy: Policy::Hold,
        watch: None,
    };
    assert_eq!(found.disposition, held);
    assert_eq!(found.intended, Some(domain("us.army.mil")));
    assert!(found.why_unknown.is_empty());
    let best = &found.candidates[0];
    assert_eq!(best.domain, domain("us.army.mil"));
    assert_eq!(best.organisation.as_deref(), Some("US Army"));
    assert!(best.confidence > 0.5 && !best.reasons.is_empty());
    assert!(
        found
            .candidates
            .is_sorted_by(|a, b| a.confidence >= b.confidence)
    );
    assert_eq!((found.rule, found.case), (None, None));
    desk.keep(mail(1, "army.ml", Some("army.mil"), start()))
        .await;
    let found = desk.review.lookup(&viewer, "army.ml").await.unwrap();
    assert!(found.case.is_some());

    let unknown = desk.review.lookup(&viewer, "qzxwvkj.ml").await.unwrap();
    assert_eq!(
        (unknown.intended, unknown.why_unknown),
        (None, vec!["nothing_near"])
    );
    let counted = desk.review.lookup(&viewer, "a.navy.ml").await.unwrap();
    let navy = Disposition::Listed {
        policy: Policy::Count,
        watch: Some(domain("navy.ml")),
    };
    assert_eq!(counted.disposition, navy);
    let excluded = desk.review.lookup(&viewer, "www.nic.ml").await.unwrap();
    assert_eq!(excluded.disposition, Disposition::Excluded);
    let outside = desk.review.lookup(&viewer, "army.mil").await.unwrap();
    assert_eq!(outside.disposition, Disposition::Outside);
    for none in ["", "ml", "a b.ml", "<script>", "a@b.ml"] {
        let ended = desk.review.lookup(&viewer, none).await;
        assert!(
            matches!(ended, Err(ReviewError::Refused(Refusal::NotADomain))),
            "{none}"
        );
    }
}

#[tokio::test]
async fn the_trail_by_pages_and_where_it_was_tampered_with() {
    let desk = Desk::new().await;
    let auditor = desk.enter(Role::Auditor).await.auditor().unwrap();
    for number in 0..250 {
        let detail = serde_json::json!({ "number": number, "by": { "hold": 1 } });
        let entry = audit::entry(later(number), "system", Action::RetentionPassed, "", detail);
        desk.store.record(entry).await.unwrap();
    }
    let first = desk.review.trail(&auditor, None).await.unwrap();
    let second = desk
        .review
        .trail(&auditor, first.last().map(|e| e.seq))
        .await
        .unwrap();
    let all: Vec<i64> = first.iter().chain(&second).map(|entry| entry.seq).collect();
    assert_eq!(first.len(), 200);
    let newest = i64::try_from(all.len()).unwrap();
    assert_eq!(all, (1..=newest).rev().collect::<Vec<_>>());
    let entry = &first[0];
    assert_eq!(
        (&*entry.actor, &*entry.action),
        ("system", "retention_passed")
    );
    let detail: Vec<_> = entry.detail.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(detail, [("by.hold", "1"), ("number", "249")]);
    let head = desk.review.verify_trail(&auditor).await.unwrap().unwrap();
    let hash: String = head.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((head.seq, hash), (newest, entry.hash.clone()));
    let mut thief = stranger(&desk.store).await;
    for sql in [
        "DROP TRIGGER audit_is_never_changed",
        "UPDATE audit SET detail = 'not JSON' WHERE seq = 7",
    ] {
        sqlx::query(sql).execute(&mut thief).await.unwrap();
    }
    assert_eq!(desk.review.verify_trail(&auditor).await.unwrap(), Err(7));
    let page = desk.review.trail(&auditor, Some(8)).await.unwrap();
    assert_eq!(page[0].detail, [(String::new(), "not JSON".to_owned())]);
}

#[tokio::test]
async fn accounts_by_name() {
    let desk = Desk::new().await;
    desk.enter(Role::Reviewer).await;
    let auditor = desk.enter(Role::Auditor).await.auditor().unwrap();
    let rows = desk.review.accounts(&auditor).await.unwrap();
    let shown: Vec<_> = rows.iter().map(|row| (&*row.name, row.role)).collect();
    assert_eq!(
        shown,
        [("auditor", Role::Auditor), ("reviewer", Role::Reviewer)]
    );
    assert_eq!(rows[0].added_at, start());
    assert_eq!(
        (rows[0].disabled_at, rows[0].seen_at),
        (None, Some(start()))
    );
}
