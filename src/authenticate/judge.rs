//! The three checks of one message.

use crate::authenticate::Claims;
use crate::authenticate::Sender;
use crate::authenticate::dns::Kind;
use crate::authenticate::dns::Question;
use crate::authenticate::inquiry::Inquiry;
use crate::authenticate::inquiry::at_once;
use crate::authenticate::records::Reading;
use crate::message::Authentication;
use crate::message::CheckResult;
use crate::message::DmarcPolicy;
use crate::message::Domain;
use mail_auth::AuthenticatedMessage;
use mail_auth::DkimOutput;
use mail_auth::DkimResult;
use mail_auth::DmarcOutput;
use mail_auth::DmarcResult;
use mail_auth::DnsError;
use mail_auth::Error;
use mail_auth::MessageAuthenticator;
use mail_auth::SpfOutput;
use mail_auth::SpfResult;
use mail_auth::common::crypto::HashAlgorithm;
use mail_auth::dkim::DkimError;
use mail_auth::dkim::Signature;
use mail_auth::dmarc::Policy;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use std::panic::AssertUnwindSafe;

/// Signatures that are verified: the sender's, its mailing service's, a list's. Those of the domain in From go first.
const SIGNATURES_MAX: usize = 4;

/// Header fields that a signature may name, and that a message may have: each name is looked for among all fields.
const NAMED_MAX: usize = 128;
const FIELDS_MAX: usize = 1000;

/// Checks a message. SPF comes last: it asks the most, and must not take from the others what they need.
pub(super) async fn check(
    mut inquiry: Inquiry,
    library: &MessageAuthenticator,
    sender: &Sender,
    claims: Option<&Claims>,
) -> Authentication {
    let header = claims.and_then(Header::of);
    let author = header.as_ref().and_then(|header| header.author.clone());
    inquiry
        .find_out(first_questions(sender, header.as_ref()))
        .await;
    let mut found = Authentication::NOT_NOW;
    if header.is_some() && author.is_none() {
        found.dmarc = Some(CheckResult::PermError);
    }
    let mut signatures = Vec::new();
    if let Some(header) = &header {
        signatures = verified(&mut inquiry, library, header).await;
        found.dkim = Some(header.summary(&signatures));
    }
    let nothing = SpfOutput::new(String::new());
    let mut dmarc = None;
    if let (Some(header), Some(author)) = (&header, &author) {
        found.dkim_aligned = header.is_aligned(&signatures, author);
        let outputs = header.outputs(&signatures);
        dmarc = aligned(&mut inquiry, library, header, &outputs, &nothing).await;
    }
    let spf = sent_by(&mut inquiry, library, sender).await;
    found.spf = Some(word_of_spf(spf.result()));
    if let (Some(header), Some(_)) = (&header, &author) {
        if !matches!(&dmarc, Some(dmarc) if dmarc.result() == DmarcResult::Pass) {
            let outputs = header.outputs(&signatures);
            dmarc = aligned(&mut inquiry, library, header, &outputs, &spf).await;
        }
        let word = dmarc.as_ref().map_or(CheckResult::TempError, word_of_dmarc);
        // A signature that was not verified might have spoken for it.
        let is_open = header.is_past_bound && word == CheckResult::Fail;
        found.dmarc = Some(if is_open {
            CheckResult::TempError
        } else {
            word
        });
        found.dmarc_policy = dmarc.as_ref().and_then(asked_for);
    }
    found
}

/// What is needed whatever the answers are: asked side by side.
fn first_questions(sender: &Sender, header: Option<&Header<'_>>) -> Vec<Question> {
    let mut names: Vec<String> = Vec::new();
    if let Some(header) = header {
        names.extend(header.keys());
        names.extend(
            header
                .author
                .as_ref()
                .map(|author| format!("_dmarc.{author}")),
        );
    }
    names.extend(sender.domain.as_ref().map(Domain::to_string));
    names
        .iter()
        .filter_map(|name| Question::new(name, Kind::Text))
        .collect()
}

/// The result of one signature, and where it stands in the header where that is known.
type Verified = (Option<usize>, CheckResult);

