//! In which language a message is written.
//!
//! `whatlang` (trigrams) over the first 2,000 characters of the message's own words. Where it is unsure, as short
//! texts full of names make it, little words decide that one language has and others have not. Else `None`: nothing is
//! better than a guess that ends up in a notice.

use crate::classify::words::QuickBuild;
use crate::message::Parsed;
use std::collections::HashMap;
use std::sync::LazyLock;
use whatlang::Lang;

/// Characters looked at: trigram statistics are settled long before.
const CHARACTERS: usize = 2000;

/// Letters below which nothing is said.
const LETTERS_LEAST: usize = 24;

/// The ISO 639-1 code, where the text is long and clear enough.
pub(super) fn of(parsed: &Parsed) -> Option<&'static str> {
    let mut sample = String::with_capacity(CHARACTERS);
    sample.push_str(&parsed.subject);
    sample.push('\n');
    let own = parsed.text.lines().filter(|line| !line.starts_with('>'));
    for line in own {
        if sample.len() >= CHARACTERS {
            break;
        }
        sample.extend(
            line.split_whitespace()
                .filter(|w| !is_noise(w))
                .flat_map(|w| [w, " "]),
        );
        sample.push('\n');
    }
    of_text(&sample)
}

fn of_text(text: &str) -> Option<&'static str> {
    let end = text
        .char_indices()
        .nth(CHARACTERS)
        .map_or(text.len(), |(at, _)| at);
    let text = text.get(..end)?;
    if text.chars().filter(|c| c.is_alphabetic()).count() < LETTERS_LEAST {
        return None;
    }
    if let Some((language, true)) = by_little_words(text) {
        return Some(language);
    }
    let info = whatlang::detect(text)?;
    if info.is_reliable() || info.confidence() > 0.8 {
        return code(info.lang());
    }
    by_little_words(text).map(|(language, _)| language)
}

/// Little words of the languages that are expected most; none stands in two rows.
const LITTLE: [(&str, &[&str]); 5] = [
    (
        "en",
        &[
            "the", "and", "you", "your", "is", "are", "was", "this", "that", "with", "for", "of",
            "to", "i", "my", "have", "will", "not", "it", "from", "please", "be", "at", "by",
        ],
    ),
    (
        "fr",
        &[
            "le", "les", "des", "du", "et", "est", "vous", "votre", "pour", "dans", "une", "je",
            "que", "qui", "pas", "sur", "avec", "ce", "au", "nous", "notre", "bonjour", "merci",
            "vos",
        ],
    ),
    (
        "nl",
        &[
            "het", "een", "van", "ik", "niet", "voor", "zijn", "u", "uw", "op", "dat", "met",
            "aan", "wij", "naar", "graag", "bij", "nog", "geachte", "ook",
        ],
    ),
    (
        "de",
        &[
            "der", "und", "das", "ist", "nicht", "mit", "sie", "ihr", "ihre", "für", "auf", "ein",
            "eine", "ich", "wir", "den", "zu", "bitte", "dem", "sich",
        ],
    ),
    (
        "es",
        &[
            "el", "los", "las", "y", "su", "por", "para", "con", "una", "se", "lo", "al", "como",
            "muy", "gracias", "pero", "usted", "nuestro", "más", "del",
        ],
    ),
];

static LITTLE_WORDS: LazyLock<HashMap<&str, usize, QuickBuild>> = LazyLock::new(|| {
    let rows = LITTLE.iter().enumerate();
    rows.flat_map(|(at, (_, list))| list.iter().map(move |word| (*word, at)))
        .collect()
});

/// The language whose little words prevail, and whether so clearly that no trigrams are needed.
fn by_little_words(text: &str) -> Option<(&'static str, bool)> {
    let mut counts = [0usize; LITTLE.len()];
    let mut lower = String::new();
    for word in text.split(|c: char| !c.is_alphabetic()) {
        if word.is_empty() || word.len() > 12 {
            continue;
        }
        lower.clear();
        if word.is_ascii() {
            lower.push_str(word);
            lower.make_ascii_lowercase();
        } else {
            lower.extend(word.chars().flat_map(char::to_lowercase));
        }
        if let Some(at) = LITTLE_WORDS.get(lower.as_str()) {
            counts[*at] += 1;
        }
    }
    let best = (0..counts.len()).max_by_key(|at| counts[*at])?;
    let others = (0..counts.len()).filter(|at| *at != best);
    let second = others.map(|at| counts[at]).max()?.max(1);
    let clear = counts[best] >= 12 && counts[best] >= 5 * second;
    (counts[best] >= 3 && counts[best] >= 2 * second).then(|| (LITTLE[best].0, clear))
}

/// Addresses and links are in no language.
fn is_noise(word: &str) -> bool {
    word.len() > 40
        || word.bytes().any(|b| b == b'@')
        || (word.bytes().any(|b| b == b':') && word.contains("://"))
}

fn code(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Nld => "nl",
        Lang::Deu => "de",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ara => "ar",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Pol => "pl",
        Lang::Tur => "tr",
        Lang::Ukr => "uk",
        Lang::Ron => "ro",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Swe => "sv",
        Lang::Dan => "da",
        Lang::Nob => "nb",
        Lang::Fin => "fi",
        Lang::Ell => "el",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Ben => "bn",
        Lang::Pes => "fa",
        Lang::Urd => "ur",
        Lang::Vie => "vi",
        Lang::Tha => "th",
        Lang::Ind => "id",
        Lang::Cat => "ca",
        Lang::Bul => "bg",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Slk => "sk",
        Lang::Slv => "sl",
        Lang::Amh => "am",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_texts_have_a_language() {
        assert_eq!(
            of_text(
                "Please find attached the travel itinerary for next week, including the hotel."
            ),
            Some("en")
        );
        assert_eq!(
            of_text(
                "Veuillez trouver ci-joint le compte rendu de la réunion de la semaine dernière."
            ),
            Some("fr")
        );
    }

    #[test]
    fn short_texts_have_none() {
        assert_eq!(of_text("ok, merci"), None);
        assert_eq!(of_text(""), None);
    }
}
