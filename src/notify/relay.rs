//! A mail relay as the way out, over SMTP.
//!
//! One conversation per notice, command by command, because each address has an answer of its own: what is refused for one
//! does not keep the others from being told. Trouble up to the answer to MAIL (no connection, no TLS, no login, a
//! reverse-path that the relay does not want, no SMTPUTF8) is the relay's or the operator's and never a notice's: whatever
//! its code, the notice waits.

use crate::notify::mail::Mail;
use crate::notify::options::RelayTls;
use crate::notify::transport::Outcome;
use crate::notify::transport::TransportError;
use crate::notify::transport::harmless;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::client::TlsParameters;
use lettre::transport::smtp::commands::Data;
use lettre::transport::smtp::commands::Mail as MailCommand;
use lettre::transport::smtp::commands::Rcpt;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::extension::Extension;
use lettre::transport::smtp::extension::MailParameter;
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(30);

/// Greeting, EHLO, TLS and login. RFC 5321 4.5.3.2.1: five minutes for a greeting.
const OPEN: Duration = Duration::from_secs(300);

/// From MAIL to the answer. RFC 5321 4.5.3.2: five minutes each, and ten for the answer to the data; one who stops waiting
/// before that gets the mail delivered twice.
const CONVERSE: Duration = Duration::from_secs(1200);

/// How long QUIT may take: by then all is said.
const QUIT: Duration = Duration::from_secs(5);

/// A relay.
pub struct Relay {
    host: String,
    port: u16,
    tls: Protection,
    hello: ClientId,
    login: Option<Credentials>,
}

enum Protection {
    Implicit(TlsParameters),
    Required(TlsParameters),
    None,
}

/// What the relay said to one address.
enum Said {
    Yes,
    Later(String),
    Never(String),
}

impl Relay {
    /// A relay that wants no login.
    pub(in crate::notify) fn new(
        host: &str,
        port: u16,
        tls: RelayTls,
        hostname: &str,
    ) -> Result<Self, TransportError> {
        let parameters = || {
            TlsParameters::new(host.to_owned())
                .map_err(|error| TransportError::Tls(harmless(&error.to_string())))
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            tls: match tls {
                RelayTls::Implicit => Protection::Implicit(parameters()?),
                RelayTls::Required => Protection::Required(parameters()?),
                RelayTls::None => Protection::None,
            },
            hello: ClientId::Domain(hostname.to_owned()),
            login: None,
        })
    }

    /// The same with a login: the password is the first line of the file.
    pub(in crate::notify) fn with_login(
        self,
        user: &str,
        file: &Path,
    ) -> Result<Self, TransportError> {
        let text = std::fs::read_to_string(file).map_err(|source| TransportError::Password {
            path: file.to_owned(),
            source,
        })?;
        let text = Zeroizing::new(text);
        let password = text.lines().next().unwrap_or_default();
        Ok(Self {
            login: Some(Credentials::new(user.to_owned(), password.to_owned())),
            ..self
        })
    }

    pub(in crate::notify) async fn send(&self, mail: &Mail, in_parts: bool) -> Outcome {
        let mut connection = match tokio::time::timeout(OPEN, self.open()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Outcome::Unreachable(words(&error)),
            Err(_) => return Outcome::Unreachable("no answer in time".to_owned()),
        };
        let talk = converse(&mut connection, mail, in_parts);
        let outcome = match tokio::time::timeout(CONVERSE, talk).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) if error.is_permanent() => Outcome::Never(words(&error)),
            Ok(Err(error)) => Outcome::Later(words(&error)),
            Err(_) => Outcome::Later("no answer in time".to_owned()),
        };
        let _ = tokio::time::timeout(QUIT, connection.abort()).await;
        outcome
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Error> {
        let implicit = match &self.tls {
            Protection::Implicit(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT), &self.hello, implicit, None)
                .await?;
        if let Protection::Required(parameters) = &self.tls {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(login) = &self.login {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], login)
                .await?;
        }
        Ok(connection)
    }
}

async fn converse(
    connection: &mut AsyncSmtpConnection,
    mail: &Mail,
    in_parts: bool,
) -> Result<Outcome, Error> {
    let mut parameters = Vec::new();
    if mail.needs_utf8() {
        if !connection
            .server_info()
            .supports_feature(Extension::SmtpUtfEight)
        {
            let why = "the relay takes no addresses beyond ASCII (SMTPUTF8)";
            return Ok(Outcome::Later(why.to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let from = MailCommand::new(Some(mail.from.clone()), parameters);
    if let Err(error) = connection.command(from).await {
        // The reverse-path is ours: whatever is wrong with it is wrong with it in every notice.
        return Ok(Outcome::Unreachable(words(&error)));
    }
    let (mut taken, mut later, mut never) = (0, None, None);
    for address in &mail.to {
        match said(
            connection
                .command(Rcpt::new(address.clone(), Vec::new()))
                .await,
        )? {
            Said::Yes => taken += 1,
            Said::Later(why) => later = later.or(Some(why)),
            Said::Never(why) => never = never.or(Some(why)),
        }
    }
    if taken == 0 || (later.is_some() && !in_parts) {
        return Ok(match (later, never) {
            (Some(why), _) => Outcome::Later(why),
            (None, Some(why)) => Outcome::Never(why),
            (None, None) => Outcome::Never("there is no address".to_owned()),
        });
    }
    connection.command(Data).await?;
    connection.message(&mail.octets).await?;
    Ok(Outcome::Taken {
        refused: never.or(later),
    })
}

/// A reply to RCPT; only what is no reply ends the conversation.
fn said<T>(answer: Result<T, Error>) -> Result<Said, Error> {
    match answer {
        Ok(_) => Ok(Said::Yes),
        Err(error) if error.is_permanent() => Ok(Said::Never(words(&error))),
        // RFC 5321 3.8: 421 announces that the connection is closed.
        Err(error) if error.is_transient() && !error.status().is_some_and(closes) => {
            Ok(Said::Later(words(&error)))
        }
        Err(error) => Err(error),
    }
}

fn closes(code: lettre::transport::smtp::response::Code) -> bool {
    u16::from(code) == 421
}

/// What went wrong, in the relay's words where it has spoken.
fn words(error: &Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    match (error.status(), cause) {
        (Some(code), cause) => harmless(&format!("{code} {}", cause.unwrap_or_default())),
        (None, _) => harmless(&error.to_string()),
    }
}
