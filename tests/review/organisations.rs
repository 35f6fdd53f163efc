//! The directory, as staff see and keep it.

use crate::desk::Desk;
use crate::desk::mail;
use crate::support::domain;
use crate::support::start;
use restante::audit;
use restante::audit::Action;
use restante::classify::OrganisationId;
use restante::review::Refusal;
use restante::review::ReviewError;
use restante::review::organisations::FieldError;
use restante::review::organisations::OrganisationChange;
use restante::staff::Role;
use restante::staff::Viewer;
use restante::store::organisations::NewOrganisation;

/// The directory from rows `domain, name, contact`.
async fn import(desk: &Desk, rows: &[(&str, &str, &str)]) {
    let rows = rows.iter().map(|(name, of, contact)| NewOrganisation {
        domain: domain(name),
        name: (*of).to_owned(),
        country: Some("US".to_owned()),
        language: Some("en".to_owned()),
        contact: Some((*contact).to_owned()).filter(|text| !text.is_empty()),
        shared: None,
        hint: None,
    });
    let detail = serde_json::json!({});
    let action = Action::OrganisationsImported;
    let entry = audit::entry(start(), "operator", action, "", detail);
    let done = desk.store.import_organisations(rows.collect(), entry).await;
    done.unwrap();
}

fn change(name: &str, domains: &str, contacts: &str) -> OrganisationChange {
    OrganisationChange {
        name: name.to_owned(),
        country: "us".to_owned(),
        language: "EN".to_owned(),
        shared: false,
        hint: false,
        domains: domains.to_owned(),
        contacts: contacts.to_owned(),
    }
}

