//! The routes, and the one place where the order of checks is written down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};

use super::answer::{EngineTime, respond};
use super::app::{App, Scope};
use super::args::{AppName, Arguments};
use super::auth::{authenticate, permit};
use super::body;
use super::failure::Failure;
use super::user::user;
use super::users::{Version, users};

/// The Web API of one app, to serve as it is, to nest under a path, or to merge with other routes
/// (the other router then brings no fallback of its own: unknown paths are answered here).
pub fn router(app: App) -> Router {
    let mut router = Router::new().route("/healthz", any(health));
    for (prefix, version) in [("", Version::V2), ("/v1", Version::V1), ("/v2", Version::V2)] {
        for slash in ["", "/"] {
            router = router
                .route(&format!("{prefix}/apps/{{app}}/users{slash}"), call(Endpoint::Users(version)))
                .route(&format!("{prefix}/users/{{id}}{slash}"), call(Endpoint::User));
        }
    }
    router.fallback(nowhere).with_state(Arc::new(app))
}

/// A method of the Web API.
#[derive(Debug, Clone, Copy)]
enum Endpoint {
    Users(Version),
    User,
}

impl Endpoint {
    fn check_verb(self, verb: &Method) -> Result<(), Failure> {
        let (post, verbs) = match self {
            Self::Users(_) => (true, "GET, POST, HEAD"),
            Self::User => (false, "GET, HEAD"),
        };
        match verb {
            &Method::GET | &Method::HEAD => Ok(()),
            &Method::POST if post => Ok(()),
            _ => Err(Failure::WrongVerb(verbs)),
        }
    }

    fn scope(self) -> Scope {
        match self {
            Self::Users(_) => Scope::UsersList,
            Self::User => Scope::UserRead,
        }
    }
}

/// What the placeholders of a path stand for, or that it is not UTF-8.
type PathParams = Result<RawPathParams, RawPathParamsRejection>;

fn call(endpoint: Endpoint) -> MethodRouter<Arc<App>> {
    any(move |State(app): State<Arc<App>>, params: PathParams, request: Request| async move {
        let (parts, body) = request.into_parts();
        let body = match receive(endpoint, &parts, body).await {
            Ok(body) => body,
            Err(failure) => return respond(Err(failure), Duration::ZERO),
        };
        let time = EngineTime::default();
        let outcome = guard(|| answer(&app, endpoint, params, &parts, &body, &time));
        respond(outcome, time.total())
    })
}

/// The order of checks begins here, once the router has found the path (404).
async fn receive(endpoint: Endpoint, parts: &Parts, body: Body) -> Result<Vec<u8>, Failure> {
    // 405
    if let Err(failure) = endpoint.check_verb(&parts.method) {
        body::refuse(&parts.headers, body).await;
        return Err(failure);
    }
    body::read(&parts.headers, body).await // 413
}

/// What stands at every other path.
async fn nowhere(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    body::refuse(&parts.headers, body).await;
    respond(Err(Failure::NoSuchMethod), Duration::ZERO)
}

/// The order of checks goes on here, once the body is read.
fn answer(
    app: &App,
    endpoint: Endpoint,
    params: PathParams,
    parts: &Parts,
    body: &[u8],
    time: &EngineTime,
) -> Result<Vec<u8>, Failure> {
    // 400, the request cannot be read
    let params = params.map_err(|_| Failure::BadRequest("the path is not UTF-8".to_owned()))?;
    let content_type = parts.headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
    let arguments = Arguments::read(parts.uri.query().unwrap_or_default(), content_type, body)?;
    // 401
    let scopes = authenticate(app, &parts.headers, &arguments)?;
    // 403
    let name = param(&params, "app").map(AppName::read);
    permit(app, scopes, endpoint.scope(), name.as_ref())?;
    // 400, values
    match endpoint {
        Endpoint::Users(version) => users(app, version, name.unwrap_or(AppName::OfToken), &arguments, time),
        Endpoint::User => user(app, param(&params, "id").unwrap_or_default(), &arguments, time),
    }
}

fn param<'a>(params: &'a RawPathParams, name: &str) -> Option<&'a str> {
    params.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Turns a panic into `Error500`. Its message has gone to the panic hook, which is the log.
fn guard(work: impl FnOnce() -> Result<Vec<u8>, Failure>) -> Result<Vec<u8>, Failure> {
    // Unwind safety: what `work` borrows is dropped with the request, and the index itself
    // publishes whole states, never halves.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Failure::Internal))
}

async fn health(verb: Method) -> Response {
    if verb == Method::GET || verb == Method::HEAD {
        "ok".into_response()
    } else {
        respond(Err(Failure::WrongVerb("GET, HEAD")), Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::guard;
    use crate::http::failure::Failure;

    #[test]
    fn a_panic_becomes_a_failure_of_ours() {
        let outcome = guard(|| panic!("a bug; its text stays in the log"));
        assert!(matches!(outcome, Err(Failure::Internal)));
        assert!(matches!(guard(|| Ok(vec![1])), Ok(bytes) if bytes == [1]));
    }
}
