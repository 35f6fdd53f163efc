//! The rows of one transaction of messages.

use crate::message::CheckResult;
use crate::message::DmarcPolicy;
use crate::message::MessageId;
use crate::message::Timestamp;
use crate::store::bulk::Bulk;
use crate::store::bulk::Script;
use crate::store::error::StoreError;
use crate::store::incoming::Kept;
use crate::store::names::Added;
use crate::store::names::Names;
use crate::store::options::Bounds;
use crate::store::plan::Sorted;
use crate::store::prepared::Prepared;
use crate::store::prepared::confidence;
use crate::store::prepared::integer;
use crate::store::rollup;
use crate::store::session::SessionGains;
use crate::store::session_names;
use crate::store::stats::NEXT_PART;
use crate::store::sum_names::AddedSums;
use crate::store::sum_names::SumNames;
use crate::store::tally::Counted;
use crate::store::tally::Gains;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// Sealed items are cut into parts of this size: no statement and no reader has to hold a whole large one.
pub(in crate::store) const PART: usize = 1024 * 1024;

/// The octets of parts that one statement takes, at most: the driver and SQLite each copy what is bound.
const STATEMENT_BYTES: usize = 4 * 1024 * 1024;

const STORED_DIGESTS: Bulk = Bulk {
    head: "WITH wanted (digest) AS (",
    columns: 1,
    tail: ") SELECT m.digest, m.id, m.digest_expires FROM wanted w CROSS JOIN message m WHERE m.digest = w.digest",
};

const REPEATS: Bulk = Bulk {
    head: "WITH gain (id, repeats) AS (",
    columns: 2,
    tail: ") UPDATE message SET repeats = message.repeats + gain.repeats FROM gain WHERE message.id = gain.id",
};

const MESSAGES: Bulk = Bulk {
    head: "INSERT OR FAIL INTO message (id, received_at, kept_at, policy, bytes, examined, sender_domain, sender_pseudonym, \
           helo_domain, client_network, tls, attachments, verdict, verdict_confidence, verdict_reasons, language, \
           recipients, repeats, digest, digest_expires, spf, dkim, dkim_aligned, dmarc, dmarc_policy)",
    columns: 25,
    tail: "",
};

const RECIPIENTS: Bulk = Bulk {
    head: "INSERT OR FAIL INTO recipient (message_id, position, typed_domain, typed_registrable, watch, pseudonym, \
           intended_domain, intended_registrable, confidence, runner_up, runner_up_confidence, reasons, \
           organisation_id, case_id, item, counted_other)",
    columns: 16,
    tail: "",
};

const ITEMS: Bulk = Bulk {
    head: "INSERT OR FAIL INTO item (message_id, position, organisation_id, domain, bytes, fingerprints, first_part, parts)",
    columns: 8,
    tail: "",
};

const BODIES: Bulk = Bulk {
    head: "INSERT OR FAIL INTO item_body (id, sealed)",
    columns: 2,
    tail: "",
};

const SENSITIVITY: Bulk = Bulk {
    head: "INSERT INTO sensitivity (message_id, labels)",
    columns: 2,
    tail: "",
};

/// What a transaction has done, to be acted on once it is committed.
pub(in crate::store) struct Written {
    /// One per message, in order.
    pub answers: Vec<Kept>,
    /// The names that are in the database now.
    pub added: Added,
    /// The names in sums of cases that are.
    pub added_sums: AddedSums,
}

