//! stub
use crate::classify::Reason;
use crate::classify::Verdict;
use crate::message::Envelope;
use crate::message::Parsed;
pub(super) struct Judged {
    pub verdict: Verdict,
    pub confidence: f64,
    pub reasons: Vec<Reason>,
}
pub(super) fn judge(_e: &Envelope, _p: &Parsed) -> Judged {
    Judged {
        verdict: Verdict::Misdirected,
        confidence: 0.2,
        reasons: vec![],
    }
}
