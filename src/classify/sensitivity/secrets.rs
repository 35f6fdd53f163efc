//! Secrets as people write them down: `password: x7!y`.

/// Finds `password: x7!y` and its like: a word for a secret, a mark, and something that looks like one.
pub(super) fn scan(text: &str, mut found: impl FnMut(f32)) {
    for line in text.lines().take(2000) {
        if !may_hold_a_secret(line.as_bytes()) {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().take(100).collect();
        for (at, word) in words.iter().enumerate() {
            if word.len() < 2 || word.len() > 40 {
                continue;
            }
            let name = word.trim_end_matches([':', '=']);
            let name = name
                .rsplit(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap_or_default();
            if !SECRET_WORDS
                .iter()
                .any(|w| w.len() == name.len() && w.eq_ignore_ascii_case(name))
            {
                continue;
            }
            let marked = word.ends_with([':', '=']);
            let mut rest = words.iter().skip(at + 1).take(3).peekable();
            let mut value = rest.next();
            if !marked {
                match value {
                    Some(&":" | &"=" | &"is" | &"est" | &"ist") => value = rest.next(),
                    _ if value.is_some_and(|v| looks_secret(v)) => {}
                    _ => continue,
                }
            }
            if value.is_some_and(|v| looks_secret(v)) {
                found(2.0);
            }
        }
        // `user / secret`, as people jot it down.
        if !line.contains(" / ") {
            continue;
        }
        for window in words.windows(3) {
            if window[1] == "/"
                && looks_secret(window[2])
                && window[0].chars().all(char::is_alphanumeric)
            {
                found(1.5);
            }
        }
    }
}

/// The words for a secret.
const SECRET_WORDS: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "pw",
    "pass",
    "mdp",
    "passe",
    "pin",
    "passphrase",
    "wachtwoord",
    "passwort",
    "contraseña",
    "code",
    "passcode",
];

/// Whether a line is worth parting into words: where a word may end, a word for a secret does, or a slash stands alone.
fn may_hold_a_secret(line: &[u8]) -> bool {
    let ends = |line: &[u8]| {
        // The last two letters of the words first: all but a few stop there.
        let [.., a, b] = line else { return false };
        matches!(
            (a | 0x20, b | 0x20),
            (b'r' | b'w', b'd')
                | (b'p', b'w')
                | (b's', b's' | b'e')
                | (b'd', b'p' | b'e')
                | (b'i', b'n')
                | (b'r', b't')
                | (0xB1, b'a')
        ) && SECRET_WORDS.iter().any(|word| {
            line.len()
                .checked_sub(word.len())
                .and_then(|from| line.get(from..))
                .is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
        })
    };
    line.iter().enumerate().any(|(at, octet)| match octet {
        b'a'..=b'z' | b'A'..=b'Z' => false,
        b'/' => at > 0 && line[at - 1] == b' ',
        // Spaces of all kinds, and the first octet of a letter that may be part of a space.
        0..=b' ' | b':' | b'=' | 0x80.. => ends(&line[..at]),
        _ => false,
    }) || ends(line)
}

/// Letters together with digits or marks, or four digits and more.
fn looks_secret(word: &str) -> bool {
    let word = word.trim_matches(|c: char| ".,;\"'()".contains(c));
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let marks = word.chars().filter(|c| !c.is_alphanumeric()).count();
    let length = word.chars().count();
    (4..=64).contains(&length)
        && !word.contains("://")
        && !word.contains('@')
        && ((digits > 0 && letters > 1)
            || (letters > 2
                && marks > 0
                && word.contains(['!', '#', '$', '%', '?', '&', '*', '+']))
            || digits == length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(text: &str) -> u32 {
        let mut hits = 0;
        scan(text, |_| hits += 1);
        hits
    }

    #[test]
    fn a_word_for_a_secret_and_one_that_looks_like_it() {
        for word in SECRET_WORDS {
            for text in [
                format!("{word}: hX7!moon"),
                format!("{word} = hX7!moon"),
                format!("the {word} is hX7!moon"),
                format!("le {word}\u{a0}: hX7!moon"),
            ] {
                assert_eq!(hits(&text), 1, "{text}");
            }
        }
        assert_eq!(hits("root / hX7!moon"), 1);
        for text in [
            "password please",
            "my pin is lost",
            "a code of honour",
            "pass: https://a.example/x1",
        ] {
            assert_eq!(hits(text), 0, "{text}");
        }
    }
}
