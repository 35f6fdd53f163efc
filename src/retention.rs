//! What is deleted, and when (promise 6).
//!
//! For: keeping no more than is needed, no longer. Guarantees: nothing goes before its time, counted from when it was
//! kept here (an import of old mail starts its time then, not years ago); sealed bytes, those of the operator's own mail too,
//! and sensitivity labels go first,
//! the metadata of the message later, and with it what it added to the sums by typed name and by sending domain; other
//! roll-ups never; a digest goes when it has had its time, or with the sealed bytes
//! that it stands for. What goes is overwritten
//! in the file (`secure_delete`), and the WAL is emptied after a pass that took something. Work is cut into small
//! transactions of the store's writer, with mail in between, and a pass into at most [`Options::steps`] of them: a pass
//! that was cut short says so ([`Passed::more`]), and the next may follow at once. Refuses: to decide on its own what is kept for how long.
//!
//! Space: free pages are used again by the mail of the next days. Only where more than a quarter of the file is free
//! (after a flood, or shorter times) does a pass give pages back to the file system, a few at a time: a full `VACUUM`
//! would hold up mail for minutes and need the whole file's size once more.

use crate::audit;
use crate::audit::Action;
use crate::store::Removed;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::Timestamp;
use serde_json::json;

/// How long what is kept, and how much a pass may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Days that sealed items and sensitivity labels are kept.
    pub sealed: u32,
    /// Days that the metadata of messages is kept; never less than `sealed`.
    pub metadata: u32,
    /// Messages of one transaction: about ten milliseconds of the writer's time, for which mail waits.
    pub step: u32,
    /// Transactions of one pass, for each of the things that go.
    pub steps: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sealed: 90,
            metadata: 400,
            step: 200,
            steps: 1_000,
        }
    }
}

/// Pages given back in one transaction: 4 MiB.
const PAGES: u32 = 512;

/// What a pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// What it took away.
    pub removed: Removed,
    /// Whether it was cut short by [`Options::steps`]: what is left has had its time too, so the next pass is due at
    /// once.
    pub more: bool,
}

impl Passed {
    /// Whether nothing was taken.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.removed.is_nothing()
    }
}

/// One pass: takes away what has had its time at `now`, and records the pass where it took anything, also where it broke
/// off. The entry is a transaction after the steps it sums up: a crash in between leaves steps that no entry names.
///
/// # Errors
/// The store's. What was taken until then stays taken; the next pass goes on.
pub async fn pass(store: &Store, now: Timestamp, options: &Options) -> Result<Passed, StoreError> {
    let mut passed = Passed::default();
    let ended = take(store, now, options, &mut passed).await;
    let removed = passed.removed;
    if removed.is_nothing() {
        return ended.map(|()| passed);
    }
    let detail = json!({
        "sealed_items": removed.sealed_items,
        "sealed_bytes": removed.sealed_bytes,
        "emptied": removed.emptied,
        "messages": removed.messages,
        "digests": removed.digests,
        "operator_items": removed.operator_items,
        "operator_bytes": removed.operator_bytes,
    });
    let entry = audit::entry(now, audit::SYSTEM, Action::RetentionPassed, "store", detail);
    audit::record(store, entry).await?;
    ended?;
    for _ in 0..options.steps {
        if !store.give_back_space(PAGES).await? {
            break;
        }
        tokio::task::yield_now().await;
    }
    store.checkpoint().await?;
    Ok(passed)
}

/// The steps; `passed` says at any moment what has been taken.
async fn take(
    store: &Store,
    now: Timestamp,
    options: &Options,
    passed: &mut Passed,
) -> Result<(), StoreError> {
    let sealed = now.plus_days(-i64::from(options.sealed));
    let metadata = now.plus_days(-i64::from(options.metadata.max(options.sealed)));
    let limit = options.step;
    repeat(options, passed, || store.empty_messages(sealed, now, limit)).await?;
    repeat(options, passed, || {
        store.remove_operator_items(sealed, limit)
    })
    .await?;
    repeat(options, passed, || store.remove_messages(metadata, limit)).await?;
    repeat(options, passed, || store.forget_digests(now, limit)).await
}

/// Repeats a step until it takes nothing, or for as many steps as a pass may have.
async fn repeat<F>(
    options: &Options,
    passed: &mut Passed,
    step: impl Fn() -> F,
) -> Result<(), StoreError>
where
    F: Future<Output = Result<Removed, StoreError>>,
{
    for _ in 0..options.steps {
        let taken = step().await?;
        if taken.is_nothing() {
            return Ok(());
        }
        passed.removed.add(taken);
        tokio::task::yield_now().await;
    }
    // Without any step it would never end.
    passed.more |= options.steps > 0;
    Ok(())
}
