//! Values with a form of their own: durations, names, keys. Each error says what was expected and repeats nothing.

use crate::message::Domain;
use crate::message::Policy;
use crate::message::Timestamp;
use crate::seal;
use ipnet::IpNet;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;
use std::net::IpAddr;
use std::time::Duration;

/// A domain name.
#[derive(Debug, Clone)]
pub struct Name(pub Domain);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains('*') {
            return Err(D::Error::custom(
                "expected a name without `*`: list the names (with `subdomains = true` for those below)",
            ));
        }
        Domain::parse(&text)
            .map(Name)
            .map_err(|_| D::Error::custom("expected a domain name such as \"army.ml\""))
    }
}

/// `hold`, `count` or `refuse`.
#[derive(Debug, Clone, Copy)]
pub struct PolicyName(pub Policy);

impl<'de> Deserialize<'de> for PolicyName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Policy::from_name(&text)
            .map(PolicyName)
            .ok_or_else(|| D::Error::custom("expected \"hold\", \"count\" or \"refuse\""))
    }
}

/// A number and a unit: `30s`, `5m`, `12h`, `90d`.
#[derive(Debug, Clone, Copy)]
pub struct Span(pub Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_duration(&text).map(Span).ok_or_else(|| {
            D::Error::custom("expected a duration such as \"30s\", \"5m\", \"12h\" or \"90d\"")
        })
    }
}

impl Span {
    /// Whole days in it.
    pub fn days(&self) -> u32 {
        u32::try_from(self.0.as_secs() / 86_400).unwrap_or(u32::MAX)
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().next_back()?;
    let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// A network, or one address.
#[derive(Debug, Clone, Copy)]
pub struct Network(pub IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let network = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Network).map_err(|_| {
            D::Error::custom("expected a network such as \"10.0.0.0/8\" or an address")
        })
    }
}

/// A public key.
#[derive(Debug, Clone)]
pub struct PublicKey(pub seal::Recipient);

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = zeroize::Zeroizing::new(String::deserialize(deserializer)?);
        seal::Recipient::parse(&text)
            .map(PublicKey)
            .map_err(|error| D::Error::custom(format!("expected {error}")))
    }
}

/// The first instant after a day: what `2026-12-31` means as an end.
#[derive(Debug, Clone, Copy)]
pub struct EndOfDay(pub Timestamp);

impl<'de> Deserialize<'de> for EndOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = || D::Error::custom("expected a day such as 2026-12-31");
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            toml::Value::Datetime(date) => date.to_string(),
            _ => return Err(expected()),
        };
        let format = time::macros::format_description!("[year]-[month]-[day]");
        let day = time::Date::parse(&text, format).map_err(|_| expected())?;
        let start = day.midnight().assume_utc().unix_timestamp();
        Ok(Self(
            Timestamp::from_millis(start.saturating_mul(1000)).plus_days(1),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_want_a_unit() {
        assert_eq!(parse_duration("5m"), Some(Duration::from_secs(300)));
        assert_eq!(parse_duration("90d"), Some(Duration::from_secs(7_776_000)));
        for text in [
            "",
            "5",
            "m",
            "-1s",
            "1.5h",
            "99999999999999999999d",
            "5 weeks",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
