//! Counts kept in the transaction of what they count.

use crate::store::bulk::Bulk;
use crate::store::bulk::Script;
use crate::store::error::StoreError;
use crate::store::plan::CaseKey;
use crate::store::plan::CaseKind;
use crate::store::session::SessionGains;
use crate::store::stats::NEXT_PART;
use crate::store::tally::Gains;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

const COUNTERS: Bulk = Bulk {
    head: "INSERT INTO counter (name, value)",
    columns: 2,
    tail: "ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING name, value",
};

/// A case that all mail was moved out of begins anew: its days were the moved mail's.
const CASES: Bulk = Bulk {
    head: "INSERT INTO cases (kind, domain, organisation_id, first_seen, last_seen, recipients, genuine)",
    columns: 7,
    tail: "ON CONFLICT (kind, domain) DO UPDATE SET recipients = cases.recipients + excluded.recipients, \
           genuine = cases.genuine + excluded.genuine, \
           organisation_id = coalesce(cases.organisation_id, excluded.organisation_id), \
           first_seen = CASE WHEN excluded.first_seen < cases.first_seen \
           OR (cases.recipients = 0 AND excluded.recipients > 0) THEN excluded.first_seen ELSE cases.first_seen END, \
           last_seen = CASE WHEN excluded.last_seen > cases.last_seen \
           OR (cases.recipients = 0 AND excluded.recipients > 0) THEN excluded.last_seen ELSE cases.last_seen END \
           RETURNING kind, domain, id",
};

const DAY_TOTALS: Bulk = Bulk {
    head: "INSERT INTO day_total (day, policy, verdict, messages, recipients)",
    columns: 5,
    tail: "ON CONFLICT (day, policy, verdict) DO UPDATE SET messages = day_total.messages + excluded.messages, \
           recipients = day_total.recipients + excluded.recipients",
};

const DAY_KEYS: Bulk = Bulk {
    head: "INSERT INTO day_key (day, name, policy, verdict, recipients)",
    columns: 5,
    tail: "ON CONFLICT (day, name, policy, verdict) DO UPDATE SET \
           recipients = day_key.recipients + excluded.recipients",
};

const CASE_DAYS: Bulk = Bulk {
    head: "INSERT INTO case_day (case_id, day, verdict, recipients)",
    columns: 4,
    tail: "ON CONFLICT (case_id, day, verdict) DO UPDATE SET recipients = case_day.recipients + excluded.recipients",
};

const CASE_LABELS: Bulk = Bulk {
    head: "INSERT INTO case_day_label (case_id, day, label, recipients)",
    columns: 4,
    tail: "ON CONFLICT (case_id, day, label) DO UPDATE SET \
           recipients = case_day_label.recipients + excluded.recipients",
};

const CASE_NAMES: Bulk = Bulk {
    head: "INSERT INTO case_day_name (case_id, day, name, verdict, sure, recipients)",
    columns: 6,
    tail: "ON CONFLICT (case_id, day, name, verdict, sure) DO UPDATE SET \
           recipients = case_day_name.recipients + excluded.recipients",
};

const CASE_SENDERS: Bulk = Bulk {
    head: "INSERT INTO case_day_sender (case_id, day, sender, sure, messages, recipients)",
    columns: 6,
    tail: "ON CONFLICT (case_id, day, sender, sure) DO UPDATE SET \
           messages = case_day_sender.messages + excluded.messages, \
           recipients = case_day_sender.recipients + excluded.recipients",
};

const EMPTY_NAMES: Bulk = Bulk {
    head: "WITH gone (case_id, day, name, verdict, sure) AS (",
    columns: 5,
    tail: ") DELETE FROM case_day_name WHERE recipients = 0 AND (case_id, day, name, verdict, sure) IN \
           (SELECT case_id, day, name, verdict, sure FROM gone)",
};

const EMPTY_SENDERS: Bulk = Bulk {
    head: "WITH gone (case_id, day, sender, sure) AS (",
    columns: 4,
    tail: ") DELETE FROM case_day_sender WHERE recipients = 0 AND (case_id, day, sender, sure) IN \
           (SELECT case_id, day, sender, sure FROM gone)",
};

const DAY_SESSIONS: Bulk = Bulk {
    head: "INSERT INTO day_session (day, sessions, auth_attempts, relay_attempts, misrouted, refused_recipients)",
    columns: 6,
    tail: "ON CONFLICT (day) DO UPDATE SET sessions = day_session.sessions + excluded.sessions, \
           auth_attempts = day_session.auth_attempts + excluded.auth_attempts, \
           relay_attempts = day_session.relay_attempts + excluded.relay_attempts, \
           misrouted = day_session.misrouted + excluded.misrouted, \
           refused_recipients = day_session.refused_recipients + excluded.refused_recipients",
};

/// Adds to the counters; says what the counter of item parts has come to.
pub(in crate::store) async fn counters(
    connection: &mut SqliteConnection,
    gains: &BTreeMap<&'static str, i64>,
) -> Result<i64, StoreError> {
    let gains: Vec<_> = gains.iter().collect();
    let rows = COUNTERS
        .fetch(connection, &gains, |values, (name, by)| {
            values.push(**name).push(**by);
        })
        .await?;
    for row in rows {
        if row.try_get::<&str, _>(0)? == NEXT_PART {
            return Ok(row.try_get(1)?);
        }
    }
    Ok(0)
}

