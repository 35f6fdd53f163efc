//! Which address leads to which handler, and the least role that each asks for.

use crate::web::Shared;
use crate::web::assets;
use crate::web::error::PageError;
use crate::web::guard;
use crate::web::pages;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing;
use std::any::Any;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::csrf::ProtectionError;
use tower_http::timeout::TimeoutLayer;

/// The longest that a page may take, the form's way in included: the slowest takes a tenth of a second, and a browser with a
/// bad line sends its form in some seconds.
const LONGEST: Duration = Duration::from_secs(30);

/// What a route asks of who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Least {
    /// Nothing: the login, the health look-up, the style sheet.
    Nothing,
    /// To be logged in, in whatever role.
    Viewer,
    /// Reviewer or approver.
    Reviewer,
    /// Approver.
    Approver,
    /// Auditor or administrator.
    Auditor,
    /// Administrator.
    Admin,
}

/// A route, for the test that tries each with every role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `get` or `post`.
    pub method: &'static str,
    /// Its address, with `{}` around what varies.
    pub path: &'static str,
    /// What it asks for. What it *holds to* is the proof in its handler's signature; the test compares the two.
    pub least: Least,
}

/// One list for the router and for the test: a route that is not in the list does not exist.
macro_rules! routes {
    ($($method:ident $path:literal $least:ident $handler:path;)*) => {
        /// All routes.
        pub const ROUTES: &[Route] = &[
            $(Route { method: stringify!($method), path: $path, least: Least::$least },)*
        ];

        fn handlers() -> Router<Shared> {
            Router::new()$(.route($path, routing::$method($handler)))*
        }
    };
}

routes! {
    get "/login" Nothing pages::login::show;
    post "/login" Nothing pages::login::enter;
    post "/logout" Viewer pages::login::leave;
    post "/language" Nothing pages::language::choose;
    get "/healthz" Nothing pages::health::show;
    get "/assets/{file}" Nothing assets::show;
    get "/" Viewer pages::overview::show;
    get "/cases" Viewer pages::cases::list;
    get "/cases/unassigned" Viewer pages::cases::unassigned;
    get "/cases/{id}" Viewer pages::case::show;
    post "/cases/{id}/draft" Reviewer pages::case::draft;
    post "/cases/{id}/correct" Reviewer pages::case::correct;
    post "/cases/{id}/close" Reviewer pages::case::close;
    post "/cases/{id}/reopen" Reviewer pages::case::reopen;
    get "/messages" Viewer pages::messages::list;
    get "/messages/{cursor}" Viewer pages::message::show;
    get "/organisations" Viewer pages::organisations::list;
    get "/organisations/new" Admin pages::organisations::new;
    post "/organisations/new" Admin pages::organisations::create;
    get "/organisations/{id}" Viewer pages::organisations::show;
    post "/organisations/{id}" Admin pages::organisations::change;
    get "/notices" Viewer pages::notices::list;
    get "/notices/{id}" Viewer pages::notices::show;
    get "/notices/{id}/preview" Viewer pages::notices::preview;
    post "/notices/{id}/approve" Approver pages::notices::approve;
    post "/notices/{id}/return" Approver pages::notices::give_back;
    post "/notices/{id}/withdraw" Reviewer pages::notices::withdraw;
    get "/rules" Viewer pages::rules::list;
    post "/rules" Reviewer pages::rules::make;
    post "/rules/{id}/revoke" Reviewer pages::rules::revoke;
    get "/policies" Viewer pages::policies::list;
    post "/policies" Admin pages::policies::decide;
    post "/policies/default" Admin pages::policies::decide_default;
    post "/policies/{id}/revoke" Admin pages::policies::revoke;
    get "/lookup" Viewer pages::lookup::show;
    get "/operator" Auditor pages::operator::list;
    post "/operator/{id}" Admin pages::operator::take;
    get "/audit" Auditor pages::audit::list;
    post "/audit/verify" Auditor pages::audit::verify;
    get "/accounts" Auditor pages::accounts::list;
}

/// The dashboard.
pub fn router(web: Shared) -> Router {
    handlers()
        .fallback(missing)
        .layer(middleware::from_fn(guard::admit))
        .layer(CsrfLayer::new().with_rejection_response(foreign))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            LONGEST,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            Shared::clone(&web),
            guard::receive,
        ))
        .with_state(web)
}

async fn missing() -> PageError {
    PageError::Missing
}

fn foreign(_: ProtectionError) -> Response {
    PageError::ForeignForm.into_response()
}

/// What a panic said may have been anything; the panic hook has logged its place.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    PageError::Failed("a handler panicked".to_owned()).into_response()
}