/// Writes a batch into the transaction that is open on `connection`.
pub(in crate::store) async fn write(
    connection: &mut SqliteConnection,
    batch: &[&Prepared],
    sessions: &SessionGains,
    (names, sum_names): (&Names, &SumNames),
    bounds: Bounds,
    now: Timestamp,
) -> Result<Written, StoreError> {
    let stored = stored_digests(connection, batch, now).await?;
    let sorted = Sorted::new(batch, &stored);
    let (added, refused) = names
        .admit(connection, &sorted.names(), bounds.names_a_day)
        .await?;
    let mut counted = sorted.counted(&refused);
    let added_sums = sum_names
        .admit(connection, &mut counted, bounds.names_a_case)
        .await?;
    let mut gains = Gains::default();
    for message in &counted {
        gains.add(message, 1);
    }
    for (prepared, _) in &sorted.fresh {
        let message = &prepared.message;
        gains.count("sealed_items", integer(message.items.len()));
        gains.count("sealed_bytes", integer(message.sealed_bytes()));
    }
    gains.count("duplicates", sorted.duplicates());
    gains.count("cases:open", added.new_cases);
    sessions.count(&mut gains);
    let parts: i64 = sorted
        .fresh
        .iter()
        .flat_map(|(p, _)| &p.message.items)
        .map(|item| parts_of(&item.sealed))
        .sum();
    gains.count(NEXT_PART, parts);
    let last_part = rollup::counters(connection, &gains.counters).await?;
    let case_ids = rollup::cases(connection, &gains).await?;
    let mut script = Script::default();
    messages(connection, &mut script, &sorted, now).await?;
    items(connection, &mut script, &sorted, last_part - parts + 1).await?;
    let places = (&gains, &*case_ids);
    recipients(connection, &mut script, &sorted, &counted, places).await?;
    let repeats: Vec<_> = sorted.repeats.iter().collect();
    script
        .add(connection, &REPEATS, &repeats, |values, (id, repeats)| {
            values.push(id.as_bytes().as_slice()).push(**repeats);
        })
        .await?;
    rollup::days(connection, &mut script, &gains, &case_ids).await?;
    rollup::sessions(connection, &mut script, sessions).await?;
    script.run(connection).await?;
    session_names::write(connection, sessions, bounds.names_a_day).await?;
    Ok(Written {
        answers: sorted.answers,
        added,
        added_sums,
    })
}

async fn stored_digests(
    connection: &mut SqliteConnection,
    batch: &[&Prepared],
    now: Timestamp,
) -> Result<HashMap<[u8; 32], MessageId>, StoreError> {
    let wanted: Vec<&[u8; 32]> = batch
        .iter()
        .map(|prepared| &prepared.message.digest)
        .flat_map(|digest| [Some(&digest.current), digest.previous.as_ref()])
        .flatten()
        .collect();
    let rows = STORED_DIGESTS
        .fetch(connection, &wanted, |values, digest| {
            values.push(digest.as_slice());
        })
        .await?;
    let mut stored = HashMap::new();
    for row in rows {
        let expires: Option<i64> = row.try_get(2)?;
        if expires.is_some_and(|at| at <= now.millis()) {
            continue;
        }
        let (digest, id): (&[u8], &[u8]) = (row.try_get(0)?, row.try_get(1)?);
        if let (Ok(digest), Ok(id)) = (digest.try_into(), id.try_into()) {
            stored.insert(digest, MessageId::from_bytes(id));
        }
    }
    Ok(stored)
}

async fn messages(
    connection: &mut SqliteConnection,
    script: &mut Script,
    sorted: &Sorted<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    script
        .add(
            connection,
            &MESSAGES,
            &sorted.fresh,
            |values, (prepared, repeats)| {
                let message = &prepared.message;
                let class = &message.classification;
                let found = &message.authentication;
                let signed = found.dkim == Some(CheckResult::Pass);
                values
                    .push(message.id.as_bytes().as_slice())
                    .push(message.received_at.millis())
                    .push(now.millis())
                    .push(message.policy.name())
                    .push(integer(message.bytes))
                    .push(integer(message.examined))
                    .push(message.sender_domain.as_ref().map(|d| d.as_str()))
                    .push(message.sender_pseudonym.as_ref().map(|p| p.0.as_str()))
                    .push(message.helo_domain.as_ref().map(|d| d.as_str()))
                    .push(message.client_network.as_deref())
                    .push(message.tls.map(|tls| tls.name()))
                    .push(prepared.attachments.as_str())
                    .push(class.verdict.name())
                    .push(confidence(class.verdict_confidence))
                    .push(prepared.verdict_reasons.as_str())
                    .push(class.language)
                    .push(integer(message.recipients.len()))
                    .push(*repeats)
                    .push(message.digest.current.as_slice())
                    .push(message.digest.expires.map(|at| at.millis()))
                    .push(found.spf.map(CheckResult::name))
                    .push(found.dkim.map(CheckResult::name))
                    .push(signed.then_some(i64::from(found.dkim_aligned)))
                    .push(found.dmarc.map(CheckResult::name))
                    .push(found.dmarc_policy.map(DmarcPolicy::name));
            },
        )
        .await?;
    let labelled: Vec<_> = sorted
        .fresh
        .iter()
        .filter_map(|(p, _)| Some((p.message.id, p.labels.as_deref()?)))
        .collect();
    script
        .add(
            connection,
            &SENSITIVITY,
            &labelled,
            |values, (id, labels)| {
                values.push(id.as_bytes().as_slice()).push(*labels);
            },
        )
        .await
}

