//! Mail providers that are open to everybody: by a broad list, where too much is the safe side, and by a closed one.

use crate::message::Domain;

/// Mail providers with many unrelated users: what is meant for them is counted, and no notice names a person's mail.
///
/// Source: the providers' own public pages; the families are matched by the label left of the public suffix, because
/// each runs dozens of national names.
const MASS_PROVIDER_FAMILIES: &[&str] = &[
    "gmail",
    "googlemail",
    "yahoo",
    "ymail",
    "rocketmail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "icloud",
    "aol",
    "aim",
    "gmx",
    "protonmail",
    "proton",
    "zoho",
    "yandex",
    "orange",
    "wanadoo",
    "laposte",
    "sfr",
    "bbox",
    "neuf",
    "comcast",
    "verizon",
    "sbcglobal",
    "bellsouth",
    "cox",
    "charter",
    "btinternet",
    "skynet",
    "telenet",
    "bluewin",
    "libero",
    "tiscali",
    "virgilio",
    "t-online",
    "freenet",
    "arcor",
    "ziggo",
    "kpnmail",
    "xs4all",
    "hetnet",
    "terra",
    "uol",
    "naver",
    "daum",
    "163",
    "126",
    "qq",
    "rediffmail",
    "fastmail",
    "tutanota",
    "earthlink",
    "juno",
    "netzero",
    "optonline",
    "rogers",
    "sympatico",
    "shaw",
    "bigpond",
    "optusnet",
    "ntlworld",
    "talktalk",
    "virginmedia",
    "hushmail",
    "mailinator",
    "me",
    "mac",
];

/// Full names whose family label is an ordinary word elsewhere.
const MASS_PROVIDER_NAMES: &[&str] = &[
    "att.net",
    "bk.ru",
    "blueyonder.co.uk",
    "club-internet.fr",
    "free.fr",
    "home.nl",
    "inbox.lv",
    "inbox.ru",
    "list.ru",
    "mail.com",
    "mail.ru",
    "numericable.fr",
    "pm.me",
    "planet.nl",
    "q.com",
    "sky.com",
    "web.de",
    "windstream.net",
];

/// Public providers of the families, with the public suffixes under which the name is known to be theirs. Everybody may
/// register the rest: `aim.clinic` is somebody's practice.
const PUBLIC_PROVIDERS: &[(&str, &[&str])] = &[
    ("126", &["com"]),
    ("163", &["com"]),
    ("aim", &["com"]),
    ("aol", &["com", "co.uk", "de", "es", "fr", "it"]),
    ("arcor", &["de"]),
    ("bbox", &["fr"]),
    ("bellsouth", &["net"]),
    ("bigpond", &["com", "net.au"]),
    ("bluewin", &["ch"]),
    ("btinternet", &["com"]),
    ("charter", &["net"]),
    ("comcast", &["net"]),
    ("cox", &["net"]),
    ("daum", &["net"]),
    ("earthlink", &["net"]),
    ("fastmail", &["com", "fm"]),
    ("freenet", &["de"]),
    ("gmail", &["com"]),
    (
        "gmx",
        &[
            "com", "net", "at", "ch", "co.uk", "de", "es", "eu", "fr", "us",
        ],
    ),
    ("googlemail", &["com"]),
    ("hetnet", &["nl"]),
    (
        "hotmail",
        &[
            "com", "be", "ca", "ch", "cl", "co.il", "co.jp", "co.th", "co.uk", "com.ar", "com.au",
            "com.br", "com.tr", "de", "dk", "es", "fi", "fr", "gr", "it", "nl", "no", "se",
        ],
    ),
    ("hushmail", &["com"]),
    ("icloud", &["com"]),
    ("juno", &["com"]),
    ("kpnmail", &["nl"]),
    ("laposte", &["net"]),
    ("libero", &["it"]),
    (
        "live",
        &[
            "com", "at", "be", "ca", "cl", "cn", "co.uk", "co.za", "com.ar", "com.au", "com.mx",
            "com.pt", "de", "dk", "fr", "ie", "it", "jp", "nl", "no", "ru", "se",
        ],
    ),
    ("mac", &["com"]),
    ("me", &["com"]),
    ("msn", &["com"]),
    ("naver", &["com"]),
    ("netzero", &["net"]),
    ("neuf", &["fr"]),
    ("ntlworld", &["com"]),
    ("optonline", &["net"]),
    ("optusnet", &["com.au"]),
    ("orange", &["fr"]),
    (
        "outlook",
        &[
            "com", "at", "be", "cl", "co.id", "co.il", "co.th", "com.ar", "com.au", "com.br",
            "com.gr", "com.tr", "com.vn", "cz", "de", "dk", "es", "fr", "hu", "ie", "in", "it",
            "jp", "kr", "lv", "my", "ph", "pt", "sa", "sg", "sk",
        ],
    ),
    ("proton", &["me"]),
    ("protonmail", &["com", "ch"]),
    ("qq", &["com"]),
    ("rediffmail", &["com"]),
    ("rocketmail", &["com"]),
    ("rogers", &["com"]),
    ("sbcglobal", &["net"]),
    ("sfr", &["fr"]),
    ("shaw", &["ca"]),
    ("skynet", &["be"]),
    ("sympatico", &["ca"]),
    ("t-online", &["de"]),
    ("talktalk", &["net"]),
    ("telenet", &["be"]),
    ("terra", &["com.br"]),
    ("tiscali", &["it"]),
    ("tutanota", &["com", "de"]),
    ("uol", &["com.br"]),
    ("verizon", &["net"]),
    ("virginmedia", &["com"]),
    ("virgilio", &["it"]),
    ("wanadoo", &["fr"]),
    ("xs4all", &["nl"]),
    (
        "yahoo",
        &[
            "com", "be", "ca", "co.id", "co.in", "co.jp", "co.kr", "co.nz", "co.th", "co.uk",
            "co.za", "com.ar", "com.au", "com.br", "com.co", "com.hk", "com.mx", "com.ph",
            "com.sg", "com.tr", "com.tw", "com.vn", "de", "dk", "es", "fr", "gr", "ie", "in", "it",
            "nl", "no", "pl", "ro", "se",
        ],
    ),
    ("yandex", &["com", "by", "kz", "ru", "ua"]),
    ("ymail", &["com"]),
    ("ziggo", &["nl"]),
    ("zoho", &["com"]),
];

