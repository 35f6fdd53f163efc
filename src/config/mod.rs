//! One file becomes one typed [`Config`], once.
//!
//! For: `restante.toml`. Guarantees: whatever is wrong is refused with file, line, key and what was expected, before
//! anything is started; relative paths are relative to the file; every default is safe and stands beside its field in
//! `file.rs`. Refuses: unknown keys, private keys, a zone that is not a top-level domain, a dashboard in the clear on a
//! public address, a relay that is our own listener. Must not know: how a module uses its options; each module owns its
//! `Options`, this module fills them.

mod check;
mod file;
mod locate;
mod services;
mod value;

use crate::authenticate;
use crate::message::Domain;
use crate::message::PolicyTable;
use crate::notify;
use crate::retention;
use crate::seal::Recipient;
use crate::smtp;
use crate::web;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;

pub use check::is_inside;

/// The configuration, checked.
#[derive(Debug)]
pub struct Config {
    /// The file it came from.
    pub file: PathBuf,
    /// Where `restante.db` lies.
    pub data_dir: PathBuf,
    /// The top-level domains that the operator runs.
    pub zones: Vec<Domain>,
    /// What is done for which name.
    pub policies: PolicyTable,
    /// The listener's.
    pub smtp: smtp::Options,
    /// Octets of the disk that stay free; `None`: a twentieth, at most 1 GiB.
    pub min_free_bytes: Option<u64>,
    /// The operator's own mailboxes.
    pub operator: Operator,
    /// Where its TLS pair is.
    pub tls: smtp::TlsFiles,
    /// Public keys, at least one.
    pub seal: Vec<Recipient>,
    /// Whether SPF, DKIM and DMARC are checked, and who is asked.
    pub authentication: authenticate::Options,
    /// The file of the pseudonym keys; never inside `data_dir`.
    pub pseudonym_keys: PathBuf,
    /// A list of popular domains in place of the one that is built in.
    pub popular_file: Option<PathBuf>,
    /// What is deleted when.
    pub retention: retention::Options,
    /// The dashboard's.
    pub web: web::Options,
    /// How notices are sent.
    pub notify: notify::Options,
    /// What a reader of the file may want to know of its effect; said by `check-config` and at start.
    pub notes: Vec<String>,
}

/// `[operator]`
#[derive(Clone, Debug)]
pub struct Operator {
    /// Where answers to notices come; without it, our host name.
    pub return_domain: Option<Domain>,
    /// What mail to the operator is sealed to, at least one key; without the section, those of `[seal]`.
    pub recipients: Vec<Recipient>,
}

/// What is wrong with the configuration, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; `None` where the file cannot be read.
    pub line: Option<usize>,
    /// The key, as in `smtp.listen[0]`; empty where the file is not TOML.
    pub key: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if !self.key.is_empty() {
            write!(f, " {}:", self.key)?;
        }
        write!(f, " {}", self.expected)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`ConfigError`] for the first thing that is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            file: path.to_owned(),
            line: None,
            key: String::new(),
            expected: format!("expected a readable file: {}", error.kind()),
        })?;
        Self::parse(path, &text)
    }

    /// Checks `text` as the content of the file at `path`.
    ///
    /// # Errors
    /// [`ConfigError`] for the first thing that is wrong.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let locator = locate::Locator::new(path, text)?;
        let file = file::File::parse(&locator)?;
        check::check(file, &locator)
    }
}
