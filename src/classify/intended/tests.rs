use super::*;
use crate::message::Address;

fn d(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

fn organisation(id: i64, domains: &[&str]) -> Organisation {
    Organisation {
        id: OrganisationId(id),
        name: format!("organisation {id}"),
        domains: domains.iter().map(|n| d(n)).collect(),
        shared: false,
        hint: false,
    }
}

fn names() -> Names {
    Names::new(
        &[d("ml")],
        &[
            organisation(1, &["army.mil", "us.army.mil"]),
            organisation(2, &["defensie.nl"]),
            organisation(3, &["impots.gouv.fr"]),
            organisation(4, &["justice.gov"]),
        ],
        &Popular::shipped(),
    )
}

fn meant(typed: &str) -> Option<String> {
    names()
        .intended(&d(typed), &Evidence::none())
        .domain
        .map(|d| d.as_str().to_owned())
}

#[test]
fn slips_into_the_zone_are_named() {
    let names = names();
    for (typed, intended) in [
        ("army.ml", "army.mil"),
        ("a.b.army.ml", "a.b.army.mil"),
        ("army.mil.ml", "army.mil"),
        ("armymil.ml", "army.mil"),
        ("wwwarmy.ml", "army.mil"),
        ("amry.ml", "army.mil"),
        ("us-army.ml", "us.army.mil"),
        ("defensie.ml", "defensie.nl"),
        ("defencie.ml", "defensie.nl"),
        ("gmail.com.ml", "gmail.com"),
        ("gmailcom.ml", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmial.co", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("hotmailc.om", "hotmail.com"),
        ("impots.gouv.ml", "impots.gouv.fr"),
        ("justice.gov.ml", "justice.gov"),
        ("\u{430}rmy.ml", "army.mil"),
    ] {
        let answer = names.intended(&d(typed), &Evidence::none());
        assert_eq!(answer.domain, Some(d(intended)), "{typed}: {answer:?}");
        assert!(answer.confidence >= BAR && answer.confidence <= 1.0);
    }
}

#[test]
fn what_is_known_local_or_random_is_unknown() {
    for typed in [
        "gmail.com",
        "mail.google.com",
        "mali-tours.ml",
        "pharmacie-bamako.ml",
        "qzxvkjw.ml",
        "bonjour.ml",
        "ml",
        "a.ml",
    ] {
        assert_eq!(meant(typed), None, "{typed}");
    }
}

#[test]
fn a_providers_name_is_found_through_a_slip_in_its_stem_and_in_its_top_level() {
    for (typed, intended) in [
        ("gmial.ml", Some("gmail.com")),
        ("googlmail.ml", Some("googlemail.com")),
        // As near to outlook.fr as to outlook.com; another first letter, a foreign letter, two slips; no household name.
        ("outloook.ml", None),
        ("agmail.ml", None),
        ("gmaxl.ml", None),
        ("gmiall.ml", None),
        // Four letters are somebody's name; a dot is no letter.
        ("gail.ml", None),
        ("aoll.ml", None),
        ("g.mial.ml", None),
        ("wikipedai.ml", None),
    ] {
        assert_eq!(meant(typed).as_deref(), intended, "{typed}");
    }
}

#[test]
fn a_top_level_that_stands_for_a_crowded_one_names_what_no_list_has() {
    let names = names();
    for (typed, intended) in [
        ("wrenpackaging.cm", "wrenpackaging.com"),
        ("mail.wrenpackaging.om", "mail.wrenpackaging.com"),
        ("wrenpackaging.ne", "wrenpackaging.net"),
        ("ing.cm", "ing.com"),
        ("ziekenhuis-x.et", "ziekenhuis-x.net"),
    ] {
        let answer = names.intended(&d(typed), &Evidence::none());
        assert_eq!(answer.domain, Some(d(intended)), "{typed}: {answer:?}");
        // Shown to staff, and in no notice until somebody has looked.
        assert!(
            answer.confidence < crate::classify::NOTICE_BAR,
            "{answer:?}"
        );
        let codes: Vec<_> = answer.reasons.iter().map(|r| r.code).collect();
        assert_eq!(codes, [ReasonCode::RightShape, ReasonCode::TopLevelSlip]);
    }
    for typed in [
        "wrenpackaging.ml",
        "wrenpackaging.gov.ml",
        // What Niger and Cameroon have of their own, or nobody can have.
        "presidence.gouv.ne",
        "lycee-x.edu.cm",
        "wrenpackaging.org.cm",
        "mairie-x.fr.cm",
        "ab.cm",
        "mail.ab.cm",
        "us_armx.cm",
        "wrenpackaging-.cm",
        "cm",
    ] {
        assert_eq!(meant(typed), None, "{typed}");
    }
    // Somebody who writes from there, or from the name itself, may have meant a name of that country; somebody who writes
    // to another name there has slipped twice.
    let (typed, to) = (
        d("wrenpackaging.cm"),
        Address::parse("jan@wrenpackaging.cm").unwrap(),
    );
    for sender in ["a@commerce.cm", "ann@wrenpackaging.cm"] {
        let mut evidence = Evidence::none();
        evidence.sender(&Address::parse(sender).unwrap(), &to);
        let answer = names.intended(&typed, &evidence);
        assert_eq!(answer.domain, None, "{sender}");
    }
    let mut evidence = Evidence::none();
    evidence.co_recipient(&Address::parse("bob@commerce.cm").unwrap(), &to);
    let answer = names.intended(&typed, &evidence);
    assert_eq!(answer.domain, Some(d("wrenpackaging.com")));
}

#[test]
fn a_letter_of_a_top_level_that_stands_for_a_crowded_one_is_not_edited_cheaply() {
    let names = names();
    for typed in [
        "outlook.ne",
        "hotmail.ne",
        "yahoo.ne",
        "orange.ne",
        "hotmail.et",
        "live.om",
    ] {
        for ranked in names.rank(&d(typed), &Evidence::none(), 9) {
            let meant = ranked.domain.public_suffix();
            assert!(
                matches!(meant, "com" | "net") || ranked.confidence < 0.5,
                "{typed}: {ranked:?}"
            );
        }
    }
}

#[test]
fn evidence_names_what_no_list_has() {
    let names = names();
    let typed = d("zaltbommel-advies.ml");
    assert_eq!(names.intended(&typed, &Evidence::none()).domain, None);
    let to = Address::parse("jan@zaltbommel-advies.ml").unwrap();
    let mut evidence = Evidence::none();
    evidence.co_recipient(&Address::parse("piet@zaltbommel-advies.nl").unwrap(), &to);
    let answer = names.intended(&typed, &evidence);
    assert_eq!(answer.domain, Some(d("zaltbommel-advies.nl")));
    assert!(
        answer
            .reasons
            .iter()
            .any(|r| r.code == ReasonCode::CoRecipient)
    );
}

#[test]
fn an_organisation_added_later_is_found_at_once() {
    let before = names();
    let typed = d("zaltbommel-advies.ml");
    let after = before.with_organisations(&[organisation(9, &["zaltbommel-advies.nl"])]);
    let answer = after.intended(&typed, &Evidence::none());
    assert_eq!(answer.organisation, Some(OrganisationId(9)));
    assert_eq!(before.intended(&typed, &Evidence::none()).domain, None);
}

#[test]
fn the_owner_is_that_of_the_longest_domain_in_whatever_order_they_are_listed() {
    let whole = organisation(1, &["army.mil"]);
    let part = organisation(2, &["us.army.mil"]);
    for directory in [[whole.clone(), part.clone()], [part.clone(), whole.clone()]] {
        let names = names().with_organisations(&directory);
        for (typed, owner, case) in [
            ("army.ml", 1, "army.mil"),
            ("de.army.ml", 1, "army.mil"),
            ("us.army.ml", 2, "us.army.mil"),
            ("x.us.army.ml", 2, "us.army.mil"),
        ] {
            let answer = names.intended(&d(typed), &Evidence::none());
            assert_eq!(answer.organisation, Some(OrganisationId(owner)), "{typed}");
            assert_eq!(answer.case_domain, Some(d(case)), "{typed}");
        }
    }
    // What only a part of is known belongs to nobody beside that part.
    let names = names().with_organisations(&[part]);
    let answer = names.intended(&d("army.ml"), &Evidence::none());
    assert_eq!(answer.organisation, None);
    assert_eq!(answer.case_domain, Some(d("army.mil")));
}

#[test]
fn candidates_come_likeliest_first_and_begin_with_the_answer() {
    let names = names();
    let typed = d("amry.ml");
    let answer = names.intended(&typed, &Evidence::none());
    let ranked = names.rank(&typed, &Evidence::none(), 10);
    assert_eq!(Some(&ranked[0].domain), answer.domain.as_ref());
    assert_eq!(ranked[0].organisation, answer.organisation);
    assert_eq!(ranked[0].reasons, answer.reasons);
    assert!(
        ranked
            .windows(2)
            .all(|two| two[0].confidence >= two[1].confidence)
    );
    assert!(ranked.iter().map(|r| r.confidence).sum::<f64>() <= 1.0);
    assert_eq!(names.rank(&typed, &Evidence::none(), 1).len(), 1);
    assert!(names.rank(&d("qzxvkjw.ml"), &Evidence::none(), 9).len() < 9);
}

#[test]
fn reasons_add_up_to_the_odds_against_unknown() {
    let names = names();
    for typed in [
        "amry.ml",
        "army.ml",
        "gmial.ml",
        "gmail.ml",
        "wrenpackaging.cm",
        "bimg.cm",
        "hgoogle.om",
        "outlook.ne",
    ] {
        let weighed = names.weigh(&d(typed), &Evidence::none());
        let best = weighed.named().next().unwrap();
        let sum: f64 = weighed.reasons(best).iter().map(|r| r.weight).sum();
        let odds = f64::from(weighed.unknown - best.cost);
        assert!((sum - odds).abs() < 0.01, "{typed}: {sum} {odds}");
    }
    let answer = names.intended(&d("amry.ml"), &Evidence::none());
    let codes: Vec<_> = answer.reasons.iter().map(|r| r.code).collect();
    assert_eq!(
        codes,
        [
            ReasonCode::KnownOrganisation,
            ReasonCode::TopLevelSlip,
            ReasonCode::Transposition
        ]
    );
}

proptest::proptest! {
    #[test]
    fn any_name_has_an_answer(text in "[a-zé.0-9-]{1,80}") {
        static NAMES: std::sync::LazyLock<Names> = std::sync::LazyLock::new(names);
        if let Ok(typed) = Domain::parse(&text) {
            let answer = NAMES.intended(&typed, &Evidence::none());
            proptest::prop_assert!((0.0..=1.0).contains(&answer.confidence));
            proptest::prop_assert_eq!(answer.domain.is_none(), answer.confidence == 0.0);
        }
    }
}
