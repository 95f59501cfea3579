//! The Web API over axum: a [`router()`] to mount in a service, or to serve as it is.
//!
//! | method | verbs | scope | answer |
//! |---|---|---|---|
//! | `/apps/{app}/users` | `GET`, `POST`, `HEAD` | `users-list` | the exact total and a page of leads |
//! | `/apps/{app}/users/export` | `GET`, `HEAD` | `users-list` | all leads that match, as JSON lines |
//! | `/apps/{app}/activeusers` | `GET`, `HEAD` | `users-list` | who is online, then who is idle |
//! | `/apps/{app}/segments` | `GET`, `HEAD` | `users-list` | the saved filters and their totals |
//! | | `POST` | `user-write` | saves a filter: its number, name and total |
//! | `/apps/{app}/segments/{id}` | `DELETE` | `user-write` | drops a saved filter |
//! | `/users/{id}` | `GET`, `HEAD` | `user-read` | one person, lead or not |
//! | `/users/{id}/props` | `POST` | `user-write` | changes properties, and tells which changed |
//! | `/users/{id}/events` | `POST` | `user-write` | counts an event: its number and count |
//! | `/users/{id}/setpresence` | `POST` | `user-write` | a sign of life; nothing |
//! | `/healthz` | `GET`, `HEAD` | none | `ok`, as plain text |
//!
//! All but the last also stand under `/v1` and `/v2` (no prefix means v2; the versions differ in the
//! smallest `limit`), each with or without a trailing slash. `{app}` is the app's number or
//! `$self_app`, the app of the token. What is written is visible to the next request.
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
//! | `filters` | all leads | the JSON dialect that [`Filter::from_json`](crate::Filter::from_json) reads; segments must exist |
//! | `sort_prop` | `$last_seen` | any property; one that nobody has leaves the order by id |
//! | `sort_order` | `desc` | `asc` or `desc` |
//! | `offset` | 0 | 0 to 2^64-1 |
//! | `limit` | 20 | v1: 0 to 50, v2: 1 to 50 |
//! | `cursor` | none | `/apps/{app}/users` only: see below |
//! | `id_as_string` | false | ids of people in the answer as JSON strings |
//! | `convert_props_types` | true | false: every property value comes back as text |
//! | `by_user_id` | false | below `/users/{id}`: `{id}` is the User ID; a write creates who is missing, a read never does |
//! | `operations` | needed | `props` only: see below |
//! | `parse_custom_props_type` | true | `props` only: text that reads as an integer or a boolean becomes one, but for names with `$` |
//! | `event` | needed | `events` only: the event's name, 1 to 255 characters |
//! | `created` | now | `events` only: when it happened, in seconds since 1970-01-01, UTC |
//! | `presence` | needed | `setpresence` only: `online` or `idle`; two minutes later the person is offline |
//! | `name` | needed | saving a segment: 1 to 255 characters, for people |
//!
//! # Changing properties
//!
//! `operations` is a JSON array of at most 250 objects `{"op","key","value"}`. They run in order and are
//! published as one. The operations are `update_or_create`, `set_once`, `add`, `delete`, `append`, `union` and
//! `exclude`; [`Change`](crate::Change) says what each does. An operation that breaks a rule is ignored, and the
//! others go on. `meta` of the answer lists the names whose values changed in `affected_props` and those
//! that were named in vain in `not_changed_props`, in the order in which they were first mentioned; in
//! `ignored_operations` it repeats what was ignored, each with its `reason`: `empty_value`,
//! `wrong_type`, `fraction`, `out_of_range`, `too_long`, `list_full`, `unknown_op`, `reserved` or `bad_name`.
//!
//! # Pages of one point in time
//!
//! With an empty `cursor` a page is as without one, and `meta.next_cursor` of the answer leads to
//! the next page of the same point in time, whatever is written meanwhile; it is `null` at the end.
//! With a cursor the same filter and order must be sent again; `limit` may change, but is at least 1 in
//! v1 too, and there must be no `offset`. The server holds only so many points in time, and each only as
//! long as it is asked for pages ([`App::cursors`]). Codes of what goes wrong: `invalid_cursor`,
//! `cursor_mismatch`, `cursor_expired`, `too_many_cursors`, and `not_with_cursor` of an offset.
//!
//! An export has no pages: a lead a line, in the form of an import file, from one point in time. Where it
//! cannot go on the connection is broken off, so that half an export never looks like a whole one. It
//! holds its point in time until the client has read it or goes away.
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
//! blocking threads would be added to each. Writes wait there for each other, and an export makes its
//! lines there as the client reads them. A panic inside a request is caught and answered with `Error500`; its
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
//! let app = App::new(42, index).token("XXX", [Scope::UsersList, Scope::UserRead, Scope::UserWrite]);
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
