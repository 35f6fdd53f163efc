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
use crate::pseudonyms::KeyFileError;
use crate::pseudonyms::Keys;
use crate::seal::Recipient;
use crate::seal::identity::Identity;
use crate::store;
use crate::store::Store;
use crate::store::StoreError;
use anyhow::Context;
use serde_json::json;
use std::fs::File;
use std::io::ErrorKind;
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
    /// Where to listen; a trial stays on loopback, a real catcher takes 0.0.0.0:25 and `[::]:25`
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:2525")]
    listen: Vec<SocketAddr>,
    /// What is done for names without an entry of their own: hold, count or refuse
    #[arg(long, value_name = "POLICY", default_value = "hold", value_parser = policy)]
    policy: Policy,
}

fn policy(text: &str) -> Result<Policy, String> {
    Policy::from_name(text).ok_or_else(|| "expected hold, count or refuse".to_owned())
}

/// What to make, as values: what the command line says, or what a demonstration wants.
pub struct Installation {
    /// The folder.
    pub dir: PathBuf,
    /// The top-level domains, at least one.
    pub zones: Vec<Domain>,
    /// The name of the mail server.
    pub hostname: Domain,
    /// Where it listens.
    pub listen: Vec<SocketAddr>,
    /// What is done for names without an entry of their own.
    pub policy: Policy,
    /// What arriving mail is sealed to.
    pub keys: SealTo,
    /// Where the time of the beginning comes from.
    pub clock: Clock,
    /// TOML that goes to the end of the configuration.
    pub more: String,
}

/// What arriving mail is sealed to.
pub enum SealTo {
    /// Public keys whose private halves are elsewhere.
    Keys(Vec<Recipient>),
    /// A fresh pair whose private half goes to this file: for trials.
    FreshPair(PathBuf),
}

/// Makes the folder.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let zones = zones(&arguments.zone)?;
    let hostname = hostname(arguments, &zones)?;
    refuse_what_is_there(&arguments.dir)?;
    let wanted = Installation {
        dir: arguments.dir.clone(),
        zones,
        hostname,
        listen: arguments.listen.clone(),
        policy: arguments.policy,
        keys: keys(arguments)?,
        clock: Clock::system(),
        more: String::new(),
    };
    let config = prepare(&wanted)?;
    let secret = arguments.identity_out.as_deref();
    println!("{}", next_steps(&config, &wanted.zones, secret));
    Ok(())
}

/// Makes an installation; gives the path of its configuration. Not to be called where a runtime runs already.
///
/// # Errors
/// An installation that is there already, or the disk's; then what was made is taken away again.
pub fn prepare(wanted: &Installation) -> anyhow::Result<PathBuf> {
    refuse_what_is_there(&wanted.dir)?;
    let mut made = Made::default();
    if let Err(error) = make(wanted, &mut made) {
        made.remove();
        return Err(error);
    }
    Ok(wanted.dir.join(CONFIG))
}

const CONFIG: &str = "restante.toml";
const DATA: &str = "data";
const PSEUDONYMS: &str = "pseudonyms";

/// What SQLite, and the keys, have beside their files.
const DATABASE_FILES: [&str; 4] = [
    "restante.db",
    "restante.db-wal",
    "restante.db-shm",
    "restante.db-journal",
];
const PSEUDONYM_FILES: [&str; 3] = [PSEUDONYMS, "pseudonyms.lock", "pseudonyms.new"];

/// An installation, or what an `init` that was broken off left: whether that may go is for the operator to say.
fn refuse_what_is_there(dir: &Path) -> Result<(), Usage> {
    let config = dir.join(CONFIG);
    if config.exists() {
        return Err(Usage(format!(
            "{} exists: this folder is in use already",
            config.display()
        )));
    }
    let data = dir.join(DATA);
    let left: Vec<String> = DATABASE_FILES
        .map(|name| data.join(name))
        .into_iter()
        .chain(PSEUDONYM_FILES.map(|name| dir.join(name)))
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(Usage(format!(
        "{} is missing, but there is {}: if an init was broken off, remove that and run it again; if there is mail in \
         it, write {CONFIG} anew instead",
        config.display(),
        left.join(", ")
    )))
}

