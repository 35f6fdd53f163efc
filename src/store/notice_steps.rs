//! What is decided over a notice: each step one transaction, with the audit entry in it.
//!
//! That two people stand behind each notice is held three times: by `review`, which wants a proof of the role; here, where
//! what was read and what is written are one transaction; and by the table's CHECK.

use crate::message::Timestamp;
use crate::store::Store;
use crate::store::chain;
use crate::store::chain::Entry;
use crate::store::error::StoreError;
use crate::store::notices::basis;
use crate::store::notices::contacts;
use crate::store::sorted;
use crate::store::told;
use sqlx::SqliteConnection;

/// Who decides, when, and what the audit trail is to say of it. The entries' subject becomes the ticket.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The entry where it is done.
    pub done: Entry,
    /// The entry where it is refused because the same person drafted it or set a contact; its detail is given the reason.
    pub refused: Option<Entry>,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is done.
    Done,
    /// There is no such notice.
    Missing,
    /// Somebody else has decided it.
    Already,
    /// Who decides drafted it.
    OwnDraft,
    /// Who decides set one of its addresses.
    OwnContact,
    /// Who decides did not draft it.
    NotYours,
    /// The case's owner or its contacts are not those of the draft any more.
    Outdated,
    /// The case is closed.
    Closed,
    /// Stored mail is being sorted anew.
    BeingSorted,
    /// It is being sent.
    BeingSent,
}

/// What can be decided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Withdraw,
    Return,
    Approve,
}

impl Step {
    fn state(self) -> &'static str {
        match self {
            Self::Withdraw => "withdrawn",
            Self::Return => "returned",
            Self::Approve => "approved",
        }
    }
}

impl Store {
    /// Takes a notice back that is not sent, nor being sent, by who drafted it.
    ///
    /// # Errors
    /// The database's.
    pub async fn withdraw_notice(
        &self,
        id: i64,
        decision: Decision,
    ) -> Result<Decided, StoreError> {
        self.write(move |connection| Box::pin(decide(connection, id, Step::Withdraw, decision)))
            .await
    }

    /// Gives a notice back that is not sent, nor being sent, by somebody else.
    ///
    /// # Errors
    /// The database's.
    pub async fn return_notice(&self, id: i64, decision: Decision) -> Result<Decided, StoreError> {
        self.write(move |connection| Box::pin(decide(connection, id, Step::Return, decision)))
            .await
    }

    /// Approves a draft: from now on it waits to be sent.
    ///
    /// # Errors
    /// The database's.
    pub async fn approve_notice(&self, id: i64, decision: Decision) -> Result<Decided, StoreError> {
        self.write(move |connection| Box::pin(decide(connection, id, Step::Approve, decision)))
            .await
    }
}

/// A notice that is to be decided, or sent.
#[derive(sqlx::FromRow)]
pub(in crate::store) struct Open {
    pub id: i64,
    pub ticket: String,
    pub case_id: i64,
    organisation_id: i64,
    shared: bool,
    recipients_to: String,
    sorted_by: String,
    state: String,
    sending: bool,
    drafted_by: String,
}

/// Reads it.
pub(in crate::store) async fn open(
    connection: &mut SqliteConnection,
    id: i64,
) -> Result<Option<Open>, StoreError> {
    let found = sqlx::query_as(
        "SELECT id, ticket, case_id, organisation_id, shared, recipients_to, sorted_by, state, sending, drafted_by \
         FROM notice WHERE id = $1",
    );
    Ok(found.bind(id).fetch_optional(connection).await?)
}

