//! The door: login, the session that follows, logout.
//!
//! In the order of what it costs: look up the name, ask the throttle, wait for a turn, hash, write. A name that is no
//! account, one that is closed and a wrong password go the same way, take as long and get the same answer. What fails is
//! counted in the log, under the account's name where there is one: what people type where a name is asked for may be a
//! password. The audit trail has those who got in.

use crate::audit;
use crate::audit::Action;
use crate::message::Timestamp;
use crate::staff::Account;
use crate::staff::Accounts;
use crate::staff::Role;
use crate::staff::Session;
use crate::staff::hashing::Lane;
use crate::staff::hashing::NotDone;
use crate::staff::name::Name;
use crate::staff::password::NOBODY;
use crate::staff::password::Password;
use crate::staff::throttle::Network;
use crate::staff::throttle::Who;
use crate::staff::token;
use crate::staff::token::Token;
use crate::store::StoreError;
use crate::store::logins::AccountForLogin;
use crate::store::logins::NewSession;
use serde_json::json;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use zeroize::Zeroizing;

/// Minutes without use after which a session ends.
pub const IDLE_MINUTES: i64 = 60;
/// Hours after which it ends, used or not.
pub const SESSION_HOURS: i64 = 12;
/// Days for which a browser that has logged in stays known.
pub const DEVICE_DAYS: i64 = 180;
/// Sessions of one account, and browsers it is known from.
const MOST: u32 = 20;

const MINUTE: i64 = 60_000;
const IDLE: i64 = IDLE_MINUTES * MINUTE;
const ABSOLUTE: i64 = SESSION_HOURS * 60 * MINUTE;

/// Somebody who wants to get in.
pub struct Attempt<'a> {
    /// The name, as typed.
    pub name: &'a str,
    /// The password, as typed.
    pub password: Zeroizing<String>,
    /// The address that the browser has; behind a trusted proxy, the one that the proxy tells.
    pub network: IpAddr,
    /// The device cookie, where the browser has sent one.
    pub device: Option<&'a str>,
}

/// Somebody who got in. The tokens are for cookies of this browser, and for nothing else.
pub struct Entered {
    /// For the session cookie.
    pub session_token: String,
    /// For the device cookie, in place of what it held: at most 175 characters of base64url and `.`, good for
    /// [`DEVICE_DAYS`].
    pub device_token: String,
    /// Who it is.
    pub account: Account,
}

