//! What a running server does besides answering: follow the directory and the rules of staff, apply those to stored
//! mail, renew keys, delete what is too old.

use crate::audit;
use crate::audit::Action;
use crate::audit::SYSTEM;
use crate::classify::Classifier;
use crate::classify::Popular;
use crate::classify::rules::Rules;
use crate::intake::Intake;
use crate::message::Clock;
use crate::message::Domain;
use crate::message::Timestamp;
use crate::pseudonyms::Keys;
use crate::retention;
use crate::serve::policies::Policies;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::chain::Entry;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::watch;

/// How often the directory is looked at: a change by another process is seen within two seconds.
const DIRECTORY_EVERY: Duration = Duration::from_secs(1);

/// How often an entry that waits for room on the disk is tried again.
const ROOM_EVERY: Duration = Duration::from_secs(1);

/// How often the keys are looked at: at the turn of the month the old one is gone a minute later.
const KEYS_EVERY: Duration = Duration::from_secs(60);

/// How often what is too old is deleted.
const RETENTION_EVERY: Duration = Duration::from_secs(3600);

/// How far the clock may jump, in milliseconds, before nothing is deleted for a while: a machine that wakes up with a
/// wrong clock must not take everything for too old.
const JUMP: i64 = 2 * 86_400_000;

/// How long nothing is deleted after a jump, in milliseconds: a day, for somebody to read the log.
const AFTER_A_JUMP: i64 = 86_400_000;

/// Recipients that one step of a rule goes over: some ten milliseconds of the writer's time, for which mail waits.
const RULE_ROWS: u32 = 500;

/// The classifier that the lists, the directory and the rules of staff make.
///
/// # Errors
/// The store's.
pub(super) async fn classifier(
    zones: &[Domain],
    store: &Store,
    popular: &Popular,
) -> Result<Classifier, StoreError> {
    let rules = Rules::new(store.rules_in_force().await?);
    let directory = store.directory().await?;
    Ok(Classifier::new(zones, directory, popular).with_rules(rules))
}

/// The same lists with the directory and the rules of this moment.
async fn up_to_date(held: &Classifier, store: &Store) -> Result<Classifier, StoreError> {
    let rules = Rules::new(store.rules_in_force().await?);
    let directory = store.directory().await?;
    Ok(held.with_organisations(&directory).with_rules(rules))
}

/// What the background work needs to know.
#[derive(Clone)]
pub(super) struct Background {
    pub(super) store: Store,
    pub(super) intake: Arc<Intake>,
    pub(super) clock: Clock,
    pub(super) shutdown: watch::Receiver<bool>,
}

impl Background {
    /// Adds an entry to the audit trail; where that fails, the log has to do.
    async fn record(&self, action: Action) {
        let entry = audit::entry(self.clock.now(), SYSTEM, action, "", json!({}));
        if let Err(error) = audit::record(&self.store, entry).await {
            tracing::error!(%error, action = action.name(), "not in the audit trail");
        }
    }

    /// Adds an entry for which there was no room at the start, as soon as there is. Then it waits for the end of the server:
    /// work that ends before is taken for a fault.
    pub(super) async fn record_when_there_is_room(mut self, entry: Entry) {
        while let Err(error) = audit::record(&self.store, entry.clone()).await {
            if !self.goes_on_after(ROOM_EVERY).await {
                tracing::error!(%error, action = entry.action, "not in the audit trail");
                return;
            }
        }
        let _ = self.shutdown.wait_for(|stop| *stop).await;
    }

    /// Whether the audit trail has a jump of the clock in the last day, also one that an earlier run saw: a restart does
    /// not make a wrong clock right. Where the trail cannot be read, the answer is yes.
    async fn jumped_lately(&self) -> bool {
        let begin = self.clock.now().plus_millis(-AFTER_A_JUMP);
        let mut before = i64::MAX;
        loop {
            let Ok(page) = self.store.audit_before(before, 100).await else {
                return true;
            };
            let recent = page.iter().take_while(|entry| entry.at >= begin.millis());
            if recent
                .clone()
                .any(|entry| entry.action == Action::ClockJumped.name())
            {
                return true;
            }
            match page.last() {
                Some(last) if recent.count() == page.len() => before = last.seq,
                _ => return false,
            }
        }
    }

