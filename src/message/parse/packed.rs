//! What lies in attachments that are packed: the words of office documents, the names in archives.
//!
//! Office Open XML (ECMA-376), OpenDocument (ISO/IEC 26300) and plain archives are all ZIP files. Of a document the parts
//! that hold its words are inflated and read as XML; of any other archive the list of names is read and nothing else. Bounded in
//! files opened, entries, octets inflated and words kept, all per message, so that a bomb costs no more than a letter; no
//! entity is resolved beyond XML's own, nothing is executed, followed or written. PDF, RAR and 7z are not opened: a
//! parser for them that is bounded and well kept has not been found yet.

use super::LIMITS;
use super::Parsed;
use super::mime::head;
use super::mime::push;
use quick_xml::events::Event;
use std::io::Cursor;
use std::io::Read;
use zip::ZipArchive;

/// Attachments that are opened.
const OPENED: u32 = 8;

/// Entries that an archive may list to be opened at all: reading the list costs some hundred octets for each.
const ENTRIES: usize = 2000;

/// Names kept of one archive.
const NAMES: usize = 64;

/// Parts of one document that are read: its slides, notes, headers.
const PARTS: usize = 32;

/// Octets inflated of all attachments together: words of a long report are some hundred kilobytes with their mark-up.
const INFLATED: u64 = 1 << 20;

/// What is left to spend on a message.
pub(super) struct Allowance {
    opened: u32,
    inflated: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            opened: OPENED,
            inflated: INFLATED,
        }
    }
}

/// Looks into an attachment that may be a ZIP file: words go to `parsed.inner_text`; gives the names that it lists, none for
/// documents, whose names are the format's own.
pub(super) fn look_inside(bytes: &[u8], left: &mut Allowance, parsed: &mut Parsed) -> Vec<String> {
    if left.opened == 0 {
        parsed.structure.cut = true;
        return Vec::new();
    }
    left.opened -= 1;
    // Each entry has this mark in the list at the end.
    let listed = memchr::memmem::find_iter(bytes, b"PK\x01\x02").take(ENTRIES + 1);
    if listed.count() > ENTRIES {
        parsed.structure.cut = true;
        return Vec::new();
    }
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return Vec::new();
    };
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.map(|name| name.into_owned()).unwrap_or_default())
        .collect();
    let mut worded: Vec<usize> = (0..archive.len())
        .filter(|at| names.get(*at).is_some_and(|name| holds_words(name)))
        .collect();
    if worded.is_empty() {
        let listed = names.iter().take(NAMES);
        return listed.map(|name| head(name, 255).to_owned()).collect();
    }
    parsed.structure.cut |= worded.len() > PARTS;
    worded.truncate(PARTS);
    for at in worded {
        let Ok(mut part) = archive.by_index(at) else {
            continue;
        };
        // A size that is only claimed reserves nothing.
        let mut xml = zeroize::Zeroizing::new(Vec::new());
        // What comes before a fault is read all the same.
        let _ = (&mut part).take(left.inflated).read_to_end(&mut xml);
        left.inflated -= (xml.len() as u64).min(left.inflated);
        let words = zeroize::Zeroizing::new(words(&xml));
        let cut = &mut parsed.structure.cut;
        push(&mut parsed.inner_text, &words, LIMITS.inner_text, cut);
        if left.inflated == 0 {
            parsed.structure.cut = true;
            break;
        }
    }
    Vec::new()
}

/// Whether a part of that name holds words of a document.
fn holds_words(name: &str) -> bool {
    let numbered = |folder: &str| name.starts_with(folder) && name.ends_with(".xml");
    matches!(
        name,
        "word/document.xml"
            | "word/footnotes.xml"
            | "word/comments.xml"
            | "xl/sharedStrings.xml"
            | "content.xml"
    ) || numbered("word/header")
        || numbered("word/footer")
        || numbered("ppt/slides/slide")
        || numbered("ppt/notesSlides/notesSlide")
}

