//! What a reader is told when something is not shown or done.

use crate::review::ReviewError;
use crate::staff::Forbidden;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;

/// Why there is no page. The reader gets a page about it in their own language; the log gets the cause.
#[derive(Debug)]
pub enum PageError {
    /// 404.
    Missing,
    /// 403.
    Forbidden,
    /// 303 to the login.
    NotLoggedIn,
    /// 500 or 503; logged.
    Failed(String),
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
            error => Self::Failed(error.to_string()),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
