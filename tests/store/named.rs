//! What was turned away, by name: nothing is lost, and names are bounded.

use crate::support::counted;
use crate::support::domain;
use crate::support::message;
use crate::support::options;
use crate::support::start;
use crate::support::store;
use crate::support::store_with;
use crate::support::stranger;
use proptest::prelude::ProptestConfig;
use proptest::prelude::Strategy;
use proptest::prelude::proptest;
use restante::audit;
use restante::audit::Action;
use restante::message::Domain;
use restante::message::Policy;
use restante::store::Options;
use restante::store::SessionCount;
use restante::store::Store;
use restante::store::StoreError;
use restante::store::organisations::NewOrganisation;
use restante::store::session_names::MisroutedTotal;
use restante::store::session_names::NameSum;
use restante::store::session_names::PolicySums;
use std::collections::BTreeMap;
use std::time::Duration;

fn session(back: i64, refused: &[(&str, u32)], misrouted: &[(&str, u32)]) -> SessionCount {
    let named = |names: &[(&str, u32)]| -> Vec<(Domain, u32)> {
        names.iter().map(|(name, by)| (domain(name), *by)).collect()
    };
    SessionCount {
        at: start().plus_days(-back),
        auth_attempts: 0,
        relay_attempts: 0,
        misrouted: misrouted.iter().map(|(_, by)| by).sum(),
        refused_recipients: refused.iter().map(|(_, by)| by).sum(),
        refused: named(refused),
        misrouted_to: named(misrouted),
    }
}

fn sum(name: &str, recipients: i64) -> NameSum {
    NameSum {
        name: name.to_owned(),
        recipients,
    }
}

/// Writes what waits, without waiting for its time.
async fn flush(store: &Store) {
    store.keep(message(1)).await.unwrap();
}

fn row(domain_name: &str, of: &str) -> NewOrganisation {
    NewOrganisation {
        domain: domain(domain_name),
        name: of.to_owned(),
        country: None,
        language: None,
        contact: None,
        shared: None,
        hint: None,
    }
}

async fn import(store: &Store, rows: Vec<NewOrganisation>) {
    let detail = serde_json::json!({});
    let entry = audit::entry(
        start(),
        "operator",
        Action::OrganisationsImported,
        "",
        detail,
    );
    store.import_organisations(rows, entry).await.unwrap();
}

#[tokio::test]
async fn what_became_of_a_name_is_told_apart() {
    let (_dir, store) = store().await;
    // Two held and one counted: their key is the typed registrable domain.
    store.keep(message(2)).await.unwrap();
    store.keep(message(3)).await.unwrap();
    let mut other = counted(4);
    other.policy = Policy::Count;
    store.keep(other).await.unwrap();
    store.count_session(session(0, &[("army.ml", 5), ("navy.ml", 2)], &[]));
    store.count_session(session(29, &[("army.ml", 1)], &[]));
    store.count_session(session(30, &[("army.ml", 100)], &[]));
    flush(&store).await;
    let (first, last) = Store::thirty_days(start());
    let names = [
        "army.ml".to_owned(),
        "navy.ml".to_owned(),
        "x.ml".to_owned(),
    ];
    let sums = store.policy_sums(&names, first, last).await.unwrap();
    let army = PolicySums {
        held: 3,
        counted: 1,
        refused: 6,
    };
    assert_eq!(sums["army.ml"], army);
    assert_eq!((sums["navy.ml"].refused, sums.get("x.ml")), (2, None));
    let most = store.most_refused(first, last, 1).await.unwrap();
    assert_eq!(most, [sum("army.ml", 6)]);
}

#[tokio::test]
async fn names_past_the_bound_of_a_day_are_other_and_known_ones_go_on() {
    let (_dir, store) = store_with(Options {
        names_a_day: 2,
        ..options()
    })
    .await;
    store.count_session(session(0, &[("a.ml", 1)], &[]));
    flush(&store).await;
    store.count_session(session(0, &[("b.ml", 1), ("c.ml", 1), ("d.ml", 1)], &[]));
    flush(&store).await;
    store.count_session(session(0, &[("a.ml", 4), ("e.ml", 1)], &[]));
    // Another day has an allowance of its own.
    store.count_session(session(1, &[("c.ml", 9)], &[]));
    flush(&store).await;
    let today = start().day();
    let most = store.most_refused(today, today, 10).await.unwrap();
    assert_eq!(most, [sum("a.ml", 5), sum("other", 3), sum("b.ml", 1)]);
    let most = store.most_refused(today - 1, today - 1, 10).await.unwrap();
    assert_eq!(most, [sum("c.ml", 9)]);
}