/// The text of an XML part: runs of one paragraph together, as a word may be in several, and paragraphs and cells apart.
fn words(xml: &[u8]) -> String {
    let text = zeroize::Zeroizing::new(String::from_utf8_lossy(xml).into_owned());
    let mut reader = quick_xml::Reader::from_str(&text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_dangling_amp = true;
    let mut out = String::with_capacity(xml.len().min(LIMITS.inner_text) / 4);
    while out.len() < LIMITS.inner_text {
        match reader.read_event() {
            Ok(Event::Text(text)) => out.push_str(&text),
            Ok(Event::CData(text)) => out.push_str(&text),
            Ok(Event::GeneralRef(entity)) => out.push(match &*entity {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => match entity.resolve_char_ref() {
                    Ok(Some(letter)) => letter,
                    _ => ' ',
                },
            }),
            Ok(Event::Empty(tag)) => match tag.local_name().as_ref() {
                "tab" | "br" | "line-break" | "s" => out.push(' '),
                _ => {}
            },
            Ok(Event::End(tag)) => match tag.local_name().as_ref() {
                "p" | "h" | "si" | "tr" | "table-row" => out.push('\n'),
                "tc" | "table-cell" => out.push(' '),
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn inside(bytes: &[u8]) -> (Vec<String>, Parsed) {
        let mut parsed = Parsed::default();
        let names = look_inside(bytes, &mut Allowance::default(), &mut parsed);
        (names, parsed)
    }

    #[test]
    fn words_of_documents_are_read() {
        let document = b"<w:document xmlns:w='x'><w:body><w:p><w:r><w:t>Pass</w:t></w:r><w:r><w:t>port no. A&amp;B</w:t></w:r></w:p>\
            <w:p><w:r><w:t>caf&#xE9;</w:t><w:tab/><w:t>x</w:t></w:r></w:p></w:body></w:document>";
        let (names, parsed) = inside(&packed(&[
            ("[Content_Types].xml", b"<Types/>"),
            ("word/document.xml", document),
        ]));
        assert_eq!(parsed.inner_text, "Passport no. A&B\ncaf\u{e9} x\n");
        assert!(names.is_empty());
        let strings = b"<sst><si><t>IBAN</t></si><si><r><t>Sal</t></r><r><t>ary</t></r></si></sst>";
        let (_, parsed) = inside(&packed(&[("xl/sharedStrings.xml", strings)]));
        assert_eq!(parsed.inner_text, "IBAN\nSalary\n");
        let open = b"<office:text xmlns:text='y'><text:h>Titre</text:h><text:p>un<text:s/>deux</text:p></office:text>";
        let (_, parsed) = inside(&packed(&[("content.xml", open)]));
        assert_eq!(parsed.inner_text, "Titre\nun deux\n");
    }

    #[test]
    fn archives_are_listed_and_not_opened() {
        let many: Vec<String> = (0..100)
            .map(|n| format!("scans/passport_{n}.jpg"))
            .collect();
        let parts: Vec<(&str, &[u8])> = many.iter().map(|name| (&**name, &b"secret"[..])).collect();
        let (names, parsed) = inside(&packed(&parts));
        assert_eq!(names.len(), NAMES);
        assert_eq!(names[0], "scans/passport_0.jpg");
        assert_eq!(parsed.inner_text, "");
    }

    #[test]
    fn a_bomb_costs_no_more_than_its_allowance() {
        let zeros = vec![b'0'; 4 << 20];
        let bomb = packed(&[("word/document.xml", &zeros), ("word/header1.xml", &zeros)]);
        assert!(bomb.len() < 1 << 18);
        let mut left = Allowance::default();
        let mut parsed = Parsed::default();
        look_inside(&bomb, &mut left, &mut parsed);
        assert_eq!(left.inflated, 0);
        assert!(parsed.structure.cut);
        assert!(parsed.inner_text.len() <= LIMITS.inner_text);
        for _ in 0..10 {
            look_inside(&bomb, &mut left, &mut parsed);
        }
        assert_eq!(left.opened, 0);
        let crowd: Vec<String> = (0..=ENTRIES).map(|n| n.to_string()).collect();
        let crowd: Vec<(&str, &[u8])> = crowd.iter().map(|name| (&**name, &b""[..])).collect();
        let (names, parsed) = inside(&packed(&crowd));
        assert!(names.is_empty() && parsed.structure.cut);
    }

    #[test]
    fn rubbish_is_no_archive() {
        let whole = packed(&[("word/document.xml", b"<p>words</p>")]);
        for end in 0..whole.len() {
            let (names, parsed) = inside(&whole[..end]);
            assert!(names.is_empty() && parsed.inner_text.len() < 10);
        }
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xFF;
            inside(&broken);
        }
        let deep = b"<a>".repeat(100_000);
        inside(&packed(&[("content.xml", &deep)]));
    }
}
