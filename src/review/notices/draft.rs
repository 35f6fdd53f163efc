//! How a notice is drafted: whether there may be one, what it tells of, and to whom.

use crate::audit;
use crate::audit::Action;
use crate::classify::is_public_provider;
use crate::language::Language;
use crate::message::Address;
use crate::message::Disposition;
use crate::message::Domain;
use crate::notice;
use crate::notice::Facts;
use crate::notice::Registry;
use crate::notice::Text;
use crate::notice::senders;
use crate::review::Refusal;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::notices::refused;
use crate::staff::Reviewer;
use crate::store::CaseKind;
use crate::store::notice_draft::Drafted;
use crate::store::notice_draft::NewNotice;
use crate::store::notice_draft::NoticeFigures;
use crate::store::notice_draft::NoticeMarks;
use crate::store::notice_draft::NoticeText;
use crate::store::notices::NoticeBasis;
use crate::store::notices::NoticeOwner;
use serde_json::json;
use std::collections::HashSet;

impl Review {
    /// Drafts a notice for a case: of what has come that its organisation was not told of. Gives its number.
    ///
    /// # Errors
    /// A [`crate::review::Refusal`] where there is nothing to tell, or nobody to tell it to; the store's.
    pub async fn draft_notice(&self, reviewer: &Reviewer, case: i64) -> Result<i64, ReviewError> {
        let basis = self.store.notice_basis(case).await?;
        let basis = basis.ok_or(ReviewError::Missing)?;
        let owner = self.addressee(&basis)?.clone();
        let now = self.clock.now();
        let language = owner
            .language
            .as_deref()
            .and_then(Language::from_code)
            .unwrap_or_default();
        let scribe = Scribe {
            registry: self.registry.clone(),
            organisation: owner.name,
            shared: owner.shared,
            domain: basis.domain.clone(),
            known: self.known_domains().await?,
            language,
        };
        let new = NewNotice {
            case,
            organisation: owner.id,
            shared: owner.shared,
            contacts: owner.contacts,
            language: language.code(),
            from: self.registry.from.clone(),
            by: reviewer.name().to_owned(),
            at: now,
        };
        let detail = json!({
            "case": case,
            "domain": basis.domain,
            "addresses": new.contacts.len(),
        });
        let entry = audit::entry(now, reviewer.name(), Action::NoticeDrafted, "", detail);
        let compose =
            move |marks: &NoticeMarks, figures: NoticeFigures| scribe.write(marks, figures);
        match self.store.draft_notice(new, entry, compose).await? {
            Drafted::Made(id) => Ok(id),
            Drafted::AlreadyOpen => Err(refused(Refusal::AlreadyOpen)),
            Drafted::Outdated => Err(refused(Refusal::Outdated)),
            Drafted::BeingSorted => Err(refused(Refusal::BeingSorted)),
            Drafted::NothingToTell => Err(refused(Refusal::NothingToTell)),
        }
    }

    /// Whom a notice of this case goes to, where one may be drafted at all.
    pub(in crate::review) fn addressee<'b>(
        &self,
        basis: &'b NoticeBasis,
    ) -> Result<&'b NoticeOwner, ReviewError> {
        if basis.kind == CaseKind::Unassigned || basis.domain == senders::OTHER {
            return Err(refused(Refusal::Unassigned));
        }
        if basis.state == "closed" {
            return Err(refused(Refusal::Closed));
        }
        if basis.open {
            return Err(refused(Refusal::AlreadyOpen));
        }
        let owner = basis.owner.as_ref();
        let owner = owner.ok_or_else(|| refused(Refusal::NoOrganisation))?;
        if owner.contacts.is_empty() {
            return Err(refused(Refusal::NoContact));
        }
        for contact in &owner.contacts {
            let Ok(address) = Address::parse(&contact.address) else {
                return Err(refused(Refusal::NotAnAddress));
            };
            if self.is_caught(address.domain()) {
                return Err(refused(Refusal::ContactInZone));
            }
        }
        Ok(owner)
    }

    /// Whether mail to a name would come to our own listener: below a zone, unless the operator has it excluded.
    pub(in crate::review) fn is_caught(&self, domain: &Domain) -> bool {
        let within = self.zones.iter().any(|zone| domain.is_within(zone));
        let decided = self.policies.borrow().decide(domain, self.clock.now());
        within && decided != Disposition::Excluded
    }

    /// The names that may stand in a notice because they are in the directory.
    async fn known_domains(&self) -> Result<HashSet<Domain>, ReviewError> {
        let directory = self.store.directory().await?;
        Ok(directory
            .into_iter()
            .flat_map(|organisation| organisation.domains)
            .collect())
    }
}

/// All that a notice is written from but its figures.
struct Scribe {
    registry: Registry,
    organisation: String,
    shared: bool,
    domain: String,
    known: HashSet<Domain>,
    language: Language,
}

impl Scribe {
    /// The notice, once its figures, its ticket and the newest audit entry are known.
    fn write(self, marks: &NoticeMarks, figures: NoticeFigures) -> NoticeText {
        let sums = figures.sums;
        let sorted = if self.shared {
            senders::Senders::default()
        } else {
            let is_known =
                |domain: &Domain| self.known.contains(domain) || is_public_provider(domain);
            senders::named(&sums.senders, is_known)
        };
        let hash: Vec<String> = marks.hash.iter().map(|b| format!("{b:02x}")).collect();
        let facts = Facts {
            ticket: marks.ticket.clone(),
            registry: self.registry,
            organisation: self.organisation,
            shared: self.shared,
            domain: self.domain,
            days: (sums.first_day, sums.last_day),
            gaps: figures.gaps,
            misdirected: sums.misdirected,
            reflection: sums.reflection,
            names: sums.names,
            senders: sorted.named,
            other_senders: sorted.other,
            audit: (marks.seq, hash.concat()),
            earlier: figures.earlier,
            counted_again: figures.counted_again,
        };
        let Text {
            subject,
            text,
            html,
        } = notice::compose(&facts, self.language);
        NoticeText {
            subject,
            text,
            html,
        }
    }
}
