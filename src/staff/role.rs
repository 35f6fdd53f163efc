//! Roles, and the values that prove them.

use std::fmt;

/// What an account is for. `reviewer` and `approver` work on cases, `auditor` looks on, `admin` keeps accounts and the
/// directory; nobody does all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Reviews, corrects, drafts notices.
    Reviewer,
    /// The same, sees the labels of single messages, and approves what another has drafted.
    Approver,
    /// Sees everything but the labels of single messages, the audit trail included; changes nothing.
    Auditor,
    /// Keeps organisations and sees accounts and the audit trail; neither drafts nor approves.
    Admin,
}

impl Role {
    /// All, in the order in which pages list them.
    pub const ALL: [Role; 4] = [Self::Reviewer, Self::Approver, Self::Auditor, Self::Admin];

    /// The word in the store and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The role of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The store's number.
    pub id: i64,
    /// The name that pages and the audit trail show.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// The role does not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this account's role does not allow it")]
pub struct Forbidden;

/// Somebody who is logged in. Made by `Accounts::resume` alone. Shows who, and none of its tokens.
#[derive(Clone)]
pub struct Session {
    account: Account,
    token_hash: [u8; 32],
    form_token: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.account).finish()
    }
}

impl Session {
    pub(in crate::staff) fn new(
        account: Account,
        token_hash: [u8; 32],
        form_token: String,
    ) -> Self {
        Self {
            account,
            token_hash,
            form_token,
        }
    }

    /// Who it is.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What every form of this session carries, and no other site can know.
    #[must_use]
    pub fn form_token(&self) -> &str {
        &self.form_token
    }

    pub(in crate::staff) fn token_hash(&self) -> &[u8; 32] {
        &self.token_hash
    }

    /// Proof that somebody is logged in.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        Viewer(self.account.clone())
    }

    /// Proof of a role that reviews: reviewer or approver.
    ///
    /// # Errors
    /// [`Forbidden`] for every other role.
    pub fn reviewer(&self) -> Result<Reviewer, Forbidden> {
        self.one_of(&[Role::Reviewer, Role::Approver]).map(Reviewer)
    }

    /// Proof of the role that approves.
    ///
    /// # Errors
    /// [`Forbidden`] for every other role.
    pub fn approver(&self) -> Result<Approver, Forbidden> {
        self.one_of(&[Role::Approver]).map(Approver)
    }

    /// Proof of a role that may read the audit trail and the list of accounts: auditor or admin.
    ///
    /// # Errors
    /// [`Forbidden`] for every other role.
    pub fn auditor(&self) -> Result<Auditor, Forbidden> {
        self.one_of(&[Role::Auditor, Role::Admin]).map(Auditor)
    }

    /// Proof of the role that keeps the directory.
    ///
    /// # Errors
    /// [`Forbidden`] for every other role.
    pub fn admin(&self) -> Result<Admin, Forbidden> {
        self.one_of(&[Role::Admin]).map(Admin)
    }

    fn one_of(&self, roles: &[Role]) -> Result<Account, Forbidden> {
        if roles.contains(&self.account.role) {
            Ok(self.account.clone())
        } else {
            Err(Forbidden)
        }
    }
}

/// Declares a proof: a private account that only a [`Session`] puts in.
macro_rules! proofs {
    ($($(#[$doc:meta])* $proof:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub struct $proof(Account);

            impl $proof {
                /// Who it is.
                #[must_use]
                pub fn account(&self) -> &Account {
                    &self.0
                }

                /// The name for the audit trail.
                #[must_use]
                pub fn name(&self) -> &str {
                    &self.0.name
                }
            }
        )*
    };
}

proofs! {
    /// Somebody who is logged in, whatever the role.
    Viewer;
    /// Somebody who may correct and draft.
    Reviewer;
    /// Somebody who may approve, and see the labels of single messages.
    Approver;
    /// Somebody who may read the audit trail and the list of accounts.
    Auditor;
    /// Somebody who may change the directory.
    Admin;
}
