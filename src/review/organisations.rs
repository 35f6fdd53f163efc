//! The directory, as staff see and keep it.

use crate::audit;
use crate::audit::Action;
use crate::classify::OrganisationId;
use crate::language::Language;
use crate::message::Address;
use crate::message::Domain;
use crate::message::Timestamp;
use crate::review::Refusal;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::cases::CaseSummary;
use crate::staff::Admin;
use crate::staff::Viewer;
use crate::store::organisation_change;
use crate::store::organisation_change::Changed;
use crate::store::organisation_pages::ContactRow;
use crate::store::organisation_pages::DirectoryRow;
use std::collections::BTreeSet;

/// An address that notices go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The address.
    pub address: String,
    /// Who set it: an account's name, or `operator` for the command line.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationDetail {
    /// Its number.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// ISO 639-1, of its notices.
    pub language: Option<String>,
    /// Whether it has many unrelated users.
    pub shared: bool,
    /// Whether it has agreed that senders are told of it.
    pub hint: bool,
    /// Its domains, in alphabetical order.
    pub domains: Vec<String>,
    /// Where notices go.
    pub contacts: Vec<Contact>,
}

/// What an admin may say about an organisation, as a form has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganisationChange {
    /// Its name; a new one makes an organisation.
    pub name: String,
    /// ISO 3166-1 alpha-2, or empty.
    pub country: String,
    /// `en`, `fr`, or empty.
    pub language: String,
    /// Whether it has many unrelated users.
    pub shared: bool,
    /// Whether it has agreed that senders are told of it.
    pub hint: bool,
    /// Domains, separated by white space. Those named are added; none is taken away.
    pub domains: String,
    /// Addresses, separated by white space. They take the place of those it had.
    pub contacts: String,
}

/// Organisations of one page, and cases of one organisation.
const PAGE: u32 = 200;

/// The longest name, in characters; the longest address (RFC 5321 4.5.3.1.3, without the brackets), in octets.
const LONGEST_NAME: usize = 200;
const LONGEST_ADDRESS: usize = 254;

/// The most domains that one form adds, and the most addresses of an organisation.
const MOST_DOMAINS: usize = 200;
const MOST_CONTACTS: usize = 20;

impl Review {
    /// The directory by name, those whose name or a domain begins with `search` (empty: all), past `after`, at most 200.
    ///
    /// # Errors
    /// The store's.
    pub async fn organisations(
        &self,
        _viewer: &Viewer,
        search: &str,
        after: Option<&str>,
    ) -> Result<Vec<OrganisationDetail>, ReviewError> {
        let rows = self
            .store
            .organisation_page(search.trim(), after, PAGE)
            .await?;
        Ok(rows.into_iter().map(OrganisationDetail::from).collect())
    }

