//! What a commit costs: 10 KiB sealed items from 50 submitters at once, against the same one at a time.
//!
//! Both in one run, because the machine's speed is not the same from run to run: the ratio counts.

#[path = "../tests/store/support.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod support;

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use restante::store::NewMessage;
use restante::store::Options;
use restante::store::Store;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

static NUMBER: AtomicU64 = AtomicU64::new(0);

fn sealed_message() -> NewMessage {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut message = support::message(number);
    let typed = format!("host.name{}.ml", number % 40);
    message.recipients[0].typed_domain = support::domain(&typed);
    message.classification.intended[0].domain =
        Some(support::domain(&format!("host.name{}.mil", number % 40)));
    message.items[0].sealed = vec![number.to_le_bytes()[0]; 10_240];
    message
}

async fn submit(store: &Store, submitters: u64, messages: u64) -> Duration {
    let ready: Vec<Vec<NewMessage>> = (0..submitters)
        .map(|n| {
            let share = messages / submitters + u64::from(n < messages % submitters);
            (0..share).map(|_| sealed_message()).collect()
        })
        .collect();
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for share in ready {
        let store = store.clone();
        tasks.spawn(async move {
            for message in share {
                store.keep(message).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    begin.elapsed()
}

fn keep(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = c.benchmark_group("keep_10_kib");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    for (name, submitters, batch) in [
        ("50_submitters", 50, Options::default().batch_messages),
        ("50_submitters_a_commit_each", 50, 1),
        ("1_submitter", 1, 256),
    ] {
        let (dir, store) = runtime.block_on(support::store_with(Options {
            batch_messages: batch,
            ..Options::default()
        }));
        group.bench_function(name, |b| {
            b.iter_custom(|n| {
                runtime.block_on(submit(&store, submitters, n.max(submitters)))
                    * u32::try_from(n).unwrap()
                    / u32::try_from(n.max(submitters)).unwrap()
            });
        });
        let figures = store.writer_figures();
        println!(
            "{name}: {:.1} messages a commit, {} at most",
            figures.messages as f64 / figures.batches as f64,
            figures.largest_batch
        );
        runtime.block_on(store.close()).unwrap();
        drop(dir);
    }
    group.finish();
}

criterion_group!(benches, keep);
criterion_main!(benches);
