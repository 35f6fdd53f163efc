//! Hands a message on to who takes it, and comes back with what became of it.

use crate::smtp::Deliver;
use crate::smtp::Destination;
use crate::smtp::Outcome;
use crate::smtp::receiving::Completed;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::task::Poll;

/// Hands a message on. A panic there is that message's alone; what it says may be content and is not looked at.
pub(super) async fn hand_on<D: Deliver>(deliver: &D, message: Completed) -> Outcome {
    let made = catch_unwind(AssertUnwindSafe(|| Box::pin(pass_on(deliver, message))));
    let Ok(mut future) = made else {
        return Outcome::Failed;
    };
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)))
            .unwrap_or(Poll::Ready(Outcome::Failed))
    })
    .await
}

async fn pass_on<D: Deliver>(deliver: &D, message: Completed) -> Outcome {
    let Completed {
        envelope,
        content,
        reservation,
        destination,
    } = message;
    match destination {
        Destination::Caught(_) => deliver.deliver(envelope, content, reservation).await,
        Destination::Operator(mailbox) => {
            deliver
                .deliver_to_operator(mailbox, envelope, content, reservation)
                .await
        }
    }
}
