//! The directory as far as classification needs it, and its CSV form.

use crate::classify::providers::is_mass_provider;
use crate::message::Domain;
use std::collections::HashMap;
use std::collections::HashSet;

/// The store's number of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrganisationId(pub i64);

/// An organisation of the directory, as far as classification needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// The store's number.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// The domains that are its own; each may have known subdomains among the others.
    pub domains: Vec<Domain>,
    /// Whether it has many unrelated users (gmail.com, orange.fr): counts only.
    pub shared: bool,
    /// Whether it has agreed that a sender who mistyped one of its domains is told "did you mean …?".
    pub hint: bool,
}

/// Why a CSV file of organisations was not taken; `line` counts from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct CsvError {
    /// The line.
    pub line: u64,
    /// What was expected there. Organisation files are the operator's own, so names from it may be shown.
    pub what: String,
}

/// One row of the CSV file: a domain and its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRow {
    /// The line it stands on.
    pub line: u64,
    /// The domain.
    pub domain: Domain,
    /// The owner's name.
    pub name: String,
    /// ISO 3166-1 alpha-2, upper case; may be empty.
    pub country: String,
    /// ISO 639-1, lower case; may be empty.
    pub language: String,
    /// A mailbox for notices; may be empty.
    pub contact: String,
    /// The optional column `shared`; where it is absent or empty, the built-in list of mass providers decides.
    pub shared: bool,
    /// The optional column `hint`: whether senders may be told of it; `None` where the column is absent or empty.
    pub hint: Option<bool>,
}

/// The line of a record, from 1: the reader's own count leaves out empty lines in front of it.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(0);
    let rest = text.get(start..).unwrap_or_default();
    let empty = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    let head = text.get(..start + empty).unwrap_or(text);
    head.bytes().filter(|b| *b == b'\n').count() as u64 + 1
}

/// Reads the rows of a CSV file with the header `domain,name,country,language,contact`, in any order, and optionally
/// `shared` and `hint`. One row is one domain; rows of the same name are one organisation.
///
/// # Errors
/// [`CsvError`] with the line: a missing or unknown column, a domain that is none or is given twice, an empty name.
pub fn organisation_rows(text: &str) -> Result<Vec<OrganisationRow>, CsvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = Columns::find(reader.headers().map_err(|e| csv_error(&e))?)?;
    let mut rows = Vec::new();
    let mut seen: HashSet<Domain> = HashSet::new();
    for record in reader.records() {
        let record = record.map_err(|e| csv_error(&e))?;
        let line = record.position().map_or(0, |p| line_of(text, p));
        let fail = |what: String| CsvError { line, what };
        let field = |column: usize| record.get(column).unwrap_or_default();
        let domain = Domain::parse(field(columns.domain))
            .ok()
            .filter(|d| d.label_count() > 1 && d.is_hostname())
            .ok_or_else(|| fail(format!("`{}` is not a domain name", field(columns.domain))))?;
        if field(columns.name).is_empty() {
            return Err(fail(format!("{domain} has no name")));
        }
        if !seen.insert(domain.clone()) {
            return Err(fail(format!("{domain} is given twice")));
        }
        let choice = |name: &str, column: Option<usize>| match column.map(field).unwrap_or_default()
        {
            "" => Ok(None),
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            other => Err(fail(format!(
                "{name}: expected true or false, not `{other}`"
            ))),
        };
        let shared = choice("shared", columns.shared)?;
        let hint = choice("hint", columns.hint)?;
        let shared = shared.unwrap_or_else(|| is_mass_provider(&domain));
        rows.push(OrganisationRow {
            line,
            domain,
            name: field(columns.name).to_owned(),
            country: field(columns.country).to_ascii_uppercase(),
            language: field(columns.language).to_ascii_lowercase(),
            contact: field(columns.contact).to_owned(),
            shared,
            hint,
        });
    }
    Ok(rows)
}

