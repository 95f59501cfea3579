//! The Web API over axum: a [`router()`] to mount in a service, or to serve as it is.
//!
//! | method | verbs | scope | answer |
//! |---|---|---|---|
//! | `/apps/{app}/users` | `GET`, `POST`, `HEAD` | `users-list` | the exact total and a page of leads |
//! | `/users/{id}` | `GET`, `HEAD` | `user-read` | one person, lead or not |
//! | `/healthz` | `GET`, `HEAD` | none | `ok`, as plain text |
//!
//! The first two also stand under `/v1` and `/v2` (no prefix means v2; the versions differ in the
//! smallest `limit`), each with or without a trailing slash. `{app}` is the app's number or
//! `$self_app`, the app of the token.
//!
//! # Requests
//!
//! Arguments come in the query string or in a form-encoded body, of a `GET` too. The body wins over
//! the query string, and of a repeated argument the last wins; unknown ones are ignored. The token
//! comes as `auth_token`, or in the header `Authorization: Token X` or `Authorization: Bearer X`,
//! which wins. A body has at most 1 MiB.
//!
//! | argument | default | meaning |
//! |---|---|---|
//! | `filters` | all leads | the JSON dialect that [`Filter::from_json`](crate::Filter::from_json) reads |
//! | `sort_prop` | `$last_seen` | any property; one that nobody has leaves the order by id |
//! | `sort_order` | `desc` | `asc` or `desc` |
//! | `offset` | 0 | 0 to 2^64-1 |
//! | `limit` | 20 | v1: 0 to 50, v2: 1 to 50 |
//! | `id_as_string` | false | ids of the answer as JSON strings |
//! | `convert_props_types` | true | false: every property value comes back as text |
//! | `by_user_id` | false | `/users/{id}` only: `{id}` is the User ID |
//!
//! # Answers
//!
//! Compact JSON, `{"meta":{"status":200},"data":{...}}`; an error has a short name in `meta.error`
//! and a sentence in `meta.error_message`. A `ValidationError` lists every fault of every argument
//! in `meta.error_fields`, each with a stable code and a JSON pointer into the argument. Every
//! answer carries `Server-Timing: query;dur=0.042`: the milliseconds spent in the engine.
//!
//! What is wrong with a request is looked for in one order, and the first finding is the answer:
//! `Error404`, `MethodNotAllowed`, `BodyTooLarge`, `BadRequest`, `NotAuthenticated`,
//! `PermissionDeniedError`, and at last `ValidationError` and `LookupError`.
//!
//! # Where queries run
//!
//! On the async worker that took the request: most queries are short, and a hand-over to a pool of
//! blocking threads would be added to each. A panic inside a request is caught and answered with `Error500`; its
//! message goes to the panic hook of the process (stderr, unless the service set its own) and never
//! to the client.
//!
//! # Example
//!
//! ```
//! use lead_index::LeadIndex;
//! use lead_index::http::{App, Scope, router};
//!
//! # fn mount(index: LeadIndex) -> axum::Router {
//! let app = App::new(42, index).token("XXX", [Scope::UsersList, Scope::UserRead]);
//! axum::Router::new().nest("/leads", router(app))
//! # }
//! ```

mod active;
mod answer;
mod app;
mod args;
mod auth;
mod body;
mod call;
mod cursors;
mod endpoint;
mod events;
mod export;
mod failure;
mod form;
mod json;
mod operations;
mod presence;
mod props;
mod router;
mod segments;
mod user;
mod users;
mod whom;

pub use app::{App, Scope, UnknownScope};
pub use json::{Style, users_json};
pub use router::router;
