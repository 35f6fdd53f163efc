//! `/language`: the switch at the top of each page.

use crate::language::Language;
use crate::web::Shared;
use crate::web::client::local_path;
use crate::web::cookies;
use crate::web::cookies::Kind;
use crate::web::error::PageError;
use axum::extract::Form;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

/// The form.
#[derive(Deserialize)]
pub struct Choice {
    language: String,
    #[serde(default)]
    back: String,
}

/// Keeps the language in a cookie and goes back.
///
/// # Errors
/// [`PageError::Unreadable`] for a language that there is not.
pub async fn choose(
    State(web): State<Shared>,
    Form(choice): Form<Choice>,
) -> Result<Response, PageError> {
    let language = Language::from_code(&choice.language).ok_or(PageError::Unreadable)?;
    let mut response = Redirect::to(local_path(&choice.back)).into_response();
    cookies::set(
        &web,
        response.headers_mut(),
        Kind::Language,
        language.code(),
    );
    Ok(response)
}