#[tokio::test]
async fn misrouted_mail_goes_with_its_domain_to_whoever_owns_that() {
    let (_dir, store) = store().await;
    import(&store, vec![row("army.mil", "A"), row("navy.mil", "B")]).await;
    store.count_session(session(0, &[], &[("army.mil", 3), ("navy.mil", 1)]));
    store.count_session(session(1, &[], &[("army.mil", 2)]));
    flush(&store).await;
    let (first, last) = Store::thirty_days(start());
    let total = store.misrouted_total(first, last).await.unwrap();
    let all = MisroutedTotal {
        recipients: 6,
        domains: 2,
    };
    assert_eq!(total, all);
    let of = async |name: &str| -> Vec<(i64, i64)> {
        let rows = store.organisations().await.unwrap();
        let id = rows.iter().find(|o| o.name == name).unwrap().id;
        let days = store.misrouted_of(id, first, last).await.unwrap();
        days.iter().map(|d| (last - d.day, d.recipients)).collect()
    };
    assert_eq!(of("A").await, [(0, 3), (1, 2)]);
    // The domain changes hands, and its counts with it.
    import(&store, vec![row("army.mil", "B")]).await;
    assert_eq!(of("A").await, []);
    assert_eq!(of("B").await, [(0, 3), (0, 1), (1, 2)]);
    let rows = store.organisations().await.unwrap();
    let id = rows.iter().find(|o| o.name == "B").unwrap().id;
    let days = store.misrouted_of(id, first, last).await.unwrap();
    assert!(
        days.iter().all(|day| day.in_all == 6),
        "however long the list"
    );
    let most = store.most_misrouted(first, last, 10).await.unwrap();
    assert_eq!(most, [sum("army.mil", 5), sum("navy.mil", 1)]);
}

#[tokio::test]
async fn what_could_not_be_written_is_written_later_and_once() {
    let (_dir, store) = store_with(Options {
        busy_timeout: Duration::from_millis(20),
        ..options()
    })
    .await;
    let mut other = stranger(&store).await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    store.count_session(session(0, &[("army.ml", 5)], &[("army.mil", 7)]));
    let kept = store.keep(message(1)).await;
    assert!(matches!(kept, Err(StoreError::Busy)));
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    store.count_session(session(0, &[("army.ml", 1)], &[]));
    flush(&store).await;
    let (first, last) = Store::thirty_days(start());
    let most = store.most_refused(first, last, 10).await.unwrap();
    assert_eq!(most, [sum("army.ml", 6)]);
    let most = store.most_misrouted(first, last, 10).await.unwrap();
    assert_eq!(most, [sum("army.mil", 7)]);
}

/// Sessions of a few days and names, and after how many of them what waits is written.
type Told = (Vec<(i64, Vec<(u8, u32)>)>, usize);

fn told() -> impl Strategy<Value = Told> {
    let names = proptest::collection::vec((0u8..12, 1u32..50), 0..4);
    let sessions = proptest::collection::vec((0i64..3, names), 1..30);
    (sessions, 1usize..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 100, ..ProptestConfig::default() })]

    /// However sessions come and whenever they are written: each day's sums are those of its sessions, no day has more
    /// names than it may, and a name that has a row has all that came after it.
    #[test]
    fn sums_by_name_are_those_of_the_sessions((sessions, every) in told()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_dir, store) = store_with(Options { names_a_day: 4, ..options() }).await;
            let mut refused: BTreeMap<i64, i64> = BTreeMap::new();
            let mut misrouted: BTreeMap<(i64, String), i64> = BTreeMap::new();
            for (at, (back, names)) in sessions.iter().enumerate() {
                let named: Vec<(String, u32)> =
                    names.iter().map(|(name, by)| (format!("n{name}.ml"), *by)).collect();
                let named: Vec<(&str, u32)> = named.iter().map(|(n, by)| (&**n, *by)).collect();
                store.count_session(session(*back, &named, &named));
                for (name, by) in named {
                    *refused.entry(*back).or_default() += i64::from(by);
                    *misrouted.entry((*back, name.to_owned())).or_default() += i64::from(by);
                }
                if at % every == 0 {
                    flush(&store).await;
                }
            }
            flush(&store).await;
            for back in 0..3 {
                let day = start().day() - back;
                let rows = store.most_refused(day, day, 200).await.unwrap();
                let all: i64 = rows.iter().map(|row| row.recipients).sum();
                assert_eq!(all, refused.get(&back).copied().unwrap_or(0));
                let named = rows.iter().filter(|row| row.name != "other").count();
                assert!(named <= 4, "{rows:?}");
                let rows = store.most_misrouted(day, day, 200).await.unwrap();
                let found: BTreeMap<(i64, String), i64> =
                    rows.into_iter().map(|row| ((back, row.name), row.recipients)).collect();
                let wanted = misrouted.iter().filter(|((of, _), _)| *of == back);
                let wanted: BTreeMap<_, _> = wanted.map(|(key, by)| (key.clone(), *by)).collect();
                assert_eq!(found, wanted);
            }
        });
    }
}
