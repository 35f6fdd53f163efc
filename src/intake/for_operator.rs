//! Mail to the operator's own mailboxes: sealed to the operator's key and kept. Nothing else is done with it.

use crate::intake::Intake;
use crate::intake::Refusal;
use crate::intake::metadata;
use crate::intake::outcome_of;
use crate::intake::pool::Weight;
use crate::message::Content;
use crate::message::Envelope;
use crate::message::OperatorMailbox;
use crate::smtp::Outcome;
use crate::smtp::budget::Reservation;
use crate::store::NewItem;
use crate::store::operator::NewOperatorItem;
use std::sync::Arc;

impl Intake {
    /// Takes one message to the operator in.
    pub(super) async fn take_for_operator(
        &self,
        mailbox: OperatorMailbox,
        envelope: Envelope,
        content: Content,
        mut reservation: Reservation,
    ) -> Outcome {
        let (id, received_at, bytes) = (envelope.id, envelope.received_at, content.len());
        // As received and as sealed, until it is committed.
        if !reservation.try_grow(bytes) {
            return Outcome::Overloaded;
        }
        let shared = Arc::clone(&self.shared);
        let work = move || {
            let owner_of = vec![0; envelope.recipients.len()];
            let trace = metadata::trace(&envelope, &shared.hostname, &owner_of, 0);
            let sealed = shared
                .operator
                .seal(&trace.to_bytes(), content.expose())
                .map_err(|_| Refusal::Failed)?;
            Ok(NewItem {
                sealed,
                fingerprints: Arc::clone(shared.operator.fingerprints()),
            })
        };
        let sealed = self.pool.run(Weight::of(bytes, 1), bytes, work).await;
        let item = match sealed.unwrap_or(Err(Refusal::Failed)) {
            Ok(item) => item,
            Err(refusal) => {
                tracing::warn!(%id, bytes, ?refusal, "message to the operator not taken");
                return refusal.into();
            }
        };
        let item = NewOperatorItem {
            id,
            received_at,
            mailbox,
            bytes,
            item,
        };
        match self.store.keep_for_operator(item).await {
            Ok(()) => {
                tracing::debug!(%id, bytes, mailbox = mailbox.name(), "message to the operator committed");
                Outcome::Kept
            }
            Err(error) => {
                tracing::error!(%id, bytes, %error, "message to the operator not committed");
                outcome_of(&error)
            }
        }
    }
}
