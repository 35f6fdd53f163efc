//! What no single key can tell: checks across the sections, and the way from the file to [`Config`].

use crate::config::Config;
use crate::config::ConfigError;
use crate::config::Operator;
use crate::config::file::File;
use crate::config::locate::Locator;
use crate::config::services;
use crate::message::Domain;
use crate::message::Policy;
use crate::message::PolicyTable;
use crate::message::policy::Subdomains;
use crate::message::policy::Watch;
use crate::retention;
use crate::smtp;
use std::path::Path;
use std::path::PathBuf;

/// Checks the file as a whole and makes the configuration of it.
pub fn check(file: File, at: &Locator<'_>) -> Result<Config, ConfigError> {
    let folder = at.path().parent().unwrap_or(Path::new(""));
    let resolve = |path: &Path| folder.join(path);
    let data_dir = resolve(&file.data_dir);

    let zones = zones(&file, at)?;
    let policies = policies(&file, &zones, at, folder)?;
    check_smtp(&file, at)?;
    if file.seal.recipients.is_empty() {
        return Err(at.error(
            "seal.recipients",
            "expected one or more public keys (age1…)",
        ));
    }
    let pseudonym_keys = match &file.pseudonyms {
        Some(section) => resolve(&section.key_file),
        None => folder.join("pseudonyms"),
    };
    if is_inside(&pseudonym_keys, &data_dir) {
        return Err(at.error(
            "pseudonyms.key_file",
            "expected a path outside data_dir: whoever copies the data must not get the keys with it",
        ));
    }
    if let Some(operator) = &file.operator
        && operator.recipient.is_none()
    {
        let set = if operator.return_domain.is_some() {
            "return_domain is set"
        } else {
            "the section is there"
        };
        let expected =
            format!("expected a public key (age1…) to seal mail to the operator to: {set}");
        return Err(at.error("operator.recipient", expected));
    }
    let authentication = services::authentication(&file, at)?;
    let notes = services::notes(&authentication);
    let web = services::web(file.web.as_ref(), at, folder)?;
    let notify = services::notify(&file, at, folder, &data_dir)?;
    for (key, span) in [
        ("sealed", &file.retention.sealed),
        ("metadata", &file.retention.metadata),
    ] {
        if span.days() == 0 || span.0.as_secs() % 86_400 != 0 {
            return Err(at.error(
                &format!("retention.{key}"),
                "expected whole days, at least one, such as \"90d\"",
            ));
        }
    }
    if file.retention.sealed.0 > file.retention.metadata.0 {
        return Err(at.error(
            "retention.sealed",
            "expected no longer than retention.metadata: an item must not outlive what tells whose it is",
        ));
    }

    let tls = match (&file.smtp.tls_certificate, &file.smtp.tls_key) {
        (Some(certificate), Some(key)) => smtp::TlsFiles::Given {
            certificate: resolve(certificate),
            key: resolve(key),
        },
        _ => smtp::TlsFiles::SelfSigned {
            directory: data_dir.clone(),
        },
    };

    let operator = operator(&file);
    Ok(Config {
        file: at.path().to_owned(),
        zones,
        policies,
        tls,
        smtp: smtp::Options {
            max_message_bytes: file.smtp.max_message_bytes,
            max_recipients: file.smtp.max_recipients,
            max_connections: file.smtp.max_connections,
            max_connections_per_ip: file.smtp.max_connections_per_ip,
            max_connections_per_minute: file.smtp.max_connections_per_minute,
            max_messages_per_minute: file.smtp.max_messages_per_minute,
            trusted_networks: match file.smtp.trusted_networks {
                Some(given) => given.into_iter().map(|network| network.0).collect(),
                None => smtp::options::loopback(),
            },
            proxies: file
                .smtp
                .proxies
                .into_iter()
                .map(|network| network.0)
                .collect(),
            max_bytes_in_flight: file.smtp.max_bytes_in_flight,
            command_timeout: file.smtp.command_timeout.0,
            ..smtp::Options::new(file.smtp.hostname.0, file.smtp.listen)
        },
        data_dir,
        min_free_bytes: file.smtp.min_free_bytes,
        operator,
        authentication,
        seal: file.seal.recipients.into_iter().map(|key| key.0).collect(),
        pseudonym_keys,
        popular_file: file
            .classification
            .and_then(|section| section.popular_file)
            .map(|path| folder.join(path)),
        retention: retention::Options {
            sealed: file.retention.sealed.days(),
            metadata: file.retention.metadata.days(),
            ..retention::Options::default()
        },
        web,
        notify,
        notes,
    })
}

