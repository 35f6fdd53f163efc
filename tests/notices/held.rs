//! What keeps a notice from being drafted, approved or sent when something has changed; and who can stop it.

use crate::house::DAY;
use crate::house::House;
use crate::house::MINUTE;
use crate::house::Post;
use crate::house::refusal;
use restante::notify::Drained;
use restante::review::Refusal;

/// Meant for a part of the army, and typed below the name that the notice lists.
const MARINES: Post = Post {
    typed: "marines.army.ml",
    intended: Some("marines.army.mil"),
    ..Post::ARMY
};

/// Moves mail of the case to another owner's.
const PART: (&str, &str) = ("US Marines", "marines.army.mil");

#[tokio::test]
async fn nothing_is_drafted_or_approved_before_a_changed_directory_is_applied() {
    let (house, case) = House::with_a_case().await;
    house.keep(&[MARINES; 4]).await;
    let id = house.draft("bintou", case).await.unwrap();
    assert_eq!(house.row(id).await.counted, 5);
    house.list(PART.0, PART.1, None).await;
    assert_eq!(
        refusal(house.approve("coumba", id).await),
        Refusal::BeingSorted
    );
    let approver = house.approver("coumba").await;
    house.review.return_notice(&approver, id).await.unwrap();
    assert_eq!(
        refusal(house.draft("bintou", case).await),
        Refusal::BeingSorted
    );
    // The first walk is through; the second waits, and has nothing to wait for in this case.
    house.sort_once(0).await;
    let id = house.draft("bintou", case).await.unwrap();
    assert_eq!(house.row(id).await.counted, 1);
    house.approve("coumba", id).await.unwrap();
}

#[tokio::test]
async fn what_was_decided_without_the_change_is_waited_for() {
    let (house, case) = House::with_a_case().await;
    house.list(PART.0, PART.1, None).await;
    house.sort_once(0).await;
    // Committed behind the first walk, by a process that had the old directory.
    house.keep(&[MARINES]).await;
    assert_eq!(
        refusal(house.draft("bintou", case).await),
        Refusal::BeingSorted
    );
    house.sort_once(MINUTE).await;
    let id = house.draft("bintou", case).await.unwrap();
    assert_eq!(house.row(id).await.counted, 1);
}

#[tokio::test]
async fn nothing_is_drafted_or_approved_before_a_rule_is_applied() {
    let (house, case) = House::with_a_case().await;
    let id = house.draft("bintou", case).await.unwrap();
    house.rule("army.ml", "army.example").await;
    assert_eq!(
        refusal(house.approve("coumba", id).await),
        Refusal::BeingSorted
    );
    house.sort_once(0).await;
    house.keep(&[Post::ARMY]).await;
    // It is about a name of the draft, and mail that was decided without it still comes.
    assert_eq!(
        refusal(house.approve("coumba", id).await),
        Refusal::BeingSorted
    );
    house.sort_once(MINUTE).await;
    assert_eq!(
        refusal(house.approve("coumba", id).await),
        Refusal::Outdated
    );
}

#[tokio::test]
async fn a_rule_about_other_names_holds_nothing_up_once_it_has_been_over_all() {
    let (house, case) = House::with_a_case().await;
    let id = house.draft("bintou", case).await.unwrap();
    house.rule("navy.ml", "navy.mil").await;
    assert_eq!(
        refusal(house.approve("coumba", id).await),
        Refusal::BeingSorted
    );
    house.sort_once(0).await;
    house.approve("coumba", id).await.unwrap();
}

#[tokio::test]
async fn the_same_total_of_other_mail_is_not_what_was_drafted() {
    let (house, case) = House::with_a_case().await;
    house.keep(&[MARINES; 4]).await;
    let id = house.draft("bintou", case).await.unwrap();
    house.owner(PART.0, PART.1, None).await;
    house.keep(&[Post::ARMY; 4]).await;
    assert_eq!(
        refusal(house.approve("coumba", id).await),
        Refusal::Outdated
    );
    // Of names alone, too.
    let (house, case) = House::with_a_case().await;
    let id = house.draft("bintou", case).await.unwrap();
    let amy = Post {
        typed: "amy.ml",
        ..Post::ARMY
    };
    house.keep(&[amy; 4]).await;
    house
        .behind("UPDATE case_day_name SET recipients = 0 WHERE name = 'army.ml'")
        .await;
    assert_eq!(
        refusal(house.approve("coumba", id).await),
        Refusal::Outdated
    );
}

