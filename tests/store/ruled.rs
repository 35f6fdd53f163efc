//! Whatever is kept, ruled and listed, in any order: every sum follows, and a step that was broken off leaves no trace.

use crate::rollups::Seed;
use crate::rollups::bounded;
use crate::rollups::compare;
use crate::rollups::list;
use crate::rollups::seed;
use crate::rollups::table;
use crate::rules::add;
use crate::rules::entry;
use crate::rules::later;
use crate::rules::mail;
use crate::rules::meant;
use crate::rules::rows;
use crate::rules::rule;
use crate::rules::walk;
use crate::support::domain;
use crate::support::number;
use crate::support::start;
use crate::support::store_with;
use crate::support::stranger;
use crate::support::together;
use proptest::prelude::Just;
use proptest::prelude::ProptestConfig;
use proptest::prelude::Strategy;
use proptest::prelude::proptest;
use proptest::prop_oneof;
use restante::audit::Action;
use restante::classify::Owners;
use restante::classify::Verdict;
use restante::classify::rules::RuleEffect;
use restante::classify::rules::Rules;
use restante::message::Domain;
use restante::store::Store;
use restante::store::rules::NewRule;
use sqlx::SqliteConnection;

/// What may be done, in a random order.
#[derive(Clone, Debug)]
enum Deed {
    Keep(Vec<Seed>),
    Make(u8, u8, u8),
    Revoke(u8),
    Own(usize),
    Steps(u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        proptest::collection::vec(seed(), 1..8).prop_map(Deed::Keep),
        (0..12u8, 0..5u8, 0..9u8)
            .prop_map(|(typed, sender, effect)| Deed::Make(typed, sender, effect)),
        (0..4u8).prop_map(Deed::Revoke),
        (0..OWNED.len()).prop_map(Deed::Own),
        Just(Deed::Steps(3)),
    ]
}

/// What may come into the directory, each with an owner of its own, in any order and at any time.
const OWNED: [&str; 6] = [
    "mil",
    "army.mil",
    "us.army.mil",
    "name1.mil",
    "y.name1.mil",
    "y.name2.mil",
];

/// Asserts that each recipient and each case is its owner's, and that no case holds two owners' mail.
pub async fn as_owned(store: &Store, other: &mut SqliteConnection) {
    let owners = Owners::of(&store.directory().await.unwrap());
    let found: Vec<(String, Option<i64>, String, Option<i64>)> = sqlx::query_as(
        "SELECT r.intended_domain, r.organisation_id, c.domain, c.organisation_id FROM recipient r \
         JOIN cases c ON c.id = r.case_id WHERE r.intended_domain IS NOT NULL",
    )
    .fetch_all(other)
    .await
    .unwrap();
    for (name, owner, case, of_case) in found {
        let name = domain(&name);
        let right = owners.owner(&name).map(|id| id.0);
        assert_eq!(owner, right, "{name}");
        if right.is_some() || case != "other" {
            assert_eq!(of_case, right, "{name} in {case}");
            assert_eq!(case, owners.case_domain(&name).as_str());
        }
    }
}

/// A rule in few numbers: for one name, or below one, or for the whole zone.
fn made(typed: u8, sender: u8, effect: u8) -> NewRule {
    let typed = match typed {
        10 => "ml".to_owned(),
        11 => "name1.ml".to_owned(),
        n => format!("x.name{}.ml", n % 9),
    };
    let sender = (sender > 0).then(|| format!("sender{sender}.example"));
    let effect = match effect {
        n @ 0..5 => RuleEffect::Verdict(Verdict::ALL[usize::from(n)]),
        5 => RuleEffect::Intended(None),
        6 => meant("y.name1.mil"),
        7 => meant("army.mil"),
        _ => meant("us.army.mil"),
    };
    rule(&typed, sender.as_deref(), effect)
}

/// Asserts that each recipient is as the rules in force would have it if it came now.
async fn as_ruled(store: &Store) {
    let rules = Rules::new(store.rules_in_force().await.unwrap());
    let mut first = None;
    for row in rows(store).await {
        let sender = row.sender_domain.as_deref().map(domain);
        let typed = domain(&row.typed_domain);
        if row.position == 0 {
            first = Some(typed.clone());
        }
        let of_first = first.as_ref().unwrap();
        if let Some(ruled) = rules.verdict(of_first, sender.as_ref()) {
            let RuleEffect::Verdict(verdict) = ruled.effect else {
                panic!("of another kind")
            };
            assert_eq!(row.verdict, verdict.name());
        }
        if let Some(ruled) = rules.intended(&typed, sender.as_ref()) {
            let decided = ruled.decide(&typed, &restante::classify::Owners::default());
            let meant = decided.unwrap().domain;
            assert_eq!(row.intended.as_deref(), meant.as_ref().map(Domain::as_str));
            assert!(row.runner_up.is_none());
            let why = serde_json::json!([{"code": "staff_rule", "weight": 0.0}]);
            assert_eq!(row.reasons, why);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn sums_follow_whatever_is_kept_and_ruled(deeds in proptest::collection::vec(deed(), 1..14)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_dir, store) = store_with(bounded()).await;
            let mut other = stranger(&store).await;
            let (mut submitted, mut numbers) = (0, Vec::new());
            for deed in deeds {
                match deed {
                    Deed::Keep(batch) => {
                        submitted += batch.len();
                        for answer in together(&store, batch.iter().map(Seed::message).collect()).await {
                            answer.unwrap();
                        }
                    }
                    Deed::Make(typed, sender, effect) => {
                        numbers.push(add(&store, made(typed, sender, effect)).await);
                    }
                    Deed::Revoke(at) => {
                        if let Some(id) = numbers.get(usize::from(at)) {
                            store.revoke_rule(*id, "jane", entry(Action::RuleRevoked)).await.unwrap();
                        }
                    }
                    Deed::Own(at) => {
                        list(&store, &OWNED[at..=at]).await;
                    }
                    Deed::Steps(steps) => {
                        for _ in 0..steps {
                            store.apply_rules_step(start(), 3).await.unwrap();
                            store.apply_directory_step(start(), 3).await.unwrap();
                        }
                    }
                }
                compare(&store, &mut other, submitted).await;
            }
            walk(&store, later(), 3).await;
            compare(&store, &mut other, submitted).await;
            let open = "SELECT count(*) FROM rule WHERE revoked_at IS NULL AND done_at IS NULL";
            assert_eq!(number(&mut other, open).await, 0);
            as_owned(&store, &mut other).await;
            if number(&mut other, "SELECT count(*) FROM rule WHERE revoked_at IS NOT NULL").await == 0 {
                as_ruled(&store).await;
            }
            assert_eq!(walk(&store, later(), 3).await, 0);
        });
    }
}

