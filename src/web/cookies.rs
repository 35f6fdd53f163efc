//! The three cookies: the session, the device, the language.

use crate::web::Web;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header::COOKIE;
use axum::http::header::SET_COOKIE;
use cookie::Cookie;
use cookie::SameSite;
use cookie::time::Duration;

/// How long a browser stays a known one: as long as `staff` knows the device.
const DEVICE_KEPT: Duration = Duration::days(180);

/// How long the choice of a language is kept.
const LANGUAGE_KEPT: Duration = Duration::days(365);

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Who is logged in; gone when the browser is closed.
    Session,
    /// That this browser has logged in before: its owner is not slowed when others guess at the name.
    Device,
    /// `en` or `fr`.
    Language,
}

impl Kind {
    // RFC 6265bis 4.1.3.2: a browser takes a `__Host-` cookie only over TLS, from this very host, for all its paths.
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-restante",
            (Self::Session, false) => "restante",
            (Self::Device, true) => "__Host-restante-device",
            (Self::Device, false) => "restante-device",
            (Self::Language, _) => "restante-language",
        }
    }
}

/// The value of a cookie of the request.
pub(in crate::web) fn read(web: &Web, headers: &HeaderMap, kind: Kind) -> Option<String> {
    let name = kind.name(web.secure);
    let values = headers.get_all(COOKIE);
    let values = values.iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(|value| Cookie::split_parse(value).flatten());
    cookies
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// Sets a cookie; an empty value takes it away.
pub(in crate::web) fn set(web: &Web, headers: &mut HeaderMap, kind: Kind, value: &str) {
    let mut cookie = Cookie::build((kind.name(web.secure), value.to_owned()))
        .path("/")
        .http_only(true)
        .secure(web.secure)
        .same_site(SameSite::Lax);
    cookie = match kind {
        _ if value.is_empty() => cookie.max_age(Duration::ZERO),
        Kind::Session => cookie,
        Kind::Device => cookie.max_age(DEVICE_KEPT),
        Kind::Language => cookie.max_age(LANGUAGE_KEPT),
    };
    if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
        headers.append(SET_COOKIE, value);
    }
}
