//! Policies as staff decide and see them; what is turned away; the operator's files.

use crate::desk::Desk;
use crate::support::domain;
use crate::support::item;
use crate::support::message;
use crate::support::start;
use restante::classify::Classifier;
use restante::classify::Popular;
use restante::message::Decided;
use restante::message::MessageId;
use restante::message::OperatorMailbox;
use restante::message::Policy;
use restante::message::policy::Subdomains;
use restante::review::Refusal;
use restante::review::ReviewError;
use restante::review::organisations::FieldError;
use restante::review::organisations::OrganisationChange;
use restante::review::policies::PolicyChange;
use restante::staff::Role;
use restante::store::SessionCount;
use restante::store::operator::NewOperatorItem;
use std::sync::Arc;

fn change(name: Option<&str>, policy: &str, until: &str) -> PolicyChange {
    PolicyChange {
        name: name.map(str::to_owned),
        subdomains: Subdomains::Included,
        policy: policy.to_owned(),
        until: until.to_owned(),
    }
}

async fn newest(desk: &Desk) -> (String, String, String) {
    let entry = desk
        .store
        .audit_before(i64::MAX, 1)
        .await
        .unwrap()
        .remove(0);
    (entry.action, entry.subject, entry.detail)
}

#[tokio::test]
async fn a_decision_goes_before_the_file_until_it_is_taken_back() {
    let desk = Desk::new().await;
    let session = desk.enter(Role::Admin).await;
    let (admin, viewer) = (session.admin().unwrap(), session.viewer());
    let listed = async || {
        let page = desk.review.policies(&viewer, None).await.unwrap();
        let shown = page.entries.iter().map(|entry| {
            let by = entry.in_force.decided.as_ref().map(|d| d.by.clone());
            (entry.name.clone(), entry.in_force.now, by)
        });
        (page.default.now, shown.collect::<Vec<_>>())
    };
    let file = ("navy.ml".to_owned(), Policy::Count, None);
    assert_eq!(listed().await, (Policy::Hold, vec![file.clone()]));

    let decide = async |change: PolicyChange| desk.review.decide_policy(&admin, &change).await;
    decide(change(Some("navy.ml"), "hold", "2023-07-31"))
        .await
        .unwrap();
    let (action, subject, detail) = newest(&desk).await;
    assert_eq!((&*action, &*subject), ("policy_decided", "navy.ml"));
    for said in [
        r#""before":"count""#,
        r#""after":"hold""#,
        r#""keeps":"more""#,
        r#""until":"2023-08-01T00:00:00Z""#,
    ] {
        assert!(detail.contains(said), "{detail}");
    }
    decide(change(Some("army.ml"), "refuse", "")).await.unwrap();
    assert!(newest(&desk).await.2.contains(r#""keeps":"less""#));
    decide(change(None, "count", "")).await.unwrap();
    let admin_did = Some("admin".to_owned());
    let decided = vec![
        ("army.ml".to_owned(), Policy::Refuse, admin_did.clone()),
        ("navy.ml".to_owned(), Policy::Hold, admin_did),
    ];
    assert_eq!(listed().await, (Policy::Count, decided));
    let page = desk.review.policies(&viewer, None).await.unwrap();
    assert_eq!(page.entries[1].in_force.file, Some(Policy::Count));
    assert_eq!(page.default.file, Some(Policy::Hold));

    // What the listener will have is the same.
    let decided = desk.store.decided_policies().await.unwrap();
    let file_table = desk.policies.borrow().file().clone();
    desk.policies
        .send_replace(Arc::new(file_table.with(&decided)));
    let again = desk.review.policies(&viewer, None).await.unwrap();
    assert_eq!(again, page);

    // Taken back, the file's word is back, and that it keeps less is said.
    let id = page.entries[1].in_force.decided.as_ref().unwrap().id;
    desk.review.revoke_policy(&admin, id).await.unwrap();
    let (action, subject, detail) = newest(&desk).await;
    assert_eq!((&*action, &*subject), ("policy_revoked", "navy.ml"));
    assert!(detail.contains(r#""keeps":"less""#), "{detail}");
    let found = listed().await;
    assert_eq!(found.1[1], file);
    let gone = desk.review.revoke_policy(&admin, id).await;
    assert!(matches!(gone, Err(ReviewError::Missing)));
}

#[tokio::test]
async fn what_cannot_be_decided_is_said_at_its_field_and_changes_nothing() {
    let desk = Desk::new().await;
    let session = desk.enter(Role::Admin).await;
    let admin = session.admin().unwrap();
    let before = newest(&desk).await;
    for (name, policy, until, field, why) in [
        (Some(" "), "hold", "", "name", Refusal::Empty),
        (Some("army.mil"), "hold", "", "name", Refusal::OutsideZones),
        (Some("ml"), "hold", "", "name", Refusal::OutsideZones),
        (Some("nic.ml"), "hold", "", "name", Refusal::ExcludedName),
        (Some("a.nic.ml"), "hold", "", "name", Refusal::ExcludedName),
        (Some("*.army.ml"), "hold", "", "name", Refusal::Star),
        (Some("a b.ml"), "hold", "", "name", Refusal::NotADomain),
        (Some("army.ml"), "Hold", "", "policy", Refusal::NoSuchChoice),
        (None, "", "", "policy", Refusal::NoSuchChoice),
        (None, "hold", "2023-02-30", "until", Refusal::NotADay),
        (None, "hold", "2023-07-16", "until", Refusal::DayIsOver),
        (
            None,
            "refuse",
            "2023-07-17",
            "until",
            Refusal::EndWithoutHold,
        ),
    ] {
        let asked = change(name, policy, until);
        let refused = desk.review.decide_policy(&admin, &asked).await;
        let Err(FieldError::Field {
            field: at, refusal, ..
        }) = refused
        else {
            panic!("{asked:?}: {refused:?}");
        };
        assert_eq!((at, refusal), (field, why), "{asked:?}");
    }
    assert_eq!(newest(&desk).await, before);
    // Today is not over yet.
    let today = change(None, "hold", "2023-07-17");
    desk.review.decide_policy(&admin, &today).await.unwrap();
}

#[tokio::test]
async fn decisions_of_several_at_once_are_all_made_one_after_the_other() {
    let desk = Desk::new().await;
    let session = desk.enter(Role::Admin).await;
    let admin = session.admin().unwrap();
    let (hold, refuse) = (
        change(Some("army.ml"), "hold", ""),
        change(Some("army.ml"), "refuse", ""),
    );
    let (one, two, three) = tokio::join!(
        desk.review.decide_policy(&admin, &hold),
        desk.review.decide_policy(&admin, &refuse),
        desk.review.decide_policy(&admin, &hold),
    );
    for decided in [one, two, three] {
        decided.unwrap();
    }
    // What each says of before is what the one before it said of after.
    let trail = desk.store.audit_before(i64::MAX, 3).await.unwrap();
    let word = |detail: &str, key: &str| -> String {
        let value: serde_json::Value = serde_json::from_str(detail).unwrap();
        value[key].as_str().unwrap().to_owned()
    };
    for pair in trail.windows(2) {
        let after = word(&pair[1].detail, "after");
        assert_eq!(word(&pair[0].detail, "before"), after);
    }
    let decided: Decided = desk.store.decided_policies().await.unwrap();
    assert_eq!(decided.entries.len(), 1);
}

fn session(refused: &[(&str, u32)], misrouted: &[(&str, u32)]) -> SessionCount {
    let named = |names: &[(&str, u32)]| names.iter().map(|(n, by)| (domain(n), *by)).collect();
    SessionCount {
        at: start(),
        auth_attempts: 0,
        relay_attempts: 0,
        misrouted: misrouted.iter().map(|(_, by)| by).sum(),
        refused_recipients: refused.iter().map(|(_, by)| by).sum(),
        refused: named(refused),
        misrouted_to: named(misrouted),
    }
}

#[tokio::test]
async fn what_was_turned_away_is_shown_by_name_and_by_owner() {
    let desk = Desk::new().await;
    let session_of = desk.enter(Role::Admin).await;
    let (admin, viewer) = (session_of.admin().unwrap(), session_of.viewer());
    let army = OrganisationChange {
        name: "US Army".to_owned(),
        domains: "army.mil".to_owned(),
        ..OrganisationChange::default()
    };
    let made = desk.review.change_organisation(&admin, None, &army).await;
    let id = made.unwrap();
    let overview = desk.review.overview(&viewer).await.unwrap();
    assert_eq!(overview.misrouted.recipients, 0);
    let directory = desk.store.directory().await.unwrap();
    let zones = [domain("ml")];
    let classifier = Classifier::new(&zones, directory, &Popular::default());
    desk.classifier.send_replace(Arc::new(classifier));

    let names = [("navy.ml", 7), ("x.ml", 2)];
    let count = session(&names, &[("army.mil", 3), ("gone.mil", 1)]);
    desk.store.count_session(count);
    desk.keep(message(1)).await;
    let page = desk.review.policies(&viewer, None).await.unwrap();
    assert_eq!(page.entries[0].sums.refused, 7);
    let refused: Vec<_> = page
        .refused
        .iter()
        .map(|r| (&*r.name, r.recipients))
        .collect();
    assert_eq!(refused, [("navy.ml", 7), ("x.ml", 2)]);
    let overview = desk.review.overview(&viewer).await.unwrap();
    let most: Vec<_> = overview
        .misrouted
        .most
        .iter()
        .map(|m| (&*m.domain, m.organisation, m.recipients))
        .collect();
    assert_eq!(most, [("army.mil", Some(id), 3), ("gone.mil", None, 1)]);
    assert_eq!(overview.misrouted.recipients, 4);
    let days = desk.review.misrouted_of(&viewer, id).await.unwrap();
    assert_eq!((days.len(), days[0].recipients), (1, 3));
}

#[tokio::test]
async fn who_takes_a_file_is_written_down_before_it_is_given() {
    let desk = Desk::new().await;
    let session = desk.enter(Role::Admin).await;
    let (admin, auditor) = (session.admin().unwrap(), session.auditor().unwrap());
    let id = MessageId::fresh(start()).unwrap();
    let letter = NewOperatorItem {
        id,
        received_at: start(),
        mailbox: OperatorMailbox::Returned,
        bytes: 500,
        item: item(vec![5; 700]),
    };
    desk.store.keep_for_operator(letter).await.unwrap();
    let sums = desk.review.operator_mail(&auditor).await.unwrap();
    let shown: Vec<_> = sums.iter().map(|s| (s.mailbox, s.items, s.bytes)).collect();
    let [postmaster, abuse, returned] = OperatorMailbox::ALL;
    assert_eq!(
        shown,
        [(postmaster, 0, 0), (abuse, 0, 0), (returned, 1, 700)]
    );
    let files = desk.review.operator_files(&auditor, None).await.unwrap();
    assert_eq!(files.len(), 1);
    assert!(
        desk.review
            .operator_files(&auditor, Some(id))
            .await
            .unwrap()
            .is_empty()
    );
    let file = desk.review.take_operator_file(&admin, id).await.unwrap();
    assert_eq!((file.name, file.bytes), (format!("{id}.age"), vec![5; 700]));
    let (action, subject, detail) = newest(&desk).await;
    assert_eq!((&*action, subject), ("operator_mail_taken", id.to_string()));
    assert!(detail.contains(r#""mailbox":"returned""#), "{detail}");
    let other = MessageId::from_bytes([1; 16]);
    let missing = desk.review.take_operator_file(&admin, other).await;
    assert!(matches!(missing, Err(ReviewError::Missing)));
}
