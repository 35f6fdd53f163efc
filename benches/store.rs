//! What a commit costs: 10 KiB sealed items from 50 submitters at once, with group commit and with a commit each.
//!
//! All in one run, because the machine's speed is not the same from run to run: the ratio counts.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench that cannot go on is over"
)]

#[path = "../tests/store/support.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod support;

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use restante::message::Clock;
use restante::message::MessageId;
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

/// A message like those of a flood: forty typed names, an item of 10 KiB.
fn sealed_message() -> NewMessage {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = number % 40;
    let mut message = support::message(number);
    message.recipients[0].typed_domain = support::domain(&format!("host.name{name}.ml"));
    message.classification.intended[0] = support::intended(Some(&format!("host.name{name}.mil")));
    message.items[0].sealed = vec![7; 10_240];
    message
}

/// How long `messages` take, made before the clock starts.
async fn submit(store: &Store, submitters: u64, messages: u64) -> Duration {
    let shares: Vec<Vec<NewMessage>> = (0..submitters)
        .map(|n| {
            let share = messages / submitters + u64::from(n < messages % submitters);
            (0..share).map(|_| sealed_message()).collect()
        })
        .collect();
    let clock = Clock::system();
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for share in shares {
        let (store, clock) = (store.clone(), clock.clone());
        tasks.spawn(async move {
            for mut message in share {
                // As intake does: ids go up with time, and rows with them.
                message.id = MessageId::fresh(clock.now()).unwrap();
                store.keep(message).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    begin.elapsed()
}

fn keep(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = c.benchmark_group("keep_50_messages_of_10_kib");
    group.throughput(Throughput::Elements(50)).sample_size(20);
    for (name, submitters, batch_messages) in [
        ("50_submitters", 50, Options::default().batch_messages),
        ("50_submitters_a_commit_each", 50, 1),
        ("1_submitter", 1, Options::default().batch_messages),
    ] {
        let (dir, store) = runtime.block_on(support::store_with(Options {
            batch_messages,
            ..Options::default()
        }));
        group.bench_function(name, |b| {
            b.iter_custom(|n| runtime.block_on(submit(&store, submitters, n * 50)));
        });
        let figures = store.writer_figures();
        if let Some(mean) = figures.messages.checked_div(figures.batches) {
            println!(
                "{name}: {mean} messages a commit, {} at most",
                figures.largest_batch
            );
        }
        runtime.block_on(store.close()).unwrap();
        drop(dir);
    }
    group.finish();
}

criterion_group!(benches, keep);
criterion_main!(benches);