async fn decide(
    connection: &mut SqliteConnection,
    id: i64,
    step: Step,
    decision: Decision,
) -> Result<Decided, StoreError> {
    let Some(open) = open(connection, id).await? else {
        return Ok(Decided::Missing);
    };
    let answer = judge(connection, &open, step, &decision.by).await?;
    let (entry, reason) = match answer {
        Decided::Done => (Some(decision.done), None),
        Decided::OwnDraft => (decision.refused, Some("own_draft")),
        Decided::OwnContact => (decision.refused, Some("own_contact")),
        _ => (None, None),
    };
    if answer == Decided::Done {
        let due = (step == Step::Approve).then_some(decision.at.millis());
        sqlx::query(
            "UPDATE notice SET state = $1, decided_by = $2, decided_at = $3, next_attempt_at = $4 WHERE id = $5",
        )
        .bind(step.state())
        .bind(&decision.by)
        .bind(decision.at.millis())
        .bind(due)
        .bind(id)
        .execute(&mut *connection)
        .await?;
        count(connection, &format!("notices:{}", open.state), -1).await?;
        count(connection, &format!("notices:{}", step.state()), 1).await?;
    }
    if let Some(mut entry) = entry {
        entry.subject = open.ticket;
        if let (Some(reason), Some(detail)) = (reason, entry.detail.as_object_mut()) {
            detail.insert("reason".to_owned(), reason.into());
        }
        chain::append(connection, entry).await?;
    }
    Ok(answer)
}

/// Whether a step may be taken by `by`.
async fn judge(
    connection: &mut SqliteConnection,
    open: &Open,
    step: Step,
    by: &str,
) -> Result<Decided, StoreError> {
    match (open.state.as_str(), step) {
        ("drafted", _) => {}
        ("approved", Step::Withdraw | Step::Return) if open.sending => {
            return Ok(Decided::BeingSent);
        }
        ("approved", Step::Withdraw | Step::Return) => {}
        _ => return Ok(Decided::Already),
    }
    let own = open.drafted_by == by;
    match step {
        Step::Withdraw if own => return Ok(Decided::Done),
        Step::Withdraw => return Ok(Decided::NotYours),
        Step::Return | Step::Approve if own => return Ok(Decided::OwnDraft),
        Step::Return => return Ok(Decided::Done),
        Step::Approve => {}
    }
    let drafted = contacts(&open.recipients_to)?;
    if drafted.iter().any(|contact| contact.set_by == by) {
        return Ok(Decided::OwnContact);
    }
    let decided = match standing(connection, open).await? {
        Standing::Good => Decided::Done,
        Standing::Closed => Decided::Closed,
        Standing::BeingSorted => Decided::BeingSorted,
        Standing::Changed(_) => Decided::Outdated,
    };
    Ok(decided)
}

/// Whether a notice may be sent as it was drafted, as far as what it says goes.
pub(in crate::store) enum Standing {
    /// It may.
    Good,
    /// Its case is closed.
    Closed,
    /// Stored mail is being sorted anew: it is known in a moment.
    BeingSorted,
    /// Something is another now; a word for what.
    Changed(&'static str),
}

/// Holds a notice against what there is now: the case and its owner, the addresses, who and what its mail is sorted by, and
/// what it tells.
pub(in crate::store) async fn standing(
    connection: &mut SqliteConnection,
    open: &Open,
) -> Result<Standing, StoreError> {
    let case = basis(connection, open.case_id).await?;
    let Some((state, owner)) = case.and_then(|case| Some((case.state, case.owner?))) else {
        return Ok(Standing::Changed("owner"));
    };
    if state == "closed" {
        return Ok(Standing::Closed);
    }
    if owner.id.0 != open.organisation_id || owner.shared != open.shared {
        return Ok(Standing::Changed("owner"));
    }
    if owner.contacts != contacts(&open.recipients_to)? {
        return Ok(Standing::Changed("contacts"));
    }
    if sorted::is_under_way(connection, open.case_id).await? {
        return Ok(Standing::BeingSorted);
    }
    let names = told::names(connection, open.id).await?;
    if sorted::by(connection, open.case_id, &names).await? != open.sorted_by {
        return Ok(Standing::Changed("sorted"));
    }
    if told::is_less(connection, open.id, open.case_id).await? {
        return Ok(Standing::Changed("figures"));
    }
    Ok(Standing::Good)
}

/// Adds to a counter; says what it has come to.
pub(in crate::store) async fn count(
    connection: &mut SqliteConnection,
    name: &str,
    by: i64,
) -> Result<i64, StoreError> {
    let value = sqlx::query_scalar(
        "INSERT INTO counter (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING value",
    )
    .bind(name)
    .bind(by)
    .fetch_one(connection)
    .await?;
    Ok(value)
}
