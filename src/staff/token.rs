//! Tokens: 256 random bits that only a browser has. The store has their SHA-256, which lets nobody in.

use base64ct::Base64UrlUnpadded;
use base64ct::Encoding;
use sha2::Digest;
use sha2::Sha256;
use zeroize::Zeroizing;

/// What is hashed in front of a session token for its forms, so that the result is never the hash that is stored.
const FORMS: &[u8] = b"restante form token 1\n";

/// Devices of one browser that are kept in its cookie: people who share a desk.
const SHARED_BY: usize = 4;

/// What stands between them; not in base64url, and allowed in a cookie.
const SEPARATOR: char = '.';

/// A token.
pub struct Token(Zeroizing<[u8; 32]>);

/// The system has no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random numbers")]
pub struct NoRandomness;

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn draw() -> Result<Self, NoRandomness> {
        let mut bits = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bits).map_err(|_| NoRandomness)?;
        Ok(Self(bits))
    }

    /// From the text that a browser sends; `None` for anything that [`Token::text`] does not give.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bits = Zeroizing::new([0; 32]);
        let decoded = Base64UrlUnpadded::decode(text, &mut *bits).ok()?;
        (decoded.len() == 32).then_some(())?;
        Some(Self(bits))
    }

    /// For the browser: base64url without padding, 43 characters.
    #[must_use]
    pub fn text(&self) -> String {
        Base64UrlUnpadded::encode_string(&*self.0)
    }

    /// For the store. A plain hash does: nobody tries all of 256 bits.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(*self.0).into()
    }

    /// What the forms of this session carry. Whoever reads the database cannot make it, and it does not give the token away.
    #[must_use]
    pub fn form_token(&self) -> String {
        let hash = Sha256::new()
            .chain_update(FORMS)
            .chain_update(*self.0)
            .finalize();
        Base64UrlUnpadded::encode_string(&hash)
    }
}

/// The devices in a cookie: one for each account that has logged in with this browser, the latest first. What is none is
/// left out.
#[must_use]
pub fn devices(cookie: &str) -> Vec<Token> {
    cookie
        .split(SEPARATOR)
        .take(SHARED_BY)
        .filter_map(Token::parse)
        .collect()
}

/// The cookie that has `device` first and what it had before behind it.
#[must_use]
pub fn with_device(device: &Token, before: &[Token]) -> String {
    let others = before.iter().filter(|other| other.0 != device.0);
    let all: Vec<String> = std::iter::once(device)
        .chain(others)
        .take(SHARED_BY)
        .map(Token::text)
        .collect();
    all.join(&SEPARATOR.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_itself_again_and_nothing_else_is_one() {
        let token = Token::draw().unwrap();
        let text = token.text();
        assert_eq!(text.len(), 43);
        assert_eq!(Token::parse(&text).unwrap().hash(), token.hash());
        assert_ne!(Token::draw().unwrap().text(), text);
        for wrong in [&text[1..], "", &format!("{text}="), &format!("{text}A")] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
        // The last character of 43 has two bits to spare; only one way of writing them is taken.
        assert!(Token::parse(&format!("{}B", "A".repeat(42))).is_none());
    }

    #[test]
    fn form_tokens_are_of_their_session_and_are_not_what_is_stored() {
        let token = Token::parse(&"A".repeat(43)).unwrap();
        assert_eq!(token.form_token(), token.form_token());
        assert_ne!(token.form_token(), Token::draw().unwrap().form_token());
        let stored = Base64UrlUnpadded::encode_string(&token.hash());
        assert_ne!(token.form_token(), stored);
        assert_eq!(token.form_token().len(), 43);
    }

    #[test]
    fn a_browser_that_several_share_keeps_the_devices_of_all_up_to_a_bound() {
        let mut cookie = String::new();
        let mut drawn = Vec::new();
        for _ in 0..6 {
            let device = Token::draw().unwrap();
            cookie = with_device(&device, &devices(&cookie));
            drawn.insert(0, device.text());
        }
        assert_eq!(cookie, drawn[..4].join("."));
        let again = devices(&cookie);
        let third = Token::parse(&drawn[2]).unwrap();
        assert_eq!(devices(&with_device(&third, &again)).len(), 4);
        assert!(devices("nonsense.<script>. .").is_empty());
    }
}