#[tokio::test]
async fn a_directory_that_changes_elsewhere_does_not_make_a_draft_out_of_date() {
    let (house, case) = House::with_a_case().await;
    let id = house.draft("bintou", case).await.unwrap();
    house.owner("US Navy", "navy.mil", None).await;
    house.contact("US Navy", "soc@navy.mil", "operator").await;
    house.owner("Not the army", "notarmy.mil", None).await;
    house.approve("coumba", id).await.unwrap();
    house.owner("US Air Force", "airforce.mil", None).await;
    assert_eq!(house.send().await.sent, 1);
}

#[tokio::test]
async fn what_has_changed_since_the_approval_is_returned_and_not_sent() {
    for (sql, why) in [
        ("DELETE FROM contact", "contacts"),
        ("UPDATE organisation SET shared = 1", "owner"),
        ("UPDATE cases SET organisation_id = NULL", "owner"),
        ("UPDATE cases SET state = 'closed'", "closed"),
        ("UPDATE case_day_name SET recipients = 0", "figures"),
    ] {
        let (house, id) = House::with_an_approved_notice().await;
        house.behind(sql).await;
        assert_eq!(house.send().await, Drained::default(), "{sql}");
        let row = house.row(id).await;
        assert_eq!((row.state.as_str(), row.attempts), ("returned", 0), "{sql}");
        let states = house.notices_by_state().await;
        assert_eq!(states, [("returned".to_owned(), 1)].into());
        let last = house.trail().await.pop().unwrap();
        assert_eq!(last, ("system".to_owned(), "notice_returned".to_owned()));
        let entries = house.store.audit_before(i64::MAX, 1).await.unwrap();
        assert!(entries[0].detail.contains(why), "{}", entries[0].detail);
        house.wait(DAY);
        assert_eq!(house.send().await, Drained::default());
    }
}

#[tokio::test]
async fn mail_that_is_being_sorted_holds_back_its_notice_and_no_other() {
    let (house, id) = House::with_an_approved_notice().await;
    house.list("US Navy", "navy.mil", None).await;
    assert_eq!(house.send().await, Drained::default());
    assert_eq!(house.row(id).await.state, "approved");
    house.sort().await;
    assert_eq!(house.send().await.sent, 1);
    // A part of the domain that got an owner of its own.
    let (house, id) = House::with_an_approved_notice().await;
    house.owner(PART.0, PART.1, None).await;
    assert_eq!(house.send().await, Drained::default());
    assert_eq!(house.row(id).await.state, "returned");
}

#[tokio::test]
async fn an_approved_notice_can_be_stopped_until_it_is_being_sent() {
    let (house, id) = House::with_an_approved_notice().await;
    let (bintou, coumba) = (
        house.reviewer("bintou").await,
        house.reviewer("coumba").await,
    );
    let answer = house.review.withdraw_notice(&coumba, id).await;
    assert_eq!(refusal(answer), Refusal::NotYourDraft);
    house.review.withdraw_notice(&bintou, id).await.unwrap();
    assert_eq!(house.send().await, Drained::default());
    let states = house.notices_by_state().await;
    assert_eq!(states, [("withdrawn".to_owned(), 1)].into());

    let (house, id) = House::with_an_approved_notice().await;
    let (bintou, coumba) = (
        house.approver("bintou").await,
        house.approver("coumba").await,
    );
    let answer = house.review.return_notice(&bintou, id).await;
    assert_eq!(refusal(answer), Refusal::OwnDraft);
    house.review.return_notice(&coumba, id).await.unwrap();
    assert_eq!(house.send().await, Drained::default());
    assert_eq!(house.row(id).await.state, "returned");

    let (house, id) = House::with_an_approved_notice().await;
    let coumba = house.approver("coumba").await;
    let bintou = house.reviewer("bintou").await;
    let due = house.store.claim_notice(house.now(), |_| MINUTE).await;
    assert!(due.unwrap().is_some());
    let answer = house.review.return_notice(&coumba, id).await;
    assert_eq!(refusal(answer), Refusal::BeingSent);
    let answer = house.review.withdraw_notice(&bintou, id).await;
    assert_eq!(refusal(answer), Refusal::BeingSent);
    house.wait(MINUTE);
    assert_eq!(house.send().await.sent, 1);
    let answer = house.review.return_notice(&coumba, id).await;
    assert_eq!(refusal(answer), Refusal::Decided);
}
