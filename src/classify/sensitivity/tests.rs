use super::*;

fn of_message(eml: &str) -> Vec<&'static str> {
    let parsed = Parsed::from_bytes(eml.as_bytes());
    let folded = Folded::of(&parsed);
    let stems = crate::classify::linear::stems(folded.opening());
    labels(&parsed, &folded, &stems)
        .into_iter()
        .map(Sensitivity::name)
        .collect()
}

fn of(text: &str) -> Vec<&'static str> {
    let eml = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n");
    of_message(&eml)
}

#[test]
fn plain_cases_in_two_languages() {
    assert_eq!(
        of("The new password: hX7!moon, please change it."),
        ["credentials"]
    );
    assert_eq!(of("Le mot de passe est Neige-2025"), ["credentials"]);
    assert_eq!(
        of("Your blood test shows anaemia; the doctor would like to see you."),
        ["medical"]
    );
    assert_eq!(of("Voici mon arrêt maladie de dix jours."), ["medical"]);
    assert_eq!(
        of("Scan of my passport attached for the visa."),
        ["identity"]
    );
    assert_eq!(
        of("Please pay to IBAN GB82 WEST 1234 5698 7654 32"),
        ["financial"]
    );
    assert_eq!(of("The battalion's OPORD is attached."), ["military"]);
}

#[test]
fn harmless_uses_have_no_label() {
    for text in [
        "Please be patient, the printer is on order.",
        "We watched the pilot of that new detective series.",
        "Une armée de bénévoles a nettoyé la plage.",
        "I forgot my password again, how do I reset it?",
        "Lunch on Thursday?",
        "",
    ] {
        assert!(of(text).is_empty(), "{text} {:?}", of(text));
    }
}

/// A letter of no words with a ZIP file of these parts attached.
fn of_packed(name: &str, parts: &[(&str, &str)]) -> Vec<&'static str> {
    use base64::Engine;
    use std::io::Cursor;
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (part, text) in parts {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*part, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    let packed = writer.finish().unwrap().into_inner();
    let packed = base64::engine::general_purpose::STANDARD.encode(packed);
    let eml = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: application/octet-stream; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{packed}\r\n--b--\r\n"
    );
    of_message(&eml)
}

#[test]
fn documents_count_by_their_words_and_archives_by_their_names() {
    let paragraph =
        |text: &str| format!("<w:document><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:document>");
    let secret = paragraph("Le mot de passe est Neige-2025");
    assert_eq!(
        of_packed("notes.docx", &[("word/document.xml", &secret)]),
        ["credentials"]
    );
    let card = "<sst><si><t>IBAN</t></si><si><t>GB82 WEST 1234 5698 7654 32</t></si></sst>";
    assert_eq!(
        of_packed("a.xlsx", &[("xl/sharedStrings.xml", card)]),
        ["financial"]
    );
    let lunch = paragraph("Menu of the week: soup, bread, apples.");
    assert!(of_packed("menu.docx", &[("word/document.xml", &lunch)]).is_empty());
    assert_eq!(
        of_packed("a.zip", &[("scans/passport_jane.jpg", "x"), ("b.txt", "y")]),
        ["identity"]
    );
    // What is in a file of an archive is not looked at.
    assert!(of_packed("a.zip", &[("b.txt", "The battalion's OPORD")]).is_empty());
}

#[test]
fn every_line_of_the_lexicon_is_of_a_field() {
    let text = include_str!("lexicon.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#')).count();
    let read: Vec<_> = crate::classify::phrases::lexicon(text).collect();
    assert_eq!(read.len(), lines);
    for (field, strength, _) in read {
        let known = Sensitivity::ALL.map(Sensitivity::name);
        assert!(known.contains(&field) || field == "none", "{field}");
        assert!(strength == 1.0 || strength == 2.0, "{field}");
    }
}

#[test]
fn every_signal_has_weights() {
    for signal in Measured::names_of_signals() {
        let line = format!("\nsignal:{signal}\t");
        assert!(include_str!("weights.tsv").contains(&line), "{signal}");
    }
}

#[test]
fn a_code_of_a_shop_is_no_secret_and_a_token_is_one_whatever_stands_beside_it() {
    let shop = "Summer sale! 20 % off all garden chairs with code: SUMMER20. Shop now, unsubscribe any time.";
    assert!(of(shop).is_empty(), "{:?}", of(shop));
    let token = format!("{shop} glpat-abcDEF123456ghiJKL78");
    assert_eq!(of(&token), ["credentials"]);
}