async fn verified(
    inquiry: &mut Inquiry,
    library: &MessageAuthenticator,
    header: &Header<'_>,
) -> Vec<Verified> {
    let message = &header.message;
    let settled = inquiry
        .settle(Reading::Key, |seen| {
            let outputs = at_once(library.verify_dkim(seen.show(message)))?;
            let word = |output: &DkimOutput<'_>| {
                let of = output.signature();
                let at = of.and_then(|signature| {
                    message
                        .dkim_headers
                        .iter()
                        .position(|known| std::ptr::eq(&known.header, signature))
                });
                (at, word_of_dkim(output.result()))
            };
            Some(outputs.iter().map(word).collect())
        })
        .await;
    match settled {
        Some((signatures, _)) => signatures,
        None => vec![(None, CheckResult::TempError)],
    }
}

async fn aligned(
    inquiry: &mut Inquiry,
    library: &MessageAuthenticator,
    header: &Header<'_>,
    signatures: &[DkimOutput<'_>],
    spf: &SpfOutput,
) -> Option<DmarcOutput> {
    let settled = inquiry
        .settle(Reading::Dmarc, |seen| {
            let check = DmarcParameters::new(&header.message, signatures, spf.domain(), spf);
            at_once(library.verify_dmarc(seen.show(check)))
        })
        .await;
    settled.map(|(output, _)| output)
}

async fn sent_by(
    inquiry: &mut Inquiry,
    library: &MessageAuthenticator,
    sender: &Sender,
) -> SpfOutput {
    let Some(domain) = &sender.domain else {
        return SpfOutput::new(String::new());
    };
    // Never the sender's own local part: macros may want it in a name.
    let postmaster = format!("postmaster@{domain}");
    let helo = sender.helo.as_ref().unwrap_or(domain).as_str();
    let settled = inquiry
        .settle(Reading::Spf, |seen| {
            let check =
                SpfParameters::verify_mail_from(sender.client, helo, "unknown", &postmaster);
            at_once(library.check_host(seen.show(check)))
        })
        .await;
    let result = match settled {
        None => SpfResult::TempError,
        // What was left out of a record might have matched: a pass by the rest of it is one, anything else is not known.
        Some((output, true)) => match output.result() {
            whole @ (SpfResult::Pass | SpfResult::PermError) => whole,
            _ => SpfResult::TempError,
        },
        Some((output, false)) => output.result(),
    };
    SpfOutput::new(domain.to_string()).with_result(result)
}

/// The header of a message, made ready to be checked.
struct Header<'x> {
    message: AuthenticatedMessage<'x>,
    /// The one domain that From names.
    author: Option<Domain>,
    /// What is to be said of signatures that are not verified.
    unverified: CheckResult,
    /// Whether some are not because they are too many or too large.
    is_past_bound: bool,
}

impl<'x> Header<'x> {
    fn of(claims: &'x Claims) -> Option<Self> {
        let read = || AuthenticatedMessage::parse(&claims.header);
        let read = std::panic::catch_unwind(AssertUnwindSafe(read)).ok()?;
        let mut message = read.unwrap_or_default();
        message.body_hashes.clone_from(&claims.body_hashes);
        let author = author(&message);
        // Local parts are of no use from here on.
        message.from = author
            .iter()
            .map(|author| format!("postmaster@{author}"))
            .collect();
        let mut unverified = CheckResult::None;
        let signed = message.dkim_headers.len();
        // RFC 6376 5.4: From must be signed.
        message.dkim_headers.retain(|known| {
            let mut names = known.header.h.iter();
            names.any(|name| name.eq_ignore_ascii_case("from"))
        });
        if message.dkim_headers.len() < signed {
            unverified = CheckResult::PermError;
        }
        let many = message.headers.len() > FIELDS_MAX;
        let signed = message.dkim_headers.len();
        message
            .dkim_headers
            .retain(|known| known.header.h.len() <= NAMED_MAX && !many);
        let foreign = |signature: &Signature| {
            let signer = Domain::parse(&signature.d).ok();
            signer.is_none()
                || signer.map(|d| d.registrable()) != author.as_ref().map(Domain::registrable)
        };
        message
            .dkim_headers
            .sort_by_key(|known| foreign(&known.header));
        message.dkim_headers.truncate(SIGNATURES_MAX);
        let is_past_bound = message.dkim_headers.len() < signed;
        if is_past_bound {
            unverified = CheckResult::TempError;
        }
        for known in &mut message.dkim_headers {
            // Reports (RFC 6651) are sent to nobody; a third party's leave to sign (RFC 6541) is asked of nobody.
            known.header.r = false;
            known.header.atps = None;
        }
        Some(Self {
            message,
            author,
            unverified,
            is_past_bound,
        })
    }

