//! What HTTP clients are answered: JSON, and a status that says whether to try again and what to change.

use axum::body::Body;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;
use wamp_client::{CallError, JoinError, RequestError};
use wamp_proto::{Payload, PublicationId, Serializer, Uri, uris};

/// An answer.
pub(super) type Answer = Response<Body>;

/// The event was published: `{"id": …}`.
pub(super) fn published(id: Option<PublicationId>) -> Answer {
    answer(StatusCode::OK, json!({ "id": id }).to_string())
}

/// The call has a result: `{"args": […], "kwargs": {…}}`, numbers and all as the callee wrote them.
pub(super) fn result(payload: &Payload) -> Answer {
    match arguments(payload) {
        Some((args, kwargs)) => answer(
            StatusCode::OK,
            format!(r#"{{"args":{args},"kwargs":{kwargs}}}"#),
        ),
        None => error(
            StatusCode::BAD_GATEWAY,
            &uris::INVALID_ARGUMENT,
            "the result holds what JSON has no form for",
        ),
    }
}

/// The event was not published.
pub(super) fn not_published(why: &RequestError) -> Answer {
    let uri = match why {
        RequestError::Refused(remote) => return from_the_realm(remote.uri(), remote.payload()),
        RequestError::Closed(_) => uris::UNAVAILABLE,
        RequestError::InvalidUri(_) => uris::INVALID_URI,
        _ => uris::INVALID_ARGUMENT,
    };
    error(status_of(&uri), &uri, &why.to_string())
}

/// The call has no result.
pub(super) fn not_called(why: &CallError) -> Answer {
    let uri = match why {
        CallError::Application(remote) | CallError::Canceled(remote) => {
            return from_the_realm(remote.uri(), remote.payload());
        }
        CallError::Timeout => uris::TIMEOUT,
        CallError::Closed(_) => uris::UNAVAILABLE,
        CallError::InvalidUri(_) => uris::INVALID_URI,
        _ => uris::INVALID_ARGUMENT,
    };
    error(status_of(&uri), &uri, &why.to_string())
}

/// The bridge has no session to do it in.
pub(super) fn no_session(why: &JoinError) -> Answer {
    error(
        StatusCode::SERVICE_UNAVAILABLE,
        why.reason().unwrap_or(&uris::UNAVAILABLE),
        &why.to_string(),
    )
}

/// The body is JSON, and not what is taken here.
pub(super) fn senseless(why: &serde_json::Error) -> Answer {
    error(
        StatusCode::BAD_REQUEST,
        &uris::INVALID_ARGUMENT,
        &format!("the body is not what is taken here: {why}"),
    )
}

/// Something is wrong with the request, whatever its body says.
pub(super) fn refused(status: StatusCode, sentence: &str) -> Answer {
    let uri = match status {
        StatusCode::UNAUTHORIZED => uris::NOT_AUTHORIZED,
        StatusCode::PAYLOAD_TOO_LARGE => uris::PAYLOAD_SIZE_EXCEEDED,
        StatusCode::REQUEST_TIMEOUT => uris::TIMEOUT,
        StatusCode::TOO_MANY_REQUESTS => uris::LIMIT_EXCEEDED,
        _ => uris::INVALID_ARGUMENT,
    };
    let mut answer = error(status, &uri, sentence);
    let headers = answer.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Signature"));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        _ => {}
    }
    answer
}

/// An ERROR of a callee, or of the router.
fn from_the_realm(uri: &Uri, payload: &Payload) -> Answer {
    let (args, kwargs) = arguments(payload).unwrap_or_else(|| ("[]".to_owned(), "{}".to_owned()));
    let body = format!(
        r#"{{"error":{},"args":{args},"kwargs":{kwargs}}}"#,
        json!(uri)
    );
    answer(status_of(uri), body)
}

fn error(status: StatusCode, uri: &Uri, sentence: &str) -> Answer {
    let body = json!({ "error": uri, "args": [sentence], "kwargs": {} });
    answer(status, body.to_string())
}

