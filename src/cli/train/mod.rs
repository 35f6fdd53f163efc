//! Training of the weights of the verdict and of the labels from folders of labelled mail: for maintainers, at build time,
//! never on caught mail.
//!
//! The folders are of the form that `restante evaluate` reads. A row is trained on only when its stated licence permits
//! weights that ship; a folder of our own writing states none and is given as such. Two ways to measure without a held-back set:
//! half of the groups against the other half, and each source against all the others; and one with folders that are set
//! aside.

mod labels;
mod verdict;

use crate::cli::classify::lines::read_head;
use crate::cli::evaluate::data::Data;
use crate::cli::evaluate::data::Mail;
use crate::message::Parsed;
use anyhow::Context;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// Licences, by how their names begin, whose works may be in weights that ship; lower case.
const PERMITTED: [&str; 7] = ["mit", "bsd-2", "bsd-3", "apache", "cc0", "pddl", "public"];

/// What to do.
pub struct Plan {
    /// Whose weights.
    pub what: What,
    /// Folders whose rows state their licences.
    pub folders: Vec<PathBuf>,
    /// Folders of our own writing.
    pub own: Vec<PathBuf>,
    /// Folders that are never trained on, for [`Check::Unseen`].
    pub unseen: Vec<PathBuf>,
    /// How to measure, where not all is trained on.
    pub check: Option<Check>,
}

/// Whose weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The verdict's.
    Verdict,
    /// The labels'.
    Labels,
}

/// How to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Train on half of the groups, judge the other half.
    Halves,
    /// Judge each source with weights of all the others.
    Sources,
    /// Judge the folders set aside with weights of all the others.
    Unseen,
}

/// A labelled message and what the training is to know of it.
struct Row<K> {
    known: K,
    source: String,
    group: String,
    permitted: bool,
    unseen: bool,
}

/// What a folder is to the training.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its rows state their licences.
    Licensed,
    /// Of our own writing.
    Own,
    /// Set aside, to be judged.
    Unseen,
}

/// Trains as planned: the weights, or the judgement on what was left out, go to `out`.
///
/// # Errors
/// A folder that is not of the form, a file that cannot be read.
pub fn run(plan: &Plan, out: impl Write + Send) -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(256 << 20)
            .spawn_scoped(scope, || on_this_thread(plan, out))
            .context("starting the parsing thread")?
            .join()
            .map_err(|_| anyhow::anyhow!("the parsing thread panicked"))?
    })
}

fn on_this_thread(plan: &Plan, mut out: impl Write) -> anyhow::Result<()> {
    match plan.what {
        What::Verdict => {
            let rows = rows(plan, verdict::known)?;
            match plan.check {
                None => out.write_all(verdict::weights(&rows).as_bytes())?,
                Some(how) => verdict::check(&rows, how, &mut out)?,
            }
        }
        What::Labels => {
            let rows = rows(plan, labels::known)?;
            match plan.check {
                None => out.write_all(labels::weights(&rows).as_bytes())?,
                Some(how) => labels::check(&rows, how, &mut out)?,
            }
        }
    }
    Ok(())
}

/// The messages of all folders of which something is known.
fn rows<K>(
    plan: &Plan,
    known: impl Fn(&Mail, &Parsed, &str) -> Option<K>,
) -> anyhow::Result<Vec<Row<K>>> {
    let mut rows = Vec::new();
    let of = |folders: &'_ [PathBuf], kind| folders.iter().map(|f| (f.clone(), kind)).collect();
    let folders: [Vec<(PathBuf, Kind)>; 3] = [
        of(&plan.folders, Kind::Licensed),
        of(&plan.own, Kind::Own),
        of(&plan.unseen, Kind::Unseen),
    ];
    for (folder, kind) in folders.iter().flatten() {
        for mail in Data::read(folder)?.mail {
            rows.extend(row(mail, folder, *kind, &known)?);
        }
    }
    Ok(rows)
}

fn row<K>(
    mail: Mail,
    folder: &Path,
    kind: Kind,
    known: impl Fn(&Mail, &Parsed, &str) -> Option<K>,
) -> anyhow::Result<Option<Row<K>>> {
    let raw = read_head(&mail.path).with_context(|| mail.path.display().to_string())?;
    let parsed = Parsed::from_bytes(&raw);
    let licence = mail.licence.to_ascii_lowercase();
    // A word enters the vocabulary when several sources use it; a scenario of our own mail is not one.
    let source = match (kind, folder.file_name()) {
        (Kind::Own | Kind::Unseen, Some(folder)) => folder.to_string_lossy().into_owned(),
        _ => mail.source.clone(),
    };
    let permitted = match kind {
        Kind::Licensed => PERMITTED.iter().any(|known| licence.starts_with(known)),
        Kind::Own => true,
        Kind::Unseen => false,
    };
    Ok(known(&mail, &parsed, &source).map(|known| Row {
        known,
        permitted,
        unseen: kind == Kind::Unseen,
        source,
        group: mail.group,
    }))
}

/// What to train on and what to judge with it.
struct Part<'a, K> {
    trained: Vec<&'a Row<K>>,
    left: Vec<&'a Row<K>>,
}

/// As many parts as `how` asks for.
fn parts<K>(rows: &[Row<K>], how: Check) -> Vec<Part<'_, K>> {
    let part = |is_left_out: &dyn Fn(&Row<K>) -> bool| {
        let (left, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| is_left_out(row));
        let trained = others.into_iter().filter(|row| row.permitted).collect();
        Part { trained, left }
    };
    match how {
        Check::Halves => vec![part(&|row| !half(&row.group))],
        Check::Unseen => vec![part(&|row| row.unseen)],
        Check::Sources => {
            let sources: BTreeSet<&str> = rows.iter().map(|row| &*row.source).collect();
            let parts = sources.into_iter();
            parts
                .map(|source| part(&|row| row.source == source))
                .collect()
        }
    }
}

/// Which half a group is in: FNV-1a (Fowler, Noll, Vo), its highest bit.
fn half(group: &str) -> bool {
    let fold = |hash: u64, octet: u8| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01B3);
    let hash = group.bytes().fold(0xCBF2_9CE4_8422_2325, fold);
    // Its low bits hang on the last octet too much.
    (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 63 == 1
}
