//! The Web API over axum.
