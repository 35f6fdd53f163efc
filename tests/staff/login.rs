//! Login: who gets in, and what the others learn.

use crate::house::House;
use crate::house::PASSWORD;
use crate::house::wrong;
use restante::staff::Attempt;
use restante::staff::LoginError;
use restante::staff::Role;
use std::net::IpAddr;
use zeroize::Zeroizing;

#[tokio::test]
async fn nobody_else_gets_in_and_is_told_no_more_than_that() {
    let house = House::new().await;
    house
        .accounts
        .add("operator", "gone", Role::Admin, PASSWORD)
        .await
        .unwrap();
    house.accounts.disable("operator", "gone").await.unwrap();
    let long = "x".repeat(10_000);
    for (name, password) in [
        ("awa", "quatre chevaux vert"),
        ("awa", "Quatre chevaux verts"),
        ("awa", ""),
        ("awa", &long),
        ("nobody", PASSWORD),
        ("gone", PASSWORD),
        ("system", PASSWORD),
        ("", ""),
        ("<script>", PASSWORD),
    ] {
        let outcome = house.login(name, password, "192.0.2.1", None).await;
        assert!(wrong(outcome), "{name}");
    }
    assert!(house.accounts.resume("").await.unwrap().is_none());
    let made_up = "A".repeat(43);
    assert!(house.accounts.resume(&made_up).await.unwrap().is_none());
    let entries = house.trail().await;
    let in_the_trail = entries.iter().any(|entry| entry.action == "logged_in");
    assert!(!in_the_trail, "failures are no decisions of staff");
}

#[tokio::test]
async fn names_are_taken_as_people_type_them() {
    let house = House::new().await;
    let entered = house.login(" AWA ", PASSWORD, "192.0.2.1", None).await;
    assert_eq!(entered.unwrap().account.name, "awa");
}

#[tokio::test]
async fn a_name_that_is_nobodys_costs_what_one_that_is_costs() {
    let house = House::new().await;
    // The best of a few: other tests run beside this one.
    let mut best = [u128::MAX; 3];
    for round in 0..6 {
        for (at, name) in ["awa", "nobody", "not a name"].iter().enumerate() {
            let network = format!("10.0.{round}.{at}");
            let begun = std::time::Instant::now();
            assert!(wrong(house.login(name, "wrong", &network, None).await));
            best[at] = best[at].min(begun.elapsed().as_micros());
        }
    }
    // Without a hash it would be a hundredth.
    for other in &best[1..] {
        assert!(*other * 3 > best[0], "{best:?}");
    }
}

#[tokio::test]
async fn a_flood_of_logins_is_turned_away_and_a_known_browser_is_not() {
    let house = House::new().await;
    let owner = house.enter().await;
    let attempt = |n: usize| {
        let accounts = house.accounts.clone();
        tokio::spawn(async move {
            let attempt = Attempt {
                name: &format!("name{n}"),
                password: Zeroizing::new("wrong".to_owned()),
                network: IpAddr::from([10, 0, 0, u8::try_from(n).unwrap()]),
                device: None,
            };
            accounts.login(attempt).await.map(|_| ())
        })
    };
    let flood: Vec<_> = (0..90).map(attempt).collect();
    // Those who are turned away come back at once; by then the places of unknown browsers are taken.
    while flood.iter().filter(|attempt| attempt.is_finished()).count() < 60 {
        tokio::task::yield_now().await;
    }
    let device = Some(owner.device_token.as_str());
    let known = house.login("awa", PASSWORD, "203.0.113.1", device).await;
    assert!(known.is_ok());
    let mut busy = 0;
    for attempt in flood {
        busy += u32::from(matches!(attempt.await.unwrap(), Err(LoginError::Busy)));
    }
    assert!(busy > 30, "{busy} of 90 were turned away");
    // Nothing has been held against those who were turned away: else the bucket of all would be empty by now.
    for n in 100..120 {
        let (name, network) = (format!("later{n}"), format!("10.0.0.{n}"));
        let outcome = house.login(&name, "wrong", &network, None).await;
        assert!(wrong(outcome), "{n}");
    }
    let outcome = house.login("awa", PASSWORD, "192.0.2.1", None).await;
    assert!(outcome.is_ok());
}
