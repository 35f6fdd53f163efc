//! The directory, as staff see and keep it.

use crate::classify::OrganisationId;
use crate::message::Timestamp;
use crate::review::Review;
use crate::review::ReviewError;
use crate::review::cases::CaseSummary;
use crate::staff::Admin;
use crate::staff::Viewer;

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
    /// Domains, separated by white space. Those named are added; none is taken away.
    pub domains: String,
    /// Addresses, separated by white space. They take the place of those it had.
    pub contacts: String,
}

impl Review {
    /// The directory by name, those whose name or a domain begins with `search` (empty: all), past `after`, at most 200.
    ///
    /// # Errors
    /// The store's.
    pub async fn organisations(
        &self,
        _viewer: &Viewer,
        _search: &str,
        _after: Option<&str>,
    ) -> Result<Vec<OrganisationDetail>, ReviewError> {
        Err(ReviewError::Missing)
    }

    /// One organisation with its cases.
    ///
    /// # Errors
    /// [`ReviewError::Missing`]; the store's.
    pub async fn organisation(
        &self,
        _viewer: &Viewer,
        _id: OrganisationId,
    ) -> Result<(OrganisationDetail, Vec<CaseSummary>), ReviewError> {
        Err(ReviewError::Missing)
    }

    /// Adds or changes an organisation; gives its number. `of` is the one being changed; its name stays.
    ///
    /// # Errors
    /// The field and what is wrong with it; the store's.
    pub async fn change_organisation(
        &self,
        _admin: &Admin,
        _of: Option<OrganisationId>,
        _change: &OrganisationChange,
    ) -> Result<OrganisationId, FieldError> {
        Err(FieldError::Review(ReviewError::Missing))
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
