//! Every count that is kept equals what counting the rows would say.

use crate::support::counted;
use crate::support::domain;
use crate::support::intended;
use crate::support::is_sound;
use crate::support::message;
use crate::support::number;
use crate::support::options;
use crate::support::recipient;
use crate::support::start;
use crate::support::store_with;
use crate::support::stranger;
use crate::support::together;
use proptest::prelude::ProptestConfig;
use proptest::prelude::Strategy;
use proptest::prelude::any;
use proptest::prelude::proptest;
use restante::audit;
use restante::audit::Action;
use restante::classify::OrganisationId;
use restante::classify::Sensitivity;
use restante::classify::Verdict;
use restante::store::CaseKind;
use restante::store::NewMessage;
use restante::store::Options;
use restante::store::Store;
use restante::store::chain::Entry;
use restante::store::organisations::NewOrganisation;
use sqlx::Row;
use sqlx::SqliteConnection;
use tempfile::TempDir;

/// Names a day in these tests.
const BOUND: i64 = 5;

/// Names and senders of one case and day in these tests.
const BOUND_OF_A_CASE: usize = 2;

/// Bounds that a few messages reach.
pub fn bounded() -> Options {
    Options {
        names_a_day: BOUND,
        names_a_case: BOUND_OF_A_CASE,
        ..options()
    }
}

/// A random message, in few numbers so that what fails shrinks well.
#[derive(Clone, Debug)]
pub struct Seed {
    digest: u64,
    day: i64,
    verdict: usize,
    labels: Vec<usize>,
    held: bool,
    /// 0: the null reverse-path.
    sender: u8,
    /// For each recipient: typed name, whether a watch entry decided, how well the intended domain is known.
    recipients: Vec<(u8, bool, u8)>,
}

pub fn seed() -> impl Strategy<Value = Seed> {
    let recipients = proptest::collection::vec((0..9u8, any::<bool>(), 0..3u8), 1..4);
    let labels = proptest::collection::vec(0..3usize, 0..3);
    (
        0..25u64,
        0..2i64,
        0..5usize,
        labels,
        any::<bool>(),
        0..5u8,
        recipients,
    )
        .prop_map(
            |(digest, day, verdict, labels, held, sender, recipients)| Seed {
                digest,
                day,
                verdict,
                labels,
                held,
                sender,
                recipients,
            },
        )
}

impl Seed {
    pub fn message(&self) -> NewMessage {
        let mut made = if self.held {
            message(self.digest)
        } else {
            counted(self.digest)
        };
        made.received_at = start().plus_days(self.day);
        made.classification.verdict = Verdict::ALL[self.verdict];
        made.classification.sensitivity =
            self.labels.iter().map(|at| Sensitivity::ALL[*at]).collect();
        made.sender_domain =
            (self.sender > 0).then(|| domain(&format!("sender{}.example", self.sender)));
        made.recipients.clear();
        made.classification.intended.clear();
        for (name, watched, known) in &self.recipients {
            let mut one = recipient(&format!("x.name{name}.ml"));
            one.item = self.held.then_some(0);
            one.watch = watched.then(|| domain(&format!("watch{}.ml", name % 3)));
            made.recipients.push(one);
            // Several typed names lead to one case.
            let meant = (*known > 0).then(|| format!("y.name{}.mil", name % 4));
            let mut answer = intended(meant.as_deref());
            if *known == 1 {
                answer.confidence = 0.6;
            }
            made.classification.intended.push(answer);
        }
        made
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn roll_ups_say_what_rows_say(batches in proptest::collection::vec(proptest::collection::vec(seed(), 1..12), 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (dir, mut store) = store_with(bounded()).await;
            for (at, batch) in batches.iter().enumerate() {
                for answer in together(&store, batch.iter().map(Seed::message).collect()).await {
                    answer.unwrap();
                }
                // What was remembered in memory must not be needed.
                if at % 2 == 1 {
                    store.close().await.unwrap();
                    store = Store::open(dir.path(), bounded()).await.unwrap();
                }
            }
            let mut other = stranger(&store).await;
            compare(&store, &mut other, batches.iter().map(Vec::len).sum()).await;
            within_bounds(&mut other).await;
            assert_eq!(table(&mut other, SEEN.0).await, table(&mut other, SEEN.1).await);
        });
    }
}