    /// Where the keys are of those signatures whose body is the one that was signed.
    fn keys(&self) -> impl Iterator<Item = String> {
        self.message.dkim_headers.iter().filter_map(|known| {
            let signature = &known.header;
            let of = HashAlgorithm::from(signature.a);
            let same = self
                .message
                .body_hashes
                .iter()
                .any(|(form, hash, length, value)| {
                    (*form, *hash, *length) == (signature.cb, of, signature.l)
                        && *value == signature.bh
                });
            same.then(|| format!("{}._domainkey.{}", signature.s, signature.d))
        })
    }

    /// Of several results the one that says most.
    fn summary(&self, signatures: &[Verified]) -> CheckResult {
        [
            CheckResult::Pass,
            CheckResult::TempError,
            CheckResult::Fail,
            CheckResult::PermError,
            CheckResult::Neutral,
        ]
        .into_iter()
        .find(|word| signatures.iter().any(|(_, result)| result == word))
        .unwrap_or(self.unverified)
    }

    fn is_aligned(&self, signatures: &[Verified], author: &Domain) -> bool {
        let author = author.registrable();
        signatures
            .iter()
            .filter(|(_, result)| *result == CheckResult::Pass)
            .filter_map(|(at, _)| self.message.dkim_headers.get((*at)?))
            .filter_map(|known| Domain::parse(&known.header.d).ok())
            .any(|signer| signer.registrable() == author)
    }

    /// The signatures as DMARC takes them.
    fn outputs(&self, signatures: &[Verified]) -> Vec<DkimOutput<'_>> {
        signatures
            .iter()
            .filter_map(|(at, result)| {
                let signature = &self.message.dkim_headers.get((*at)?)?.header;
                let output = match result {
                    CheckResult::Pass => DkimOutput::pass(),
                    CheckResult::TempError => {
                        DkimOutput::temp_err(Error::Dns(DnsError::Resolver(String::new())))
                    }
                    _ => return None,
                };
                Some(output.with_signature(signature))
            })
            .collect()
    }
}

/// The domain of From, where there is one From field and its addresses name one domain: the library would take the addresses of
/// several fields together (RFC 9989 4.4.1).
fn author(message: &AuthenticatedMessage<'_>) -> Option<Domain> {
    let is_from = |name: &[u8]| name.trim_ascii().eq_ignore_ascii_case(b"from");
    if message
        .headers
        .iter()
        .filter(|(name, _)| is_from(name))
        .count()
        != 1
    {
        return None;
    }
    let mut domains = message.from.iter().map(|address| {
        let (_, domain) = address.rsplit_once('@')?;
        Domain::parse(domain).ok()
    });
    let first = domains.next()??;
    domains
        .all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

fn word_of_spf(result: SpfResult) -> CheckResult {
    match result {
        SpfResult::Pass => CheckResult::Pass,
        SpfResult::Fail => CheckResult::Fail,
        SpfResult::SoftFail => CheckResult::SoftFail,
        SpfResult::Neutral => CheckResult::Neutral,
        SpfResult::TempError => CheckResult::TempError,
        SpfResult::PermError => CheckResult::PermError,
        SpfResult::None => CheckResult::None,
    }
}

/// A body that is not the one that was signed is a signature that fails (RFC 6376 3.9, 6.1.3), which the library calls neutral.
fn word_of_dkim(result: &DkimResult) -> CheckResult {
    match result {
        DkimResult::Pass => CheckResult::Pass,
        DkimResult::Fail(_) | DkimResult::Neutral(Error::Dkim(DkimError::FailedBodyHashMatch)) => {
            CheckResult::Fail
        }
        DkimResult::Neutral(_) => CheckResult::Neutral,
        DkimResult::PermError(_) => CheckResult::PermError,
        DkimResult::TempError(_) => CheckResult::TempError,
        DkimResult::None => CheckResult::None,
    }
}

fn word_of_dmarc(output: &DmarcOutput) -> CheckResult {
    match output.result() {
        DmarcResult::Pass => CheckResult::Pass,
        DmarcResult::Fail(_) => CheckResult::Fail,
        DmarcResult::TempError(_) => CheckResult::TempError,
        DmarcResult::PermError(_) => CheckResult::PermError,
        DmarcResult::None => CheckResult::None,
    }
}

fn asked_for(output: &DmarcOutput) -> Option<DmarcPolicy> {
    output.dmarc_record()?;
    match output.policy() {
        Policy::None => Some(DmarcPolicy::None),
        Policy::Quarantine => Some(DmarcPolicy::Quarantine),
        Policy::Reject => Some(DmarcPolicy::Reject),
        Policy::Unspecified => None,
    }
}
