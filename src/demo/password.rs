//! Passwords made for one run.

use zeroize::Zeroizing;

/// A password of four groups of four signs: 79 bits, and quick to type.
///
/// # Errors
/// No randomness to be had.
pub fn fresh() -> std::io::Result<Zeroizing<String>> {
    let signs = Zeroizing::new(random(16)?);
    let mut groups = Zeroizing::new(String::with_capacity(20));
    for (at, sign) in signs.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            groups.push('-');
        }
        groups.push(sign);
    }
    Ok(groups)
}

/// `length` random signs, none that is taken for another.
///
/// # Errors
/// No randomness to be had.
pub fn random(length: usize) -> std::io::Result<String> {
    const SIGNS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut signs = String::with_capacity(length);
    while signs.len() < length {
        let mut octets = Zeroizing::new([0u8; 32]);
        getrandom::fill(&mut octets[..]).map_err(std::io::Error::other)?;
        // 248 is the largest multiple of 31: above it, some signs would come more often.
        let drawn = octets.iter().filter(|octet| **octet < 248);
        let drawn = drawn.map(|octet| char::from(SIGNS[usize::from(octet % 31)]));
        signs.extend(drawn.take(length - signs.len()));
    }
    Ok(signs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_not_the_same() {
        let one = fresh().unwrap();
        assert_eq!(one.len(), 19);
        assert_eq!(one.split('-').count(), 4);
        assert_ne!(*one, *fresh().unwrap());
    }
}
