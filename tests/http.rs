//! The Web API over a real socket, compared to the byte.
#![cfg(feature = "http")]

#[path = "http/client.rs"]
mod client;

#[path = "http/arguments.rs"]
mod arguments;
#[path = "http/errors.rs"]
mod errors;
#[path = "http/person.rs"]
mod person;
#[path = "http/shape.rs"]
mod shape;
