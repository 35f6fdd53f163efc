//! Sends approved notices while the server runs.

use crate::message::Clock;
use crate::message::OperatorAddresses;
use crate::notify;
use crate::notify::Transport;
use crate::store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the queue is looked at: one look at an index, and whoever approves sees it go out at once.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long to wait where the store cannot be used: what was sent must not be sent again every few seconds.
const AFTER_TROUBLE: Duration = Duration::from_secs(60);

/// How long a conversation under way may go on when the server is stopped. What is cut off goes out again, later, with
/// the same Message-ID.
const GRACE: Duration = Duration::from_secs(10);

/// Sends notices until the server is stopped.
pub(super) async fn send_notices(
    store: Store,
    transport: Transport,
    clock: Clock,
    operator: Arc<OperatorAddresses>,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut stopped = shutdown.clone();
    loop {
        let pass = notify::drain_once(&store, &transport, &clock, &operator);
        let drained = tokio::select! {
            drained = pass => drained,
            () = async {
                let _ = stopped.wait_for(|stop| *stop).await;
                tokio::time::sleep(GRACE).await;
            } => return,
        };
        let wait = match drained {
            Ok(drained) if drained.more => Duration::ZERO,
            Ok(_) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "the queue of notices cannot be worked on; trying again");
                AFTER_TROUBLE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = shutdown.wait_for(|stop| *stop) => return,
        }
    }
}
