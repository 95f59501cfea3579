//! Who asks, and whether they may.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::app::{App, Scope, Scopes};
use super::args::{AppName, Arguments};
use super::failure::Failure;

/// What the request's token may do: `NotAuthenticated` without a token that somebody was given.
pub(super) fn authenticate(app: &App, headers: &HeaderMap, arguments: &Arguments<'_>) -> Result<Scopes, Failure> {
    let token = match header_token(headers) {
        // Tokens are text: bytes that are not UTF-8 are nobody's token.
        Some(token) => str::from_utf8(token).map_err(|_| Failure::UnknownToken)?,
        None => arguments.auth_token.as_deref().unwrap_or(""),
    };
    if token.is_empty() {
        return Err(Failure::NoToken);
    }
    app.scopes(token).ok_or(Failure::UnknownToken)
}

/// `PermissionDeniedError` unless the token has the scope and the path names its app.
pub(super) fn permit(app: &App, granted: Scopes, needed: Scope, name: Option<&AppName>) -> Result<(), Failure> {
    if !granted.contains(needed) {
        return Err(Failure::LacksScope(needed));
    }
    match name {
        Some(AppName::Number(number)) if *number != Some(app.id) => Err(Failure::OtherApp),
        // What is no number at all is a fault of the value, which is looked at later.
        _ => Ok(()),
    }
}

/// The token of `Authorization: Token X` or `Bearer X`, the scheme in any case. Another scheme,
/// such as the `Basic` of a proxy, is not meant for us and counts as no header.
fn header_token(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let end = value.iter().position(|&b| b == b' ').unwrap_or(value.len());
    let (scheme, token) = value.split_at(end);
    let ours = scheme.eq_ignore_ascii_case(b"token") || scheme.eq_ignore_ascii_case(b"bearer");
    ours.then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::header_token;
    use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

    #[test]
    fn the_header_names_its_token_by_two_schemes() {
        let token = |value: &'static str| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
            header_token(&headers).map(<[u8]>::to_vec)
        };
        assert_eq!(token("Token XXX"), Some(b"XXX".to_vec()));
        assert_eq!(token("bearer  a b"), Some(b"a b".to_vec()));
        assert_eq!(token("Token"), Some(vec![]));
        assert_eq!(token("Basic XXX"), None);
        assert_eq!(token("XXX"), None);
        assert_eq!(header_token(&HeaderMap::new()), None);
    }
}
