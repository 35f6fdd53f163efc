//! Passwords: what one has to be, and the hash that is kept of it.
//!
//! Argon2id with the least that OWASP's Password Storage Cheat Sheet allows (19 MiB, 2 passes, 1 lane): some 40 ms on a
//! small machine that is busy. More would make each guess dearer and each flood of logins too; what slows guessing at the door is `throttle`.
//!
//! Two people who type the same password type the same password: it is compared in the form that RFC 8265 4.2
//! (OpaqueString) gives, blanks of other scripts as the ASCII blank and Unicode in NFC, since systems differ in whether
//! an `é` is one character or two. Nothing else is changed: capitals, blanks at the ends and compatibility forms count.

use argon2::Algorithm;
use argon2::Argon2;
use argon2::Params;
use argon2::PasswordHasher;
use argon2::PasswordVerifier;
use argon2::Version;
use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Characters that a password has at least. NIST SP 800-63B: length is what counts; no rules on its make-up.
const SHORTEST: usize = 12;

/// Octets that one has at most, as typed: hashing has no bound of its own.
pub const LONGEST: usize = 256;

/// Different characters that one has at least, so that `aaaaaaaaaaaa` is none.
const LEAST_VARIETY: usize = 5;

/// KiB of memory, passes, lanes.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What is verified where there is no account: the same parameters, hence the same cost; no password is known for it, and
/// none would help.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUuLg$bm9ib2R5IGtub3dzIHRoZSBwYXNzd29yZCBvZiBuby4";

/// A password in the form in which it is hashed. Neither shown nor left in memory.
pub struct Password(Zeroizing<String>);

/// Why a password cannot be taken. It is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// It is too short.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// It is too long.
    #[error("a password has at most {LONGEST} octets")]
    Long,
    /// It has a control character in it.
    #[error("a password has no control characters in it")]
    Control,
    /// It is the name.
    #[error("a password is not the name of the account")]
    Name,
    /// It is a few characters over and over.
    #[error("a password has at least {LEAST_VARIETY} different characters")]
    Uniform,
}

impl Password {
    /// As typed at a login: any text but one longer than a password can be.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        // As large as it can get (NFC at most triples the octets), so that no copy is left behind by growing.
        let mut form = Zeroizing::new(String::with_capacity(LONGEST * 4));
        form.extend(text.chars().map(blank_as_ascii).nfc());
        Some(Self(form))
    }

    /// A password that the account called `name` may have.
    ///
    /// # Errors
    /// [`PasswordRefused`], the first rule that it breaks.
    pub fn chosen(text: &str, name: &str) -> Result<Self, PasswordRefused> {
        let password = Self::typed(text).ok_or(PasswordRefused::Long)?;
        let form = &password.0;
        if form.chars().count() < SHORTEST {
            return Err(PasswordRefused::Short);
        }
        if form.chars().any(char::is_control) {
            return Err(PasswordRefused::Control);
        }
        let lower = Zeroizing::new(form.to_lowercase());
        // Once or several times over: `awa` becomes no password by being said four times.
        if Zeroizing::new(lower.replace(name, "")).is_empty() {
            return Err(PasswordRefused::Name);
        }
        if form.chars().collect::<HashSet<_>>().len() < LEAST_VARIETY {
            return Err(PasswordRefused::Uniform);
        }
        Ok(password)
    }

    /// The hash to keep, with a salt of its own, in PHC form. Takes as long as a login: not for a thread that others wait for.
    ///
    /// # Errors
    /// Where the system has no random numbers or no memory.
    pub fn hash(&self) -> Result<String, HashFailed> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|_| HashFailed)?;
        let hash = hasher()?
            .hash_password_with_salt(self.0.as_bytes(), &salt)
            .map_err(|_| HashFailed)?;
        Ok(hash.to_string())
    }

    /// Whether `hash` is of this password. As slow as [`Password::hash`].
    #[must_use]
    pub fn is_of(&self, hash: &str) -> bool {
        hasher().is_ok_and(|argon| argon.verify_password(self.0.as_bytes(), hash).is_ok())
    }
}

/// The hash could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password could not be hashed: no memory or no random numbers")]
pub struct HashFailed;

fn hasher() -> Result<Argon2<'static>, HashFailed> {
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(|_| HashFailed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// RFC 8265 4.2.2, step 2: any blank that is not ASCII (general category Zs) is U+0020.
fn blank_as_ascii(c: char) -> char {
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<PasswordRefused> {
        Password::chosen(text, "awa").err()
    }

    #[test]
    fn what_a_password_has_to_be() {
        assert_eq!(refused("correct horse"), None);
        assert_eq!(refused("twelve chars"), None);
        assert_eq!(refused("eleven char"), Some(PasswordRefused::Short));
        // Characters, not octets.
        assert_eq!(refused("éàèùçôâêîûë"), Some(PasswordRefused::Short));
        assert_eq!(refused("aaaaabbbbbccccc"), Some(PasswordRefused::Uniform));
        assert_eq!(refused("AwaAwaAwaAwa"), Some(PasswordRefused::Name));
        assert_eq!(refused("correct\0horse"), Some(PasswordRefused::Control));
        assert_eq!(refused(&"correct ".repeat(32)), None);
        assert_eq!(
            refused(&format!("{}x", "correct ".repeat(32))),
            Some(PasswordRefused::Long)
        );
    }

    #[test]
    fn one_text_is_one_password_however_the_system_composes_it() {
        let hash = Password::typed("cafe\u{301}\u{a0}au lait").unwrap().hash();
        let hash = hash.unwrap();
        assert!(Password::typed("caf\u{e9} au lait").unwrap().is_of(&hash));
        for other in ["cafe au lait", "Caf\u{e9} au lait", "caf\u{e9} au lait "] {
            assert!(!Password::typed(other).unwrap().is_of(&hash), "{other}");
        }
    }

    #[test]
    fn hashes_are_argon2id_as_owasp_has_it_and_salted() {
        let password = Password::typed("correct horse").unwrap();
        let (one, two) = (password.hash().unwrap(), password.hash().unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
    }

    #[test]
    fn nobody_costs_what_an_account_costs() {
        let real = Password::typed("correct horse").unwrap().hash().unwrap();
        let parts = |hash: &str| hash.split('$').map(str::len).collect::<Vec<_>>();
        assert_eq!(parts(NOBODY), parts(&real), "salt and hash of one length");
        let head = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(head(NOBODY), head(&real), "the same parameters");
        let parsed = argon2::password_hash::phc::PasswordHash::new(NOBODY).unwrap();
        assert!(parsed.salt.is_some() && parsed.hash.is_some());
    }
}