/// [`organisation_rows`], gathered by name in order of first appearance and numbered from 1. An organisation is shared
/// where any of its domains is, and has agreed to hints where a row says so.
///
/// # Errors
/// As [`organisation_rows`].
pub fn organisations_from_csv(text: &str) -> Result<Vec<Organisation>, CsvError> {
    let mut organisations: Vec<Organisation> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for row in organisation_rows(text)? {
        let next = organisations.len();
        let at = *by_name.entry(row.name.clone()).or_insert(next);
        if at == next {
            organisations.push(Organisation {
                id: OrganisationId(i64::try_from(next + 1).unwrap_or(i64::MAX)),
                name: row.name,
                domains: vec![row.domain],
                shared: row.shared,
                hint: row.hint == Some(true),
            });
        } else if let Some(known) = organisations.get_mut(at) {
            known.domains.push(row.domain);
            known.shared |= row.shared;
            known.hint |= row.hint == Some(true);
        }
    }
    Ok(organisations)
}

struct Columns {
    domain: usize,
    name: usize,
    country: usize,
    language: usize,
    contact: usize,
    shared: Option<usize>,
    hint: Option<usize>,
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, CsvError> {
        const KNOWN: [&str; 7] = [
            "domain", "name", "country", "language", "contact", "shared", "hint",
        ];
        let fail = |what: String| CsvError { line: 1, what };
        if let Some(unknown) = header.iter().find(|h| !KNOWN.contains(h)) {
            return Err(fail(format!(
                "unknown column `{unknown}`; expected domain,name,country,language,contact"
            )));
        }
        let at = |name: &str| header.iter().position(|h| h == name);
        let needed = |name: &str| {
            at(name).ok_or_else(|| {
                fail(format!(
                    "no column `{name}`; expected domain,name,country,language,contact"
                ))
            })
        };
        Ok(Self {
            domain: needed("domain")?,
            name: needed("name")?,
            country: needed("country")?,
            language: needed("language")?,
            contact: needed("contact")?,
            shared: at("shared"),
            hint: at("hint"),
        })
    }
}

fn csv_error(error: &csv::Error) -> CsvError {
    let line = error.position().map_or(1, csv::Position::line);
    let what = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("expected {expected_len} columns, found {len}"),
        _ => "not valid CSV in UTF-8".to_owned(),
    };
    CsvError { line, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "domain,name,country,language,contact\n";

    #[test]
    fn rows_of_one_name_are_one_organisation() {
        let text = format!(
            "{HEADER}army.mil,US Army,us,EN,a@army.mil\ngmail.com,Google,US,en,\nus.army.mil,US Army,US,en,\n"
        );
        let organisations = organisations_from_csv(&text).unwrap();
        assert_eq!(organisations.len(), 2);
        assert_eq!(organisations[0].domains.len(), 2);
        assert!(!organisations[0].shared);
        assert!(organisations[1].shared);
    }

    #[test]
    fn every_refusal_names_its_line() {
        for (text, line, word) in [
            ("domain,name\nx.ml,X\n".to_owned(), 1, "country"),
            (
                "domain,name,country,language,contact,phone\n".to_owned(),
                1,
                "phone",
            ),
            (format!("{HEADER}army,US Army,US,en,\n"), 2, "army"),
            (
                format!("{HEADER}a.mil,A,US,en,\na.mil,B,US,en,\n"),
                3,
                "twice",
            ),
            (format!("{HEADER}a.mil,,US,en,\n"), 2, "no name"),
            (format!("{HEADER}a.mil,A,US\n"), 2, "columns"),
            (
                "domain,name,country,language,contact,hint\na.mil,A,US,en,,yes\n".to_owned(),
                2,
                "hint",
            ),
        ] {
            let error = organisations_from_csv(&text).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.what.contains(word), "{error}");
        }
    }

    #[test]
    fn the_column_shared_overrides_the_list() {
        let text = "domain,name,country,language,contact,shared\ngmail.com,G,US,en,,false\nx.example,X,US,en,,true\n";
        let organisations = organisations_from_csv(text).unwrap();
        assert!(!organisations[0].shared);
        assert!(organisations[1].shared);
    }

    #[test]
    fn a_hint_is_agreed_to_where_a_row_says_so_and_nowhere_else() {
        let text = "domain,name,country,language,contact,hint\na.mil,A,US,en,,true\nb.mil,A,US,en,,\nc.mil,C,US,en,,\n";
        let organisations = organisations_from_csv(text).unwrap();
        let agreed: Vec<bool> = organisations.iter().map(|o| o.hint).collect();
        assert_eq!(agreed, [true, false]);
        let rows = organisation_rows(text).unwrap();
        assert_eq!((rows[0].hint, rows[1].hint), (Some(true), None));
    }
}
