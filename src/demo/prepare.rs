//! What has to be there before anything runs: an installation, the directory, two accounts.

use crate::audit;
use crate::audit::Action;
use crate::cli::init;
use crate::cli::init::Installation;
use crate::cli::init::SealTo;
use crate::config::Config;
use crate::demo::password;
use crate::demo::place::Place;
use crate::demo::world;
use crate::message::Clock;
use crate::message::Domain;
use crate::message::Policy;
use crate::staff::Accounts;
use crate::staff::Role;
use crate::store;
use crate::store::Store;
use anyhow::Context;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Who the audit trail says set up the demonstration.
const BY: &str = "demo";

/// Makes the installation; gives the path of its configuration. Every port is one of the system's choice, but the relay's.
pub(super) fn installation(
    place: &Place,
    clock: &Clock,
    relay: SocketAddr,
) -> anyhow::Result<PathBuf> {
    let zones: Vec<Domain> = world::ZONES
        .iter()
        .filter_map(|zone| Domain::parse(zone).ok())
        .collect();
    let counted = world::COUNTED;
    init::prepare(&Installation {
        dir: place.registry(),
        zones,
        hostname: Domain::parse("mx.nic.ml").context("mx.nic.ml")?,
        listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        policy: Policy::Hold,
        keys: SealTo::FreshPair(place.key()),
        clock: clock.clone(),
        more: format!(
            r#"
[[watch]]
name = "{counted}"
policy = "count"                  # a shared provider: counts alone

[web]
listen = "127.0.0.1:0"            # a port of the system's choice

[notify]
relay = "smtp://{relay}"  # the organisations' mail server of this demonstration
from = "NIC Exemple <misdirected@nic.ml>"
"#
        ),
    })
}

/// The domains that the organisations' mail server takes mail for.
pub(super) fn domains() -> Vec<Domain> {
    world::directory()
        .into_iter()
        .map(|row| row.domain)
        .collect()
}

async fn open(config: &Path, clock: &Clock) -> anyhow::Result<Store> {
    let config = Config::load(config)?;
    let options = store::Options {
        clock: clock.clone(),
        ..store::Options::default()
    };
    Ok(Store::open(&config.data_dir, options).await?)
}

/// Takes the made-up organisations in.
pub(super) async fn directory(config: &Path, clock: &Clock) -> anyhow::Result<()> {
    let store = open(config, clock).await?;
    let entry = audit::entry(
        clock.now(),
        BY,
        Action::OrganisationsImported,
        "",
        json!({}),
    );
    let done = store.import_organisations(world::directory(), entry).await;
    store.close().await?;
    done?;
    Ok(())
}

/// Adds the two accounts; gives names and passwords.
pub(super) async fn accounts(
    config: &Path,
) -> anyhow::Result<Vec<(&'static str, Zeroizing<String>)>> {
    let clock = Clock::system();
    let store = open(config, &clock).await?;
    let accounts = Accounts::new(store.clone(), clock);
    let mut logins = Vec::new();
    for role in [Role::Reviewer, Role::Approver] {
        let password = password::fresh()?;
        accounts.add(BY, role.name(), role, &password).await?;
        logins.push((role.name(), password));
    }
    drop(accounts);
    store.close().await?;
    Ok(logins)
}
