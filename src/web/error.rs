//! What a reader is told when something is not shown or done.

use crate::review::Refusal;
use crate::review::ReviewError;
use crate::staff::Forbidden;
use crate::web::Frame;
use crate::web::Reader;
use askama::Template;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Response;
use std::fmt::Write;

/// Why there is no page. The reader gets a page about it in their own language; the log gets the cause.
#[derive(Clone, Debug)]
pub enum PageError {
    /// 404.
    Missing,
    /// 403.
    Forbidden,
    /// 303 to the login.
    NotLoggedIn,
    /// 500 or 503; logged.
    Failed(String),
    /// 403: a form that was not sent from one of our pages, or from one of a session that has ended.
    ForeignForm,
    /// 400: a form that is none of ours.
    Unreadable,
    /// 405.
    WrongMethod,
    /// 409: refused, and no page of its own says why.
    Refused(Refusal),
    /// 413.
    TooLarge,
    /// 503: too much to do.
    Busy,
}

impl From<Forbidden> for PageError {
    fn from(_: Forbidden) -> Self {
        Self::Forbidden
    }
}

impl From<ReviewError> for PageError {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Missing => Self::Missing,
            ReviewError::Refused(refusal) => Self::Refused(refusal),
            error @ ReviewError::Store(_) => Self::Failed(error.to_string()),
        }
    }
}

impl PageError {
    /// The error that an answer without a page of its own stands for.
    pub(in crate::web) fn of(status: StatusCode) -> Option<Self> {
        match status {
            StatusCode::NOT_FOUND => Some(Self::Missing),
            StatusCode::FORBIDDEN => Some(Self::Forbidden),
            StatusCode::METHOD_NOT_ALLOWED => Some(Self::WrongMethod),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::TooLarge),
            StatusCode::SERVICE_UNAVAILABLE => Some(Self::Busy),
            status if status.is_client_error() => Some(Self::Unreadable),
            status if status.is_server_error() => Some(Self::Failed(status.to_string())),
            _ => None,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Missing => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NotLoggedIn => StatusCode::SEE_OTHER,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The keys of its words begin with this: `error-missing`.
    fn key(&self) -> &'static str {
        match self {
            Self::Missing => "error-missing",
            Self::Forbidden | Self::NotLoggedIn => "error-forbidden",
            Self::Failed(_) => "error-failed",
            Self::ForeignForm => "error-foreign-form",
            Self::Unreadable => "error-unreadable",
            Self::WrongMethod => "error-wrong-method",
            Self::Refused(_) => "error-refused",
            Self::TooLarge => "error-too-large",
            Self::Busy => "error-busy",
        }
    }

    /// The page for it, in the reader's language; a failure is logged here, once.
    pub(in crate::web) fn page(&self, reader: &Reader) -> Response {
        let status = self.status();
        match self {
            Self::NotLoggedIn => return to_login(&reader.here),
            Self::Failed(cause) => tracing::error!(%cause, "a page could not be shown"),
            Self::Busy => tracing::warn!("a page was put off: too much to do, or too slow"),
            _ => {}
        }
        let words = reader.words;
        let page = ErrorPage {
            title: words.get(&format!("{}-title", self.key())),
            text: match self {
                Self::Refused(refusal) => words.get(refusal.key()),
                _ => words.get(&format!("{}-text", self.key())),
            },
            next: words.get(&format!("{}-next", self.key())),
            frame: reader.frame(""),
        };
        match page.render() {
            Ok(text) => (status, Html(text)).into_response(),
            // The one template that cannot be answered for by another.
            Err(_) => (status, page.title).into_response(),
        }
    }
}

impl IntoResponse for PageError {
    /// The status, and the error itself for the guard, which knows the reader and writes the page.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    title: String,
    text: String,
    next: String,
}

/// To the login, and back to `here` after it.
fn to_login(here: &str) -> Response {
    let target = if here == "/" {
        "/login".to_owned()
    } else {
        format!("/login?back={}", escaped(here))
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let target = HeaderValue::try_from(target);
    let target = target.unwrap_or_else(|_| HeaderValue::from_static("/login"));
    response.headers_mut().insert(LOCATION, target);
    response
}

/// As part of a query.
// RFC 3986 2.3: what is unreserved stays.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
