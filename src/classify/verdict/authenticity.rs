//! What SPF, DKIM and DMARC add: little, and set by hand, since no mail that is trained on has them.
//!
//! A domain that disowns a message and asks that such mail be mistrusted makes it likelier to be fraud; so does a client that the
//! envelope's domain excludes, less so, for forwarders are excluded too. A message that the domain in From stands for is not
//! forged, whatever SPF says; that a person wrote it is not shown by it, since services and spammers sign as well.

use super::model::N;
use super::model::Row;
use crate::classify::ReasonCode;
use crate::classify::Verdict;
use crate::message::Authentication;
use crate::message::CheckResult;

/// Natural-log odds for spam, and against a person's mail and a service's.
const DISOWNED: (f32, f32) = (1.5, -0.5);
const EXCLUDED: (f32, f32) = (0.7, 0.0);
const OWNED: (f32, f32) = (-0.4, 0.0);

/// What the checks add to each verdict, with the reason that it is shown as.
pub(super) fn evidence(authentication: &Authentication) -> Option<(ReasonCode, Row)> {
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
            evidence(&authentication).map(|(code, _)| code)
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
        assert_eq!(evidence(&Authentication::NOT_NOW), Option::None);
        assert_eq!(evidence(&Authentication::NOT_CHECKED), Option::None);
    }
}
