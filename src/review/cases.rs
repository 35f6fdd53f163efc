//! Cases: lists, and one.

use crate::audit;
use crate::audit::Action;
use crate::classify::OrganisationId;
use crate::message::Domain;
use crate::message::Timestamp;
use crate::notice::senders;
use crate::review::Refusal;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::corrections::Effect;
use crate::review::corrections::RuleRow;
use crate::review::notices::NoticeRow;
use crate::review::organisations::Contact;
use crate::review::overview::Day;
use crate::review::overview::add_to_day;
use crate::review::overview::first_day;
use crate::review::overview::no_days;
use crate::staff::Reviewer;
use crate::staff::Viewer;
use crate::store::case_states::CaseStep;
use crate::store::case_states::Stepped;
use crate::store::case_sums::NameSumRow;
use crate::store::case_sums::SenderSumRow;
use crate::store::cases::CaseDay;
use crate::store::cases::CaseRow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub use crate::store::CaseKind;

/// A case in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseSummary {
    /// Its number.
    pub id: i64,
    /// Whether the intended domain is known.
    pub kind: CaseKind,
    /// The intended domain, or the typed one; `other` for what went past a day's bound. A-labels.
    pub domain: String,
    /// Its owner.
    pub organisation: Option<(OrganisationId, String)>,
    /// Whether the owner has many unrelated users.
    pub shared: bool,
    /// `open`, `notified` or `closed`.
    pub state: String,
    /// Its earliest message.
    pub first_seen: Timestamp,
    /// Its latest message.
    pub last_seen: Timestamp,
    /// All its recipients.
    pub recipients: i64,
    /// Those of mail that is misdirected or reflection.
    pub genuine: i64,
}

/// In which order a list comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// The most genuine mail first.
    #[default]
    Largest,
    /// The latest mail first.
    Latest,
}

/// Which cases to list.
#[derive(Clone, Debug)]
pub struct CaseChoice {
    /// Known or unknown intended domain.
    pub kind: CaseKind,
    /// The order.
    pub order: CaseOrder,
    /// Only domains that begin with this, letter case aside, in alphabetical order whatever `order` says; empty: all.
    pub search: String,
    /// Past which: the cursor of the last row of the page before.
    pub after: Option<CasePlace>,
    /// How many; at most 200.
    pub limit: u32,
}

/// A place in a list of cases: what it is ordered by, and the number. Text form: `KEY.ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CasePlace {
    /// `genuine`, or `last_seen` in milliseconds.
    pub key: i64,
    /// The case.
    pub id: i64,
}

/// A typed name of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSum {
    /// Typed registrable domain, A-labels; `other` past the bound.
    pub name: String,
    /// Recipients, all verdicts.
    pub recipients: i64,
    /// Those of genuine mail.
    pub genuine: i64,
    /// First and last day, since 1970-01-01.
    pub days: (i64, i64),
}

/// A sending domain of a case's genuine mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderSum {
    /// Registrable domain; empty for the null reverse-path, `other` past the bound.
    pub domain: String,
    /// Messages.
    pub messages: i64,
    /// Whether a notice may name it (design section 8).
    pub named_in_notices: bool,
}

/// One case, as its page shows it. The sums are of the last thirty days where nothing else is said.
#[derive(Clone, Debug)]
pub struct CaseDetail {
    /// What the list shows.
    pub case: CaseSummary,
    /// Addresses of the owner, with who set each and when.
    pub contacts: Vec<Contact>,
    /// Thirty days, none left out.
    pub days: Vec<Day>,
    /// Sensitivity labels, the most frequent first, with recipients.
    pub labels: Vec<(String, i64)>,
    /// Typed names, the most frequent first, at most 50, since the beginning.
    pub names: Vec<NameSum>,
    /// How many more names there are.
    pub more_names: i64,
    /// Sending domains of genuine mail, the most frequent first, at most 50, since the beginning.
    pub senders: Vec<SenderSum>,
    /// How many more senders there are.
    pub more_senders: i64,
    /// Rules that bear on its typed names.
    pub rules: Vec<RuleRow>,
    /// Its notices, the newest first.
    pub notices: Vec<NoticeRow>,
    /// Whether a notice can be drafted now.
    pub draft: Result<(), Refusal>,
}

/// The most rows of one page.
const LARGEST_PAGE: u32 = 200;

/// Names and senders that one case's page shows.
const SHOWN: u32 = 50;

impl Review {
    /// A page of cases. A search comes in alphabetical order: so a page costs the same however many begin so.
    ///
    /// # Errors
    /// The store's.
    pub async fn cases(
        &self,
        _viewer: &Viewer,
        choice: &CaseChoice,
    ) -> Result<Vec<CaseSummary>, ReviewError> {
        let (kind, limit) = (choice.kind, choice.limit.clamp(1, LARGEST_PAGE));
        let search = choice.search.trim();
        let rows = if search.is_empty() {
            match choice.order {
                CaseOrder::Largest => {
                    let after = choice.after.map(|place| (place.key, place.id));
                    self.store.largest_cases(kind, after, limit).await?
                }
                CaseOrder::Latest => {
                    let seen = |place: CasePlace| (Timestamp::from_millis(place.key), place.id);
                    let after = choice.after.map(seen);
                    self.store.cases(kind, after, limit).await?
                }
            }
        } else {
            let after = choice.after.map(|place| place.id);
            self.store.cases_from(kind, search, after, limit).await?
        };
        Ok(rows.into_iter().map(CaseSummary::from).collect())
    }

