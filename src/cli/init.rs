//! `restante init`: a configuration, a database, keys for pseudonyms, and on wish a key pair for trial use.

use crate::audit;
use crate::audit::Action;
use crate::cli::OPERATOR;
use crate::cli::Usage;
use crate::cli::is_inside;
use crate::cli::runtime;
use crate::message::Clock;
use crate::message::Domain;
use crate::message::Policy;
use crate::pseudonyms::Keys;
use crate::seal::Recipient;
use crate::seal::identity::Identity;
use crate::store;
use crate::store::Store;
use anyhow::Context;
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

/// Prepare a folder: configuration, database, pseudonym keys
///
/// Give the public key that arriving mail is sealed to with --recipient; its private half stays off this machine (make
/// the pair elsewhere with `age-keygen`). For a trial, --identity-out makes a pair here and writes the private half to
/// FILE, which must lie outside DIR.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder to make; it must not hold an installation already
    dir: PathBuf,
    /// A top-level domain that you run, such as `ml`; may be given several times
    #[arg(long, value_name = "TLD", required = true)]
    zone: Vec<String>,
    /// A public key (age1…) to seal arriving mail to; may be given several times
    #[arg(long, value_name = "KEY")]
    recipient: Vec<String>,
    /// Make a key pair for trial use and write the private half to FILE (mode 0600, outside DIR)
    #[arg(long, value_name = "FILE")]
    identity_out: Option<PathBuf>,
    /// The name of this mail server [default: mx.nic.TLD]
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
    /// Where to listen; a trial stays on loopback, a real catcher takes 0.0.0.0:25 and [::]:25
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:2525")]
    listen: Vec<SocketAddr>,
    /// What is done for names without an entry of their own: hold, count or refuse
    #[arg(long, value_name = "POLICY", default_value = "hold", value_parser = policy)]
    policy: Policy,
}

fn policy(text: &str) -> Result<Policy, String> {
    Policy::from_name(text).ok_or_else(|| "expected hold, count or refuse".to_owned())
}

/// Makes the folder.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let zones = zones(&arguments.zone)?;
    let hostname = hostname(arguments, &zones)?;
    let given = recipients(arguments)?;
    let dir = &arguments.dir;
    let config = dir.join("restante.toml");
    if config.exists() {
        return Err(Usage(format!(
            "{} exists: this folder is in use already",
            config.display()
        ))
        .into());
    }
    make_folder(dir)?;

    let (keys, secret) = match &arguments.identity_out {
        Some(file) => {
            let identity = Identity::generate();
            write_identity(file, &identity)?;
            (vec![identity.recipient()], Some(file))
        }
        None => (given, None),
    };
    // The configuration comes last: where it exists, all that it names exists.
    let made = make_rest(arguments, &zones, &hostname, &keys);
    if let (Err(_), Some(file)) = (&made, secret) {
        let _ = std::fs::remove_file(file);
    }
    made?;
    println!(
        "{}",
        next_steps(&config, &zones, secret.map(PathBuf::as_path))
    );
    Ok(())
}

