//! Who owns a domain, and under which domain its mail is grouped.
//!
//! The owner is that of the longest domain of the directory that the name equals or lies below: what lies below a domain
//! is its owner's, until the directory says otherwise. Mail is grouped (cases, notices) by the registrable domain, as
//! long as all of that has one owner. Where a part of it has another, that part is grouped by itself: a notice about
//! `us.army.mil` that went to the owner of `army.mil` would tell somebody what is not his to know.

use crate::classify::Organisation;
use crate::classify::OrganisationId;
use crate::message::Domain;
use std::collections::HashMap;
use std::sync::Arc;

/// The domains of a directory, or as many of them as matter to somebody.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    by_domain: HashMap<Domain, OrganisationId>,
    by_id: HashMap<OrganisationId, Arc<Organisation>>,
}

impl Owners {
    /// Those of a directory.
    #[must_use]
    pub fn of(organisations: &[Organisation]) -> Self {
        let domains = organisations
            .iter()
            .flat_map(|o| o.domains.iter().map(|domain| (domain.clone(), o.id)));
        Self {
            by_domain: domains.collect(),
            by_id: organisations
                .iter()
                .map(|o| (o.id, Arc::new(o.clone())))
                .collect(),
        }
    }

    /// The domain of the directory that `name` equals or lies below (the longest), and its owner.
    #[must_use]
    pub fn listed_domain(&self, name: &Domain) -> Option<(Domain, OrganisationId)> {
        let (listed, owner) = self.listed(name)?;
        Some((Domain::parse(listed).ok()?, owner))
    }

    /// The organisation of that number. Known where this was made of a directory ([`Owners::of`]), and not where it was
    /// made of domains and numbers alone.
    #[must_use]
    pub fn organisation(&self, id: OrganisationId) -> Option<&Organisation> {
        self.by_id.get(&id).map(Arc::as_ref)
    }

    /// The domain of the directory that decides over `name`, and its owner.
    fn listed<'n>(&self, name: &'n Domain) -> Option<(&'n str, OrganisationId)> {
        name.ancestors()
            .find_map(|above| Some((above, *self.by_domain.get(above)?)))
    }

    /// The owner of `name`.
    #[must_use]
    pub fn owner(&self, name: &Domain) -> Option<OrganisationId> {
        self.listed(name).map(|(_, owner)| owner)
    }

    /// The domain of the case of mail that was meant for `name`. All names of one case have the same owner.
    #[must_use]
    pub fn case_domain(&self, name: &Domain) -> Domain {
        let registrable = name.registrable();
        match self.listed(name) {
            // What is listed at the registrable domain or above it decides over that as well.
            Some((listed, owner)) if self.owner(&registrable) != Some(owner) => {
                Domain::parse(listed).unwrap_or(registrable)
            }
            _ => registrable,
        }
    }
}

impl FromIterator<(Domain, OrganisationId)> for Owners {
    fn from_iter<T: IntoIterator<Item = (Domain, OrganisationId)>>(domains: T) -> Self {
        Self {
            by_domain: domains.into_iter().collect(),
            by_id: HashMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Domain {
        Domain::parse(text).unwrap()
    }

    fn owners(rows: &[(&str, i64)]) -> Owners {
        rows.iter()
            .map(|(name, id)| (d(name), OrganisationId(*id)))
            .collect()
    }

    /// Owner and case of a name.
    fn of(owners: &Owners, name: &str) -> (Option<i64>, String) {
        let owner = owners.owner(&d(name)).map(|id| id.0);
        (owner, owners.case_domain(&d(name)).to_string())
    }

    #[test]
    fn below_a_listed_domain_everything_is_its_owners() {
        let owners = owners(&[("army.mil", 1)]);
        for name in ["army.mil", "us.army.mil", "a.b.army.mil"] {
            assert_eq!(of(&owners, name), (Some(1), "army.mil".to_owned()));
        }
        assert_eq!(of(&owners, "navy.mil"), (None, "navy.mil".to_owned()));
    }

    #[test]
    fn a_subdomain_with_an_owner_of_its_own_is_a_case_of_its_own() {
        for rows in [
            [("army.mil", 1), ("us.army.mil", 2)],
            [("us.army.mil", 2), ("army.mil", 1)],
        ] {
            let owners = owners(&rows);
            assert_eq!(of(&owners, "army.mil"), (Some(1), "army.mil".to_owned()));
            assert_eq!(of(&owners, "de.army.mil"), (Some(1), "army.mil".to_owned()));
            for name in ["us.army.mil", "x.us.army.mil"] {
                assert_eq!(of(&owners, name), (Some(2), "us.army.mil".to_owned()));
            }
        }
    }

    #[test]
    fn a_subdomain_alone_in_the_directory_does_not_own_what_is_beside_it() {
        let owners = owners(&[("us.army.mil", 2)]);
        assert_eq!(of(&owners, "army.mil"), (None, "army.mil".to_owned()));
        assert_eq!(of(&owners, "de.army.mil"), (None, "army.mil".to_owned()));
        assert_eq!(
            of(&owners, "x.us.army.mil"),
            (Some(2), "us.army.mil".to_owned())
        );
    }

    #[test]
    fn a_subdomain_of_the_same_owner_is_the_same_case() {
        let owners = owners(&[("army.mil", 1), ("us.army.mil", 1), ("x.us.army.mil", 3)]);
        assert_eq!(of(&owners, "us.army.mil"), (Some(1), "army.mil".to_owned()));
        assert_eq!(
            of(&owners, "x.us.army.mil"),
            (Some(3), "x.us.army.mil".to_owned())
        );
    }

    #[test]
    fn the_longest_listed_domain_decides_and_its_owner_is_known() {
        let organisation = |id: i64, domains: &[&str], hint| Organisation {
            id: OrganisationId(id),
            name: format!("Owner {id}"),
            domains: domains.iter().map(|name| d(name)).collect(),
            shared: false,
            hint,
        };
        let owners = Owners::of(&[
            organisation(1, &["army.mil"], true),
            organisation(2, &["us.army.mil"], false),
        ]);
        for (name, listed, id) in [
            ("army.mil", "army.mil", 1),
            ("de.army.mil", "army.mil", 1),
            ("x.us.army.mil", "us.army.mil", 2),
        ] {
            let found = owners.listed_domain(&d(name));
            assert_eq!(found, Some((d(listed), OrganisationId(id))), "{name}");
        }
        assert_eq!(owners.listed_domain(&d("navy.mil")), None);
        assert_eq!(owners.listed_domain(&d("mil")), None);
        let agreed = |id| owners.organisation(OrganisationId(id)).map(|o| o.hint);
        assert_eq!(
            [agreed(1), agreed(2), agreed(3)],
            [Some(true), Some(false), None]
        );
    }

    #[test]
    fn a_public_suffix_in_the_directory_owns_what_is_below_each_in_its_case() {
        let owners = owners(&[("gouv.fr", 1), ("impots.gouv.fr", 2)]);
        assert_eq!(
            of(&owners, "x.justice.gouv.fr"),
            (Some(1), "justice.gouv.fr".to_owned())
        );
        assert_eq!(
            of(&owners, "a.impots.gouv.fr"),
            (Some(2), "impots.gouv.fr".to_owned())
        );
    }
}
