//! The lists of labelled data, row by row.

use super::data::Mail;
use super::data::Name;
use super::data::Pair;
use super::data::Set;
use crate::classify::Verdict;
use crate::message::Domain;
use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;

/// What paths in a list may be relative to.
pub(super) struct Base<'a> {
    /// The folder that was given.
    pub(super) folder: &'a Path,
    /// The list.
    pub(super) list: &'a Path,
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

pub(super) fn pairs(place: &Path) -> anyhow::Result<Vec<Pair>> {
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

pub(super) fn directory(place: &Path) -> anyhow::Result<String> {
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

pub(super) fn archives(base: &Base<'_>) -> anyhow::Result<Vec<Mail>> {
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

pub(super) fn modern(base: &Base<'_>) -> anyhow::Result<Vec<Mail>> {
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

pub(super) fn labelled(base: &Base<'_>) -> anyhow::Result<Vec<Mail>> {
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

pub(super) fn names(place: &Path) -> anyhow::Result<Vec<Name>> {
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