/// What this run has made, in order.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Made {
    /// Takes it away again. A folder that holds something else stays.
    fn remove(&self) {
        for file in self.files.iter().rev() {
            let _ = std::fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }

    fn folder(&mut self, path: &Path) -> anyhow::Result<()> {
        let missing: Vec<PathBuf> = path
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .map(Path::to_owned)
            .collect();
        self.folders.extend(missing.into_iter().rev());
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| path.display().to_string())
    }

    fn file(&mut self, path: &Path, mode: u32) -> anyhow::Result<File> {
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)
            .with_context(|| path.display().to_string())?;
        self.files.push(path.to_owned());
        Ok(file)
    }
}

fn make(wanted: &Installation, made: &mut Made) -> anyhow::Result<()> {
    let dir = &wanted.dir;
    made.folder(dir)?;
    let keys = match &wanted.keys {
        SealTo::FreshPair(file) => {
            let identity = Identity::generate();
            write_identity(file, &identity, made)?;
            vec![identity.recipient()]
        }
        SealTo::Keys(given) => given.clone(),
    };
    let data = dir.join(DATA);
    made.folder(&data)?;
    runtime()?.block_on(make_database(&data, &wanted.clock, made))?;
    let pseudonyms = dir.join(PSEUDONYMS);
    let created = Keys::create(&pseudonyms, wanted.clock.now());
    if !matches!(&created, Err(KeyFileError::Io(error)) if error.kind() == ErrorKind::AlreadyExists)
    {
        made.files
            .extend(PSEUDONYM_FILES.map(|name| dir.join(name)));
    }
    created.with_context(|| pseudonyms.display().to_string())?;
    // The configuration comes last: where it exists, all that it names exists.
    let text = configuration(wanted, &keys);
    let mut file = made.file(&dir.join(CONFIG), 0o640)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

async fn make_database(data: &Path, clock: &Clock, made: &mut Made) -> anyhow::Result<()> {
    let options = store::Options {
        clock: clock.clone(),
        ..store::Options::default()
    };
    let created = Store::create(data, options).await;
    if !matches!(created, Err(StoreError::Exists(_))) {
        made.files
            .extend(DATABASE_FILES.map(|name| data.join(name)));
    }
    let store = created?;
    let entry = audit::entry(
        clock.now(),
        OPERATOR,
        Action::DatabaseCreated,
        "",
        json!({}),
    );
    audit::record(&store, entry).await?;
    store.close().await?;
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
    let name = Domain::parse(&text).ok().filter(Domain::is_hostname);
    name.ok_or_else(|| Usage("--hostname: expected a domain name such as mx.nic.ml".to_owned()))
}

/// The keys of `--recipient`; exactly one of it and `--identity-out` must be given.
fn keys(arguments: &Arguments) -> Result<SealTo, Usage> {
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
        let keys: Result<Vec<Recipient>, Usage> = arguments.recipient.iter().map(parse).collect();
        return Ok(SealTo::Keys(keys?));
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
    Ok(SealTo::FreshPair(file.clone()))
}

fn write_identity(path: &Path, identity: &Identity, made: &mut Made) -> anyhow::Result<()> {
    let mut file = made.file(path, 0o600)?;
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

fn configuration(wanted: &Installation, keys: &[Recipient]) -> String {
    let list = |items: &mut dyn Iterator<Item = String>| {
        items
            .map(|item| format!("\"{item}\""))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let zones = &wanted.zones;
    let names = list(&mut zones.iter().map(ToString::to_string));
    let excluded = list(&mut zones.iter().map(|zone| format!("nic.{zone}")));
    let listen = list(&mut wanted.listen.iter().map(ToString::to_string));
    let keys = list(&mut keys.iter().map(|key| key.as_str().to_owned()));
    let (policy, zone) = (wanted.policy.name(), &zones[0]);
    let text = format!(
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
hostname = "{}"

[seal]
recipients = [{keys}]

[pseudonyms]
key_file = "pseudonyms"           # never in a backup

[retention]
sealed = "90d"                    # sealed items are deleted after this
metadata = "400d"                 # and what is known of each message after this; daily counts stay
"#,
        wanted.hostname
    );
    text + &wanted.more
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
