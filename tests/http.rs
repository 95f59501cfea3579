//! The Web API over a real socket, compared to the byte.
#![cfg(feature = "http")]

#[path = "http/client.rs"]
mod client;

#[path = "http/arguments.rs"]
mod arguments;
#[path = "http/cursor.rs"]
mod cursor;
#[path = "http/errors.rs"]
mod errors;
#[path = "http/events.rs"]
mod events;
#[path = "http/export.rs"]
mod export;
#[path = "http/person.rs"]
mod person;
#[path = "http/presence.rs"]
mod presence;
#[path = "http/props.rs"]
mod props;
#[path = "http/routes.rs"]
mod routes;
#[path = "http/segments.rs"]
mod segments;
#[path = "http/shape.rs"]
mod shape;
