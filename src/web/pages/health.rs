//! `/healthz`: for machines that watch this one.

use crate::web::Shared;
use crate::web::guard::Whole;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use std::time::Duration;

/// Those who ask give up after a few seconds themselves.
const PATIENCE: Duration = Duration::from_secs(3);

/// 200 and `ok` where the listener runs and the database answers, else 503 and `failing`; why is in the log.
pub async fn show(State(web): State<Shared>) -> Response {
    let answer = tokio::time::timeout(PATIENCE, (web.health)()).await;
    let (status, text) = match answer {
        Ok(Ok(())) => (StatusCode::OK, "ok\n"),
        Ok(Err(cause)) => {
            tracing::error!(%cause, "not healthy");
            (StatusCode::SERVICE_UNAVAILABLE, "failing\n")
        }
        Err(_) => {
            tracing::error!("not healthy: no answer in time");
            (StatusCode::SERVICE_UNAVAILABLE, "failing\n")
        }
    };
    let mut response = (status, text).into_response();
    response.extensions_mut().insert(Whole);
    response
}
