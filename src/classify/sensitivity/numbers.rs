//! Numbers that prove themselves: check digits make a card, an account or an identity number of a mere row of digits.
//!
//! | number | proof | source |
//! | --- | --- | --- |
//! | payment card | Luhn, 15 or 16 digits, known first digit | ISO/IEC 7812-1 |
//! | IBAN | mod 97 = 1 | ISO 13616 |
//! | machine-readable zone | check digits 7-3-1 | ICAO Doc 9303 |
//! | French social security number | 97 less the number mod 97 | INSEE, NIR |
//! | US social security number | shape, and areas that were never given out are left out | SSA |

use crate::classify::Sensitivity;
use crate::classify::Sensitivity::Credentials;
use crate::classify::Sensitivity::Facilities;
use crate::classify::Sensitivity::Financial;
use crate::classify::Sensitivity::Identity;
use crate::classify::Sensitivity::Military;
use crate::classify::words::count;

/// Numbers looked at in one text: a table of 10,000 cards proves no more than 200.
const TRIED_MAX: usize = 200;

/// Calls `found` with the label and weight of each kind of number in `text`.
pub(super) fn scan(text: &str, mut found: impl FnMut(Sensitivity, f32)) {
    let mut tried = 0;
    let bytes = text.as_bytes();
    let mut from = 0;
    while tried < TRIED_MAX
        && let Some(at) = next_digit(bytes, from)
    {
        if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
            from = at + 1;
            continue;
        }
        let (digits, end, marks) = run(bytes, at);
        tried += 1;
        if is_card(&digits) {
            found(Financial, 2.0);
        }
        if is_nir(&digits) {
            found(Identity, 2.0);
        }
        if is_ssn(&digits, &marks) {
            found(Identity, 1.5);
        }
        from = end.max(at + 1);
    }
    // Most words are no number and no key, and their length and first letter say so.
    let addressed = text.contains("://") && text.contains('@');
    for word in bytes.split(|b| PARTING[usize::from(*b)]).take(20_000) {
        let worth_a_look = match word {
            [b'0'..=b'9', ..] => word.len() >= 5,
            [b'A' | b'e' | b'g' | b's' | b'x', ..] => word.len() > 8,
            _ => word.len() >= 15 || (addressed && word.len() > 8),
        };
        let Some(word) = worth_a_look
            .then(|| std::str::from_utf8(word).ok())
            .flatten()
        else {
            continue;
        };
        if word.len() >= 15 && is_iban(word) {
            found(Financial, 2.0);
        }
        if word.len() >= 30 && is_mrz(word) {
            found(Identity, 2.0);
        }
        if word.len() > 8 && has_credentials(word) {
            found(Credentials, 2.0);
        }
        if word.as_bytes().first().is_some_and(u8::is_ascii_digit) && is_date_time_group(word) {
            found(Military, 1.0);
        }
    }
    if next_digit(bytes, 0).is_none() {
        return;
    }
    for line in text.lines().take(2000) {
        // Either has at least ten digits: few lines have them.
        if line.len() >= 1000 || count(line.as_bytes(), |b| b.is_ascii_digit()) < 10 {
            continue;
        }
        if line.len() < 400 && spaced_iban(line) {
            found(Financial, 2.0);
        }
        if is_position(line) {
            found(Facilities, 1.0);
        }
    }
}

/// What stands between words here.
static PARTING: [bool; 256] = {
    let mut parting = [false; 256];
    let marks = b" \t\n\x0C\r,;()\"";
    let mut at = 0;
    while at < marks.len() {
        parting[marks[at] as usize] = true;
        at += 1;
    }
    parting
};

/// Where the next digit from `from` on is; stretches without one are passed over quickly.
fn next_digit(bytes: &[u8], from: usize) -> Option<usize> {
    const STRIDE: usize = 32;
    let mut at = from;
    while let Some(stride) = bytes.get(at..at + STRIDE) {
        if stride.iter().fold(false, |any, b| any | b.is_ascii_digit()) {
            break;
        }
        at += STRIDE;
    }
    let rest = bytes.get(at..)?;
    rest.iter()
        .position(u8::is_ascii_digit)
        .map(|here| at + here)
}

/// Digits from `at` on with single spaces, dots or hyphens between them; where each mark stood.
fn run(bytes: &[u8], at: usize) -> (Vec<u8>, usize, Vec<usize>) {
    let (mut digits, mut marks, mut here) = (Vec::with_capacity(20), Vec::new(), at);
    while digits.len() < 24 {
        match bytes.get(here) {
            Some(d) if d.is_ascii_digit() => digits.push(d - b'0'),
            Some(b' ' | b'-' | b'.') if bytes.get(here + 1).is_some_and(u8::is_ascii_digit) => {
                marks.push(digits.len());
            }
            _ => break,
        }
        here += 1;
    }
    (digits, here, marks)
}