/// Who gets mail to the operator.
fn operator(file: &File) -> Operator {
    let section = file.operator.as_ref();
    let own = section.and_then(|section| section.recipient.as_ref());
    Operator {
        return_domain: section
            .and_then(|section| section.return_domain.as_ref())
            .map(|name| name.0.clone()),
        recipients: match own {
            Some(key) => vec![key.0.clone()],
            None => file
                .seal
                .recipients
                .iter()
                .map(|key| key.0.clone())
                .collect(),
        },
    }
}

fn zones(file: &File, at: &Locator<'_>) -> Result<Vec<Domain>, ConfigError> {
    if file.zone.names.is_empty() {
        return Err(at.error(
            "zone.names",
            "expected at least one top-level domain, such as [\"ml\"]",
        ));
    }
    for (index, name) in file.zone.names.iter().enumerate() {
        if name.0.label_count() != 1 {
            return Err(at.error(
                &format!("zone.names[{index}]"),
                "expected a top-level domain of one label, such as \"ml\"; list single names under [[watch]]",
            ));
        }
    }
    Ok(file.zone.names.iter().map(|name| name.0.clone()).collect())
}

fn policies(
    file: &File,
    zones: &[Domain],
    at: &Locator<'_>,
    folder: &Path,
) -> Result<PolicyTable, ConfigError> {
    let below = |name: &Domain| zones.iter().any(|zone| name.is_below(zone));
    for (index, name) in file.zone.exclude.iter().enumerate() {
        if !below(&name.0) {
            return Err(at.error(
                &format!("zone.exclude[{index}]"),
                "expected a name below one of zone.names",
            ));
        }
    }
    let mut seen = std::collections::HashSet::new();
    for (index, watch) in file.watch.iter().enumerate() {
        let key = format!("watch[{index}].name");
        if !below(&watch.name.0) {
            return Err(at.error(&key, "expected a name below one of zone.names"));
        }
        if watch.until.is_some() && watch.policy.0 != Policy::Hold {
            return Err(at.error(
                &format!("watch[{index}].until"),
                "expected policy = \"hold\" beside it: only that ends",
            ));
        }
        if !seen.insert(&watch.name.0) {
            return Err(at.error(
                &key,
                "expected each name once: an earlier [[watch]] has this one",
            ));
        }
    }
    let mut excluded: Vec<Domain> = file
        .zone
        .exclude
        .iter()
        .map(|name| name.0.clone())
        .collect();
    if let Some(path) = &file.zone.exclude_file {
        excluded.extend(read_names(&folder.join(path), at)?);
    }
    // Mail to ourselves is no misdirected mail, whatever stands in the file.
    excluded.push(file.smtp.hostname.0.clone());
    let returns = file
        .operator
        .as_ref()
        .and_then(|operator| operator.return_domain.as_ref());
    excluded.extend(returns.map(|name| name.0.clone()));
    let watches = file.watch.iter().map(|watch| Watch {
        name: watch.name.0.clone(),
        subdomains: if watch.subdomains {
            Subdomains::Included
        } else {
            Subdomains::No
        },
        policy: watch.policy.0,
        until: watch.until.map(|end| end.0),
    });
    let until = file.zone.default_until.map(|end| end.0);
    let default = file.zone.default_policy.0;
    Ok(PolicyTable::new(
        zones.iter().cloned(),
        excluded,
        watches,
        default,
        until,
    ))
}

