//! Who writes: made-up firms, and made-up people at mail providers.

/// A sender: kind, name, domain. Names under `.example` belong to nobody (RFC 2606 2).
pub struct House {
    /// Which texts it writes: the `from` of a text.
    pub kind: &'static str,
    /// Its language; `*`: both.
    pub language: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its domain.
    pub domain: &'static str,
}

const fn house(
    kind: &'static str,
    language: &'static str,
    name: &'static str,
    domain: &'static str,
) -> House {
    House {
        kind,
        language,
        name,
        domain,
    }
}

/// Who writes. `private` are people at mail providers.
pub const HOUSES: &[House] = &[
    house("agency", "en", "Harper Travel", "harper-travel.example"),
    house(
        "agency",
        "en",
        "Blue Anchor Tours",
        "blueanchor-tours.example",
    ),
    house("agency", "fr", "Voyages Delmas", "voyages-delmas.example"),
    house(
        "clinic",
        "en",
        "Eastgate Radiology",
        "eastgate-radiology.example",
    ),
    house(
        "clinic",
        "en",
        "Mill Lane Surgery",
        "mill-lane-surgery.example",
    ),
    house(
        "clinic",
        "fr",
        "Clinique des Tilleuls",
        "clinique-tilleuls.example",
    ),
    house("clinic", "fr", "Laboratoire Aubrac", "labo-aubrac.example"),
    house(
        "shipping",
        "en",
        "Castor Shipping",
        "castor-shipping.example",
    ),
    house(
        "shipping",
        "en",
        "Ridgeway Logistics",
        "ridgeway-logistics.example",
    ),
    house(
        "shipping",
        "fr",
        "Transports Lagarde",
        "transports-lagarde.example",
    ),
    house("lawyer", "en", "Fenwick & Odell", "fenwick-odell.example"),
    house("lawyer", "fr", "Cabinet Morel", "cabinet-morel.example"),
    house(
        "works",
        "en",
        "Orchard Engineering",
        "orchard-engineering.example",
    ),
    house(
        "works",
        "en",
        "Tallis Security Systems",
        "tallis-security.example",
    ),
    house(
        "works",
        "fr",
        "Ateliers du Bastion",
        "ateliers-bastion.example",
    ),
    house(
        "accounts",
        "en",
        "Penrose Accountants",
        "penrose-accountants.example",
    ),
    house(
        "accounts",
        "fr",
        "Comptabilité Vallon",
        "compta-vallon.example",
    ),
    house("private", "en", "", "gmail.com"),
    house("private", "en", "", "outlook.com"),
    house("private", "en", "", "yahoo.com"),
    house("private", "fr", "", "orange.fr"),
    house("private", "fr", "", "gmail.com"),
    house("private", "fr", "", "laposte.net"),
    house("shop", "en", "Northern Parcels", "northern-parcels.example"),
    house("shop", "en", "Juniper Books", "juniper-books.example"),
    house(
        "shop",
        "fr",
        "La Malle aux Livres",
        "malle-aux-livres.example",
    ),
    house("portal", "en", "Trailhead Club", "trailhead-club.example"),
    house("portal", "en", "Skylark Air", "skylark-air.example"),
    house(
        "portal",
        "fr",
        "Mon Espace Énergie",
        "espace-energie.example",
    ),
    house("news", "en", "Harbour Weekly", "harbour-weekly.example"),
    house(
        "news",
        "fr",
        "La Lettre du Littoral",
        "lettre-littoral.example",
    ),
    house(
        "event",
        "*",
        "Ports and Tides Conference",
        "ports-and-tides.example",
    ),
];