    /// Waits; `false` where the server is being stopped.
    async fn goes_on_after(&mut self, pause: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            _ = self.shutdown.wait_for(|stop| *stop) => false,
        }
    }

    /// Takes changes of the directory and of the rules of staff in, by whichever process: the listener decides with them,
    /// and whoever listens to `current` is told.
    pub(super) async fn follow_directory(
        mut self,
        current: watch::Sender<Arc<Classifier>>,
        mut seen: i64,
    ) {
        while self.goes_on_after(DIRECTORY_EVERY).await {
            let version = match self.store.organisations_version().await {
                Ok(version) => version,
                Err(error) => {
                    tracing::warn!(%error, "the directory cannot be looked at; trying again");
                    continue;
                }
            };
            if version == seen {
                continue;
            }
            let held = Arc::clone(&current.borrow());
            match up_to_date(&held, &self.store).await {
                Ok(classifier) => {
                    let classifier = Arc::new(classifier);
                    self.intake.replace_classifier(Arc::clone(&classifier) as _);
                    current.send_replace(classifier);
                    seen = version;
                    tracing::info!(
                        version,
                        "the directory of organisations or the rules have changed"
                    );
                }
                Err(error) => {
                    tracing::warn!(%error, "the directory cannot be read; trying again");
                }
            }
        }
    }

    /// Takes decisions of staff over policies in, by whichever process: the listener acts by them from the next command on.
    pub(super) async fn follow_policies(mut self, policies: Arc<Policies>, mut seen: i64) {
        while self.goes_on_after(DIRECTORY_EVERY).await {
            let read = async {
                let version = self.store.policies_version().await?;
                if version == seen {
                    return Ok(None);
                }
                let decided = self.store.decided_policies().await?;
                Ok::<_, StoreError>(Some((version, decided)))
            };
            match read.await {
                Ok(None) => {}
                Ok(Some((version, decided))) => {
                    seen = version;
                    policies.set_decided(decided);
                    tracing::info!(version, "policies decided by staff are in force");
                }
                Err(error) => {
                    tracing::warn!(%error, "decided policies cannot be read; trying again");
                }
            }
        }
    }

    /// One step of each.
    async fn step(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let rules = self.store.apply_rules_step(now, RULE_ROWS).await?;
        let directory = self.store.apply_directory_step(now, RULE_ROWS).await?;
        Ok(rules.more || directory.more)
    }

    /// Applies new rules of staff, and changes of the directory, to stored mail, a step at a time, with mail in between.
    pub(super) async fn apply_to_stored(mut self) {
        loop {
            match self.step().await {
                Ok(true) if !*self.shutdown.borrow() => {
                    tokio::task::yield_now().await;
                    continue;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "stored mail was not gone over; trying again");
                }
            }
            if !self.goes_on_after(DIRECTORY_EVERY).await {
                return;
            }
        }
    }

    pub(super) async fn renew_keys(mut self, file: PathBuf) {
        while self.goes_on_after(KEYS_EVERY).await {
            let now = self.clock.now();
            if self.intake.keys().is_current(now) {
                continue;
            }
            match Keys::load(&file, now) {
                Ok(keys) => {
                    self.intake.replace_keys(Arc::new(keys));
                    tracing::info!("pseudonym keys renewed");
                }
                Err(error) => tracing::error!(%error, "pseudonym keys not renewed; trying again"),
            }
        }
    }

    pub(super) async fn delete_what_is_too_old(
        mut self,
        options: retention::Options,
        mut steady: Steady,
    ) {
        loop {
            if steady.has_jumped(self.clock.now()) {
                tracing::error!(
                    now = %self.clock.now(),
                    "the clock has jumped by more than two days: nothing is deleted for a day; set it right, or wait"
                );
                self.record(Action::ClockJumped).await;
            }
            if self.jumped_lately().await {
                if !self.goes_on_after(RETENTION_EVERY).await {
                    return;
                }
                continue;
            }
            match retention::pass(&self.store, self.clock.now(), &options).await {
                Ok(passed) if passed.is_nothing() => {}
                Ok(passed) => {
                    tracing::info!(removed = ?passed.removed, "what was too old is deleted");
                    if passed.more && !*self.shutdown.borrow() {
                        continue;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "what is too old was not deleted; trying again");
                }
            }
            if !self.goes_on_after(RETENTION_EVERY).await {
                return;
            }
        }
    }
}

/// Compares the clock that says what time it is with the one that only says how much has passed.
pub(super) struct Steady {
    wall: Timestamp,
    since: Instant,
}

impl Steady {
    pub(super) fn new(wall: Timestamp) -> Self {
        Self {
            wall,
            since: Instant::now(),
        }
    }

    /// Whether the clock went further than time did; it is believed from then on.
    fn has_jumped(&mut self, now: Timestamp) -> bool {
        let passed = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX);
        let jump = now
            .millis()
            .saturating_sub(self.wall.plus_millis(passed).millis());
        *self = Self::new(now);
        jump.abs() > JUMP
    }
}
