//! What has been told is remembered by organisation, day and typed name: nothing is told twice without saying so, and
//! nothing is left out.

use crate::house::DAY;
use crate::house::House;
use crate::house::MINUTE;
use crate::house::Post;
use crate::house::refusal;
use restante::review::Refusal;

const AMY: Post = Post {
    typed: "amy.ml",
    ..Post::ARMY
};

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_comes_in_the_afternoon_is_told_after_a_notice_at_noon() {
    let (house, case) = House::with_a_case().await;
    house.tell(case).await;
    assert_eq!(
        refusal(house.draft("bintou", case).await),
        Refusal::NothingToTell
    );
    house.wait(60 * MINUTE);
    house.keep(&[Post::ARMY; 3]).await;
    house.wait(30 * DAY);
    let id = house.tell(case).await;
    let notice = house.notice(id).await;
    // The day is counted whole, and it says how much of it is not new.
    assert_eq!(notice.row.counted, 4);
    let text = one_line(&notice.text);
    assert!(
        text.contains("1 recipient counted here was in an earlier notice too."),
        "{text}"
    );
    assert_eq!(
        refusal(house.draft("bintou", case).await),
        Refusal::NothingToTell
    );
}

#[tokio::test]
async fn mail_that_is_committed_late_for_a_day_that_was_told_is_told() {
    let (house, case) = House::with_a_case().await;
    house.wait(DAY / 2);
    house.tell(case).await;
    // Received two seconds before midnight, committed after the notice.
    house.wait(-2_000);
    house.keep(&[Post::ARMY; 3]).await;
    house.wait(2_000 + 2 * DAY);
    let id = house.draft("bintou", case).await.unwrap();
    assert_eq!(house.row(id).await.counted, 4);
}

#[tokio::test]
async fn what_comes_between_the_draft_and_the_sending_is_told_next_time() {
    let (house, case) = House::with_a_case().await;
    let id = house.draft("bintou", case).await.unwrap();
    house.keep(&[Post::ARMY; 2]).await;
    house.approve("coumba", id).await.unwrap();
    assert_eq!(house.send().await.sent, 1);
    let id = house.draft("bintou", case).await.unwrap();
    assert_eq!(house.row(id).await.counted, 3);
}

#[tokio::test]
async fn old_mail_that_a_correction_or_an_import_brings_is_told_and_days_that_were_told_are_not() {
    let (house, case) = House::with_a_case().await;
    let lost = Post {
        typed: "amy.ml",
        intended: None,
        confidence: 0.0,
        ..Post::ARMY
    };
    // Two days with mail that nobody knows whose it is, and one between them without.
    house.keep(&[lost; 4]).await;
    house.wait(DAY);
    house.keep(&[Post::ARMY; 2]).await;
    house.wait(DAY);
    house.keep(&[lost; 3]).await;
    let first = house.tell(case).await;
    assert_eq!(house.row(first).await.counted, 3);
    house.wait(5 * DAY);
    house.rule("amy.ml", "army.mil").await;
    house.sort().await;
    let id = house.draft("bintou", case).await.unwrap();
    let notice = house.notice(id).await;
    // Seven of a name that was not told, and the one of `army.ml` on the first of the two days once more.
    assert_eq!(notice.row.counted, 8);
    let text = one_line(&notice.text);
    assert!(
        text.contains("On days from 22 November 2026 to 24 November 2026"),
        "{text}"
    );
    assert!(text.contains("told you everything are left out"), "{text}");
    assert!(
        text.contains("1 recipient counted here was in an earlier notice too."),
        "{text}"
    );
    assert!(!text.contains("From 22 November"), "{text}");
}

#[tokio::test]
async fn a_new_owner_is_told_all_and_hears_of_no_notice_to_another() {
    let (house, case) = House::with_a_case().await;
    house.keep(&[Post::ARMY; 9]).await;
    house.wait(2 * DAY);
    house.tell(case).await;
    house.owner("New Owner", "army.mil", None).await;
    house
        .contact("New Owner", "soc@new.example", "operator")
        .await;
    // What the one before it was told, this one was not.
    let id = house.tell(case).await;
    let notice = house.notice(id).await;
    assert_eq!(notice.row.organisation, "New Owner");
    assert_eq!(notice.row.counted, 10);
    assert!(!notice.text.contains("PR-2026-0001"), "{}", notice.text);
    assert!(!notice.text.contains("Earlier notice"));
    house.wait(DAY);
    house.keep(&[AMY]).await;
    let id = house.draft("bintou", case).await.unwrap();
    let notice = house.notice(id).await;
    assert_eq!(notice.row.counted, 1);
    assert!(notice.text.contains("PR-2026-0002"));
    assert!(!notice.text.contains("PR-2026-0001"));
}

#[tokio::test]
async fn a_case_that_another_was_merged_into_does_not_tell_it_again() {
    let house = House::new().await;
    // Somebody else has the whole, so that the part is a case of its own.
    house.owner("Reseller", "army.mil", None).await;
    house.owner("US Army", "us.army.mil", None).await;
    house.contact("US Army", "soc@army.mil", "operator").await;
    let part = Post {
        typed: "us.army.ml",
        intended: Some("us.army.mil"),
        ..Post::ARMY
    };
    house.keep(&[part; 10]).await;
    house.resort().await;
    let us = house.case("us.army.mil").await;
    let first = house.tell(us).await;
    assert_eq!(house.row(first).await.counted, 10);
    house.wait(3 * DAY);
    // Now it has all of it.
    house.owner("US Army", "army.mil", None).await;
    let army = house.case("army.mil").await;
    assert_eq!(
        refusal(house.draft("bintou", army).await),
        Refusal::NothingToTell
    );
    house.keep(&[Post::ARMY]).await;
    let second = house.tell(army).await;
    let notice = house.notice(second).await;
    assert_eq!(notice.row.counted, 1);
    assert!(notice.text.contains("PR-2026-0001"));
    assert_eq!(
        refusal(house.draft("bintou", army).await),
        Refusal::NothingToTell
    );
}