    /// One organisation with its cases, the largest first, at most 200.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn organisation(
        &self,
        _viewer: &Viewer,
        id: OrganisationId,
    ) -> Result<(OrganisationDetail, Vec<CaseSummary>), ReviewError> {
        let found = self.store.organisations_of(&[id]).await?;
        let row = found.into_iter().next().ok_or(ReviewError::Missing)?;
        let cases = self.store.cases_of(id, PAGE).await?;
        let cases = cases.into_iter().map(CaseSummary::from).collect();
        Ok((row.into(), cases))
    }

    /// Adds or changes an organisation; gives its number. `of` is the one being changed; its name stays. What a field
    /// leaves out is taken away, but domains.
    ///
    /// # Errors
    /// The field and what is wrong with it; the store's.
    pub async fn change_organisation(
        &self,
        admin: &Admin,
        of: Option<OrganisationId>,
        change: &OrganisationChange,
    ) -> Result<OrganisationId, FieldError> {
        let name = match of {
            // Not asked for, and not looked at.
            Some(_) => String::new(),
            None => name(&change.name)?,
        };
        let domains = self.domains(&change.domains)?;
        if of.is_none() && domains.is_empty() {
            return Err(refused("domains", "", Refusal::Empty));
        }
        let wanted = organisation_change::OrganisationChange {
            of,
            country: country(&change.country)?,
            language: language(&change.language)?,
            shared: change.shared,
            hint: change.hint,
            contacts: self.contacts(&change.contacts)?,
            domains,
            name,
        };
        let entry = audit::entry(
            self.clock.now(),
            admin.name(),
            Action::OrganisationChanged,
            "",
            serde_json::json!({}),
        );
        match self.store.change_organisation(wanted, entry).await? {
            Changed::Done(id) => Ok(id),
            Changed::Missing => Err(ReviewError::Missing.into()),
            Changed::NameTaken => Err(refused("name", &change.name, Refusal::NameTaken)),
            Changed::DomainTaken(domain) => Err(refused("domains", &domain, Refusal::DomainTaken)),
        }
    }

    fn is_ours(&self, name: &Domain) -> bool {
        self.zones.iter().any(|zone| name.is_within(zone))
    }

    fn domains(&self, text: &str) -> Result<Vec<Domain>, FieldError> {
        let mut found = BTreeSet::new();
        for piece in text.split_whitespace() {
            let fail = |refusal| refused("domains", piece, refusal);
            let domain = Domain::parse(piece).ok().filter(Domain::is_hostname);
            let domain = domain.ok_or_else(|| fail(Refusal::NotADomain))?;
            if self.is_ours(&domain) {
                return Err(fail(Refusal::InsideZones));
            }
            if domain.label_count() < 2 {
                return Err(fail(Refusal::NotADomain));
            }
            found.insert(domain);
            if found.len() > MOST_DOMAINS {
                return Err(fail(Refusal::TooLong));
            }
        }
        Ok(found.into_iter().collect())
    }

    fn contacts(&self, text: &str) -> Result<BTreeSet<String>, FieldError> {
        let mut found = BTreeSet::new();
        for piece in text.split_whitespace() {
            let fail = |refusal| refused("contacts", piece, refusal);
            let address = Address::parse(piece)
                .ok()
                .filter(|address| is_dot_string(address.local_part()))
                .ok_or_else(|| fail(Refusal::NotAnAddress))?;
            if self.is_caught(address.domain()) {
                return Err(fail(Refusal::ContactInZone));
            }
            if address.domain().label_count() < 2 {
                return Err(fail(Refusal::NotAnAddress));
            }
            found.insert(address.expose().to_string());
            if piece.len() > LONGEST_ADDRESS || found.len() > MOST_CONTACTS {
                return Err(fail(Refusal::TooLong));
            }
        }
        Ok(found)
    }
}

fn refused(field: &'static str, value: &str, refusal: Refusal) -> FieldError {
    FieldError::Field {
        field,
        value: value.to_owned(),
        refusal,
    }
}

/// A name on one line: it stands in notices.
fn name(text: &str) -> Result<String, FieldError> {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().filter(|c| !c.is_control()).collect())
        .collect();
    let name = words.join(" ");
    if name.is_empty() {
        return Err(refused("name", "", Refusal::Empty));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(refused("name", &name, Refusal::TooLong));
    }
    Ok(name)
}

/// Two letters; empty: none.
fn country(text: &str) -> Result<Option<String>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() != 2 || !text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(refused("country", text, Refusal::NoSuchChoice));
    }
    Ok(Some(text.to_ascii_uppercase()))
}

/// A language that notices are written in; empty: none.
fn language(text: &str) -> Result<Option<String>, FieldError> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return Ok(None);
    }
    if Language::ALL.into_iter().any(|known| known.code() == text) {
        return Ok(Some(text));
    }
    Err(refused("language", &text, Refusal::NoSuchChoice))
}

/// Whether a local part is of the plain form: what an organisation publishes, and what no relay or header stumbles over.
// RFC 5321 4.1.2
fn is_dot_string(text: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

impl From<ContactRow> for Contact {
    fn from(row: ContactRow) -> Self {
        Self {
            address: row.address,
            set_by: row.set_by,
            set_at: row.set_at,
        }
    }
}

impl From<DirectoryRow> for OrganisationDetail {
    fn from(row: DirectoryRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            country: row.country,
            language: row.language,
            shared: row.shared,
            hint: row.hint,
            domains: row.domains,
            contacts: row.contacts.into_iter().map(Contact::from).collect(),
        }
    }
}

/// A form's field that cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum FieldError {
    /// The field's name, what was in it, and what is wrong.
    #[error("{field}: {refusal:?}")]
    Field {
        /// `name`, `country`, `language`, `domains`, `contacts`.
        field: &'static str,
        /// The part of it that cannot be taken.
        value: String,
        /// Why.
        refusal: crate::review::Refusal,
    },
    /// Something else.
    #[error(transparent)]
    Review(#[from] ReviewError),
}

impl From<crate::store::StoreError> for FieldError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Review(error.into())
    }
}