async fn names(desk: &Desk, viewer: &Viewer, search: &str, after: Option<&str>) -> Vec<String> {
    let rows = desk.review.organisations(viewer, search, after).await;
    rows.unwrap().into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn the_directory_by_pages_and_by_first_letters() {
    let desk = Desk::new().await;
    let session = desk.enter(Role::Reviewer).await;
    let viewer = session.viewer();
    let made: Vec<(String, String)> = (0..250)
        .map(|n| (format!("org{n}.example"), format!("Org {n:03}")))
        .collect();
    let rows: Vec<(&str, &str, &str)> = made.iter().map(|(d, n)| (&**d, &**n, "")).collect();
    import(&desk, &rows).await;
    import(
        &desk,
        &[
            ("army.mil", "US Army", "desk@army.mil"),
            ("us.army.mil", "US Army", "old@army.mil"),
            ("navy.mil", "us navy", ""),
            ("polytechnique.fr", "École polytechnique", ""),
            ("orion.example", "Armée de terre", ""),
        ],
    )
    .await;
    let first = names(&desk, &viewer, "", None).await;
    assert_eq!(first.len(), 200);
    let second = names(&desk, &viewer, "", first.last().map(String::as_str)).await;
    let all: Vec<_> = first.iter().chain(&second).collect();
    assert_eq!(all.len(), 254);
    assert_eq!(all[0], "Armée de terre");
    assert_eq!(all[251..254], ["US Army", "us navy", "École polytechnique"]);
    assert!(all[1..251].is_sorted());
    for (search, expected) in [
        ("us ", &["US Army", "us navy"][..]),
        // By name, and by domain.
        ("AR", &["Armée de terre", "US Army"]),
        ("écol", &["École polytechnique"]),
        ("poly", &["École polytechnique"]),
        ("orion", &["Armée de terre"]),
        ("%", &[]),
        ("rmy", &[]),
    ] {
        assert_eq!(
            names(&desk, &viewer, search, None).await,
            expected,
            "{search}"
        );
    }
    assert_eq!(
        names(&desk, &viewer, "ar", Some("armée z")).await,
        ["US Army"]
    );
    let of_org = names(&desk, &viewer, "org", None).await;
    let rest = names(&desk, &viewer, "org", of_org.last().map(String::as_str)).await;
    assert_eq!((of_org.len(), rest.len()), (200, 50));
    let army = desk
        .review
        .organisations(&viewer, "us army", None)
        .await
        .unwrap();
    assert_eq!(army[0].domains, ["army.mil", "us.army.mil"]);
    let contacts: Vec<_> = army[0]
        .contacts
        .iter()
        .map(|c| (&*c.address, &*c.set_by))
        .collect();
    assert_eq!(
        contacts,
        [("desk@army.mil", "operator"), ("old@army.mil", "operator")]
    );
}

#[tokio::test]
async fn one_organisation_with_its_cases() {
    let desk = Desk::new().await;
    let session = desk.enter(Role::Reviewer).await;
    desk.keep(mail(1, "army.ml", Some("army.mil"), start()))
        .await;
    desk.keep(mail(2, "navy.ml", Some("navy.mil"), start()))
        .await;
    import(
        &desk,
        &[("army.mil", "US Army", ""), ("marines.mil", "Marines", "")],
    )
    .await;
    let found = desk
        .review
        .organisations(&session.viewer(), "us", None)
        .await;
    let id = found.unwrap()[0].id;
    let (army, cases) = desk
        .review
        .organisation(&session.viewer(), id)
        .await
        .unwrap();
    assert_eq!(army.name, "US Army");
    assert_eq!((cases.len(), &*cases[0].domain), (1, "army.mil"));
    assert_eq!(cases[0].organisation, Some((id, "US Army".to_owned())));
    let none = desk
        .review
        .organisation(&session.viewer(), OrganisationId(99))
        .await;
    assert!(matches!(none, Err(ReviewError::Missing)));
}

#[tokio::test]
async fn an_organisation_is_made_and_changed_by_an_admin() {
    let desk = Desk::new().await;
    let session = desk.enter(Role::Admin).await;
    let (admin, viewer) = (session.admin().unwrap(), session.viewer());
    import(&desk, &[("navy.mil", "US Navy", "old@navy.mil")]).await;
    desk.keep(mail(1, "army.ml", Some("army.mil"), start()))
        .await;
    let version = desk.store.organisations_version().await.unwrap();
    let made = change(
        "  US\n Army ",
        "Army.MIL us.army.mil",
        "Desk@Army.mil b@army.mil",
    );
    let id = desk
        .review
        .change_organisation(&admin, None, &made)
        .await
        .unwrap();
    let (army, cases) = desk.review.organisation(&viewer, id).await.unwrap();
    assert_eq!(
        (&*army.name, army.country.as_deref()),
        ("US Army", Some("US"))
    );
    assert_eq!(army.language.as_deref(), Some("en"));
    assert_eq!(army.domains, ["army.mil", "us.army.mil"]);
    let addresses: Vec<_> = army
        .contacts
        .iter()
        .map(|c| (&*c.address, &*c.set_by))
        .collect();
    assert_eq!(
        addresses,
        [("Desk@army.mil", "admin"), ("b@army.mil", "admin")]
    );
    assert_eq!(army.contacts[0].set_at, start());
    assert_eq!(cases.len(), 1, "the case has its owner");
    assert_ne!(desk.store.organisations_version().await.unwrap(), version);
    let entry = desk
        .store
        .audit_before(i64::MAX, 1)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (&*entry.action, &*entry.subject),
        ("organisation_changed", "US Army")
    );
    assert!(
        entry
            .detail
            .contains(r#""domains_added":["army.mil","us.army.mil"]"#),
        "{}",
        entry.detail
    );
    assert!(!entry.detail.contains('@'), "{}", entry.detail);

    // What stays keeps who set it; what a form leaves out is gone, but for domains.
    let navy = desk
        .review
        .organisations(&viewer, "US Navy", None)
        .await
        .unwrap()[0]
        .id;
    let mut other = change("ignored", "", "old@navy.mil new@navy.mil");
    other.country = String::new();
    other.shared = true;
    other.hint = true;
    let done = desk
        .review
        .change_organisation(&admin, Some(navy), &other)
        .await;
    assert_eq!(done.unwrap(), navy);
    let (found, _) = desk.review.organisation(&viewer, navy).await.unwrap();
    let addresses: Vec<_> = found
        .contacts
        .iter()
        .map(|c| (&*c.address, &*c.set_by))
        .collect();
    assert_eq!(
        addresses,
        [("new@navy.mil", "admin"), ("old@navy.mil", "operator")]
    );
    assert_eq!(
        (&*found.name, found.country, found.shared, found.hint),
        ("US Navy", None, true, true)
    );
    assert_eq!(found.domains, ["navy.mil"]);
    let entry = &desk.store.audit_before(i64::MAX, 1).await.unwrap()[0];
    assert!(entry.detail.contains(r#""hint":true"#), "{}", entry.detail);
    // The same again is nothing to write down.
    let seq = desk.store.audit_before(i64::MAX, 1).await.unwrap()[0].seq;
    let done = desk
        .review
        .change_organisation(&admin, Some(navy), &other)
        .await;
    assert_eq!(done.unwrap(), navy);
    assert_eq!(
        desk.store.audit_before(i64::MAX, 1).await.unwrap()[0].seq,
        seq
    );
    let gone = desk
        .review
        .change_organisation(&admin, Some(OrganisationId(99)), &other)
        .await;
    assert!(matches!(
        gone,
        Err(FieldError::Review(ReviewError::Missing))
    ));
}

#[tokio::test]
async fn each_field_of_the_form_is_checked_and_nothing_is_written() {
    let desk = Desk::new().await;
    let session = desk.enter(Role::Admin).await;
    let admin = session.admin().unwrap();
    import(&desk, &[("navy.mil", "US Navy", "a@navy.mil")]).await;
    let seq = desk.store.audit_before(i64::MAX, 1).await.unwrap()[0].seq;
    let good = || change("US Army", "army.mil", "desk@army.mil");
    let with = |edit: fn(&mut OrganisationChange)| {
        let mut made = good();
        edit(&mut made);
        made
    };
    for (change, field, refusal) in [
        (with(|c| c.name = " \n".to_owned()), "name", Refusal::Empty),
        (with(|c| c.name = "é".repeat(201)), "name", Refusal::TooLong),
        (
            with(|c| c.name = "US Navy".to_owned()),
            "name",
            Refusal::NameTaken,
        ),
        (
            with(|c| c.country = "USA".to_owned()),
            "country",
            Refusal::NoSuchChoice,
        ),
        (
            with(|c| c.country = "é".to_owned()),
            "country",
            Refusal::NoSuchChoice,
        ),
        (
            with(|c| c.language = "de".to_owned()),
            "language",
            Refusal::NoSuchChoice,
        ),
        (
            with(|c| c.domains = String::new()),
            "domains",
            Refusal::Empty,
        ),
        (
            with(|c| c.domains = "army.mil a_b.mil".to_owned()),
            "domains",
            Refusal::NotADomain,
        ),
        (
            with(|c| c.domains = "mil".to_owned()),
            "domains",
            Refusal::NotADomain,
        ),
        (
            with(|c| c.domains = "army.ml".to_owned()),
            "domains",
            Refusal::InsideZones,
        ),
        (
            with(|c| c.domains = "army.mil navy.mil".to_owned()),
            "domains",
            Refusal::DomainTaken,
        ),
        (
            with(|c| c.contacts = "desk".to_owned()),
            "contacts",
            Refusal::NotAnAddress,
        ),
        (
            with(|c| c.contacts = "a,b@army.mil".to_owned()),
            "contacts",
            Refusal::NotAnAddress,
        ),
        (
            with(|c| c.contacts = "a@mil".to_owned()),
            "contacts",
            Refusal::NotAnAddress,
        ),
        (
            with(|c| c.contacts = "a@b.army.ml".to_owned()),
            "contacts",
            Refusal::ContactInZone,
        ),
        (
            with(|c| c.contacts = format!("{}@army.mil", "a".repeat(250))),
            "contacts",
            Refusal::TooLong,
        ),
    ] {
        let ended = desk.review.change_organisation(&admin, None, &change).await;
        match ended {
            Err(FieldError::Field {
                field: f,
                refusal: r,
                ..
            }) => {
                assert_eq!((f, r), (field, refusal), "{change:?}");
            }
            other => panic!("{change:?}: {other:?}"),
        }
    }
    assert_eq!(
        desk.store.audit_before(i64::MAX, 1).await.unwrap()[0].seq,
        seq
    );
    assert_eq!(desk.store.organisations().await.unwrap().len(), 1);
    let at_the_edge = with(|c| c.name = "é".repeat(200));
    let done = desk
        .review
        .change_organisation(&admin, None, &at_the_edge)
        .await;
    assert!(done.is_ok());
}
