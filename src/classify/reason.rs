//! Why: the closed list of what a decision may rest on.

/// One piece of evidence: a code from a closed list and its weight. Never carries matched text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// From a closed list, `snake_case`.
    pub code: ReasonCode,
    /// Natural-log odds it adds (negative: takes away).
    pub weight: f64,
}

impl Reason {
    /// A reason.
    #[must_use]
    pub fn new(code: ReasonCode, weight: impl Into<f64>) -> Self {
        Self {
            code,
            weight: weight.into(),
        }
    }
}

/// Declares the codes, their names and their list in one place.
macro_rules! reason_codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal;)*) => {
        /// The closed list of reasons.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ReasonCode { $($(#[$doc])* $code,)* }

        impl ReasonCode {
            /// All codes.
            pub const ALL: &[ReasonCode] = &[$(Self::$code,)*];

            /// The code in the store and in JSON.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// The code of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.name() == name)
            }
        }
    };
}

reason_codes! {
    /// Somebody on the staff said so.
    StaffRule = "staff_rule";

    // Intended domain: where the candidate is known from.
    /// A domain of an organisation of the directory.
    KnownOrganisation = "known_organisation";
    /// On the popular list; the weight grows with its rank.
    PopularDomain = "popular_domain";
    /// On the shipped register of `.mil` names.
    RegisteredName = "registered_name";
    /// Known from this message alone, and of the right shape.
    NamedInMessage = "named_in_message";
    /// On no list, but of the right shape: the typed top level is often a slip for this one.
    RightShape = "right_shape";
    /// The typed name is itself a known domain.
    TypedIsKnown = "typed_is_known";
    /// Nothing known is near.
    NothingNear = "nothing_near";
    /// Several known names are as near.
    Ambiguous = "ambiguous";

    // Intended domain: what happened on the way to the typed name.
    /// A top level that is often typed for the candidate's.
    TopLevelSlip = "top_level_slip";
    /// Another top level altogether.
    TopLevelReplaced = "top_level_replaced";
    /// The zone typed after the whole name.
    SuffixAppended = "suffix_appended";
    /// `www` in front.
    WwwPrefix = "www_prefix";
    /// Labels below the known name, carried over.
    SubdomainCarried = "subdomain_carried";
    /// A dot missing, added, or become a hyphen.
    DotMoved = "dot_moved";
    /// A hyphen added or missing.
    Hyphen = "hyphen";
    /// A letter left out.
    Omission = "omission";
    /// A letter added.
    Insertion = "insertion";
    /// A letter doubled, or one of two left out.
    Doubling = "doubling";
    /// Two letters changed over.
    Transposition = "transposition";
    /// A neighbouring key.
    NeighbouringKey = "neighbouring_key";
    /// A letter that looks like another.
    Lookalike = "lookalike";
    /// One vowel for another.
    Vowel = "vowel";
    /// An `s` added or missing.
    Plural = "plural";
    /// One bit flipped.
    BitFlip = "bit_flip";
    /// Some other letter.
    OtherLetter = "other_letter";

    // Intended domain: what the message says.
    /// Another recipient of the envelope is at the candidate.
    CoRecipient = "co_recipient";
    /// Another address of To or Cc is at the candidate.
    HeaderRecipient = "header_recipient";
    /// The sender is at the candidate.
    SenderDomain = "sender_domain";
    /// A reply address is at the candidate.
    ReplyAddress = "reply_address";
    /// The message answers one from the candidate.
    Referenced = "referenced";
    /// The text quotes an address at the candidate.
    QuotedAddress = "quoted_address";
    /// The same mailbox name is used at the candidate.
    SameMailbox = "same_mailbox";

    // Verdict: envelope.
    /// MAIL FROM:<>.
    NullReversePath = "null_reverse_path";
    /// The sender's address carries the recipient's or a token (VERP, BATV, SRS).
    VerpSender = "verp_sender";
    /// The sender is a role that no person writes from (mailer-daemon, no-reply …).
    RoleSender = "role_sender";
    /// A no-reply address.
    NoReplySender = "no_reply_sender";
    /// Envelope sender and From are of different organisations.
    SenderMismatch = "sender_mismatch";
    /// Envelope sender and From are one address.
    SenderMatches = "sender_matches";
    /// The host name in HELO is none.
    BadHelo = "bad_helo";
    /// Reply-To leads to another organisation.
    ReplyElsewhere = "reply_elsewhere";

    // Verdict: headers.
    /// List-Id or Precedence: list.
    MailingList = "mailing_list";
    /// List-Unsubscribe or Precedence: bulk.
    BulkHeaders = "bulk_headers";
    /// Feedback-ID, campaign or another header of a mailing service.
    MailingService = "mailing_service";
    /// Auto-Submitted other than `no`, or a header of the same meaning.
    AutoSubmitted = "auto_submitted";
    /// An automatic answer (auto-replied, X-Autoreply).
    AutoReply = "auto_reply";
    /// multipart/report, or a delivery-status part.
    DeliveryReport = "delivery_report";
    /// A disposition notification.
    ReadReport = "read_report";
    /// An abuse or aggregate report.
    FeedbackReport = "feedback_report";
    /// In-Reply-To or References.
    InThread = "in_thread";
    /// A mail program that people use.
    PersonalClient = "personal_client";
    /// A program or library that sends mail.
    MachineClient = "machine_client";
    /// Headers that ordinary programs write are missing.
    MissingHeaders = "missing_headers";
    /// Header fields are malformed.
    MalformedHeaders = "malformed_headers";
    /// From a person's name at a person's address.
    PersonalFrom = "personal_from";
    /// Many recipients, or none named.
    RecipientSpread = "recipient_spread";
    /// To names several people.
    NamedRecipients = "named_recipients";

    // Verdict: text.
    /// Words of delivery failure.
    FailureWords = "failure_words";
    /// Words of an absence notice.
    AbsenceWords = "absence_words";
    /// Words of receipts, accounts, subscriptions.
    ServiceWords = "service_words";
    /// Words of advertising.
    MarketingWords = "marketing_words";
    /// Words of fraud.
    FraudWords = "fraud_words";
    /// Words of threat or haste about an account.
    PhishingWords = "phishing_words";
    /// A person's greeting, first person, signature.
    PersonalWords = "personal_words";
    /// Text quoted from an earlier mail.
    QuotedText = "quoted_text";
    /// Words of a test.
    TestWords = "test_words";
    /// Mostly pictures and links.
    MostlyMarkup = "mostly_markup";
    /// Hardly any text.
    HardlyAnyText = "hardly_any_text";
    /// Letters disguised, capitals or exclamation marks in excess.
    Shouting = "shouting";
    /// A program is attached.
    ProgramAttached = "program_attached";
    /// A document is attached.
    DocumentAttached = "document_attached";
    /// The domain in From stands for the message.
    DmarcPass = "dmarc_pass";
    /// The domain in From does not, and asks that such mail be mistrusted or refused.
    DmarcFail = "dmarc_fail";
    /// The envelope sender's domain excludes the client.
    SpfFail = "spf_fail";
    /// The sender has written to many typed names of late.
    SenderSpread = "sender_spread";
    /// The trained model over words.
    WordModel = "word_model";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_lead_back() {
        for code in ReasonCode::ALL {
            assert_eq!(ReasonCode::from_name(code.name()), Some(*code));
        }
    }
}
