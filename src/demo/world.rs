//! The made-up world: who owns what, how it is mistyped, who writes.
//!
//! Names are invented or plainly generic; all mail stays on this machine.

mod people;
mod senders;

pub use people::FIRST;
pub use people::LAST;
pub use people::PLACES;
pub use people::of;
pub use senders::HOUSES;
pub use senders::House;

use crate::classify::is_mass_provider;
use crate::message::Domain;
use crate::store::organisations::NewOrganisation;

/// An organisation of the demonstration.
#[derive(Debug)]
pub struct Owner {
    /// Its name.
    pub name: &'static str,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// The language of its notices, and of most of its mail.
    pub language: &'static str,
    /// `military`, `public`, `company`, `clinic` or `provider`: which texts fit it.
    pub kind: &'static str,
    /// Its domains, the first with its contact.
    pub domains: &'static [&'static str],
    /// The local part of its contact.
    pub contact: &'static str,
    /// How often mail for it goes astray.
    pub weight: usize,
    /// Typed and intended domain, the likeliest first.
    pub typed: &'static [(&'static str, &'static str)],
}

/// The top-level domains that the made-up registry runs.
pub const ZONES: [&str; 2] = ["ml", "cm"];

/// A shared provider's name, which the registry counts and never keeps.
pub const COUNTED: &str = "gmail.cm";

/// The one that a burst of one day is for.
pub const BURST: usize = 5;