/// Whether a domain may belong to a provider with many unrelated users, by a built-in list. A broad one: it takes
/// families under any suffix, so it is for what is safe to do too often, such as telling an owner counts alone.
#[must_use]
pub fn is_mass_provider(domain: &Domain) -> bool {
    let registrable = domain.registrable();
    let family = registrable.labels().next().unwrap_or_default();
    MASS_PROVIDER_NAMES.contains(&registrable.as_str())
        || (MASS_PROVIDER_FAMILIES.contains(&family)
            && !matches!(registrable.top_level(), "mil" | "gov" | "edu" | "org"))
}

/// Whether a domain is known to be a provider's that is open to everybody, so that to name it tells nothing of anybody.
/// A closed list of whole names: what is not in it is taken for somebody's own.
#[must_use]
pub fn is_public_provider(domain: &Domain) -> bool {
    let name = domain.as_str();
    let (family, suffix) = name.split_once('.').unwrap_or_default();
    let of_family = PUBLIC_PROVIDERS.iter().find(|(known, _)| *known == family);
    MASS_PROVIDER_NAMES.contains(&name)
        || of_family.is_some_and(|(_, suffixes)| suffixes.contains(&suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(name: &str) -> Domain {
        Domain::parse(name).unwrap()
    }

    #[test]
    fn a_public_provider_is_known_by_its_whole_name() {
        for name in [
            "gmail.com",
            "googlemail.com",
            "outlook.com",
            "outlook.fr",
            "hotmail.co.uk",
            "live.fr",
            "yahoo.co.uk",
            "orange.fr",
            "free.fr",
            "laposte.net",
            "gmx.de",
            "web.de",
            "icloud.com",
            "proton.me",
        ] {
            assert!(is_public_provider(&domain(name)), "{name}");
        }
        for name in [
            "aim.clinic",
            "charter.school",
            "cox.dental",
            "live.church",
            "shaw.law",
            "mac.gov.ml",
            "orange.ml",
            "gmail.ml",
            "clinic.gmail.com",
            "gmail.com.ml",
            "com",
        ] {
            assert!(!is_public_provider(&domain(name)), "{name}");
        }
    }

    #[test]
    fn a_public_provider_is_a_mass_provider_and_its_suffix_is_public() {
        let families = PUBLIC_PROVIDERS.iter().flat_map(|(family, suffixes)| {
            let name = move |suffix: &&str| format!("{family}.{suffix}");
            suffixes.iter().map(name)
        });
        let names = MASS_PROVIDER_NAMES.iter().map(|name| (*name).to_owned());
        for name in families.chain(names) {
            let provider = domain(&name);
            assert!(is_public_provider(&provider), "{name}");
            assert!(is_mass_provider(&provider), "{name}");
            assert_eq!(provider.registrable(), provider, "{name}");
        }
    }
}
