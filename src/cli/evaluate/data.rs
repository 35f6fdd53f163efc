//! Reads labelled data: the folder that `restante evaluate` and the training are given.
//!
//! Known by name, in the folder itself and one level below it; every other file is left alone:
//!
//! ```text
//! pairs.tsv        typed, intended (`-`: none), kind, also_ok (`-`, or more that are right)
//! protected.tsv    domain, organisation: the directory
//! popular*.tsv     rank, domain: the longest of them is the popular list
//! manifest.tsv     path, label, alt_ok, lang, source, licence, orig_rcpt, group
//! manifest.jsonl   file, label, lang, helo, ip, mail_from, rcpt, typed, intended, sensitivity, tmpl
//! messages.jsonl   eml, lang, categories, negative
//! attachments.tsv  filename, mime, categories
//! ```
//!
//! Columns may stand in any order and there may be more. Paths are relative to the folder or to the file that names them.

use crate::classify::Verdict;
use crate::cli::classify::lines::reverse_path;
use crate::cli::evaluate::lists;
use crate::cli::evaluate::lists::Base;
use crate::message::Address;
use crate::message::Client;
use crate::message::Domain;
use crate::message::Envelope;
use crate::message::Helo;
use crate::message::MessageId;
use crate::message::Parsed;
use crate::message::Policy;
use crate::message::Protocol;
use crate::message::Recipient;
use crate::message::Timestamp;
use anyhow::Context;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::path::Path;
use std::path::PathBuf;

/// All that a folder holds.
#[derive(Default)]
pub struct Data {
    /// Typed names.
    pub pairs: Vec<Pair>,
    /// The directory, as the CSV that `organisation import` takes.
    pub directory: Option<String>,
    /// The popular list.
    pub popular: Option<PathBuf>,
    /// Messages with a verdict, or with labels, or both.
    pub mail: Vec<Mail>,
    /// Names of attachments.
    pub names: Vec<Name>,
}

/// A typed name and what was meant.
pub struct Pair {
    /// As typed.
    pub typed: Domain,
    /// What is right; empty where no name may be given.
    pub right: Vec<Domain>,
    /// The kind of slip.
    pub kind: String,
}

/// Where a message is from: figures of one set are not mixed with another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Set {
    /// `manifest.tsv`.
    Archives,
    /// `manifest.jsonl`.
    Modern,
    /// `messages.jsonl`.
    Labelled,
}

impl Set {
    /// The file that lists it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Archives => "manifest.tsv",
            Self::Modern => "manifest.jsonl",
            Self::Labelled => "messages.jsonl",
        }
    }
}

/// A labelled message.
pub struct Mail {
    /// Which list it is in.
    pub set: Set,
    /// Its file.
    pub path: PathBuf,
    /// What it is.
    pub verdict: Option<Verdict>,
    /// What it may be called too.
    pub also: Option<Verdict>,
    /// ISO 639-1, or empty.
    pub language: String,
    /// The archive that it is from.
    pub source: String,
    /// As the list states it; empty where it states none.
    pub licence: String,
    /// Messages that belong together: never part them between training and test.
    pub group: String,
    /// Its labels of sensitivity, where they are known.
    pub labels: Option<BTreeSet<String>>,
    /// What was meant, where that is known.
    pub intended: Option<Domain>,
    pub(super) mail_from: Option<String>,
    pub(super) rcpt: Vec<String>,
    pub(super) helo: Option<String>,
    pub(super) ip: Option<IpAddr>,
}

/// The name of an attachment.
pub struct Name {
    /// As it stands.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its labels.
    pub labels: BTreeSet<String>,
}

impl Mail {
    /// A message of which nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            set: Set::Labelled,
            path: PathBuf::new(),
            verdict: None,
            also: None,
            language: String::new(),
            source: String::new(),
            licence: String::new(),
            group: String::new(),
            labels: None,
            intended: None,
            mail_from: None,
            rcpt: Vec::new(),
            helo: None,
            ip: None,
        }
    }

    /// The envelope, as far as it is known: a made-up recipient where none is.
    #[must_use]
    pub fn envelope(&self, parsed: &Parsed) -> Envelope {
        let mut recipients: Vec<Recipient> = self
            .rcpt
            .iter()
            .filter_map(|text| recipient(text))
            .collect();
        if recipients.is_empty() {
            recipients.extend(recipient("unknown@typed.invalid"));
        }
        Envelope {
            id: MessageId::from_bytes([0; 16]),
            received_at: Timestamp::from_millis(0),
            client: Client {
                address: self.ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
                helo: Helo::new(self.helo.as_deref().unwrap_or_default()),
                protocol: Protocol::Import,
                tls: None,
            },
            reverse_path: reverse_path(self.mail_from.as_deref(), Some(parsed)),
            recipients,
            policy: Policy::Hold,
        }
    }
}

fn recipient(text: &str) -> Option<Recipient> {
    let address = Address::parse(text).ok()?;
    Some(Recipient {
        address,
        watch: None,
    })
}

impl Data {
    /// Reads a folder.
    ///
    /// # Errors
    /// A list that cannot be read or is not of its form, with its name and line; a folder without any list.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut data = Self::default();
        let mut found = false;
        let mut longest = 0;
        for place in places(folder)? {
            let name = place.file_name().and_then(|name| name.to_str());
            let Some(name) = name else { continue };
            let base = Base {
                folder,
                list: &place,
            };
            match name {
                "pairs.tsv" => data.pairs.extend(lists::pairs(&place)?),
                "protected.tsv" => data.directory = Some(lists::directory(&place)?),
                "manifest.tsv" => data.mail.extend(lists::archives(&base)?),
                "manifest.jsonl" => data.mail.extend(lists::modern(&base)?),
                "messages.jsonl" => data.mail.extend(lists::labelled(&base)?),
                "attachments.tsv" => data.names.extend(lists::names(&place)?),
                _ if name.starts_with("popular") && name.ends_with(".tsv") => {
                    let size = std::fs::metadata(&place)?.len();
                    if size > longest {
                        (longest, data.popular) = (size, Some(place));
                    }
                    continue;
                }
                _ => continue,
            }
            found = true;
        }
        anyhow::ensure!(
            found,
            "{}: expected pairs.tsv, manifest.tsv, manifest.jsonl, messages.jsonl or attachments.tsv, here or one folder below",
            folder.display()
        );
        Ok(data)
    }
}

/// The files of a folder and of the folders in it, in the order of their names.
fn places(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let list = |folder: &Path| -> anyhow::Result<Vec<PathBuf>> {
        let shown = || folder.display().to_string();
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).with_context(shown)? {
            paths.push(entry.with_context(shown)?.path());
        }
        paths.sort();
        Ok(paths)
    };
    let mut all = Vec::new();
    for path in list(folder)? {
        if path.is_dir() {
            all.extend(list(&path)?);
        } else {
            all.push(path);
        }
    }
    Ok(all)
}
