use super::*;

fn d(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

fn new(
    name: Option<&str>,
    subdomains: Subdomains,
    policy: Policy,
    until: Option<i64>,
) -> NewPolicy {
    NewPolicy {
        name: name.map(d),
        subdomains,
        policy,
        until: until.map(Timestamp::from_millis),
    }
}

/// What the trail says of a decision over a file that counts `army.ml` and all below, and holds the rest until 1000.
fn keeps(before: &[NewPolicy], decision: &NewPolicy) -> String {
    let army = Watch {
        name: d("army.ml"),
        subdomains: Subdomains::Included,
        policy: Policy::Count,
        until: None,
    };
    let until = Some(Timestamp::from_millis(1_000));
    let file = PolicyTable::new([d("ml")], [], [army], Policy::Hold, until);
    let before = before
        .iter()
        .fold(Decided::default(), |decided, one| with(&decided, one));
    let after = with(&before, decision);
    let now = Timestamp::from_millis(10);
    let said = difference(&file, &before, &after, decision.name.as_ref(), now);
    said["keeps"].as_str().unwrap().to_owned()
}

#[test]
fn what_keeps_more_is_seen_however_it_does() {
    use Policy::Count;
    use Policy::Hold;
    use Policy::Refuse;
    use Subdomains::Included;
    use Subdomains::No;
    for (decision, word) in [
        (new(Some("army.ml"), Included, Hold, None), "more"),
        (new(Some("army.ml"), Included, Count, None), "the same"),
        (new(Some("army.ml"), Included, Refuse, None), "less"),
        // What lies below falls back to the default, which holds.
        (new(Some("army.ml"), No, Count, None), "more"),
        (new(Some("army.ml"), No, Refuse, None), "more and less"),
        // The default ends at 1000.
        (new(Some("navy.ml"), Included, Hold, None), "more"),
        (
            new(Some("navy.ml"), Included, Hold, Some(1_000)),
            "the same",
        ),
        (new(Some("navy.ml"), Included, Hold, Some(1_001)), "more"),
        (new(Some("navy.ml"), Included, Hold, Some(999)), "less"),
        (new(None, Included, Hold, Some(2_000)), "more"),
        (new(None, Included, Count, None), "less"),
        (new(None, Included, Hold, Some(1_000)), "the same"),
    ] {
        assert_eq!(keeps(&[], &decision), word, "{decision:?}");
    }
    // Against what was decided before, and not against the file.
    let before = [new(Some("army.ml"), Included, Refuse, None)];
    let count = new(Some("army.ml"), Included, Count, None);
    assert_eq!(keeps(&before, &count), "more");
}
