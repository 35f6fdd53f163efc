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
