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
use serde::Deserialize;
use serde::de::DeserializeOwned;
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
    mail_from: Option<String>,
    rcpt: Vec<String>,
    helo: Option<String>,
    ip: Option<IpAddr>,
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
                "pairs.tsv" => data.pairs.extend(pairs(&place)?),
                "protected.tsv" => data.directory = Some(directory(&place)?),
                "manifest.tsv" => data.mail.extend(archives(&base)?),
                "manifest.jsonl" => data.mail.extend(modern(&base)?),
                "messages.jsonl" => data.mail.extend(labelled(&base)?),
                "attachments.tsv" => data.names.extend(names(&place)?),
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

/// What paths in a list may be relative to.
struct Base<'a> {
    folder: &'a Path,
    list: &'a Path,
}

impl Base<'_> {
    fn path(&self, stated: &str) -> PathBuf {
        let from_folder = self.folder.join(stated);
        match self.list.parent() {
            Some(beside) if !from_folder.exists() => beside.join(stated),
            _ => from_folder,
        }
    }
}

fn rows<T: DeserializeOwned>(place: &Path) -> anyhow::Result<Vec<T>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_path(place)
        .with_context(|| place.display().to_string())?;
    let mut rows = Vec::new();
    for (at, row) in reader.deserialize().enumerate() {
        rows.push(row.with_context(|| format!("{}:{}", place.display(), at + 2))?);
    }
    Ok(rows)
}

fn objects<T: DeserializeOwned>(place: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(place).with_context(|| place.display().to_string())?;
    text.lines()
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_str(line).with_context(|| format!("{}:{}", place.display(), at + 1))
        })
        .collect()
}

#[derive(Deserialize)]
struct PairRow {
    typed: String,
    intended: String,
    kind: String,
    #[serde(default)]
    also_ok: String,
}

fn pairs(place: &Path) -> anyhow::Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for (at, row) in rows::<PairRow>(place)?.into_iter().enumerate() {
        let typed = Domain::parse(&row.typed)
            .with_context(|| format!("{}:{}: typed", place.display(), at + 2))?;
        let more = row.also_ok.split([',', ' ', ';']);
        let right = std::iter::once(&*row.intended)
            .chain(more)
            .filter(|name| !matches!(*name, "" | "-"))
            .filter_map(|name| Domain::parse(name).ok());
        pairs.push(Pair {
            typed,
            right: right.collect(),
            kind: row.kind,
        });
    }
    Ok(pairs)
}

#[derive(Deserialize)]
struct OwnerRow {
    domain: String,
    organisation: String,
}

fn directory(place: &Path) -> anyhow::Result<String> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["domain", "name", "country", "language", "contact"])?;
    for row in rows::<OwnerRow>(place)? {
        csv.write_record([&*row.domain, &*row.organisation, "", "", ""])?;
    }
    Ok(String::from_utf8(csv.into_inner()?)?)
}

/// The verdict of a label; the word `person` is an older one for *misdirected*.
fn verdict(label: &str) -> Option<Verdict> {
    match label {
        "person" => Some(Verdict::Misdirected),
        label => Verdict::from_name(label),
    }
}

#[derive(Deserialize)]
struct ArchiveRow {
    path: String,
    label: String,
    #[serde(default)]
    alt_ok: String,
    #[serde(default)]
    lang: String,
    source: String,
    #[serde(default)]
    licence: String,
    #[serde(default)]
    orig_rcpt: String,
    #[serde(default)]
    group: String,
}

fn archives(base: &Base<'_>) -> anyhow::Result<Vec<Mail>> {
    let rows = rows::<ArchiveRow>(base.list)?;
    let known = rows.into_iter().filter_map(|row| {
        let local_part = row.orig_rcpt.rsplit_once('@').map(|(local, _)| local);
        Some(Mail {
            set: Set::Archives,
            path: base.path(&row.path),
            verdict: Some(verdict(&row.label)?),
            also: verdict(&row.alt_ok),
            language: language(row.lang),
            group: if row.group.is_empty() {
                row.path
            } else {
                row.group
            },
            source: row.source,
            licence: row.licence,
            rcpt: local_part
                .map(|local| format!("{local}@typed.invalid"))
                .into_iter()
                .collect(),
            ..Mail::unknown()
        })
    });
    Ok(known.collect())
}

fn language(stated: String) -> String {
    if stated == "?" { String::new() } else { stated }
}

#[derive(Deserialize)]
struct ModernRow {
    file: String,
    label: String,
    #[serde(default)]
    lang: String,
    helo: Option<String>,
    ip: Option<IpAddr>,
    mail_from: Option<String>,
    #[serde(default)]
    rcpt: Vec<String>,
    intended: Option<String>,
    sensitivity: Option<BTreeSet<String>>,
    #[serde(default)]
    tmpl: String,
    source: Option<String>,
    #[serde(default)]
    licence: String,
}

fn modern(base: &Base<'_>) -> anyhow::Result<Vec<Mail>> {
    let rows = objects::<ModernRow>(base.list)?;
    let known = rows.into_iter().map(|row| {
        let parts: Vec<&str> = row.tmpl.split('/').take(3).collect();
        Mail {
            set: Set::Modern,
            path: base.path(&row.file),
            verdict: verdict(&row.label),
            also: None,
            group: match &*parts.join("/") {
                "" => row.file,
                scenario => scenario.to_owned(),
            },
            source: row.source.unwrap_or_else(|| Set::Modern.name().to_owned()),
            licence: row.licence,
            language: language(row.lang),
            labels: row.sensitivity.map(renamed),
            intended: row.intended.and_then(|name| Domain::parse(&name).ok()),
            mail_from: row.mail_from,
            rcpt: row.rcpt,
            helo: row.helo,
            ip: row.ip,
        }
    });
    Ok(known.collect())
}

#[derive(Deserialize)]
struct LabelledRow {
    eml: String,
    #[serde(default)]
    lang: String,
    categories: BTreeSet<String>,
}

fn labelled(base: &Base<'_>) -> anyhow::Result<Vec<Mail>> {
    let rows = objects::<LabelledRow>(base.list)?;
    let known = rows.into_iter().map(|row| Mail {
        set: Set::Labelled,
        path: base.path(&row.eml),
        language: language(row.lang),
        source: Set::Labelled.name().to_owned(),
        group: row.eml,
        labels: Some(renamed(row.categories)),
        ..Mail::unknown()
    });
    Ok(known.collect())
}

/// Labels by our names.
fn renamed(labels: BTreeSet<String>) -> BTreeSet<String> {
    let name = |label: String| match &*label {
        "identity_documents" | "identity-documents" => "identity".to_owned(),
        _ => label,
    };
    labels.into_iter().map(name).collect()
}

#[derive(Deserialize)]
struct NameRow {
    filename: String,
    #[serde(default)]
    mime: String,
    categories: String,
}

fn names(place: &Path) -> anyhow::Result<Vec<Name>> {
    let names = rows::<NameRow>(place)?.into_iter().map(|row| Name {
        name: row.filename,
        media_type: row.mime,
        labels: renamed(
            row.categories
                .split([',', ' ', ';'])
                .filter(|label| !matches!(*label, "" | "-"))
                .map(str::to_owned)
                .collect(),
        ),
    });
    Ok(names.collect())
}
