//! What has to be true of a request before its body is looked at, and who looks at it then.

use super::answer::{self, Answer};
use super::settings::Kind;
use super::signature::Unsigned;
use super::{Bridge, caller, publisher};
use axum::body::Bytes;
use axum::extract::Request;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use std::time::{Duration, SystemTime};
use wamp_proto::{Serializer, skip_value};

/// How long a body may take to come.
pub(super) const BODY: Duration = Duration::from_secs(10);

/// Answers a request to `bridge`. `known` is called once the request has been found to be signed.
pub(super) async fn serve(
    bridge: &Bridge,
    request: Request,
    known: &(dyn Fn() + Send + Sync),
) -> Answer {
    let body = match check(bridge, request).await {
        Ok(body) => body,
        Err(refusal) => return answer::refused(refusal.status(), &refusal.to_string()),
    };
    if bridge.keyring.is_some() {
        known();
    }
    let session = match bridge.seat.session().await {
        Ok(session) => session,
        Err(error) => return answer::no_session(&error),
    };
    match bridge.kind {
        Kind::Publisher => publisher::publish(&session, &body).await,
        Kind::Caller => caller::call(&session, &body, bridge.timeout).await,
    }
}

/// The body of a request that may be made, and that is JSON as messages have it.
async fn check(bridge: &Bridge, request: Request) -> Result<Bytes, Refusal> {
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        return Err(Refusal::Method);
    }
    if !is_json(&head.headers) {
        return Err(Refusal::ContentType);
    }
    if is_longer(&head.headers, bridge.body) {
        return Err(Refusal::TooLong);
    }
    let body = tokio::time::timeout(BODY, axum::body::to_bytes(body, bridge.body)).await;
    let body = body.map_err(|_| Refusal::TooSlow)?;
    let body = body.map_err(|_| Refusal::TooLong)?;
    if let Some(keyring) = &bridge.keyring {
        let query = head.uri.query().unwrap_or_default();
        keyring.take(query, &body, SystemTime::now())?;
    }
    // As deep as in a message, since that is what it becomes.
    let json = body.trim_ascii();
    if skip_value(Serializer::Json, json) != Ok(json.len()) {
        return Err(Refusal::NotJson);
    }
    Ok(body)
}

/// Why nothing is done for a request.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    /// Pages of others can have browsers make a GET.
    #[error("requests are made by POST")]
    Method,
    /// Pages of others can have browsers send forms and plain text.
    #[error("the content-type has to be application/json, in UTF-8")]
    ContentType,
    /// The body would not end where it has to.
    #[error("the body is too long")]
    TooLong,
    /// Or not when.
    #[error("the body took too long")]
    TooSlow,
    /// Nobody who may has signed it.
    #[error(transparent)]
    Unsigned(#[from] Unsigned),
    /// The body is no JSON, or nested too deeply.
    #[error("the body is not JSON")]
    NotJson,
}

impl Refusal {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unsigned(Unsigned::TooMany) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unsigned(_) => StatusCode::UNAUTHORIZED,
            Self::NotJson => StatusCode::BAD_REQUEST,
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let first = types.next().and_then(|value| value.to_str().ok());
    let Some(first) = first.filter(|_| types.next().is_none()) else {
        return false;
    };
    let (kind, parameters) = first.split_once(';').unwrap_or((first, ""));
    let is_utf8 = |parameter: &str| match parameter.trim().split_once('=') {
        Some((name, value)) => {
            !name.eq_ignore_ascii_case("charset")
                || ["utf-8", "utf8", "\"utf-8\""]
                    .iter()
                    .any(|utf8| value.eq_ignore_ascii_case(utf8))
        }
        None => parameter.trim().is_empty(),
    };
    kind.trim().eq_ignore_ascii_case("application/json") && parameters.split(';').all(is_utf8)
}

/// Whether a body says of itself that it is longer than that.
fn is_longer(headers: &HeaderMap, limit: usize) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    length.is_some_and(|length| length > limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_json_in_utf8_is_taken() {
        for (value, taken) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=latin1", false),
            ("application/json; nonsense", false),
            ("application/jsonp", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ] {
            let value = HeaderValue::from_static(value);
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, value.clone())]);
            assert_eq!(is_json(&headers), taken, "{value:?}");
        }
        assert!(!is_json(&HeaderMap::new()));
        let mut twice = HeaderMap::new();
        for value in ["application/json", "text/plain"] {
            twice.append(CONTENT_TYPE, HeaderValue::from_static(value));
        }
        assert!(!is_json(&twice));
    }
}
