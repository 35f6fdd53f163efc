//! Hands a message on to who takes it, and comes back with what became of it.

use crate::smtp::Deliver;
use crate::smtp::Destination;
use crate::smtp::Outcome;
use crate::smtp::network::Place;
use crate::smtp::receiving::Completed;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::task::Poll;

/// Hands a message on. A panic there is that message's alone; what it says may be content and is not looked at.
/// `place` is the sender's.
pub(super) async fn hand_on<D: Deliver>(
    deliver: &D,
    place: Option<&Place>,
    message: Completed,
) -> Outcome {
    let is_open =
        matches!(message.destination, Destination::Operator(mailbox) if mailbox.is_open());
    let octets = message.content.len();
    if is_open && place.is_some_and(|place| !place.may_write_to_operator(octets)) {
        return Outcome::TooMuchForOperator;
    }
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