fn make_rest(
    arguments: &Arguments,
    zones: &[Domain],
    hostname: &Domain,
    keys: &[Recipient],
) -> anyhow::Result<()> {
    let dir = &arguments.dir;
    let data = dir.join("data");
    make_folder(&data)?;
    runtime()?.block_on(async {
        let store = Store::create(&data, store::Options::default()).await?;
        let now = Clock::system().now();
        audit::record(
            &store,
            audit::entry(now, OPERATOR, Action::DatabaseCreated, "", json!({})),
        )
        .await?;
        store.close().await
    })?;
    let pseudonyms = dir.join("pseudonyms");
    Keys::create(&pseudonyms, Clock::system().now())
        .with_context(|| pseudonyms.display().to_string())?;
    let text = configuration(arguments, zones, hostname, keys);
    let config = dir.join("restante.toml");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(&config)
        .with_context(|| config.display().to_string())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

fn zones(texts: &[String]) -> Result<Vec<Domain>, Usage> {
    let zone = |text: &String| {
        let name = Domain::parse(text.trim_start_matches('.')).ok();
        name.filter(|name| name.label_count() == 1).ok_or_else(|| {
            Usage("--zone: expected a top-level domain of one label, such as ml".to_owned())
        })
    };
    texts.iter().map(zone).collect()
}

fn hostname(arguments: &Arguments, zones: &[Domain]) -> Result<Domain, Usage> {
    let text = match &arguments.hostname {
        Some(text) => text.clone(),
        None => format!("mx.nic.{}", zones[0]),
    };
    Domain::parse(&text)
        .map_err(|_| Usage("--hostname: expected a domain name such as mx.nic.ml".to_owned()))
}

/// The keys of `--recipient`; exactly one of it and `--identity-out` must be given.
fn recipients(arguments: &Arguments) -> Result<Vec<Recipient>, Usage> {
    let Some(file) = &arguments.identity_out else {
        if arguments.recipient.is_empty() {
            return Err(Usage(
                "expected --recipient age1… (a public key), or --identity-out FILE for a trial"
                    .to_owned(),
            ));
        }
        let parse = |text: &String| {
            Recipient::parse(text).map_err(|error| Usage(format!("--recipient: expected {error}")))
        };
        return arguments.recipient.iter().map(parse).collect();
    };
    if !arguments.recipient.is_empty() {
        return Err(Usage(
            "expected either --recipient or --identity-out, not both".to_owned(),
        ));
    }
    if is_inside(file, &arguments.dir) {
        return Err(Usage(
            "--identity-out: expected a path outside DIR: a private key beside the mail opens it"
                .to_owned(),
        ));
    }
    if file.exists() {
        return Err(Usage(format!(
            "--identity-out: {} exists and is not overwritten",
            file.display()
        )));
    }
    Ok(Vec::new())
}

fn make_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| path.display().to_string())
}

fn write_identity(path: &Path, identity: &Identity) -> anyhow::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| path.display().to_string())?;
    let secret = identity.expose();
    writeln!(
        file,
        "# A private key for trial use. Whoever has it can read the mail."
    )?;
    writeln!(file, "# public key: {}", identity.recipient().as_str())?;
    file.write_all(secret.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(())
}

fn configuration(
    arguments: &Arguments,
    zones: &[Domain],
    hostname: &Domain,
    keys: &[Recipient],
) -> String {
    let list = |items: &mut dyn Iterator<Item = String>| {
        items
            .map(|item| format!("\"{item}\""))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let names = list(&mut zones.iter().map(ToString::to_string));
    let excluded = list(&mut zones.iter().map(|zone| format!("nic.{zone}")));
    let listen = list(&mut arguments.listen.iter().map(ToString::to_string));
    let keys = list(&mut keys.iter().map(|key| key.as_str().to_owned()));
    let (policy, zone) = (arguments.policy.name(), &zones[0]);
    let mut text = String::new();
    let _ = write!(
        text,
        r#"# Poste Restante. Every key is explained in docs/operations.md; `restante check-config` checks this file.

data_dir = "data"

[zone]
names = [{names}]
default_policy = "{policy}"          # hold: 250, a sealed copy is kept. count: metadata only, 550. refuse: 550
# default_until = 2027-01-31      # from the next day on, `hold` becomes `count`
exclude = [{excluded}]           # never caught, with all below
# exclude_file = "delegated.txt"  # one name a line: all delegated names

# [[watch]]
# name = "army.{zone}"
# subdomains = true
# policy = "count"

[smtp]
listen = [{listen}]  # for real: ["0.0.0.0:25", "[::]:25"]
hostname = "{hostname}"

[seal]
recipients = [{keys}]

[pseudonyms]
key_file = "pseudonyms"           # never in a backup

[retention]
sealed = "90d"                    # sealed items are deleted after this
metadata = "400d"                 # and what is known of each message after this; daily counts stay
"#
    );
    text
}

fn next_steps(config: &Path, zones: &[Domain], secret: Option<&Path>) -> String {
    let shown = config.display();
    let first = match secret {
        Some(file) => format!(
            "The private key is in {}: keep it off this machine, for real use.",
            file.display()
        ),
        None => "Keep the private half of the key off this machine.".to_owned(),
    };
    format!(
        "Made {shown}. Next:\n\
         1. {first}\n\
         2. Say who owns what: restante organisation import FILE.csv --config {shown}\n   \
            (header: domain,name,country,language,contact)\n\
         3. Start it: restante serve --config {shown}\n   \
            then send it mail for any name under .{}",
        zones[0]
    )
}