    /// One case.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn case(&self, viewer: &Viewer, id: i64) -> Result<CaseDetail, ReviewError> {
        let case = self.store.case(id).await?.ok_or(ReviewError::Missing)?;
        let today = self.clock.now().day();
        let since = first_day(today);
        let mut days = no_days(today);
        for row in self.store.case_days(id, since).await? {
            add_to_day(&mut days, row.day, &row.name, row.recipients);
        }
        let labels = by_label(self.store.case_labels(id, since).await?);
        let (names, more_names) = self.store.case_names(id, SHOWN).await?;
        let names: Vec<NameSum> = names.into_iter().map(NameSum::from).collect();
        let (senders, more_senders) = self.store.case_senders(id, SHOWN).await?;
        let mut rules = self.rules(viewer).await?;
        rules.retain(|rule| bears_on(rule, &case, &names));
        Ok(CaseDetail {
            contacts: self.contacts_of(case.organisation).await?,
            days,
            labels,
            names,
            more_names,
            senders: self.sender_sums(case.shared, senders).await?,
            more_senders,
            rules,
            notices: self.notices_of(viewer, id).await?,
            draft: self.may_draft(id).await?,
            case: case.into(),
        })
    }

    async fn contacts_of(
        &self,
        organisation: Option<OrganisationId>,
    ) -> Result<Vec<Contact>, ReviewError> {
        let Some(organisation) = organisation else {
            return Ok(Vec::new());
        };
        let found = self.store.organisations_of(&[organisation]).await?;
        let contacts = found.into_iter().flat_map(|row| row.contacts);
        Ok(contacts.map(Contact::from).collect())
    }

    /// Whether a notice can be drafted now: what `draft_notice` would say, but for mail that is being sorted
    /// anew: that is over in a moment.
    async fn may_draft(&self, id: i64) -> Result<Result<(), Refusal>, ReviewError> {
        let basis = self.store.notice_basis(id).await?;
        let basis = basis.ok_or(ReviewError::Missing)?;
        let owner = match self.addressee(&basis) {
            Ok(owner) => owner,
            Err(ReviewError::Refused(refusal)) => return Ok(Err(refusal)),
            Err(error) => return Err(error),
        };
        let today = self.clock.now().day();
        if self.store.has_news(id, owner.id, today).await? {
            Ok(Ok(()))
        } else {
            Ok(Err(Refusal::NothingToTell))
        }
    }

    /// Senders with whether a notice may name them: by the rule of `notice::senders`, which is also the one that decides
    /// when a notice is drafted. A notice to an organisation of many unrelated users names none.
    async fn sender_sums(
        &self,
        shared: bool,
        rows: Vec<SenderSumRow>,
    ) -> Result<Vec<SenderSum>, ReviewError> {
        let known = self.known_senders(rows.iter().map(|row| row.sender.as_str()));
        let known = known.await?;
        let sum = |row: SenderSumRow| {
            let one = [(row.sender, row.messages)];
            let sorted = senders::named(&one, |domain| known.contains(domain));
            let named = !shared && !sorted.named.is_empty();
            let [(domain, messages)] = one;
            SenderSum {
                domain,
                messages,
                named_in_notices: named,
            }
        };
        Ok(rows.into_iter().map(sum).collect())
    }

    /// Closes a case, or opens it again.
    ///
    /// # Errors
    /// [`ReviewError::Missing`], [`Refusal::Decided`] where it is in that state already; the store's.
    pub async fn set_closed(
        &self,
        reviewer: &Reviewer,
        id: i64,
        change: CaseChange,
    ) -> Result<(), ReviewError> {
        let (step, action) = match change {
            CaseChange::Close => (CaseStep::Close, Action::CaseClosed),
            CaseChange::Reopen => (CaseStep::Reopen, Action::CaseReopened),
        };
        let detail = serde_json::json!({});
        let entry = audit::entry(self.clock.now(), reviewer.name(), action, "", detail);
        match self.store.step_case(id, step, entry).await? {
            Stepped::Done => Ok(()),
            Stepped::Before => Err(ReviewError::Refused(Refusal::Decided)),
            Stepped::Missing => Err(ReviewError::Missing),
        }
    }
}

/// Whether a rule in force decides over mail of the case, or has brought mail to it.
fn bears_on(rule: &RuleRow, case: &CaseRow, names: &[NameSum]) -> bool {
    if rule.revoked.is_some() {
        return false;
    }
    let Ok(typed) = Domain::parse(&rule.typed) else {
        return false;
    };
    let leads_here = match &rule.effect {
        Effect::Intended(Some(intended)) => intended
            .ancestors()
            .any(|name| case.kind == CaseKind::Intended && name == case.domain),
        Effect::Intended(None) | Effect::Verdict(_) => false,
    };
    let is_about = |name: &str| {
        let name = Domain::parse(name);
        name.is_ok_and(|name| name.is_within(&typed) || typed.is_within(&name))
    };
    leads_here || names.iter().any(|sum| is_about(&sum.name))
}

/// Labels with their sums, the most frequent first.
fn by_label(days: Vec<CaseDay>) -> Vec<(String, i64)> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for day in days {
        *sums.entry(day.name).or_default() += day.recipients;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, recipients)| Reverse(*recipients));
    sums
}

impl From<CaseRow> for CaseSummary {
    fn from(row: CaseRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            domain: row.domain,
            organisation: row.organisation.zip(row.owner),
            shared: row.shared,
            state: row.state,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            recipients: row.recipients,
            genuine: row.genuine,
        }
    }
}

impl From<NameSumRow> for NameSum {
    fn from(row: NameSumRow) -> Self {
        Self {
            name: row.name,
            recipients: row.recipients,
            genuine: row.genuine,
            days: (row.first_day, row.last_day),
        }
    }
}

/// What to do with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseChange {
    /// Nothing more is to be done for it.
    Close,
    /// It is to be worked on again.
    Reopen,
}
