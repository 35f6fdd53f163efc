//! Training of the verdict's weights from folders of labelled mail: for maintainers, at build time, never on caught mail.
//!
//! The folders are of the form that `restante evaluate` reads. A row is trained on only when its stated licence permits
//! weights that ship; a folder of our own writing states none and is given as such. Two ways to measure without a held-back set:
//! half of the groups against the other half, and each source against all the others.

use crate::classify::Verdict;
use crate::classify::verdict::Example;
use crate::classify::verdict::train;
use crate::cli::classify::lines::read_head;
use crate::cli::evaluate::data::Data;
use crate::cli::evaluate::data::Mail;
use crate::cli::evaluate::data::Set;
use crate::message::Parsed;
use anyhow::Context;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

/// Licences, by how their names begin, whose works may be in weights that ship; lower case.
const PERMITTED: [&str; 7] = ["mit", "bsd-2", "bsd-3", "apache", "cc0", "pddl", "public"];

/// What to do.
pub struct Plan {
    /// Folders whose rows state their licences.
    pub folders: Vec<PathBuf>,
    /// Folders of our own writing.
    pub own: Vec<PathBuf>,
    /// How to measure, where not all is trained on.
    pub check: Option<Check>,
}

/// How to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Train on half of the groups, judge the other half.
    Halves,
    /// Judge each source with weights of all the others.
    Sources,
}

struct Row {
    example: Example,
    verdict: Verdict,
    also: Option<Verdict>,
    set: Set,
    source: String,
    group: String,
    permitted: bool,
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
    let mut rows = Vec::new();
    for (folder, own) in plan
        .folders
        .iter()
        .map(|folder| (folder, false))
        .chain(plan.own.iter().map(|folder| (folder, true)))
    {
        let name = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        for mail in Data::read(folder)?.mail {
            rows.extend(row(mail, own.then(|| name.clone().unwrap_or_default()))?);
        }
    }
    match plan.check {
        None => {
            let permitted = rows.iter().filter(|row| row.permitted);
            let examples: Vec<&Example> = permitted.map(|row| &row.example).collect();
            let (weights, _) = train(&examples, &[]);
            eprintln!("trained on {} of {} messages", examples.len(), rows.len());
            out.write_all(weights.as_bytes())?;
        }
        Some(Check::Halves) => {
            let is_first = |row: &Row| half(&row.group);
            let judged = judge(
                &rows,
                |row| row.permitted && is_first(row),
                |row| !is_first(row),
            );
            print(&judged, &mut out)?;
        }
        Some(Check::Sources) => {
            let mut all = Vec::new();
            let sources: BTreeSet<&str> = rows.iter().map(|row| &*row.source).collect();
            for source in sources {
                let is_left_out = |row: &Row| row.source == source;
                all.extend(judge(
                    &rows,
                    |row| row.permitted && !is_left_out(row),
                    is_left_out,
                ));
            }
            print(&all, &mut out)?;
        }
    }
    Ok(())
}

fn row(mail: Mail, own: Option<String>) -> anyhow::Result<Option<Row>> {
    let Some(verdict) = mail.verdict else {
        return Ok(None);
    };
    let raw = read_head(&mail.path).with_context(|| mail.path.display().to_string())?;
    let parsed = Parsed::from_bytes(&raw);
    let licence = mail.licence.to_ascii_lowercase();
    // A word enters the vocabulary when several sources use it; a scenario of our own mail is not one.
    let source = match &own {
        Some(folder) => folder.clone(),
        None => mail.source.clone(),
    };
    Ok(Some(Row {
        example: Example::new(&mail.envelope(&parsed), &parsed, verdict, &source),
        verdict,
        also: mail.also,
        set: mail.set,
        permitted: own.is_some() || PERMITTED.iter().any(|known| licence.starts_with(known)),
        source,
        group: mail.group,
    }))
}

/// Which half a group is in: FNV-1a (Fowler, Noll, Vo), its highest bit.
fn half(group: &str) -> bool {
    let fold = |hash: u64, octet: u8| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01B3);
    let hash = group.bytes().fold(0xCBF2_9CE4_8422_2325, fold);
    // Its low bits hang on the last octet too much.
    (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 63 == 1
}

struct Judgement<'a> {
    row: &'a Row,
    said: Verdict,
}

fn judge(
    rows: &[Row],
    trained: impl Fn(&Row) -> bool,
    judged: impl Fn(&Row) -> bool,
) -> Vec<Judgement<'_>> {
    let examples: Vec<&Example> = rows
        .iter()
        .filter(|row| trained(row))
        .map(|row| &row.example)
        .collect();
    let left: Vec<&Row> = rows.iter().filter(|row| judged(row)).collect();
    let held_out: Vec<&Example> = left.iter().map(|row| &row.example).collect();
    let (_, verdicts) = train(&examples, &held_out);
    left.into_iter()
        .zip(verdicts)
        .map(|(row, (said, _))| Judgement {
            said: if row.also == Some(said) {
                row.verdict
            } else {
                said
            },
            row,
        })
        .collect()
}

/// One line a set with F1 of all verdicts, then a line a source and verdict.
fn print(judged: &[Judgement<'_>], out: &mut impl Write) -> std::io::Result<()> {
    let mut sets: BTreeMap<(Set, &str), Vec<&Judgement<'_>>> = BTreeMap::new();
    let mut sources: BTreeMap<(&str, Verdict), (u32, u32)> = BTreeMap::new();
    for one in judged {
        let of_own = if one.row.set == Set::Modern {
            &*one.row.source
        } else {
            ""
        };
        sets.entry((one.row.set, of_own)).or_default().push(one);
        let (right, of) = sources
            .entry((&one.row.source, one.row.verdict))
            .or_default();
        *right += u32::from(one.said == one.row.verdict);
        *of += 1;
    }
    for ((set, folder), cases) in sets {
        let share = |wanted: &dyn Fn(&Judgement<'_>) -> bool,
                     of: &dyn Fn(&Judgement<'_>) -> bool| {
            let of: Vec<_> = cases.iter().filter(|one| of(one)).collect();
            let count = of.iter().filter(|one| wanted(one)).count();
            count as f64 / of.len().max(1) as f64
        };
        let mut sum = 0.0;
        write!(out, "{} {folder} n={}", set.name(), cases.len())?;
        for verdict in Verdict::ALL {
            let precision = share(&|one| one.row.verdict == verdict, &|one| {
                one.said == verdict
            });
            let recall = share(&|one| one.said == verdict, &|one| {
                one.row.verdict == verdict
            });
            let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
            sum += f1;
            write!(out, "  {} {f1:.3}", verdict.name())?;
        }
        let person = Verdict::Misdirected;
        writeln!(
            out,
            "  macro-F1 {:.3}  person recall {:.3}  noise as person {:.3}",
            sum / Verdict::ALL.len() as f64,
            share(&|one| one.said == person, &|one| one.row.verdict == person),
            share(&|one| one.said == person, &|one| one.row.verdict != person),
        )?;
    }
    for ((source, verdict), (right, of)) in sources {
        let share = f64::from(right) / f64::from(of);
        writeln!(
            out,
            "  {source}, {}: {share:.2} ({right}/{of})",
            verdict.name()
        )?;
    }
    Ok(())
}
