//! From an outcome to the response: status, headers, bytes.

use std::cell::Cell;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::failure::Failure;
use super::json::failure_json;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");

/// The time a request has spent in the engine: what `Server-Timing` reports. Reading arguments and
/// writing JSON are not in it.
#[derive(Debug, Default)]
pub(super) struct EngineTime(Cell<Duration>);

impl EngineTime {
    /// Runs `work` of the engine and adds the time it takes.
    pub(super) fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0.set(self.0.get() + start.elapsed());
        result
    }

    /// All of it.
    pub(super) fn total(&self) -> Duration {
        self.0.get()
    }
}

/// What a method answers.
#[derive(Debug)]
pub(super) enum Answer {
    /// JSON, envelope included.
    Json(Vec<u8>),
    /// JSON lines, made as they are sent.
    Lines(Body),
}

/// The response to a request: its answer, or the envelope of a failure. A response to `HEAD` loses
/// its body on the way out and keeps its headers.
pub(super) fn respond(outcome: Result<Answer, Failure>, engine: Duration) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, if matches!(outcome, Ok(Answer::Lines(_))) { LINES } else { JSON });
    headers.insert(SERVER_TIMING, server_timing(engine));
    match &outcome {
        Err(Failure::WrongVerb(verbs)) => {
            headers.insert(ALLOW, HeaderValue::from_static(verbs));
        }
        Err(Failure::NoToken | Failure::UnknownToken) => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    *response.status_mut() = outcome.as_ref().map_or_else(Failure::status, |_| StatusCode::OK);
    *response.body_mut() = match outcome {
        Ok(Answer::Json(bytes)) => Body::from(bytes),
        Ok(Answer::Lines(lines)) => lines,
        Err(failure) => Body::from(failure_json(&failure)),
    };
    response
}

fn server_timing(engine: Duration) -> HeaderValue {
    let value = format!("query;dur={:.3}", engine.as_secs_f64() * 1e3);
    HeaderValue::try_from(value).expect("letters and digits make a header value")
}

#[cfg(test)]
mod tests {
    use super::server_timing;
    use std::time::Duration;

    #[test]
    fn the_engines_time_is_in_milliseconds_with_three_decimals() {
        assert_eq!(server_timing(Duration::ZERO), "query;dur=0.000");
        assert_eq!(server_timing(Duration::from_nanos(42_400)), "query;dur=0.042");
        assert_eq!(server_timing(Duration::from_millis(1_500)), "query;dur=1500.000");
    }
}