fn is_card(digits: &[u8]) -> bool {
    let issuer = matches!(
        digits,
        [4 | 5, ..] | [3, 4 | 7, ..] | [6, 0 | 2 | 4 | 5, ..] | [2, 2..=7, ..]
    );
    let length = digits.len() == 16 || (digits.len() == 15 && digits.first() == Some(&3));
    issuer && length && luhn(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, d)| {
            let d = u32::from(*d);
            if at % 2 == 0 {
                d
            } else if d > 4 {
                2 * d - 9
            } else {
                2 * d
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_nir(digits: &[u8]) -> bool {
    if digits.len() != 15 || !matches!(digits.first(), Some(1 | 2)) {
        return false;
    }
    let number = |part: &[u8]| part.iter().fold(0u64, |n, d| n * 10 + u64::from(*d));
    let month = number(&digits[3..5]);
    (1..=12).contains(&month) && 97 - number(&digits[..13]) % 97 == number(&digits[13..])
}

fn is_ssn(digits: &[u8], marks: &[usize]) -> bool {
    digits.len() == 9
        && marks == [3, 5]
        && !matches!(digits, [0, 0, 0, ..] | [6, 6, 6, ..] | [9, ..])
        && digits[3..5] != [0, 0]
        && digits[5..] != [0, 0, 0, 0]
}

/// An IBAN without spaces.
fn is_iban(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let bytes = word.as_bytes();
    let shape = (15..=34).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit);
    shape && mod_97(bytes[4..].iter().chain(&bytes[..4])) == 1
}

/// An IBAN in groups of four, as people print it.
fn spaced_iban(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().take(80).collect();
    (0..words.len()).any(|start| {
        let first = words[start].as_bytes();
        let begins = first.len() == 4
            && first[..2].iter().all(u8::is_ascii_uppercase)
            && first[2..].iter().all(u8::is_ascii_digit);
        begins
            && (4..=9).any(|count| {
                words
                    .get(start..start + count)
                    .is_some_and(|w| is_iban(&w.concat()))
            })
    })
}

fn mod_97<'b>(bytes: impl Iterator<Item = &'b u8>) -> u32 {
    bytes.fold(0, |rest, b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b.to_ascii_uppercase() - b'A') + 10) % 97,
    })
}

/// The second line of a passport's machine-readable zone (44 characters), or of a card's (36, 30).
fn is_mrz(word: &str) -> bool {
    let b = word.as_bytes();
    let shape = matches!(b.len(), 30 | 36 | 44)
        && b.iter()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == b'<');
    if !shape {
        return false;
    }
    let first_line = matches!(b[0], b'P' | b'I' | b'A' | b'C' | b'V') && word.contains("<<");
    let checked = |from: usize, to: usize| {
        b.get(from..to).map(check_digit) == b.get(to).map(|d| u32::from(d.wrapping_sub(b'0')))
    };
    first_line || (checked(0, 9) && checked(13, 19))
}

fn check_digit(field: &[u8]) -> u32 {
    let value = |c: &u8| match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        b'A'..=b'Z' => u32::from(c - b'A') + 10,
        _ => 0,
    };
    field
        .iter()
        .zip([7, 3, 1].into_iter().cycle())
        .map(|(c, w)| value(c) * w)
        .sum::<u32>()
        % 10
}

/// `scheme://user:secret@host`, or a token whose prefix says what it is.
fn has_credentials(word: &str) -> bool {
    const TOKENS: [&str; 8] = [
        "AKIA",
        "ghp_",
        "gho_",
        "glpat-",
        "xoxb-",
        "sk_live_",
        "eyJhbGciOi",
        "AGE-SECRET-KEY-",
    ];
    let in_url = word.contains('@')
        && word.split_once("://").is_some_and(|(_, rest)| {
            rest.split('/')
                .next()
                .and_then(|a| a.rsplit_once('@'))
                .is_some_and(|(user, _)| user.contains(':'))
        });
    in_url
        || TOKENS
            .iter()
            .any(|t| word.len() > t.len() + 8 && word.starts_with(t))
}

/// `0500Z`, `121200ZJUN24`: a military date-time group.
fn is_date_time_group(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ':']);
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &word[digits..];
    matches!(digits, 4 | 6)
        && rest.starts_with('Z')
        && rest.len() <= 6
        && rest
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Two decimal degrees in one line.
fn is_position(line: &str) -> bool {
    line.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter(|w| {
            w.split_once('.').is_some_and(|(whole, part)| {
                (1..=3).contains(&whole.len()) && part.len() >= 4 && !part.contains('.')
            })
        })
        .count()
        >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<Sensitivity> {
        let mut out = Vec::new();
        scan(text, |label, _| out.push(label));
        out.dedup();
        out
    }

    #[test]
    fn published_test_numbers_are_proven() {
        assert_eq!(labels("card 4111 1111 1111 1111 thanks"), [Financial]);
        assert_eq!(labels("IBAN DE89 3704 0044 0532 0130 00, BIC"), [Financial]);
        assert_eq!(labels("GB82WEST12345698765432"), [Financial]);
        assert_eq!(labels("ssn 078-05-1120"), [Identity]);
        assert_eq!(labels("NIR 2 69 05 49 588 157 80"), [Identity]);
        assert_eq!(
            labels("L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
            [Identity]
        );
        assert_eq!(
            labels("postgres://ro:hT9x@db.example:5432/x"),
            [Credentials]
        );
        assert_eq!(labels("NLT 0500Z"), [Military]);
    }

    #[test]
    fn numbers_that_prove_nothing_are_left() {
        for text in [
            "4111 1111 1111 1112",
            "phone 078-051-120",
            "DE88370400440532013000",
            "https://a.example/x@y:z",
            "é12é",
            "2024-06-01 10:00",
        ] {
            assert!(labels(text).is_empty(), "{text} {:?}", labels(text));
        }
    }
}
