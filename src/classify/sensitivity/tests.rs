use super::*;

fn of(text: &str) -> Vec<&'static str> {
    let eml = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n");
    let parsed = Parsed::from_bytes(eml.as_bytes());
    labels(&parsed, &Folded::of(&parsed))
        .into_iter()
        .map(Sensitivity::name)
        .collect()
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
