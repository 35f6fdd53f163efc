//! What strangers may put into the operator's own mailboxes in a day.
//!
//! For: mailboxes with bounded room to which anybody can write (`postmaster`, `abuse`). Guarantees: neither one network nor all
//! together fill that room in less than days, in which somebody sees it come; what is refused is refused for now (450), so
//! an honest sender's letter arrives with a later try. Must not know: sockets, the store, what the letters say.

use crate::smtp::limits::Limits;
use governor::DefaultDirectRateLimiter;
use governor::DefaultKeyedRateLimiter;
use governor::Quota;
use governor::RateLimiter;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

/// Networks that are remembered at most, each of which costs some hundred octets. One more is told to come again, which is
/// what the bound of all together would tell it too.
const REMEMBERED: usize = 16_384;

/// Letters that a network may send in a day, where all are small.
const LETTERS: u32 = 100;

/// Keeps the two bounds, in KiB a day.
pub(super) struct Postbox {
    by_network: DefaultKeyedRateLimiter<IpAddr>,
    together: DefaultDirectRateLimiter,
    /// What the smallest letter counts for: a row, a file in a download, a look.
    least: u32,
}

impl Postbox {
    /// Room for a day, and for one message of `largest` octets in any case.
    pub(super) fn new(limits: &Limits, largest: usize) -> Self {
        let mine = kibibytes(limits.operator_bytes_a_day.max(largest));
        let everybodys = kibibytes(limits.operator_bytes_a_day_in_all.max(largest));
        Self {
            by_network: RateLimiter::keyed(a_day(mine)),
            together: RateLimiter::direct(a_day(everybodys)),
            least: (mine.get() / LETTERS).max(1),
        }
    }

    /// Whether a letter of so many octets from `network` still fits into the day.
    pub(super) fn takes(&self, network: IpAddr, octets: usize) -> bool {
        if self.by_network.len() >= REMEMBERED {
            self.by_network.retain_recent();
            if self.by_network.len() >= REMEMBERED {
                return false;
            }
        }
        let cells = kibibytes(octets).max(NonZeroU32::MIN.saturating_add(self.least - 1));
        // Its own bound first: who is past it takes nothing from the others.
        matches!(self.by_network.check_key_n(&network, cells), Ok(Ok(())))
            && matches!(self.together.check_n(cells), Ok(Ok(())))
    }
}

/// So many in a day, and as many at once.
fn a_day(cells: NonZeroU32) -> Quota {
    let day = Duration::from_secs(24 * 60 * 60);
    // A day divided by any number of cells is some nanoseconds at least, so there always is such a quota.
    Quota::with_period(day / cells.get())
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(cells)
}

/// Octets in KiB, from 1.
fn kibibytes(octets: usize) -> NonZeroU32 {
    u32::try_from(octets.div_ceil(1024))
        .ok()
        .and_then(NonZeroU32::new)
        .unwrap_or(if octets == 0 {
            NonZeroU32::MIN
        } else {
            NonZeroU32::MAX
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEBIBYTE: usize = 1 << 20;

    fn ip(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn a_network_has_a_share_of_the_day_by_number_and_by_octets() {
        let postbox = Postbox::new(&Limits::default(), 25 * MEBIBYTE);
        let taken = (0..1000).filter(|_| postbox.takes(ip(1), 10)).count();
        assert!((100..=101).contains(&taken), "{taken} small ones");
        assert!(postbox.takes(ip(2), 25 * MEBIBYTE), "a large one always");
        assert!(!postbox.takes(ip(2), 25 * MEBIBYTE), "and no second one");
        assert!(postbox.takes(ip(2), MEBIBYTE), "where a small one fits");
    }

    #[test]
    fn all_together_have_a_bound() {
        let postbox = Postbox::new(&Limits::default(), 25 * MEBIBYTE);
        let taken = (0..200)
            .filter(|last| postbox.takes(ip(*last), 20 * MEBIBYTE))
            .count();
        assert_eq!(taken, 6, "128 MiB in messages of 20");
    }

    #[test]
    fn one_that_is_larger_than_the_bound_fits_where_the_operator_lets_it() {
        let postbox = Postbox::new(&Limits::default(), 500 * MEBIBYTE);
        assert!(postbox.takes(ip(1), 500 * MEBIBYTE));
        assert!(!postbox.takes(ip(1), 500 * MEBIBYTE));
    }
}
