//! Two thousand owners, how they are mistyped, and who writes to them.

use restante::classify::OrganisationId;
use restante::demo::chance::Chance;
use restante::demo::world;
use restante::message::Domain;
use restante::store::Store;
use restante::store::organisations::NewOrganisation;
use std::collections::HashMap;

/// Owners; every third is in no directory.
const OWNERS: usize = 2_000;

/// Somebody whose mail goes astray.
pub struct Owner {
    pub domain: Domain,
    pub organisation: Option<OrganisationId>,
    pub typed: Vec<Domain>,
}

pub fn parse(name: &str) -> Domain {
    Domain::parse(name).unwrap()
}

/// Real-looking domains of the owners: those of the demonstration, then words put together.
pub fn names(chance: &mut Chance) -> Vec<String> {
    const ONE: &[&str] = &[
        "harbour", "north", "river", "signal", "cedar", "granite", "meadow", "copper", "lantern",
        "falcon", "summit", "willow", "anchor", "beacon", "orchard", "quarry", "saddle", "timber",
        "velvet", "winter", "amber", "bishop", "canal", "delta", "ember", "forge", "glacier",
        "hollow", "island", "juniper", "kestrel", "lagoon", "marble", "nickel", "opal", "pioneer",
        "quiet", "raven", "silver", "tundra",
    ];
    const OTHER: &[&str] = &[
        "works",
        "bank",
        "survey",
        "health",
        "lines",
        "depot",
        "school",
        "supply",
        "power",
        "county",
        "transit",
        "college",
        "clinic",
        "freight",
        "office",
        "court",
        "housing",
        "water",
        "press",
        "cargo",
        "union",
        "field",
        "guard",
        "harvest",
        "institute",
        "jewels",
        "keys",
        "labs",
        "motors",
        "notary",
        "optics",
        "ports",
        "quartz",
        "roads",
        "steel",
        "tools",
        "ventures",
        "wharf",
        "yards",
        "zones",
        "agency",
        "bureau",
        "command",
        "division",
        "estate",
        "fund",
        "group",
        "holding",
        "insurance",
        "journal",
    ];
    const ENDS: &[&str] = &["mil", "nl", "com", "gov", "fr", "org"];
    let own = world::OWNERS.iter().flat_map(|owner| owner.domains);
    let mut names: Vec<String> = own.map(|domain| (*domain).to_owned()).collect();
    'all: for other in OTHER {
        for one in ONE {
            if names.len() >= OWNERS {
                break 'all;
            }
            names.push(format!("{one}{other}.{}", chance.pick(ENDS)));
        }
    }
    names
}

pub fn directory(names: &[String]) -> Vec<NewOrganisation> {
    let mut rows = world::directory();
    let made_up = names.iter().enumerate().skip(rows.len());
    rows.extend(
        made_up
            .filter(|(at, _)| at % 3 != 0)
            .map(|(at, name)| NewOrganisation {
                domain: parse(name),
                name: format!("Organisation {at:04} ({name})"),
                country: Some(["US", "NL", "FR", "GB"][at % 4].to_owned()),
                language: Some(if at % 4 == 2 { "fr" } else { "en" }.to_owned()),
                contact: (at % 5 != 0).then(|| format!("postmaster@{name}")),
                shared: Some(at % 97 == 0),
                hint: None,
            }),
    );
    rows
}

pub async fn owners(
    store: &Store,
    names: &[String],
    chance: &mut Chance,
) -> anyhow::Result<Vec<Owner>> {
    let directory = store.directory().await?;
    let ids: HashMap<&Domain, OrganisationId> = directory
        .iter()
        .flat_map(|organisation| organisation.domains.iter().map(|d| (d, organisation.id)))
        .collect();
    let owner = |name: &String| {
        let domain = parse(name);
        let stem = name.split('.').next().unwrap();
        let (a, b) = stem.split_at(chance.below(stem.len() - 1) + 1);
        let doubled = format!("{a}{}{b}", a.chars().last().unwrap());
        let omitted = format!("{}{b}", &a[..a.len() - 1]);
        let typed = [
            format!("{stem}.ml"),
            format!("mail.{stem}.ml"),
            format!("{doubled}.ml"),
            format!("{omitted}x.ml"),
        ];
        Owner {
            organisation: ids.get(&domain).copied(),
            typed: typed
                .iter()
                .filter_map(|name| Domain::parse(name).ok())
                .collect(),
            domain,
        }
    };
    Ok(names.iter().map(owner).collect())
}

pub fn sender(number: usize) -> String {
    const PROVIDERS: &[&str] = &["gmail.com", "outlook.com", "yahoo.com", "orange.fr"];
    match PROVIDERS.get(number) {
        Some(name) => (*name).to_owned(),
        None => format!("sender-{number:04}.example"),
    }
}
