//! Sessions: how long they last, and how many there are.

use crate::house::DAY;
use crate::house::HOUR;
use crate::house::House;
use crate::house::MINUTE;
use crate::house::PASSWORD;
use restante::audit;
use restante::staff::Forbidden;

#[tokio::test]
async fn who_logs_in_has_a_session_with_their_role_until_they_log_out() {
    let house = House::new().await;
    let entered = house.enter().await;
    assert_eq!(entered.account.name, "awa");
    let session = house.accounts.resume(&entered.session_token).await.unwrap();
    let session = session.unwrap();
    assert_eq!(session.account(), &entered.account);
    assert_eq!(session.reviewer().unwrap().name(), "awa");
    assert_eq!(session.approver().unwrap_err(), Forbidden);
    assert!(session.form_token().len() >= 43);
    assert_ne!(session.form_token(), entered.session_token);
    house.accounts.logout(&session).await.unwrap();
    assert!(!house.is_in(&entered).await);
    house.accounts.logout(&session).await.unwrap();
    assert_eq!(
        house.actions().await,
        [
            "operator account_added awa",
            "awa logged_in awa",
            "awa logged_out awa"
        ],
        "and what had ended is not ended twice"
    );
    audit::verify(&house.store).await.unwrap();
}

#[tokio::test]
async fn a_session_ends_an_hour_after_its_last_use() {
    let house = House::new().await;
    let entered = house.enter().await;
    for _ in 0..3 {
        house.wait(59 * MINUTE);
        assert!(house.is_in(&entered).await);
    }
    house.wait(HOUR);
    assert!(!house.is_in(&entered).await);
}

#[tokio::test]
async fn and_twelve_hours_after_its_beginning_whatever_was_done() {
    let house = House::new().await;
    let entered = house.enter().await;
    for _ in 0..24 {
        assert!(house.is_in(&entered).await);
        house.wait(30 * MINUTE);
    }
    assert!(!house.is_in(&entered).await);
}

#[tokio::test]
async fn the_use_of_a_session_is_written_once_a_minute_at_most() {
    let house = House::new().await;
    let entered = house.enter().await;
    let before = house.store.writer_figures().commits;
    for _ in 0..10 {
        assert!(house.is_in(&entered).await);
    }
    assert_eq!(house.store.writer_figures().commits, before);
    house.wait(61);
    for _ in 0..10 {
        assert!(house.is_in(&entered).await);
    }
    assert_eq!(house.store.writer_figures().commits, before + 1);
    let seen = house.accounts.list().await.unwrap()[0].seen_at;
    assert_eq!(seen, Some(house.clock.now()));
}

#[tokio::test]
async fn a_clock_that_goes_back_ends_sessions_rather_than_prolong_them() {
    let house = House::new().await;
    let entered = house.enter().await;
    house.wait(-10);
    assert!(
        house.is_in(&entered).await,
        "clocks are put right by seconds"
    );
    house.wait(-10 * DAY);
    assert!(!house.is_in(&entered).await);
}

#[tokio::test]
async fn sessions_and_browsers_of_an_account_are_bounded_and_the_newest_stay() {
    let house = House::new().await;
    let mut all = Vec::new();
    for _ in 0..23 {
        all.push(house.enter().await);
        house.wait(1);
    }
    let mut open = Vec::new();
    for entered in &all {
        open.push(house.is_in(entered).await);
    }
    assert_eq!(open, [vec![false; 3], vec![true; 20]].concat());
    let known = async |at: usize| {
        let device = Some(all[at].device_token.as_str());
        let entered = house.login("awa", PASSWORD, "192.0.2.1", device).await;
        entered.unwrap().device_token == all[at].device_token
    };
    assert!(known(22).await && known(3).await);
    assert!(!known(2).await);
}