/// The directory.
pub const OWNERS: &[Owner] = &[
    Owner {
        name: "Department of the Army",
        country: "US",
        language: "en",
        kind: "military",
        domains: &["army.mil"],
        contact: "postmaster",
        weight: 30,
        typed: &[
            ("army.ml", "army.mil"),
            ("us.army.ml", "us.army.mil"),
            ("mail.army.ml", "mail.army.mil"),
            ("arrmy.ml", "army.mil"),
        ],
    },
    Owner {
        name: "Department of the Navy",
        country: "US",
        language: "en",
        kind: "military",
        domains: &["navy.mil"],
        contact: "security",
        weight: 16,
        typed: &[
            ("navy.ml", "navy.mil"),
            ("us.navy.ml", "us.navy.mil"),
            ("fleet.navy.ml", "fleet.navy.mil"),
            ("navvy.ml", "navy.mil"),
        ],
    },
    Owner {
        name: "Coast Survey Command",
        country: "US",
        language: "en",
        kind: "military",
        domains: &["coastsurvey.mil"],
        contact: "mailmaster",
        weight: 8,
        typed: &[
            ("coastsurvey.ml", "coastsurvey.mil"),
            ("charts.coastsurvey.ml", "charts.coastsurvey.mil"),
            ("coastsurvy.ml", "coastsurvey.mil"),
            ("coast-survey.ml", "coastsurvey.mil"),
        ],
    },
    Owner {
        name: "Northern Field Hospital",
        country: "US",
        language: "en",
        kind: "clinic",
        domains: &["fieldhospital.mil"],
        contact: "privacy",
        weight: 8,
        typed: &[
            ("fieldhospital.ml", "fieldhospital.mil"),
            ("mail.fieldhospital.ml", "mail.fieldhospital.mil"),
            ("feildhospital.ml", "fieldhospital.mil"),
        ],
    },
    Owner {
        name: "Havendienst Voorbeeld",
        country: "NL",
        language: "en",
        kind: "company",
        domains: &["havendienst-voorbeeld.nl"],
        contact: "postmaster",
        weight: 8,
        typed: &[
            ("havendienst-voorbeeld.ml", "havendienst-voorbeeld.nl"),
            ("havendienst-vorbeeld.ml", "havendienst-voorbeeld.nl"),
            ("havendienstvoorbeeld.ml", "havendienst-voorbeeld.nl"),
        ],
    },
    Owner {
        name: "Meridian Freight Lines",
        country: "GB",
        language: "en",
        kind: "company",
        domains: &["meridian-freight.com"],
        contact: "it-security",
        weight: 12,
        typed: &[
            ("meridian-freight.cm", "meridian-freight.com"),
            ("ops.meridian-freight.cm", "ops.meridian-freight.com"),
            ("meridian-frieght.cm", "meridian-freight.com"),
            ("meridianfreight.cm", "meridian-freight.com"),
        ],
    },
    Owner {
        name: "Waterschap Voorbeeld",
        country: "NL",
        language: "en",
        kind: "public",
        domains: &["waterschap-voorbeeld.nl"],
        contact: "security",
        weight: 5,
        typed: &[
            ("waterschap-voorbeeld.ml", "waterschap-voorbeeld.nl"),
            ("waterschapvoorbeeld.ml", "waterschap-voorbeeld.nl"),
            ("watershap-voorbeeld.ml", "waterschap-voorbeeld.nl"),
        ],
    },
    Owner {
        name: "City of Exampleville",
        country: "US",
        language: "en",
        kind: "public",
        domains: &["exampleville.gov"],
        contact: "helpdesk",
        weight: 5,
        typed: &[
            ("exampleville.gov.ml", "exampleville.gov"),
            ("exampleville.ml", "exampleville.gov"),
            ("exampelville.ml", "exampleville.gov"),
        ],
    },
    Owner {
        name: "Préfecture d’Exempleville",
        country: "FR",
        language: "fr",
        kind: "public",
        domains: &["prefecture-exempleville.gouv.fr"],
        contact: "ssi",
        weight: 11,
        typed: &[
            (
                "prefecture-exempleville.gouv.ml",
                "prefecture-exempleville.gouv.fr",
            ),
            (
                "prefecture-exempleville.ml",
                "prefecture-exempleville.gouv.fr",
            ),
            (
                "prefecture-exemplevile.gouv.ml",
                "prefecture-exempleville.gouv.fr",
            ),
        ],
    },
    Owner {
        name: "Hôpital Sainte-Exemple",
        country: "FR",
        language: "fr",
        kind: "clinic",
        domains: &["hopital-sainte-exemple.fr"],
        contact: "dpo",
        weight: 10,
        typed: &[
            ("hopital-sainte-exemple.ml", "hopital-sainte-exemple.fr"),
            ("hopital-ste-exemple.ml", "hopital-sainte-exemple.fr"),
            ("hopital-saint-exemple.ml", "hopital-sainte-exemple.fr"),
        ],
    },
    Owner {
        name: "Institut des Sciences Exemple",
        country: "FR",
        language: "fr",
        kind: "public",
        domains: &["institut-exemple.fr"],
        contact: "rssi",
        weight: 6,
        typed: &[
            ("institut-exemple.ml", "institut-exemple.fr"),
            ("labo.institut-exemple.ml", "labo.institut-exemple.fr"),
            ("intitut-exemple.ml", "institut-exemple.fr"),
        ],
    },
    Owner {
        name: "Gmail",
        country: "US",
        language: "en",
        kind: "provider",
        domains: &["gmail.com"],
        contact: "",
        weight: 9,
        typed: &[
            ("gmail.cm", "gmail.com"),
            ("gmial.cm", "gmail.com"),
            ("gmaill.cm", "gmail.com"),
        ],
    },
];

/// Names that nobody can say the owner of. None is under .cm, where a name on no list is taken for one under .com.
pub const UNKNOWN: &[&str] = &[
    "kora-textiles.ml",
    "sahel-artisans.ml",
    "tombo-librairie.ml",
    "wuro-transports.ml",
    "ndop-agro.ml",
    "zkv-data.ml",
];

/// The directory as rows of an import, one a domain.
#[must_use]
pub fn directory() -> Vec<NewOrganisation> {
    let row = |owner: &Owner, domain: &str| {
        let domain = Domain::parse(domain).ok()?;
        let first = owner.domains.first()?;
        Some(NewOrganisation {
            shared: Some(is_mass_provider(&domain)),
            hint: None,
            name: owner.name.to_owned(),
            country: Some(owner.country.to_owned()),
            language: Some(owner.language.to_owned()),
            contact: (!owner.contact.is_empty()).then(|| format!("{}@{first}", owner.contact)),
            domain,
        })
    };
    OWNERS
        .iter()
        .flat_map(|owner| owner.domains.iter().filter_map(move |d| row(owner, d)))
        .collect()
}