/// One name a line; empty lines and lines that begin with `#` are passed over.
fn read_names(path: &Path, at: &Locator<'_>) -> Result<Vec<Domain>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let expected = format!(
            "expected a readable file of names, one a line: {}",
            error.kind()
        );
        at.error("zone.exclude_file", expected)
    })?;
    let mut names = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        names.push(Domain::parse(line).map_err(|_| ConfigError {
            file: path.to_owned(),
            line: Some(index + 1),
            key: "zone.exclude_file".to_owned(),
            expected: "expected a domain name such as nic.ml".to_owned(),
        })?);
    }
    Ok(names)
}

fn check_smtp(file: &File, at: &Locator<'_>) -> Result<(), ConfigError> {
    let smtp = &file.smtp;
    if smtp.listen.is_empty() {
        return Err(at.error("smtp.listen", "expected at least one address with a port"));
    }
    // Ports of mail clients: a mistyped `smtp.x.ml` in a mail program would hand us its owner's password.
    for (index, address) in smtp.listen.iter().enumerate() {
        if matches!(address.port(), 465 | 587 | 110 | 143 | 993 | 995) {
            return Err(at.error(
                &format!("smtp.listen[{index}]"),
                "expected a port for mail between servers (25): on a mail client's port people would send us passwords",
            ));
        }
    }
    let range = |key: &str, value: usize, least: usize, most: usize| {
        if (least..=most).contains(&value) {
            Ok(())
        } else {
            Err(at.error(
                &format!("smtp.{key}"),
                format!("expected a number from {least} to {most}"),
            ))
        }
    };
    // RFC 5321 4.5.3.1.7: at least 64 K octets; a GiB is what one SQLite value holds.
    range(
        "max_message_bytes",
        smtp.max_message_bytes,
        65_536,
        500 << 20,
    )?;
    // RFC 5321 4.5.3.1.8: at least 100 recipients.
    range("max_recipients", smtp.max_recipients, 100, 10_000)?;
    range("max_connections", smtp.max_connections, 1, 100_000)?;
    range(
        "max_connections_per_ip",
        smtp.max_connections_per_ip,
        1,
        100_000,
    )?;
    for (index, network) in smtp.proxies.iter().enumerate() {
        if network.0.prefix_len() == 0 {
            return Err(at.error(
                &format!("smtp.proxies[{index}]"),
                "expected the network of your proxies, not everybody: who may speak for others could come from any address he liked",
            ));
        }
    }
    if !(1..=3600).contains(&smtp.command_timeout.0.as_secs()) {
        return Err(at.error("smtp.command_timeout", "expected from \"1s\" to \"1h\""));
    }
    // One message of the largest size must fit, as received and sealed, for as many owners as a transaction may have.
    let sealed = crate::message::policy::SEALED_MAX.max(smtp.max_message_bytes);
    range(
        "max_bytes_in_flight",
        smtp.max_bytes_in_flight,
        smtp.max_message_bytes
            .saturating_add(sealed)
            .saturating_add(1 << 20),
        1 << 40,
    )?;
    match (&smtp.tls_certificate, &smtp.tls_key) {
        (Some(_), None) => Err(at.error(
            "smtp.tls_key",
            "expected a PEM file: tls_certificate is set",
        )),
        (None, Some(_)) => Err(at.error(
            "smtp.tls_certificate",
            "expected a PEM file: tls_key is set",
        )),
        _ => Ok(()),
    }
}

/// Whether `path` lies in `folder` or is it, links resolved as far as they exist.
#[must_use]
pub fn is_inside(path: &Path, folder: &Path) -> bool {
    let real = |p: &Path| -> PathBuf {
        let absolute = std::path::absolute(p).unwrap_or_else(|_| p.to_owned());
        for ancestor in absolute.ancestors() {
            if let (Ok(found), Ok(rest)) =
                (ancestor.canonicalize(), absolute.strip_prefix(ancestor))
            {
                return found.join(rest);
            }
        }
        absolute
    };
    real(path).starts_with(real(folder))
}
