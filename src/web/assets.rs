//! The style sheet and the icon: part of the program, under names that change with their content, so that a browser may
//! keep them for ever.

use crate::web::error::PageError;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::response::Response;
use sha2::Digest;
use sha2::Sha256;
use std::sync::LazyLock;

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(include_str!("../../templates/style.css"), "style", "css"));
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(include_str!("../../templates/icon.svg"), "icon", "svg"));

struct Asset {
    content: &'static str,
    address: String,
}

impl Asset {
    fn new(content: &'static str, name: &str, ending: &str) -> Self {
        let digest = Sha256::digest(content.as_bytes());
        let mark: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
        Self {
            content,
            address: format!("/assets/{name}-{mark}.{ending}"),
        }
    }
}

/// The address of the style sheet.
#[must_use]
pub fn style() -> &'static str {
    &STYLE.address
}

/// The address of the icon.
#[must_use]
pub fn icon() -> &'static str {
    &ICON.address
}

/// `/assets/{file}`.
///
/// # Errors
/// [`PageError::Missing`] for every other name, those of earlier versions included.
pub async fn show(Path(file): Path<String>) -> Result<Response, PageError> {
    for (asset, kind) in [
        (&*STYLE, "text/css; charset=utf-8"),
        (&*ICON, "image/svg+xml"),
    ] {
        if asset.address.strip_prefix("/assets/") == Some(&file) {
            let mut response = asset.content.into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            headers.insert(
                CACHE_CONTROL,
                HeaderValue::from_static("public, max-age=31536000, immutable"),
            );
            return Ok(response);
        }
    }
    Err(PageError::Missing)
}