/// Asserts that every sum is what a count over the rows says.
pub async fn compare(store: &Store, other: &mut SqliteConnection, submitted: usize) {
    is_sound(other).await;
    let stats = store.stats().await.unwrap();
    let messages = number(other, "SELECT count(*) FROM message").await;
    assert_eq!(stats.messages, messages);
    assert_eq!(
        stats.duplicates,
        i64::try_from(submitted).unwrap() - messages
    );
    assert_eq!(
        stats.duplicates,
        number(other, "SELECT sum(repeats) FROM message").await
    );
    assert_eq!(
        stats.recipients,
        number(other, "SELECT count(*) FROM recipient").await
    );
    assert_eq!(
        stats.sealed_items,
        number(other, "SELECT count(*) FROM item").await
    );
    assert_eq!(
        stats.sealed_bytes,
        number(
            other,
            "SELECT coalesce(sum(length(sealed)), 0) FROM item_body"
        )
        .await
    );
    assert_eq!(
        stats.cases["open"],
        number(other, "SELECT count(*) FROM cases").await
    );
    for (verdict, count) in &stats.by_verdict {
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM message WHERE verdict = $1")
            .bind(verdict)
            .fetch_one(&mut *other)
            .await
            .unwrap();
        assert_eq!(*count, rows, "{verdict}");
    }
    for (policy, count) in &stats.by_policy {
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM message WHERE policy = $1")
            .bind(policy)
            .fetch_one(&mut *other)
            .await
            .unwrap();
        assert_eq!(*count, rows, "{policy}");
    }
    for (kept, counted) in PAIRS {
        assert_eq!(
            table(other, kept).await,
            table(other, counted).await,
            "{kept}"
        );
    }
}

async fn within_bounds(other: &mut SqliteConnection) {
    let most = number(
        other,
        "SELECT max(n) FROM (SELECT count(DISTINCT name) AS n FROM day_key \
         WHERE name <> 'other' AND name NOT LIKE 'watch%' GROUP BY day)",
    );
    assert!(most.await <= BOUND);
    let unbounded = "SELECT count(*) FROM cases WHERE domain <> 'other'";
    assert!(
        number(other, unbounded).await <= 2 * BOUND,
        "two days may open so many"
    );
    for of_a_case in [
        "SELECT coalesce(max(n), 0) FROM (SELECT count(DISTINCT name) AS n FROM case_day_name WHERE name <> 'other' \
         GROUP BY case_id, day)",
        "SELECT coalesce(max(n), 0) FROM (SELECT count(DISTINCT sender) AS n FROM case_day_sender \
         WHERE sender <> 'other' GROUP BY case_id, day)",
    ] {
        assert!(number(other, of_a_case).await <= i64::try_from(BOUND_OF_A_CASE).unwrap());
    }
}

/// When each case was first and last seen, and what rows say of it.
const SEEN: (&str, &str) = (
    "SELECT id, first_seen, last_seen FROM cases ORDER BY 1",
    "SELECT case_id, min(received_at), max(received_at) FROM recipient JOIN message m ON m.id = message_id \
     GROUP BY 1 ORDER BY 1",
);

