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

use super::active::active;
use super::answer::{Answer, EngineTime, respond};
use super::app::App;
use super::args::{AppName, Arguments};
use super::auth::{authenticate, permit};
use super::body;
use super::call::Call;
use super::endpoint::{Endpoint, Version};
use super::events::events;
use super::export::export;
use super::failure::Failure;
use super::presence::set_presence;
use super::props::props;
use super::segments::{drop_segment, segments};
use super::user::user;
use super::users::users;

/// The Web API of one app, to serve as it is, to nest under a path, or to merge with other routes
/// (the other router then brings no fallback of its own: unknown paths are answered here).
pub fn router(app: App) -> Router {
    let mut router = Router::new().route("/healthz", any(health));
    for (prefix, version) in [("", Version::V2), ("/v1", Version::V1), ("/v2", Version::V2)] {
        for (path, endpoint) in Endpoint::all(version) {
            for slash in ["", "/"] {
                router = router.route(&format!("{prefix}{path}{slash}"), call(endpoint));
            }
        }
    }
    router.fallback(nowhere).with_state(Arc::new(app))
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
) -> Result<Answer, Failure> {
    // 400, the request cannot be read
    let params = params.map_err(|_| Failure::BadRequest("the path is not UTF-8".to_owned()))?;
    let content_type = parts.headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
    let arguments = Arguments::read(parts.uri.query().unwrap_or_default(), content_type, body)?;
    // 401
    let scopes = authenticate(app, &parts.headers, &arguments)?;
    // 403
    let verb = &parts.method;
    let name = param(&params, "app").map(AppName::read);
    permit(app, scopes, endpoint.scope(verb), name.as_ref())?;
    // 400, values
    let id = param(&params, "id").unwrap_or_default();
    run(endpoint, &Call { app, verb, name, id, arguments: &arguments, time })
}

fn run(endpoint: Endpoint, call: &Call<'_>) -> Result<Answer, Failure> {
    match endpoint {
        Endpoint::Users(version) => users(call, version),
        Endpoint::Export => export(call),
        Endpoint::Active(version) => active(call, version),
        Endpoint::Segments => segments(call),
        Endpoint::Segment => drop_segment(call),
        Endpoint::User => user(call),
        Endpoint::Props => props(call),
        Endpoint::Events => events(call),
        Endpoint::SetPresence => set_presence(call),
    }
}

fn param<'a>(params: &'a RawPathParams, name: &str) -> Option<&'a str> {
    params.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Turns a panic into `Error500`. Its message has gone to the panic hook, which is the log.
fn guard(work: impl FnOnce() -> Result<Answer, Failure>) -> Result<Answer, Failure> {
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
    use crate::http::answer::Answer;
    use crate::http::failure::Failure;

    #[test]
    fn a_panic_becomes_a_failure_of_ours() {
        let outcome = guard(|| panic!("a bug; its text stays in the log"));
        assert!(matches!(outcome, Err(Failure::Internal)));
        assert!(matches!(guard(|| Ok(Answer::Json(vec![1]))), Ok(Answer::Json(bytes)) if bytes == [1]));
    }
}
