//! The throttle: who is slowed, and who is not.

use crate::house::DAY;
use crate::house::House;
use crate::house::PASSWORD;
use crate::house::throttled;
use crate::house::wrong;
use restante::staff::Role;

#[tokio::test]
async fn whoever_guesses_from_everywhere_cannot_keep_the_owner_out() {
    let house = House::new().await;
    let owner = house.enter().await;
    let mut refused = 0;
    for n in 0..40 {
        let outcome = house
            .login("awa", "wrong", &format!("10.0.0.{n}"), None)
            .await;
        refused += u32::from(throttled(outcome).is_some());
    }
    assert_eq!(refused, 30, "ten guesses from the whole world");
    let strange = house.login("awa", PASSWORD, "203.0.113.9", None).await;
    assert_eq!(throttled(strange), Some(30), "a new browser has to wait");
    let device = Some(owner.device_token.as_str());
    let known = house.login("awa", PASSWORD, "203.0.113.9", device).await;
    assert_eq!(known.unwrap().device_token, owner.device_token);
    // A device token that is another's, or nobody's, helps nobody.
    let made_up = "A".repeat(43);
    let outcome = house.login("awa", PASSWORD, "203.0.113.9", Some(&made_up));
    assert!(throttled(outcome.await).is_some());
    house.wait(30);
    let later = house.login("awa", PASSWORD, "203.0.113.9", None).await;
    assert!(later.is_ok());
}

#[tokio::test]
async fn a_known_browser_is_slowed_by_itself() {
    let house = House::new().await;
    let owner = house.enter().await;
    let device = Some(owner.device_token.as_str());
    for _ in 0..10 {
        assert!(wrong(
            house.login("awa", "wrong", "192.0.2.7", device).await
        ));
    }
    let outcome = house.login("awa", PASSWORD, "192.0.2.7", device).await;
    assert_eq!(throttled(outcome), Some(30));
    assert!(
        house
            .login("awa", PASSWORD, "192.0.2.7", None)
            .await
            .is_ok()
    );
}

/// Whoever had the password once may have made browsers known with it.
#[tokio::test]
async fn a_new_password_forgets_the_browsers_that_knew_the_old_one() {
    let house = House::new().await;
    let thief = house.enter().await;
    let device = Some(thief.device_token.as_str());
    let changed = house
        .accounts
        .set_password("operator", "awa", "another seven owls");
    changed.await.unwrap();
    let mut refused = 0;
    for n in 0..40 {
        let network = format!("10.0.1.{n}");
        let outcome = house.login("awa", "wrong", &network, device).await;
        refused += u32::from(throttled(outcome).is_some());
    }
    assert_eq!(refused, 30, "they have no bucket of their own any more");
}

#[tokio::test]
async fn a_network_that_guesses_at_many_names_is_slowed_and_others_are_not() {
    let house = House::new().await;
    for n in 0..20 {
        let name = format!("name{n}");
        assert!(wrong(
            house.login(&name, "wrong", "2001:db8::1", None).await
        ));
    }
    let neighbour = house.login("awa", PASSWORD, "2001:db8::2", None).await;
    assert_eq!(throttled(neighbour), Some(15), "the same /64");
    assert!(
        house
            .login("awa", PASSWORD, "2001:db8:0:1::1", None)
            .await
            .is_ok()
    );
    // Loopback stands for all who come through a tunnel: there is no network to slow.
    for n in 0..30 {
        let name = format!("local{n}");
        assert!(wrong(house.login(&name, "wrong", "127.0.0.1", None).await));
    }
}

#[tokio::test]
async fn those_who_get_in_are_not_slowed() {
    let house = House::new().await;
    for _ in 0..40 {
        house.enter().await;
    }
}

#[tokio::test]
async fn a_browser_that_two_share_is_known_for_both_and_each_device_is_one_accounts() {
    let house = House::new().await;
    house
        .accounts
        .add("operator", "binta", Role::Approver, PASSWORD)
        .await
        .unwrap();
    let one = house.enter().await;
    let device = Some(one.device_token.as_str());
    let both = house.login("binta", PASSWORD, "::1", device).await.unwrap();
    assert!(both.device_token.ends_with(&one.device_token));
    for n in 0..20 {
        for name in ["awa", "binta"] {
            let _ = house
                .login(name, "wrong", &format!("10.0.0.{n}"), None)
                .await;
        }
    }
    let device = Some(both.device_token.as_str());
    for name in ["awa", "binta"] {
        let outcome = house.login(name, PASSWORD, "203.0.113.1", device).await;
        assert!(outcome.is_ok(), "{name}");
    }
    // The device of one is not one of the other.
    let outcome = house.login("binta", PASSWORD, "203.0.113.1", Some(&one.device_token));
    assert!(throttled(outcome.await).is_some());
}

#[tokio::test]
async fn a_browser_is_forgotten_after_half_a_year_without_login_and_when_the_account_is_closed() {
    let house = House::new().await;
    let owner = house.enter().await;
    let device = Some(owner.device_token.as_str());
    house.wait(179 * DAY);
    let again = house.login("awa", PASSWORD, "192.0.2.1", device).await;
    assert_eq!(again.unwrap().device_token, owner.device_token);
    house.wait(180 * DAY);
    let later = house.login("awa", PASSWORD, "192.0.2.1", device).await;
    assert_ne!(later.unwrap().device_token, owner.device_token);
}
