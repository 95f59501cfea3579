//! Reading a request's body, never more than its bound.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::EXPECT;

use super::failure::Failure;

/// Most bytes of a body: room for a filter of the largest size.
pub(super) const BODY_BYTES: usize = 1 << 20;

/// How much of a body that is too large is read and thrown away, so that a client which sends all
/// before it reads gets the answer instead of a connection reset.
const DISCARD_BYTES: usize = 64 << 20;

/// The whole body.
///
/// # Errors
///
/// `BodyTooLarge` over [`BODY_BYTES`], told by the announced length where there is one;
/// `BadRequest` where the client breaks off.
pub(super) async fn read(headers: &HeaderMap, mut body: Body) -> Result<Vec<u8>, Failure> {
    if body.size_hint().lower() > BODY_BYTES as u64 {
        refuse(headers, body).await;
        return Err(Failure::BodyTooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = next_chunk(&mut body).await {
        let chunk = chunk.map_err(|_| Failure::BadRequest("the body of the request broke off".to_owned()))?;
        if bytes.len() + chunk.len() > BODY_BYTES {
            discard(body).await;
            return Err(Failure::BodyTooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The next piece of data; trailers are pieces without data.
async fn next_chunk(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap_or_default()))
}

/// Lets a client whose request is refused unread send its body to the end.
pub(super) async fn refuse(headers: &HeaderMap, body: Body) {
    // A client that waits for leave to send has sent nothing yet; reading would ask it to.
    if !headers.contains_key(EXPECT) {
        discard(body).await;
    }
}

async fn discard(mut body: Body) {
    let mut left = DISCARD_BYTES;
    while let Some(Ok(chunk)) = next_chunk(&mut body).await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
