//! What every answer carries, and what every form must.
//!
//! Two layers that no handler can forget. [`receive`] is the outermost: it finds out who reads and in which language,
//! writes the page for whatever went wrong further in, panics included, and puts the headers on every answer.
//! [`admit`] is the innermost: a form is handed on only when it carries the token of its session.

use crate::language::Language;
use crate::web::Reader;
use crate::web::Shared;
use crate::web::client;
use crate::web::cookies;
use crate::web::cookies::Kind;
use crate::web::error::PageError;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::extract::Form;
use axum::extract::FromRequest;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use std::net::SocketAddr;

/// The largest form: an organisation with hundreds of domains is a few kilobytes.
pub const LARGEST_FORM: usize = 64 * 1024;

/// What a browser may do with our pages: what is not named is forbidden.
const POLICY: &str = concat!(
    "default-src 'none'; ",
    // The style sheet, one file of ours.
    "style-src 'self'; ",
    // The icon. Charts are part of the page.
    "img-src 'self'; ",
    // Forms go to our own handlers.
    "form-action 'self'; ",
    // The preview of a notice, a page of ours with a stricter policy of its own.
    "frame-src 'self'; ",
    // Nobody shows our pages inside theirs.
    "frame-ancestors 'none'; ",
    // Links mean what they say.
    "base-uri 'none'",
);

/// Devices and powers that no page of ours uses.
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), \
    gyroscope=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), usb=(), \
    xr-spatial-tracking=()";

/// Two years, in seconds.
const TRANSPORT: &str = "max-age=63072000";

const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
];

/// The outermost layer.
pub async fn receive(State(web): State<Shared>, mut request: Request, next: Next) -> Response {
    let mut reader = reader(&web, &request);
    let path = request.uri().path();
    let machine = path == "/healthz" || path.starts_with("/assets/");
    let session = if machine {
        Ok(None)
    } else {
        session(&web, request.headers()).await
    };
    let mut response = match session {
        Ok(session) => {
            reader.session = session;
            request.extensions_mut().insert(reader.clone());
            next.run(request).await
        }
        Err(error) => error.into_response(),
    };
    let error = response.extensions_mut().remove::<PageError>();
    let error = error.or_else(|| PageError::of(response.status()).filter(|_| !has_page(&response)));
    if let Some(error) = error {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = error.page(&reader);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    finish(&web, response.headers_mut());
    response
}

/// Whether the answer to the reader is written already: a page with an error summary, or the word for machines.
fn has_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let html = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    html || response.extensions().get::<Whole>().is_some()
}

/// Marks an answer that is not a page and is whole as it is.
#[derive(Clone, Copy, Debug)]
pub struct Whole;

fn reader(web: &Shared, request: &Request) -> Reader {
    let headers = request.headers();
    let chosen = cookies::read(web, headers, Kind::Language);
    let chosen = chosen.and_then(|code| Language::from_code(&code));
    let accepted = headers.get(header::ACCEPT_LANGUAGE);
    let accepted = accepted
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let language = chosen.unwrap_or_else(|| Language::accepted(accepted));
    let asked = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let here = if request.method() == Method::POST {
        client::sent_from(headers)
    } else {
        client::local_path(asked)
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |info| info.0.ip());
    Reader {
        words: language.words(),
        here: here.to_owned(),
        session: None,
        zones: web.zones.clone(),
        network: client::address(peer, headers, &web.trusted_proxies),
    }
}

async fn session(
    web: &Shared,
    headers: &HeaderMap,
) -> Result<Option<crate::staff::Session>, PageError> {
    let Some(token) = cookies::read(web, headers, Kind::Session) else {
        return Ok(None);
    };
    let session = web.accounts.resume(&token).await;
    session.map_err(|error| PageError::Failed(error.to_string()))
}

fn finish(web: &Shared, headers: &mut HeaderMap) {
    // The preview of a notice has a policy of its own, and is shown inside a page of ours.
    if headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let same = HeaderValue::from_static("SAMEORIGIN");
        headers.entry(header::X_FRAME_OPTIONS).or_insert(same);
    }
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if web.secure {
        let value = HeaderValue::from_static(TRANSPORT);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
}

/// The innermost layer: reads the form, compares its token, and hands on the same form.
///
/// # Errors
/// [`PageError::ForeignForm`] without the token; 413 for what is larger than a form; to the login without a session, but for
/// the login itself and the choice of a language, which change nothing of a session.
pub async fn admit(request: Request, next: Next) -> Result<Response, PageError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(next.run(request).await);
    }
    if *request.method() != Method::POST {
        return Err(PageError::WrongMethod);
    }
    let session = request
        .extensions()
        .get::<Reader>()
        .and_then(|reader| reader.session.clone());
    let open = matches!(request.uri().path(), "/login" | "/language");
    // Before the form is read: a stranger's is not waited for.
    let session = match session {
        None if !open => return Err(PageError::NotLoggedIn),
        session => session,
    };
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST_FORM).await;
    let body = body.map_err(|_| PageError::TooLarge)?;
    if let Some(session) = session.filter(|_| !open) {
        let mut copy = Request::new(Body::from(body.clone()));
        *copy.method_mut() = Method::POST;
        *copy.headers_mut() = parts.headers.clone();
        let token = Form::<Token>::from_request(copy, &()).await;
        let token = token.map_err(|_| PageError::ForeignForm)?.0.token;
        if !same(token.as_bytes(), session.form_token().as_bytes()) {
            return Err(PageError::ForeignForm);
        }
    }
    Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
}

/// Compares without telling by the time it takes how much was right.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && !other.is_empty() && differing == 0
}
