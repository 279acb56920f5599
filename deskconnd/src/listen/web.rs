//! The web remote: the pages built from `web/remote`, kept in the binary.

use axum::body::Body;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use rust_embed::RustEmbed;

/// What `npm run build` made. Empty in a binary that was built without it.
#[derive(RustEmbed)]
#[folder = "../web/remote/dist"]
#[allow_missing = true]
struct Pages;

/// Said in the place of the page by a binary built without the web remote.
const NOT_BUILT: &str = "This daemon was built without the web remote.\nhint: build it with `make web`, then build the daemon again.\n";

/// The page or file at `path`, compressed if it was when it was built and the `request` has these headers that
/// take it so (RFC 9110 §12.5.3).
pub(super) fn serve(path: &str, request: &HeaderMap) -> Response<Body> {
    let name = match path.trim_start_matches('/') {
        // What a link says after `#` is the page's to read.
        "" | "pair" => "index.html",
        name => name,
    };
    let Some(file) = Pages::get(name) else {
        let why = match name {
            "index.html" => NOT_BUILT,
            _ => "There is nothing here.\n",
        };
        return text(StatusCode::NOT_FOUND, why);
    };
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_str(file.metadata.mimetype());
    headers.insert(
        CONTENT_TYPE,
        kind.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching(name)));
    let mut data = file.data;
    if let Some(compressed) = Pages::get(&format!("{name}.gz")) {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if takes_gzip(request) {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            data = compressed.data;
        }
    }
    let mut response = Response::new(Body::from(data.into_owned()));
    *response.headers_mut() = headers;
    response
}

/// Whether a request says that its answer may be compressed with gzip.
fn takes_gzip(request: &HeaderMap) -> bool {
    let offers = request.get_all(ACCEPT_ENCODING).iter();
    let offers = offers.filter_map(|value| value.to_str().ok());
    offers.flat_map(|value| value.split(',')).any(|offer| {
        let (coding, weight) = offer.split_once(';').unwrap_or((offer, "q=1"));
        let weight = weight.trim().strip_prefix("q=").map(str::parse);
        coding.trim().eq_ignore_ascii_case("gzip") && matches!(weight, Some(Ok(0.001..=1.0)))
    })
}

/// A short answer for people.
pub(super) fn text(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Files with a hash in their name never change; everything else is asked for anew.
fn caching(name: &str) -> &'static str {
    if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_files_are_cached() {
        assert_eq!(caching("index.html"), "no-store");
        assert!(caching("assets/index-abc123.js").contains("immutable"));
    }

    #[test]
    fn compressed_is_what_was_asked_for_so() {
        let takes = |offer: &'static str| {
            let offer = HeaderValue::from_static(offer);
            takes_gzip(&HeaderMap::from_iter([(ACCEPT_ENCODING, offer)]))
        };
        for offer in ["gzip", "deflate, GZIP;q=0.5, br", "br;q=1.0, gzip ; q=1"] {
            assert!(takes(offer), "{offer}");
        }
        for offer in ["", "br", "gzip;q=0", "gzip;q=0.0, br", "gzip;q=", "x-gzip"] {
            assert!(!takes(offer), "{offer}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in ["/../Cargo.toml", "/assets/../../x", "/nothing"] {
            let response = serve(path, &HeaderMap::new());
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
