//! The web remote: the pages built from `web/remote`, kept in the binary.

use axum::body::Body;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use rust_embed::RustEmbed;

/// What `npm run build` made. Empty in a binary that was built without it.
#[derive(RustEmbed)]
#[folder = "../web/remote/dist"]
#[allow_missing = true]
struct Pages;

/// Said in the place of the page by a binary built without the web remote.
const NOT_BUILT: &str = "This daemon was built without the web remote.\nhint: build it with `make web`, then build the daemon again.\n";

/// The page or file at `path`.
pub(super) fn serve(path: &str) -> Response<Body> {
    let name = match path.trim_start_matches('/') {
        // What a link says after `#` is the page's to read.
        "" | "pair" => "index.html",
        name => name,
    };
    match Pages::get(name) {
        Some(file) => {
            let mut response = Response::new(Body::from(file.data.into_owned()));
            let kind = HeaderValue::from_str(file.metadata.mimetype());
            let headers = response.headers_mut();
            headers.insert(
                CONTENT_TYPE,
                kind.unwrap_or(HeaderValue::from_static("application/octet-stream")),
            );
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching(name)));
            response
        }
        None if name == "index.html" => text(StatusCode::NOT_FOUND, NOT_BUILT),
        None => text(StatusCode::NOT_FOUND, "There is nothing here.\n"),
    }
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
    fn what_is_not_there_is_not_found() {
        for path in ["/../Cargo.toml", "/assets/../../x", "/nothing"] {
            assert_eq!(serve(path).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
