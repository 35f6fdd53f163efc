//! What the circumstances of a message add: little, and set by hand, since no mail that is trained on has them.
//!
//! SPF, DKIM and DMARC: a domain that disowns a message and asks that such mail be mistrusted makes it likelier to be fraud; so
//! does a client that the envelope's domain excludes, less so, for forwarders are excluded too. A message that the domain in From stands
//! for is not forged, whatever SPF says; that a person wrote it is not shown by it, since services and spammers sign as well.
//!
//! Spread: a person mistypes a name or two. Who writes to a dozen typed names of a zone within an hour is a program.

use super::N;
use super::Row;
use crate::classify::ReasonCode;
use crate::classify::Verdict;
use crate::message::Authentication;
use crate::message::CheckResult;
use crate::message::Circumstances;

/// Natural-log odds for spam, and against a person's mail and a service's.
const DISOWNED: (f32, f32) = (1.5, -0.5);
const EXCLUDED: (f32, f32) = (0.7, 0.0);
const OWNED: (f32, f32) = (-0.4, 0.0);

/// Typed names of one sender within the window that a person may have: a list of colleagues, each in another branch.
const NAMES_OF_A_PERSON: usize = 4;

/// Natural-log odds against a person for each doubling of the names beyond that, and how much they are at most.
const EACH_DOUBLING: f32 = 1.2;
const SPREAD_MOST: f32 = 3.6;

/// What the circumstances add to each verdict, each with the reason that it is shown as.
pub(super) fn evidence(circumstances: &Circumstances) -> Vec<(ReasonCode, Row)> {
    let authentication = authenticity(&circumstances.authentication);
    authentication
        .into_iter()
        .chain(spread(circumstances.spread))
        .collect()
}

fn spread(names: usize) -> Option<(ReasonCode, Row)> {
    if names <= NAMES_OF_A_PERSON {
        return None;
    }
    let doublings = (names as f32 / NAMES_OF_A_PERSON as f32).log2();
    let weight = (EACH_DOUBLING * doublings).min(SPREAD_MOST);
    let row = Verdict::ALL.map(|verdict| match verdict {
        Verdict::Misdirected => -weight,
        // Who goes through names sells something or tries them out; the words say which.
        Verdict::Spam | Verdict::Probe => weight / 2.0,
        Verdict::Reflection | Verdict::Bounce => 0.0,
    });
    Some((ReasonCode::SenderSpread, row))
}

/// What the checks add.
fn authenticity(authentication: &Authentication) -> Option<(ReasonCode, Row)> {
    let (reason, (spam, genuine)) = if authentication.is_owned() {
        (ReasonCode::DmarcPass, OWNED)
    } else if authentication.is_disowned() {
        (ReasonCode::DmarcFail, DISOWNED)
    } else if authentication.spf == Some(CheckResult::Fail) {
        (ReasonCode::SpfFail, EXCLUDED)
    } else {
        return None;
    };
    let mut row = [0.0; N];
    for (weight, verdict) in row.iter_mut().zip(Verdict::ALL) {
        *weight = match verdict {
            Verdict::Spam => spam,
            Verdict::Misdirected | Verdict::Reflection => genuine,
            Verdict::Bounce | Verdict::Probe => 0.0,
        };
    }
    Some((reason, row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::DmarcPolicy;

    #[test]
    fn a_domain_that_stands_for_its_mail_outweighs_a_client_that_it_excludes() {
        let found = |spf, dmarc, policy| {
            let authentication = Authentication {
                spf: Some(spf),
                dmarc: Some(dmarc),
                dmarc_policy: policy,
                ..Authentication::NOT_CHECKED
            };
            authenticity(&authentication).map(|(code, _)| code)
        };
        let reject = Some(DmarcPolicy::Reject);
        use CheckResult::*;
        assert_eq!(found(Fail, Pass, reject), Some(ReasonCode::DmarcPass));
        assert_eq!(found(Fail, Fail, reject), Some(ReasonCode::DmarcFail));
        assert_eq!(found(Pass, Fail, reject), Some(ReasonCode::DmarcFail));
        assert_eq!(
            found(Fail, Fail, Some(DmarcPolicy::None)),
            Some(ReasonCode::SpfFail)
        );
        assert_eq!(found(SoftFail, None, Option::None), Option::None);
        assert_eq!(found(TempError, TempError, Option::None), Option::None);
        assert_eq!(authenticity(&Authentication::NOT_NOW), Option::None);
        assert_eq!(authenticity(&Authentication::NOT_CHECKED), Option::None);
    }

    #[test]
    fn a_dozen_names_are_no_persons_and_three_may_be() {
        for few in 0..=NAMES_OF_A_PERSON {
            assert_eq!(spread(few), None);
        }
        let (code, row) = spread(12).unwrap();
        assert_eq!(code, ReasonCode::SenderSpread);
        assert!(row[0] < -1.5 && row[2] > 0.5, "{row:?}");
        assert_eq!(spread(usize::MAX).unwrap().1[0], -SPREAD_MOST);
    }
}