async fn items(
    connection: &mut SqliteConnection,
    script: &mut Script,
    sorted: &Sorted<'_>,
    first_part: i64,
) -> Result<(), StoreError> {
    let mut next = first_part;
    let mut rows = Vec::new();
    let mut bodies = Vec::new();
    for (prepared, _) in &sorted.fresh {
        for (position, item) in prepared.message.items.iter().enumerate() {
            let parts = parts_of(&item.sealed);
            rows.push((*prepared, position, next, parts));
            // An empty item is one empty part, so that the row and the bytes always go together.
            let whole = [item.sealed.as_slice()];
            let pieces: Vec<&[u8]> = if item.sealed.is_empty() {
                whole.to_vec()
            } else {
                item.sealed.chunks(PART).collect()
            };
            for piece in pieces {
                bodies.push((next, piece));
                next += 1;
            }
        }
    }
    script
        .add(
            connection,
            &ITEMS,
            &rows,
            |values, (prepared, position, first, parts)| {
                let item = &prepared.message.items[*position];
                let of = prepared
                    .message
                    .recipients
                    .iter()
                    .position(|r| r.item == Some(*position));
                let organisation =
                    of.and_then(|at| prepared.message.classification.intended[at].organisation);
                let domain = of.map_or("", |at| &*prepared.recipients[at].case.domain);
                let fingerprints =
                    serde_json::Value::from_iter(item.fingerprints.iter().map(String::as_str));
                values
                    .push(prepared.message.id.as_bytes().as_slice())
                    .push(integer(*position))
                    .push(organisation.map(|id| id.0))
                    .push(domain)
                    .push(integer(item.sealed.len()))
                    .push(fingerprints.to_string())
                    .push(*first)
                    .push(*parts);
            },
        )
        .await?;
    for run in runs(&bodies) {
        script
            .add(connection, &BODIES, run, |values, (id, piece)| {
                values.push(*id).push(*piece);
            })
            .await?;
    }
    Ok(())
}

async fn recipients(
    connection: &mut SqliteConnection,
    script: &mut Script,
    sorted: &Sorted<'_>,
    counted: &[Counted<'_>],
    (gains, case_ids): (&Gains<'_>, &[i64]),
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for ((prepared, _), counted) in sorted.fresh.iter().zip(counted) {
        for (position, recipient) in counted.recipients.iter().enumerate() {
            let place = gains.place_of(&recipient.case);
            let id = place.and_then(|place| case_ids.get(place));
            let id = *id.ok_or(StoreError::Malformed)?;
            rows.push((*prepared, position, id, recipient.other));
        }
    }
    script
        .add(
            connection,
            &RECIPIENTS,
            &rows,
            |values, (prepared, position, case, other)| {
                let recipient = &prepared.message.recipients[*position];
                let derived = &prepared.recipients[*position];
                let intended = &prepared.message.classification.intended[*position];
                let runner_up = intended.runner_up.as_ref();
                values
                    .push(prepared.message.id.as_bytes().as_slice())
                    .push(integer(*position))
                    .push(recipient.typed_domain.as_str())
                    .push(derived.typed_registrable.as_str())
                    .push(recipient.watch.as_ref().map(|d| d.as_str()))
                    .push(recipient.pseudonym.0.as_str())
                    .push(intended.domain.as_ref().map(|d| d.as_str()))
                    .push(derived.intended_registrable.as_ref().map(|d| d.as_str()))
                    .push(confidence(intended.confidence))
                    .push(runner_up.map(|(domain, _)| domain.as_str()))
                    .push(runner_up.map(|(_, value)| confidence(*value)))
                    .push(derived.reasons.as_str())
                    .push(intended.organisation.map(|id| id.0))
                    .push(*case)
                    .push(recipient.item.map(integer))
                    .push(other.0);
            },
        )
        .await
}

fn parts_of(sealed: &[u8]) -> i64 {
    integer(sealed.len().div_ceil(PART).max(1))
}

/// Cuts parts into runs of at most [`STATEMENT_BYTES`] each.
fn runs<'r, 'p>(bodies: &'r [(i64, &'p [u8])]) -> impl Iterator<Item = &'r [(i64, &'p [u8])]> {
    let mut rest = bodies;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = rest
            .iter()
            .take_while(|(_, piece)| {
                bytes += piece.len();
                bytes <= STATEMENT_BYTES
            })
            .count();
        let (run, tail) = rest.split_at_checked(fits.max(1))?;
        rest = tail;
        Some(run)
    })
}