/// Opens or adds to cases; says the number of each, in their order.
pub(in crate::store) async fn cases(
    connection: &mut SqliteConnection,
    gains: &Gains<'_>,
) -> Result<Vec<i64>, StoreError> {
    let rows = CASES
        .fetch(connection, &gains.cases, |values, gain| {
            values
                .push(gain.key.kind.name())
                .push(&*gain.key.domain)
                .push(gain.organisation.map(|id| id.0))
                .push(gain.first_seen.millis())
                .push(gain.last_seen.millis())
                .push(gain.recipients)
                .push(gain.genuine);
        })
        .await?;
    let mut ids = vec![0; gains.cases.len()];
    for row in rows {
        let key = CaseKey {
            kind: CaseKind::from_name(row.try_get(0)?),
            domain: row.try_get::<&str, _>(1)?.into(),
        };
        let place = gains.place_of(&key).ok_or(StoreError::Malformed)?;
        ids[place] = row.try_get(2)?;
    }
    Ok(ids)
}

/// Adds to the roll-ups by day.
pub(in crate::store) async fn days(
    connection: &mut SqliteConnection,
    script: &mut Script,
    gains: &Gains<'_>,
    case_ids: &[i64],
) -> Result<(), StoreError> {
    let totals: Vec<_> = gains.days.iter().collect();
    script
        .add(
            connection,
            &DAY_TOTALS,
            &totals,
            |values, ((day, policy, verdict), by)| {
                values
                    .push(*day)
                    .push(*policy)
                    .push(*verdict)
                    .push(by.0)
                    .push(by.1);
            },
        )
        .await?;
    let keys: Vec<_> = gains.keys.iter().collect();
    script
        .add(
            connection,
            &DAY_KEYS,
            &keys,
            |values, ((day, name, policy, verdict), by)| {
                values
                    .push(*day)
                    .push(*name)
                    .push(*policy)
                    .push(*verdict)
                    .push(**by);
            },
        )
        .await?;
    for (table, sums) in [
        (&CASE_DAYS, &gains.case_days),
        (&CASE_LABELS, &gains.case_labels),
    ] {
        let rows: Vec<_> = sums.iter().collect();
        script
            .add(
                connection,
                table,
                &rows,
                |values, ((case, day, what), by)| {
                    values
                        .push(case_ids[*case])
                        .push(*day)
                        .push(*what)
                        .push(**by);
                },
            )
            .await?;
    }
    names(connection, script, gains, case_ids).await
}

/// Adds to the roll-ups by typed name and by sender, which go with the metadata of what they count.
pub(in crate::store) async fn names(
    connection: &mut SqliteConnection,
    script: &mut Script,
    gains: &Gains<'_>,
    case_ids: &[i64],
) -> Result<(), StoreError> {
    let names: Vec<_> = gains.case_names.iter().collect();
    script
        .add(
            connection,
            &CASE_NAMES,
            &names,
            |values, ((case, day, name, verdict, sure), by)| {
                values.push(case_ids[*case]).push(*day).push(*name);
                values.push(*verdict).push(i64::from(*sure)).push(**by);
            },
        )
        .await?;
    let senders: Vec<_> = gains.case_senders.iter().collect();
    script
        .add(
            connection,
            &CASE_SENDERS,
            &senders,
            |values, ((case, day, sender, sure), by)| {
                values.push(case_ids[*case]).push(*day).push(*sender);
                values.push(i64::from(*sure)).push(by.0).push(by.1);
            },
        )
        .await
}

/// Takes rows of those two away in which nothing is left: a sending domain is metadata.
pub(in crate::store) async fn sweep_names(
    connection: &mut SqliteConnection,
    gains: &Gains<'_>,
    case_ids: &[i64],
) -> Result<(), StoreError> {
    let less = gains.case_names.iter().filter(|(_, by)| **by < 0);
    let names: Vec<_> = less.map(|(key, _)| key).collect();
    EMPTY_NAMES
        .execute(
            connection,
            &names,
            |values, (case, day, name, verdict, sure)| {
                values.push(case_ids[*case]).push(*day).push(*name);
                values.push(*verdict).push(i64::from(*sure));
            },
        )
        .await?;
    let less = gains.case_senders.iter().filter(|(_, by)| by.1 < 0);
    let senders: Vec<_> = less.map(|(key, _)| key).collect();
    EMPTY_SENDERS
        .execute(connection, &senders, |values, (case, day, sender, sure)| {
            values.push(case_ids[*case]).push(*day).push(*sender);
            values.push(i64::from(*sure));
        })
        .await
}

/// Adds to the roll-up of sessions.
pub(in crate::store) async fn sessions(
    connection: &mut SqliteConnection,
    script: &mut Script,
    gains: &SessionGains,
) -> Result<(), StoreError> {
    let days: Vec<_> = gains.days().collect();
    script
        .add(connection, &DAY_SESSIONS, &days, |values, (day, sums)| {
            values.push(*day);
            for sum in sums.iter() {
                values.push(*sum);
            }
        })
        .await
}
