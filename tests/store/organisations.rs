//! The directory.

use crate::support::domain;
use crate::support::intended;
use crate::support::message;
use crate::support::start;
use crate::support::store;
use restante::audit;
use restante::audit::Action;
use restante::classify::OrganisationId;
use restante::store::CaseKind;
use restante::store::Store;
use restante::store::chain::Entry;
use restante::store::organisations::Imported;
use restante::store::organisations::NewOrganisation;

fn row(name: &str, of: &str) -> NewOrganisation {
    NewOrganisation {
        domain: domain(name),
        name: of.to_owned(),
        country: Some("US".to_owned()),
        language: Some("en".to_owned()),
        contact: None,
        shared: None,
        hint: None,
    }
}

fn entry() -> Entry {
    let detail = serde_json::json!({});
    audit::entry(
        start(),
        "admin",
        Action::OrganisationsImported,
        "directory",
        detail,
    )
}

fn counts(added: u64, updated: u64, unchanged: u64) -> Imported {
    Imported {
        added,
        updated,
        unchanged,
    }
}

#[tokio::test]
async fn importing_the_same_again_changes_nothing() {
    let (dir, store) = store().await;
    let rows = vec![
        row("army.mil", "US Army"),
        row("us.army.mil", "US Army"),
        row("navy.mil", "US Navy"),
    ];
    let version = store.organisations_version().await.unwrap();
    let first = store
        .import_organisations(rows.clone(), entry())
        .await
        .unwrap();
    assert_eq!(first, counts(3, 0, 0));
    // Another process sees that there is something new, and only then.
    let other = Store::open(dir.path(), crate::support::options())
        .await
        .unwrap();
    let changed = other.organisations_version().await.unwrap();
    assert_ne!(version, changed);
    let second = store.import_organisations(rows, entry()).await.unwrap();
    assert_eq!(second, counts(0, 0, 3));
    assert_eq!(other.organisations_version().await.unwrap(), changed);
    let directory = other.directory().await.unwrap();
    assert_eq!(directory.len(), 2);
    assert_eq!(
        directory[0].domains,
        [domain("army.mil"), domain("us.army.mil")]
    );
    assert!(!directory[0].shared);
    let trail = store.audit_after(0, 10).await.unwrap();
    assert_eq!(trail[0].detail, r#"{"added":3,"unchanged":0,"updated":0}"#);
}

#[tokio::test]
async fn a_row_says_what_changes_and_leaves_what_it_does_not_name() {
    let (_dir, store) = store().await;
    store
        .import_organisations(
            vec![row("army.mil", "US Army"), row("orange.fr", "Orange")],
            entry(),
        )
        .await
        .unwrap();
    let mut shared = row("orange.fr", "Orange");
    shared.shared = Some(true);
    shared.country = None;
    shared.contact = Some("abuse@orange.fr".to_owned());
    let rows = vec![shared, row("army.mil", "Department of the Army")];
    assert_eq!(
        store.import_organisations(rows, entry()).await.unwrap(),
        counts(0, 2, 0)
    );
    let found = store.organisations().await.unwrap();
    let orange = found.iter().find(|o| o.name == "Orange").unwrap();
    assert!(orange.shared);
    assert_eq!(orange.country.as_deref(), Some("US"));
    assert_eq!(orange.contacts, ["abuse@orange.fr"]);
    let army = found
        .iter()
        .find(|o| o.name == "Department of the Army")
        .unwrap();
    assert_eq!(army.domains, ["army.mil"]);
    assert!(
        found
            .iter()
            .find(|o| o.name == "US Army")
            .unwrap()
            .domains
            .is_empty()
    );
}

#[tokio::test]
async fn a_case_gets_the_owner_of_its_domain() {
    let (_dir, store) = store().await;
    store.keep(message(1)).await.unwrap();
    store
        .import_organisations(vec![row("army.mil", "US Army")], entry())
        .await
        .unwrap();
    let cases = store.cases(CaseKind::Intended, None, 10).await.unwrap();
    assert_eq!(cases[0].organisation, Some(OrganisationId(1)));
    let mut named = message(2);
    named.classification.intended[0] = intended(Some("navy.mil"));
    named.classification.intended[0].organisation = Some(OrganisationId(1));
    store.keep(named).await.unwrap();
    let rows = store.items(None, 10).await.unwrap();
    assert!(
        rows.iter()
            .any(|item| item.organisation == Some(OrganisationId(1)))
    );
}

#[tokio::test]
async fn a_thousand_rows_are_one_transaction() {
    let (_dir, store) = store().await;
    let rows = (0..1_000).map(|n| row(&format!("name{n}.mil"), &format!("Organisation {}", n / 3)));
    let before = store.writer_figures().commits;
    let imported = store
        .import_organisations(rows.collect(), entry())
        .await
        .unwrap();
    assert_eq!(imported, counts(1_000, 0, 0));
    assert_eq!(store.writer_figures().commits, before + 1);
    assert_eq!(store.organisations().await.unwrap().len(), 334);
}

#[tokio::test]
async fn contacts_of_an_import_take_the_place_of_the_old_ones() {
    let (_dir, store) = store().await;
    let with = |name: &str, contact: Option<&str>| {
        let mut made = row(name, "US Army");
        made.contact = contact.map(str::to_owned);
        made
    };
    let contacts = async || store.organisations().await.unwrap()[0].contacts.clone();
    let first = vec![
        with("army.mil", Some("old@army.mil")),
        with("us.army.mil", Some("desk@army.mil")),
    ];
    store.import_organisations(first, entry()).await.unwrap();
    assert_eq!(contacts().await, ["desk@army.mil", "old@army.mil"]);
    // No contact in the whole import: nothing is known to be withdrawn.
    let silent = vec![with("army.mil", None)];
    store.import_organisations(silent, entry()).await.unwrap();
    assert_eq!(contacts().await, ["desk@army.mil", "old@army.mil"]);
    let second = vec![
        with("army.mil", Some("new@army.mil")),
        with("us.army.mil", Some("desk@army.mil")),
    ];
    let version = store.organisations_version().await.unwrap();
    let imported = store.import_organisations(second, entry()).await.unwrap();
    assert_eq!(imported, counts(0, 2, 0));
    assert_eq!(contacts().await, ["desk@army.mil", "new@army.mil"]);
    assert_ne!(store.organisations_version().await.unwrap(), version);
}

#[tokio::test]
async fn shared_is_left_as_it_is_unless_a_row_speaks_of_it() {
    let (_dir, store) = store().await;
    let say = |name: &str, of: &str, shared: Option<bool>| {
        let mut made = row(name, of);
        made.shared = shared;
        made
    };
    let shared = async || -> Vec<bool> {
        let rows = store.organisations().await.unwrap();
        rows.iter().map(|o| o.shared).collect()
    };
    let import = async |rows| store.import_organisations(rows, entry()).await.unwrap();
    // A: said; B: the list says so; C: the list was overruled; D: one of two domains.
    import(vec![
        say("housing.example", "A", Some(true)),
        say("gmail.com", "B", None),
        say("yahoo.com", "C", Some(false)),
        say("outlook.com", "D", Some(true)),
        say("corporate.example", "D", Some(false)),
    ])
    .await;
    assert_eq!(shared().await, [true, true, false, true]);
    let again = vec![
        say("housing.example", "A", None),
        say("gmail.com", "B", None),
        say("yahoo.com", "C", None),
        say("corporate.example", "D", None),
    ];
    assert_eq!(import(again).await, counts(0, 0, 4));
    assert_eq!(shared().await, [true, true, false, true]);
    import(vec![say("housing.example", "A", Some(false))]).await;
    assert_eq!(shared().await, [false, true, false, true]);
}

#[tokio::test]
async fn a_hint_is_agreed_to_and_taken_back_by_what_a_row_says_alone() {
    let (_dir, store) = store().await;
    let say = |name: &str, of: &str, hint: Option<bool>| {
        let mut made = row(name, of);
        made.hint = hint;
        made
    };
    let hints = async || -> Vec<bool> {
        let rows = store.directory().await.unwrap();
        rows.iter().map(|o| o.hint).collect()
    };
    let import = async |rows| store.import_organisations(rows, entry()).await.unwrap();
    import(vec![
        say("army.mil", "A", Some(true)),
        say("us.army.mil", "A", Some(false)),
        say("navy.mil", "B", None),
    ])
    .await;
    assert_eq!(hints().await, [true, false]);
    let again = vec![say("army.mil", "A", None), say("navy.mil", "B", None)];
    assert_eq!(import(again).await, counts(0, 0, 2));
    assert_eq!(hints().await, [true, false]);
    let version = store.organisations_version().await.unwrap();
    import(vec![say("army.mil", "A", Some(false))]).await;
    assert_eq!(hints().await, [false, false]);
    assert_ne!(store.organisations_version().await.unwrap(), version);
}