/// All that a step writes.
const WRITTEN: [&str; 13] = [
    "SELECT hex(id), verdict, verdict_reasons FROM message ORDER BY 1",
    "SELECT hex(message_id), position, coalesce(intended_domain, ''), coalesce(intended_registrable, ''), \
     CAST(confidence AS TEXT), coalesce(runner_up, ''), reasons, coalesce(organisation_id, 0), case_id, counted_other \
     FROM recipient ORDER BY 1, 2",
    "SELECT hex(message_id), position, coalesce(organisation_id, 0), domain FROM item ORDER BY 1, 2",
    "SELECT id, kind, domain, coalesce(organisation_id, 0), first_seen, last_seen, recipients, genuine FROM cases ORDER BY 1",
    "SELECT name, value FROM counter ORDER BY 1",
    "SELECT day, policy, verdict, messages, recipients FROM day_total ORDER BY 1, 2, 3",
    "SELECT day, name, policy, verdict, recipients FROM day_key ORDER BY 1, 2, 3, 4",
    "SELECT case_id, day, verdict, recipients FROM case_day ORDER BY 1, 2, 3",
    "SELECT case_id, day, label, recipients FROM case_day_label ORDER BY 1, 2, 3",
    "SELECT case_id, day, name, verdict, sure, recipients FROM case_day_name ORDER BY 1, 2, 3, 4, 5",
    "SELECT case_id, day, sender, sure, messages, recipients FROM case_day_sender ORDER BY 1, 2, 3, 4",
    "SELECT id, hex(coalesce(cursor, x'')), applied, coalesce(done_at, 0) FROM rule ORDER BY 1",
    "SELECT seq, action, detail, hex(hash) FROM audit ORDER BY 1",
];

async fn all(other: &mut SqliteConnection) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for sql in WRITTEN {
        all.push(table(other, sql).await);
    }
    all
}

#[tokio::test]
async fn a_step_that_was_broken_off_is_taken_again_as_if_it_had_not_been() {
    let (dir, store) = store_with(bounded()).await;
    list(&store, &["army.mil"]).await;
    for n in 0..6 {
        let typed = if n % 2 == 0 { "army.ml" } else { "us.army.ml" };
        let one = mail(n, typed, Some("legion.fr"), &format!("s{n}.example"));
        store.keep(one).await.unwrap();
    }
    add(&store, rule("army.ml", None, meant("army.mil"))).await;
    let spam = RuleEffect::Verdict(Verdict::Spam);
    add(&store, rule("us.army.ml", Some("s3.example"), spam)).await;
    store.close().await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    let name = restante::store::FILE_NAME;
    std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();

    let smooth = Store::open(copy.path(), bounded()).await.unwrap();
    let broken = Store::open(dir.path(), bounded()).await.unwrap();
    let mut beside = stranger(&broken).await;
    let mut twin = stranger(&smooth).await;
    for now in [start(), later()] {
        for _ in 0..20 {
            let before = all(&mut beside).await;
            // The last that a step writes is refused, so all of it is rolled back.
            for fail in [
                "CREATE TRIGGER fail BEFORE UPDATE ON rule BEGIN SELECT RAISE(ABORT, 'off'); END",
                "DROP TRIGGER fail",
            ] {
                sqlx::query(fail).execute(&mut beside).await.unwrap();
                if fail.starts_with("CREATE") {
                    let _ = broken.apply_rules_step(now, 2).await;
                    assert_eq!(all(&mut beside).await, before);
                }
            }
            let taken = broken.apply_rules_step(now, 2).await.unwrap();
            assert_eq!(taken, smooth.apply_rules_step(now, 2).await.unwrap());
            assert_eq!(all(&mut beside).await, all(&mut twin).await);
        }
    }
    let done = "SELECT count(*) FROM rule WHERE done_at IS NOT NULL";
    assert_eq!(number(&mut beside, done).await, 2);
    compare(&broken, &mut beside, 6).await;
}