/// Why somebody did not get in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Name or password are wrong, or the account is closed: which of them is not said.
    #[error("name or password are wrong")]
    Wrong,
    /// Too many attempts: nothing was looked at.
    #[error("too many attempts: again in {seconds} seconds")]
    Throttled {
        /// When the next attempt will be looked at.
        seconds: u64,
    },
    /// Too many at once: nothing was looked at. A second later it may be.
    #[error("too many are logging in at once")]
    Busy,
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Lets somebody in.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn login(&self, attempt: Attempt<'_>) -> Result<Entered, LoginError> {
        let now = self.shared.clock.now();
        let name = Name::parse(attempt.name).ok();
        let devices = token::devices(attempt.device.unwrap_or_default());
        let account = self.account(name.as_ref(), &devices, now).await?;
        let who = who(name.as_ref(), attempt.network, account.as_ref());
        if let Err(seconds) = self.shared.throttle.take(&who, now) {
            self.shared.turned_away.fetch_add(1, Ordering::Relaxed);
            return Err(LoginError::Throttled { seconds });
        }
        let hash = account.as_ref().map(|account| account.password.clone());
        let hash = Zeroizing::new(hash.unwrap_or_else(|| NOBODY.to_owned()));
        let right = match self.verify(&who, attempt.password, hash).await {
            Err(NotDone::Busy) => {
                self.shared.throttle.give_back(&who, now);
                self.shared.turned_away.fetch_add(1, Ordering::Relaxed);
                return Err(LoginError::Busy);
            }
            Err(NotDone::Failed) => false,
            Ok(right) => right,
        };
        match (name, account) {
            (Some(name), Some(account)) if right && !account.closed => {
                let entered = self.enter(name, account, &devices, now).await;
                if entered.is_ok() {
                    self.shared.throttle.give_back(&who, now);
                }
                entered
            }
            (name, account) => {
                self.log_wrong(&who, name.as_ref().filter(|_| account.is_some()));
                Err(LoginError::Wrong)
            }
        }
    }

    /// Whose session a token is; `None` where it is nobody's, or has ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn resume(&self, session_token: &str) -> Result<Option<Session>, StoreError> {
        let Some(token) = Token::parse(session_token) else {
            return Ok(None);
        };
        let now = self.shared.clock.now();
        let token_hash = token.hash();
        let Some(found) = self.shared.store.session(&token_hash, now).await? else {
            return Ok(None);
        };
        // One that begins in the future is of a clock that was ahead: by the right one it would last too long.
        if found.begun_at > now.plus_millis(IDLE) {
            return Ok(None);
        }
        let Some(role) = Role::from_name(&found.role) else {
            return Ok(None);
        };
        if now.millis() - found.seen_at.millis() >= MINUTE {
            let expires_at = now
                .plus_millis(IDLE)
                .min(found.begun_at.plus_millis(ABSOLUTE));
            let seen = self.shared.store.see_session(token_hash, now, expires_at);
            // Who may look may look while the disk is full; the session ends sooner than it would.
            if let Err(error) = seen.await {
                tracing::warn!(%error, "the use of a session could not be noted");
            }
        }
        let account = Account {
            id: found.account,
            name: found.name,
            role,
        };
        Ok(Some(Session::new(account, token_hash, token.form_token())))
    }

    /// Ends a session. One that has ended is no error.
    ///
    /// # Errors
    /// The store's.
    pub async fn logout(&self, session: &Session) -> Result<(), StoreError> {
        let name = &session.account().name;
        let now = self.shared.clock.now();
        let entry = audit::entry(now, name, Action::LoggedOut, name, json!({}));
        self.shared
            .store
            .end_session(*session.token_hash(), entry)
            .await?;
        Ok(())
    }

    async fn account(
        &self,
        name: Option<&Name>,
        devices: &[Token],
        now: Timestamp,
    ) -> Result<Option<AccountForLogin>, StoreError> {
        let hashes: Vec<[u8; 32]> = devices.iter().map(Token::hash).collect();
        // What cannot be a name is looked up too, as the empty one that nobody has: it takes as long.
        let name = name.map_or("", Name::as_str);
        self.shared
            .store
            .account_for_login(name, &hashes, now)
            .await
    }

    async fn verify(
        &self,
        who: &Who,
        typed: Zeroizing<String>,
        hash: Zeroizing<String>,
    ) -> Result<bool, NotDone> {
        let lane = match who {
            Who::Known(_) => Lane::Known,
            Who::Unknown { .. } => Lane::Unknown,
        };
        let work = move || Password::typed(&typed).is_some_and(|password| password.is_of(&hash));
        self.shared.hashing.run(lane, work).await
    }

    async fn enter(
        &self,
        name: Name,
        found: AccountForLogin,
        devices: &[Token],
        now: Timestamp,
    ) -> Result<Entered, LoginError> {
        let role = Role::from_name(&found.role).ok_or(LoginError::Wrong)?;
        let drawn = Token::draw().and_then(|session| Ok((session, Token::draw()?)));
        let (session, fresh) = drawn.map_err(|error| StoreError::Unfit(error.to_string()))?;
        let known = devices
            .iter()
            .find(|device| Some(device.hash()) == found.device);
        let device = known.unwrap_or(&fresh);
        let how = if known.is_some() { "known" } else { "new" };
        let entry = audit::entry(
            now,
            name.as_str(),
            Action::LoggedIn,
            name.as_str(),
            json!({ "browser": how }),
        );
        let begun = NewSession {
            token_hash: session.hash(),
            account: found.id,
            password: found.password,
            device: device.hash(),
            at: now,
            expires_at: now.plus_millis(IDLE),
            device_expires_at: now.plus_days(DEVICE_DAYS),
            most: MOST,
        };
        if !self.shared.store.begin_session(begun, entry).await? {
            return Err(LoginError::Wrong);
        }
        Ok(Entered {
            session_token: session.text(),
            device_token: token::with_device(device, devices),
            account: Account {
                id: found.id,
                name: name.as_str().to_owned(),
                role,
            },
        })
    }

    fn log_wrong(&self, who: &Who, account: Option<&Name>) {
        let wrong = self.shared.wrong.fetch_add(1, Ordering::Relaxed) + 1;
        let turned_away = self.shared.turned_away.load(Ordering::Relaxed);
        let known_browser = matches!(who, Who::Known(_));
        tracing::warn!(
            account = account.map_or("none of that name", Name::as_str),
            known_browser,
            wrong,
            turned_away,
            "a login failed"
        );
    }
}

/// Whose buckets an attempt counts in.
fn who(name: Option<&Name>, address: IpAddr, account: Option<&AccountForLogin>) -> Who {
    match account.and_then(|account| account.device) {
        Some(device) => Who::Known(device),
        None => Who::Unknown {
            network: Network::of(address),
            name: name.map(|name| name.as_str().to_owned()),
        },
    }
}
