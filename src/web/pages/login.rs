//! `/login` and `/logout`.

use crate::staff::Attempt;
use crate::staff::Entered;
use crate::staff::LoginError;
use crate::staff::Viewer;
use crate::web::Entrant;
use crate::web::Frame;
use crate::web::Reader;
use crate::web::Shared;
use crate::web::client::after_login;
use crate::web::cookies;
use crate::web::cookies::Kind;
use crate::web::error::PageError;
use crate::web::session::page;
use askama::Template;
use axum::extract::Form;
use axum::extract::Query;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    frame: Frame,
    /// The name as it was typed.
    name: String,
    /// Where to go then.
    back: String,
    /// What was wrong with the attempt before.
    fault: Option<Fault>,
}

/// What the page says of an attempt that failed. Whether it was the name or the password, nobody is told.
struct Fault {
    text: String,
    /// Whether it lies in the fields.
    of_the_fields: bool,
}

/// Where to go after the login.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    back: String,
}

/// The form. Whoever is logged in already is sent on.
///
/// # Errors
/// Those of the template.
pub async fn show(reader: Reader, Query(asked): Query<Asked>) -> Result<Response, PageError> {
    let back = after_login(&asked.back);
    if reader.session.is_some() {
        return Ok(Redirect::to(back).into_response());
    }
    page(&Login {
        frame: reader.frame("login"),
        name: String::new(),
        back: back.to_owned(),
        fault: None,
    })
}

/// The form, filled in. Has no `Debug`: there is a password in it.
#[derive(Deserialize)]
pub struct Filled {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    back: String,
}

/// Logs in, and goes to the page that was asked for.
///
/// # Errors
/// The store's.
pub async fn enter(
    State(web): State<Shared>,
    reader: Reader,
    headers: HeaderMap,
    Form(form): Form<Filled>,
) -> Result<Response, PageError> {
    let device = cookies::read(&web, &headers, Kind::Device);
    let attempt = Attempt {
        name: &form.name,
        password: Zeroizing::new(form.password),
        network: reader.network,
        device: device.as_deref(),
    };
    match web.accounts.login(attempt).await {
        Ok(entered) => {
            // The session that this one takes the place of.
            if let Some(session) = &reader.session {
                leave_session(&web, session).await?;
            }
            Ok(entered_response(&web, &entered, after_login(&form.back)))
        }
        Err(error) => refused(&reader, &form.name, &form.back, error),
    }
}

fn entered_response(web: &Shared, entered: &Entered, back: &str) -> Response {
    let mut response = Redirect::to(back).into_response();
    let headers = response.headers_mut();
    cookies::set(web, headers, Kind::Session, &entered.session_token);
    cookies::set(web, headers, Kind::Device, &entered.device_token);
    response
}

fn refused(
    reader: &Reader,
    name: &str,
    back: &str,
    error: LoginError,
) -> Result<Response, PageError> {
    let words = reader.words;
    let (status, text, wait) = match error {
        LoginError::Wrong => (
            StatusCode::UNPROCESSABLE_ENTITY,
            words.get("login-wrong"),
            None,
        ),
        LoginError::Throttled { seconds } => {
            let text = wait_in_words(reader, seconds);
            (StatusCode::TOO_MANY_REQUESTS, text, Some(seconds))
        }
        LoginError::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            words.get("login-busy"),
            Some(5),
        ),
        LoginError::Store(error) => return Err(PageError::Failed(error.to_string())),
    };
    let mut response = page(&Login {
        frame: reader.frame("login"),
        name: name.to_owned(),
        back: after_login(back).to_owned(),
        fault: Some(Fault {
            text,
            of_the_fields: wait.is_none(),
        }),
    })?;
    *response.status_mut() = status;
    if let Some(seconds) = wait {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

fn wait_in_words(reader: &Reader, seconds: u64) -> String {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    if seconds <= 90 {
        reader
            .words
            .with("login-wait-seconds", "n", whole(seconds.max(1)))
    } else {
        reader
            .words
            .with("login-wait-minutes", "n", whole(seconds.div_ceil(60)))
    }
}

/// Ends the session, here and in the store.
///
/// # Errors
/// The store's.
pub async fn leave(
    State(web): State<Shared>,
    Entrant { visit, .. }: Entrant<Viewer>,
) -> Result<Response, PageError> {
    leave_session(&web, &visit.session).await?;
    let mut response = Redirect::to("/login?done=logged-out").into_response();
    cookies::set(&web, response.headers_mut(), Kind::Session, "");
    Ok(response)
}

async fn leave_session(web: &Shared, session: &crate::staff::Session) -> Result<(), PageError> {
    let left = web.accounts.logout(session).await;
    left.map_err(|error| PageError::Failed(error.to_string()))
}
