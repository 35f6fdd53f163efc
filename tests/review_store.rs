//! The directory and the totals, through the commands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on is a failed test"
)]

mod common;

use common::Trial;
use restante::store::Options;
use restante::store::Store;
use restante::store::organisations::OrganisationRow;

fn import(trial: &Trial, text: &str) {
    let file = trial.folder.path().join("organisations.csv");
    std::fs::write(&file, text).unwrap();
    trial.out(&["organisation", "import", &file.display().to_string()]);
}

fn organisations(trial: &Trial) -> Vec<OrganisationRow> {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&trial.data(), Options::default())
            .await
            .unwrap();
        let rows = store.organisations().await.unwrap();
        store.close().await.unwrap();
        rows
    })
}

#[test]
fn a_second_file_changes_what_it_says_and_nothing_else() {
    let trial = Trial::new();
    import(
        &trial,
        "domain,name,country,language,contact,shared\n\
         housing.example,Housing,FR,fr,old@housing.example,true\n\
         gmail.com,Trial,US,en,,false\n\
         orange.fr,Orange,FR,fr,,\n",
    );
    import(
        &trial,
        "domain,name,country,language,contact\n\
         housing.example,Housing,FR,fr,new@housing.example\n\
         gmail.com,Trial,US,en,\n\
         orange.fr,Orange,FR,fr,\n",
    );
    let found = organisations(&trial);
    let shared: Vec<_> = found.iter().map(|o| (&*o.name, o.shared)).collect();
    assert_eq!(
        shared,
        [("Housing", true), ("Orange", true), ("Trial", false)]
    );
    assert_eq!(found[0].contacts, ["new@housing.example"]);
    import(
        &trial,
        "domain,name,country,language,contact,shared\nhousing.example,Housing,,,,false\n",
    );
    let housing = &organisations(&trial)[0];
    assert!(!housing.shared);
    assert_eq!(housing.contacts, ["new@housing.example"]);
    assert_eq!(housing.country.as_deref(), Some("FR"));
}