/// What is kept, and the same counted from rows. What a correction has left at nothing stays as zeros.
const PAIRS: [(&str, &str); 8] = [
    (
        "SELECT day, policy, verdict, messages, recipients FROM day_total WHERE messages <> 0 OR recipients <> 0 \
         ORDER BY 1, 2, 3",
        "SELECT received_at / 86400000, policy, verdict, count(*), sum(recipients) FROM message \
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    ),
    (
        "SELECT day, name, policy, verdict, recipients FROM day_key WHERE recipients <> 0 ORDER BY 1, 2, 3, 4",
        "SELECT received_at / 86400000 AS day, \
         CASE WHEN counted_other & 1 THEN 'other' ELSE coalesce(watch, typed_registrable) END AS name, policy, verdict, \
         count(*) FROM recipient JOIN message m ON m.id = message_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    ),
    (
        "SELECT day, policy, verdict, sum(recipients) FROM day_key GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        "SELECT day, policy, verdict, recipients FROM day_total ORDER BY 1, 2, 3",
    ),
    (
        "SELECT id, recipients, genuine, first_seen / 86400000, last_seen / 86400000 FROM cases \
         WHERE recipients <> 0 OR genuine <> 0 ORDER BY 1",
        "SELECT case_id, count(*), sum(verdict IN ('misdirected', 'reflection')), min(received_at) / 86400000, \
         max(received_at) / 86400000 FROM recipient JOIN message m ON m.id = message_id GROUP BY 1 ORDER BY 1",
    ),
    (
        "SELECT case_id, day, verdict, recipients FROM case_day WHERE recipients <> 0 ORDER BY 1, 2, 3",
        "SELECT case_id, received_at / 86400000, verdict, count(*) FROM recipient JOIN message m ON m.id = message_id \
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    ),
    (
        "SELECT case_id, day, label, recipients FROM case_day_label WHERE recipients <> 0 ORDER BY 1, 2, 3",
        "SELECT case_id, received_at / 86400000, l.value, count(*) FROM recipient r JOIN message m ON m.id = r.message_id \
         JOIN sensitivity s ON s.message_id = r.message_id JOIN json_each(s.labels) l GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    ),
    (
        "SELECT case_id, day, name, verdict, sure, recipients FROM case_day_name ORDER BY 1, 2, 3, 4, 5",
        "SELECT case_id, received_at / 86400000, CASE WHEN counted_other & 2 THEN 'other' ELSE typed_registrable END, \
         verdict, intended_domain IS NOT NULL AND confidence >= 0.8, count(*) \
         FROM recipient JOIN message m ON m.id = message_id GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
    ),
    (
        "SELECT case_id, day, sender, sure, messages, recipients FROM case_day_sender ORDER BY 1, 2, 3, 4",
        "SELECT case_id, received_at / 86400000, \
         CASE WHEN counted_other & 4 THEN 'other' ELSE coalesce(sender_domain, '') END, \
         intended_domain IS NOT NULL AND confidence >= 0.8, count(DISTINCT message_id), count(*) \
         FROM recipient JOIN message m ON m.id = message_id WHERE verdict IN ('misdirected', 'reflection') \
         GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    ),
];

pub async fn table(other: &mut SqliteConnection, sql: &'static str) -> Vec<String> {
    sqlx::query(sql)
        .fetch_all(other)
        .await
        .unwrap()
        .iter()
        .map(|row| {
            let cells = (0..row.len()).map(|at| {
                row.try_get::<i64, _>(at)
                    .map(|n| n.to_string())
                    .or_else(|_| row.try_get::<String, _>(at))
                    .unwrap()
            });
            cells.collect::<Vec<_>>().join("|")
        })
        .collect()
}

fn directory_entry() -> Entry {
    let detail = serde_json::json!({});
    audit::entry(start(), "admin", Action::OrganisationsImported, "", detail)
}

/// Takes `names` into the directory, each as an organisation of its own.
pub async fn list(store: &Store, names: &[&str]) -> Vec<OrganisationId> {
    let rows = names.iter().map(|name| NewOrganisation {
        domain: domain(name),
        name: (*name).to_owned(),
        country: None,
        language: None,
        contact: None,
        shared: None,
        hint: None,
    });
    store
        .import_organisations(rows.collect(), directory_entry())
        .await
        .unwrap();
    let directory = store.directory().await.unwrap();
    names
        .iter()
        .map(|name| directory.iter().find(|o| o.name == *name).unwrap().id)
        .collect()
}

/// A message to a name that nobody has listed.
fn stray(number: u64) -> NewMessage {
    let mut made = message(number);
    made.recipients[0] = recipient(&format!("x.stray{number}.ml"));
    made.classification.intended[0] = intended(Some(&format!("stray{number}.mil")));
    made
}

/// A message to `typed`, meant for `meant`, which is `owner`'s.
fn owned(number: u64, typed: &str, meant: &str, owner: OrganisationId) -> NewMessage {
    let mut made = message(number);
    made.recipients[0] = recipient(typed);
    made.classification.intended[0] = intended(Some(meant));
    made.classification.intended[0].organisation = Some(owner);
    made
}

async fn flooded() -> (TempDir, Store) {
    let bounded = Options {
        names_a_day: BOUND,
        ..options()
    };
    let (dir, store) = store_with(bounded).await;
    for number in 0..10 {
        store.keep(stray(number)).await.unwrap();
    }
    (dir, store)
}

#[tokio::test]
async fn after_a_flood_of_names_each_known_owner_still_has_a_case_of_its_own() {
    let (_dir, store) = flooded().await;
    let ids = list(&store, &["army.mil", "defensie.nl"]).await;
    // One message to both and to a stray name, then one to each, together.
    let mut all = owned(100, "army.ml", "army.mil", ids[0]);
    for other in [owned(0, "defensie.ml", "defensie.nl", ids[1]), stray(300)] {
        all.recipients.extend(other.recipients);
        all.classification
            .intended
            .extend(other.classification.intended);
    }
    let batch = vec![
        all,
        owned(101, "defensie.ml", "defensie.nl", ids[1]),
        owned(102, "army.ml", "army.mil", ids[0]),
        stray(200),
    ];
    for answer in together(&store, batch).await {
        answer.unwrap();
    }
    let cases = store.cases(CaseKind::Intended, None, 100).await.unwrap();
    let case = |name: &str| {
        let found = cases.iter().find(|case| case.domain == name).unwrap();
        (found.organisation, found.recipients)
    };
    assert_eq!(case("army.mil"), (Some(ids[0]), 2));
    assert_eq!(case("defensie.nl"), (Some(ids[1]), 2));
    assert_eq!(case("other"), (None, 7));
    let mut other = stranger(&store).await;
    let taken = number(&mut other, "SELECT sum(cases) FROM day_names").await;
    assert_eq!(taken, BOUND, "an owner was counted against the allowance");
    compare(&store, &mut other, 14).await;
}

#[tokio::test]
async fn known_owners_leave_the_allowance_to_others() {
    let bounded = Options {
        names_a_day: BOUND,
        ..options()
    };
    let (_dir, store) = store_with(bounded).await;
    let names: Vec<String> = (0..10).map(|n| format!("owner{n}.mil")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ids = list(&store, &names).await;
    for (number, (name, id)) in (100..).zip(names.iter().zip(ids)) {
        store
            .keep(owned(number, "typed.ml", name, id))
            .await
            .unwrap();
    }
    for number in 0..4 {
        store.keep(stray(number)).await.unwrap();
    }
    let cases = store.cases(CaseKind::Intended, None, 100).await.unwrap();
    assert_eq!(cases.len(), 14);
    assert!(cases.iter().all(|case| case.domain != "other"));
}

#[tokio::test]
async fn a_watch_entry_is_never_counted_as_other() {
    let (_dir, store) = flooded().await;
    let mut watched = message(100);
    watched.recipients[0] = recipient("us.army.ml");
    watched.recipients[0].watch = Some(domain("army.ml"));
    watched.classification.intended[0] = intended(None);
    store.keep(watched).await.unwrap();
    let mut other = stranger(&store).await;
    let counted = "SELECT coalesce(sum(recipients), 0) FROM day_key WHERE name = 'army.ml'";
    assert_eq!(number(&mut other, counted).await, 1);
    let case = "SELECT count(*) FROM cases WHERE kind = 'unassigned' AND domain = 'army.ml'";
    assert_eq!(number(&mut other, case).await, 1);
    let taken = "SELECT sum(keys) FROM day_names";
    assert_eq!(number(&mut other, taken).await, BOUND);
}

#[tokio::test]
async fn the_database_refuses_an_owner_of_what_is_nobodys() {
    let (_dir, store) = flooded().await;
    list(&store, &["army.mil"]).await;
    let mut other = stranger(&store).await;
    let done = sqlx::query("UPDATE cases SET organisation_id = 1 WHERE domain = 'other'")
        .execute(&mut other)
        .await;
    assert!(done.is_err());
}
