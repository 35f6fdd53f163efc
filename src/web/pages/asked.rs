//! What a request says, read without complaint: what cannot be read is as if it were not there, so that a page in the
//! reader's language says what is missing, and not the library in English.

use crate::web::Frame;
use crate::web::error::PageError;
use axum::extract::Form;
use axum::extract::Query;
use axum::extract::rejection::FormRejection;
use axum::extract::rejection::QueryRejection;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

/// The fields of a form that was sent.
pub(super) fn sent<T: Default>(form: Result<Form<T>, FormRejection>) -> T {
    form.map_or_else(|_| T::default(), |Form(form)| form)
}

/// The fields of the address.
pub(super) fn asked<T: Default>(query: Result<Query<T>, QueryRejection>) -> T {
    query.map_or_else(|_| T::default(), |Query(query)| query)
}

/// A number of the path. What is none leads to no page.
pub(super) fn number(text: &str) -> Result<i64, PageError> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or(PageError::Missing)
}

/// The frame of a page that a form leads back to because it was refused: `here` is the page itself, for the form's address
/// is for sending alone, and what was done before is not said again.
pub(super) fn returned(frame: Frame, here: &str) -> Frame {
    Frame {
        here: here.to_owned(),
        done: None,
        ..frame
    }
}

/// After something was done: to `path`, which says so with the text of `done-KEY`.
pub(super) fn done(path: &str, key: &str) -> Response {
    Redirect::to(&format!("{path}?done={key}")).into_response()
}
