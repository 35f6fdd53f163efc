//! Names of made-up people, and places that they go to, by language.

/// First names of made-up people.
pub const FIRST: [(&str, &[&str]); 2] = [
    (
        "en",
        &[
            "Jane", "Tom", "Alice", "Peter", "Ruth", "Daniel", "Maria", "Simon", "Grace", "Walter",
            "Nora", "Keith", "Helen", "Oscar", "Judith", "Martin", "Esther", "Philip", "Clara",
            "Edgar",
        ],
    ),
    (
        "fr",
        &[
            "Camille", "Hélène", "Paul", "Aïcha", "Luc", "Sylvie", "Karim", "Odile", "Bruno",
            "Nadège", "Marc", "Inès", "Gérard", "Claire", "Yves", "Fatou", "Denis", "Solène",
            "Rémi", "Juliette",
        ],
    ),
];

/// Last names of made-up people.
pub const LAST: [(&str, &[&str]); 2] = [
    (
        "en",
        &[
            "Roe",
            "Harper",
            "Whitlock",
            "Okafor",
            "Lindqvist",
            "Barrow",
            "Castell",
            "Dunmore",
            "Everly",
            "Fairweather",
            "Greaves",
            "Hollis",
            "Ingram",
            "Jessop",
            "Kirkbride",
            "Lockwood",
            "Marlow",
            "Norcross",
            "Pemberton",
            "Quill",
        ],
    ),
    (
        "fr",
        &[
            "Durand",
            "Morel",
            "Lefort",
            "Belkacem",
            "Chastain",
            "Duvivier",
            "Estève",
            "Fauvel",
            "Garrigue",
            "Hubert",
            "Jolivet",
            "Lacombe",
            "Maurin",
            "Nicolet",
            "Ozanne",
            "Perrault",
            "Rousselin",
            "Savary",
            "Thévenot",
            "Diallo",
        ],
    ),
];

/// Places.
pub const PLACES: [(&str, &[&str]); 2] = [
    (
        "en",
        &[
            "Lisbon",
            "Oslo",
            "Naples",
            "Rotterdam",
            "Norfolk",
            "Dakar",
            "Singapore",
            "Halifax",
            "Athens",
            "Reykjavik",
        ],
    ),
    (
        "fr",
        &[
            "Lyon",
            "Brest",
            "Toulon",
            "Bruxelles",
            "Dakar",
            "Genève",
            "Marseille",
            "Lille",
            "Nantes",
            "Strasbourg",
        ],
    ),
];

/// The words of `language` in one of the tables above.
#[must_use]
pub fn of(
    table: &'static [(&'static str, &'static [&'static str])],
    language: &str,
) -> &'static [&'static str] {
    let found = table.iter().find(|(known, _)| *known == language);
    found.or(table.first()).map_or(&[], |(_, words)| *words)
}
