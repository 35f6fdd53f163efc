use super::*;
use crate::message::Domain;

fn admission(max: usize, per_network: usize) -> Arc<Admission> {
    let mut options = Options::new(Domain::parse("mx.nic.ml").unwrap(), Vec::new());
    options.max_connections = max;
    options.max_connections_per_ip = per_network;
    admission_of(options)
}

fn admission_of(options: Options) -> Arc<Admission> {
    let budget = Budget::new(options.max_bytes_in_flight);
    Admission::new(&options, budget)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn an_ipv6_network_of_64_bits_is_one_peer() {
    let admission = admission(10, 1);
    let first = admission.admit(ip("2001:db8:1:2::1")).ok().unwrap();
    let refused = admission.admit(ip("2001:db8:1:2:ffff::9")).err();
    assert_eq!(refused, Some(reply::TOO_BUSY_NETWORK));
    assert!(admission.admit(ip("2001:db8:1:3::1")).is_ok());
    drop(first);
    assert!(admission.admit(ip("2001:db8:1:2:ffff::9")).is_ok());
}

#[test]
fn an_ipv4_address_is_one_peer_mapped_or_not() {
    let admission = admission(10, 1);
    let _first = admission.admit(ip("192.0.2.1")).ok().unwrap();
    assert!(admission.admit(ip("::ffff:192.0.2.1")).is_err());
    assert!(admission.admit(ip("192.0.2.2")).is_ok());
}

#[test]
fn one_site_does_not_take_every_place() {
    let admission = admission(8, 1);
    let held: Vec<_> = (0..4)
        .map(|n| admission.admit(ip(&format!("2001:db8:1:{n}::1"))))
        .collect();
    let told: Vec<_> = held
        .iter()
        .map(|held| held.as_ref().err().copied())
        .collect();
    let busy = Some(reply::TOO_BUSY_NETWORK);
    assert_eq!(told, [None, None, busy, busy]);
    assert!(admission.admit(ip("2001:db8:2::1")).is_ok(), "another site");
    drop(held);
    assert!(admission.counts().by_site.is_empty());
}

#[test]
fn places_come_back_and_leave_nothing() {
    let admission = admission(2, 2);
    let places: Vec<_> = (0..2).map(|_| admission.admit(ip("192.0.2.1"))).collect();
    assert_eq!(
        admission.admit(ip("198.51.100.1")).err(),
        Some(reply::TOO_BUSY)
    );
    drop(places);
    assert_eq!(admission.counts().total, 0);
    assert!(admission.counts().by_network.is_empty());
}

#[test]
fn a_doorway_counts_until_it_is_left() {
    let admission = admission(1, 2);
    let doorway = admission.enter().ok().unwrap();
    assert_eq!(admission.enter().err(), Some(reply::TOO_BUSY));
    let place = doorway.admit(ip("192.0.2.1")).ok().unwrap();
    assert_eq!(admission.counts().total, 1);
    drop(place);
    drop(admission.enter());
    assert_eq!(admission.counts().total, 0);
}

#[test]
fn when_all_places_are_taken_the_slowest_gives_its_own_up() {
    let mut options = Options::new(Domain::parse("mx.nic.ml").unwrap(), Vec::new());
    options.max_connections = 2;
    options.max_connections_per_ip = 1;
    options.limits.dawdling = Duration::ZERO;
    let admission = admission_of(options);
    let first = admission.admit(ip("192.0.2.1")).ok().unwrap();
    let second = admission.admit(ip("192.0.2.2")).ok().unwrap();
    first.seat().busy();
    // Who may not come anyway moves nobody.
    let refused = admission.admit(ip("192.0.2.2")).err();
    assert_eq!(refused, Some(reply::TOO_BUSY_NETWORK));
    assert_eq!(admission.counts().total, 2);
    let third = admission.admit(ip("192.0.2.3")).ok().unwrap();
    third.seat().busy();
    let fourth = admission.admit(ip("192.0.2.4")).err();
    assert_eq!(fourth, Some(reply::TOO_BUSY), "the second is going already");
    drop((first, second, third));
    assert_eq!(admission.counts().total, 0);
    assert!(admission.counts().by_network.is_empty());
}

#[test]
fn a_network_in_a_hurry_is_told_and_others_are_not() {
    let mut options = Options::new(Domain::parse("mx.nic.ml").unwrap(), Vec::new());
    options.max_connections_per_minute = 3;
    options.max_messages_per_minute = 2;
    let admission = admission_of(options);
    let hurry = |address: &str| admission.admit(ip(address)).err();
    for _ in 0..3 {
        assert_eq!(hurry("2001:db8::1"), None);
    }
    assert_eq!(hurry("2001:db8::2"), Some(reply::TOO_FAST));
    assert_eq!(hurry("192.0.2.1"), None);
    for _ in 0..10 {
        assert_eq!(hurry("127.0.0.1"), None, "this machine is trusted");
    }
    let place = admission.admit(ip("192.0.2.1")).ok().unwrap();
    let begun: Vec<bool> = (0..3).map(|_| place.may_begin()).collect();
    assert_eq!(begun, [true, true, false]);
    assert_eq!(admission.counts().total, 1, "who was refused left no trace");
}

#[test]
fn a_network_has_a_share_of_the_bytes() {
    let mut options = Options::new(Domain::parse("mx.nic.ml").unwrap(), Vec::new());
    options.max_bytes_in_flight = 1 << 30;
    let admission = admission_of(options);
    let stranger = admission.admit(ip("192.0.2.1")).ok().unwrap();
    let again = admission.admit(ip("192.0.2.1")).ok().unwrap();
    let held = stranger.budget().try_reserve(1 << 28).unwrap();
    assert!(again.budget().try_reserve(1).is_none(), "of one network");
    // The networks of a site have one share together.
    let six = |address: &str| admission.admit(ip(address)).ok().unwrap();
    let (one, two) = (six("2001:db8:7:1::1"), six("2001:db8:7:2::1"));
    let of_one = one.budget().try_reserve(1 << 28).unwrap();
    assert!(two.budget().try_reserve(1).is_none(), "of one site");
    let elsewhere = six("2001:db8:8::1");
    assert!(elsewhere.budget().try_reserve(1 << 20).is_some());
    drop(of_one);
    let trusted = admission.admit(ip("127.0.0.1")).ok().unwrap();
    assert!(trusted.budget().try_reserve(3 << 28).is_some());
    drop(held);
    assert_eq!(admission.budget.in_use(), 0);
}

#[test]
fn the_log_shows_networks() {
    assert_eq!(Shown(ip("192.0.2.77")).to_string(), "192.0.2.0/24");
    assert_eq!(Shown(ip("::ffff:192.0.2.77")).to_string(), "192.0.2.0/24");
    assert_eq!(Shown(ip("2001:db8:1:2::1")).to_string(), "2001:db8:1::/48");
}
