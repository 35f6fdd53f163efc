//! What SPF, DKIM and DMARC say of a message, in the words of RFC 8601.

/// Declares a closed list of words, with the names that the store and JSON have for them.
macro_rules! words {
    ($(#[$doc:meta])* $list:ident { $($(#[$word_doc:meta])* $word:ident = $name:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $list { $($(#[$word_doc])* $word,)* }

        impl $list {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$word,)*];

            /// The word in the store and in JSON.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$word => $name,)* }
            }
        }
    };
}

words! {
    /// The result of one check (RFC 8601 2.7). That nothing was checked is `None` of an `Option`.
    CheckResult {
        /// Nothing is published, or nothing is signed.
        None = "none";
        /// It holds.
        Pass = "pass";
        /// It does not.
        Fail = "fail";
        /// It does not, and the domain is not sure enough of its own record to say so outright (SPF).
        SoftFail = "softfail";
        /// The domain says nothing of it, or the signature cannot be used.
        Neutral = "neutral";
        /// Not found out: late, past a bound, no answer, or it would have told more than a domain name.
        TempError = "temperror";
        /// What is published, or the message, cannot be understood.
        PermError = "permerror";
    }
}

words! {
    /// What a domain asks to be done with mail that fails DMARC (RFC 9989 4.7).
    DmarcPolicy {
        /// Nothing.
        None = "none";
        /// Mistrust it.
        Quarantine = "quarantine";
        /// Refuse it.
        Reject = "reject";
    }
}

/// What the three checks say of one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// Whether the client may send for the envelope sender's domain; for the null reverse-path, for its HELO name (RFC 7208).
    pub spf: Option<CheckResult>,
    /// Of the signatures, the one that says most (RFC 6376).
    pub dkim: Option<CheckResult>,
    /// Whether a signature that passes is of the registrable domain that From names.
    pub dkim_aligned: bool,
    /// Whether one of the two speaks for the domain that From names (RFC 9989).
    pub dmarc: Option<CheckResult>,
    /// What that domain asks for, where it has published anything.
    pub dmarc_policy: Option<DmarcPolicy>,
}

impl Authentication {
    /// Nothing was checked: there is no resolver, or the message did not come from a client.
    pub const NOT_CHECKED: Self = Self {
        spf: None,
        dkim: None,
        dkim_aligned: false,
        dmarc: None,
        dmarc_policy: None,
    };

    /// All three were to be checked, and none could be now.
    pub const NOT_NOW: Self = Self {
        spf: Some(CheckResult::TempError),
        dkim: Some(CheckResult::TempError),
        dmarc: Some(CheckResult::TempError),
        ..Self::NOT_CHECKED
    };

    /// Whether the domain that From names disowns the message and asks that such mail be mistrusted or refused.
    #[must_use]
    pub fn is_disowned(&self) -> bool {
        self.dmarc == Some(CheckResult::Fail)
            && matches!(
                self.dmarc_policy,
                Some(DmarcPolicy::Quarantine | DmarcPolicy::Reject)
            )
    }

    /// Whether the domain that From names stands for the message.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        self.dmarc == Some(CheckResult::Pass)
    }
}
