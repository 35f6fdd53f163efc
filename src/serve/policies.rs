//! The policies in force: what the file says, and before it what staff have decided.

use crate::message::Decided;
use crate::message::PolicyTable;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::sync::watch;

/// Puts the two together, and tells the listener and the pages.
pub(super) struct Policies {
    sources: Mutex<Sources>,
    in_force: watch::Sender<Arc<PolicyTable>>,
}

struct Sources {
    file: PolicyTable,
    decided: Decided,
}

impl Policies {
    pub(super) fn new(file: PolicyTable, decided: Decided) -> Self {
        let in_force = watch::Sender::new(Arc::new(file.with(&decided)));
        let sources = Mutex::new(Sources { file, decided });
        Self { sources, in_force }
    }

    /// Where changes are told.
    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<PolicyTable>> {
        self.in_force.subscribe()
    }

    /// The file has been read again.
    pub(super) fn set_file(&self, file: PolicyTable) {
        self.change(|sources| sources.file = file);
    }

    /// Staff have decided something.
    pub(super) fn set_decided(&self, decided: Decided) {
        self.change(|sources| sources.decided = decided);
    }

    fn change(&self, change: impl FnOnce(&mut Sources)) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut sources);
        let table = sources.file.with(&sources.decided);
        self.in_force.send_replace(Arc::new(table));
    }
}