/// The status for an ERROR. What a procedure makes up itself is an error of that procedure.
fn status_of(uri: &Uri) -> StatusCode {
    const STATUSES: [(Uri, StatusCode); 15] = [
        (uris::INVALID_ARGUMENT, StatusCode::BAD_REQUEST),
        (uris::INVALID_URI, StatusCode::BAD_REQUEST),
        (uris::OPTION_NOT_ALLOWED, StatusCode::BAD_REQUEST),
        (uris::DISCLOSE_ME_DISALLOWED, StatusCode::BAD_REQUEST),
        (uris::FEATURE_NOT_SUPPORTED, StatusCode::BAD_REQUEST),
        (uris::NOT_AUTHORIZED, StatusCode::FORBIDDEN),
        (uris::AUTHORIZATION_FAILED, StatusCode::FORBIDDEN),
        (uris::NO_SUCH_PROCEDURE, StatusCode::NOT_FOUND),
        (uris::PAYLOAD_SIZE_EXCEEDED, StatusCode::PAYLOAD_TOO_LARGE),
        (uris::LIMIT_EXCEEDED, StatusCode::TOO_MANY_REQUESTS),
        (uris::UNAVAILABLE, StatusCode::SERVICE_UNAVAILABLE),
        (uris::NO_AVAILABLE_CALLEE, StatusCode::SERVICE_UNAVAILABLE),
        (uris::CANCELED, StatusCode::SERVICE_UNAVAILABLE),
        (uris::NETWORK_FAILURE, StatusCode::SERVICE_UNAVAILABLE),
        (uris::TIMEOUT, StatusCode::GATEWAY_TIMEOUT),
    ];
    let mut known = STATUSES.into_iter();
    let known = known.find(|(known, _)| known == uri);
    known.map_or(StatusCode::INTERNAL_SERVER_ERROR, |(_, status)| status)
}

/// Positional and keyword arguments as JSON, if they have a form in it.
pub(super) fn arguments(payload: &Payload) -> Option<(String, String)> {
    let json = payload.transcoded(Serializer::Json).ok()?;
    let text = |octets: Option<&[u8]>, none: &str| match octets {
        Some(octets) => String::from_utf8(octets.to_vec()).ok(),
        None => Some(none.to_owned()),
    };
    Some((text(json.args(), "[]")?, text(json.kwargs(), "{}")?))
}

fn answer(status: StatusCode, body: String) -> Answer {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    async fn read(answer: Answer) -> (u16, Value) {
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 16).await;
        (status, serde_json::from_slice(&body.unwrap()).unwrap())
    }

    #[tokio::test]
    async fn a_result_always_has_both_kinds_of_arguments() {
        let payload = Payload::new(Serializer::Cbor, &(1, "two"), &()).unwrap();
        let expected = json!({"args": [1, "two"], "kwargs": {}});
        assert_eq!(read(result(&payload)).await, (200, expected));
        let expected = json!({"args": [], "kwargs": {}});
        assert_eq!(read(result(&Payload::NONE)).await, (200, expected));
    }

    #[tokio::test]
    async fn what_json_has_no_form_for_is_an_error() {
        let payload = Payload::new(Serializer::Cbor, &(f64::NAN,), &()).unwrap();
        let (status, body) = read(result(&payload)).await;
        assert_eq!(status, 502);
        assert_eq!(body["error"], "wamp.error.invalid_argument");
    }

    #[tokio::test]
    async fn an_error_keeps_its_uri_and_arguments() {
        let payload = Payload::sentence("no");
        for (uri, status) in [
            ("wamp.error.no_such_procedure", 404),
            ("wamp.error.not_authorized", 403),
            ("wamp.error.timeout", 504),
            ("com.example.error.broken", 500),
        ] {
            let (answered, body) = read(from_the_realm(&Uri::from(uri), &payload)).await;
            assert_eq!(answered, status, "{uri}");
            assert_eq!(
                (&body["error"], &body["args"]),
                (&json!(uri), &json!(["no"]))
            );
        }
    }
}
