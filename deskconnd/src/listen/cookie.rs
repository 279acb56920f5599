//! The cookie by which a browser is known again (RFC 6265).

use crate::router::{Cookie, Logins, Token};
use http::HeaderMap;
use http::header::{COOKIE, HeaderValue};
use std::sync::Arc;
use std::time::Duration;

/// The cookies of one listener.
#[derive(Debug)]
pub(crate) struct Cookies {
    /// How they are called.
    pub(crate) name: String,
    /// How long a browser keeps one, and a login is remembered.
    pub(crate) max_age: Duration,
    /// What they are worth.
    pub(crate) logins: Arc<Logins>,
}

impl Cookies {
    /// The cookie of a connection, and the header that has the browser keep it if it is new. Only one that
    /// is worth a login is taken from the request: nobody can have a browser log in with a cookie of
    /// theirs. `is_secure` says whether the connection is TLS.
    pub(super) fn of(
        &self,
        headers: &HeaderMap,
        is_secure: bool,
    ) -> Option<(Cookie, Option<HeaderValue>)> {
        let max_age = self.max_age;
        if let Some(token) = self.shown(headers) {
            return Some((Cookie { token, max_age }, None));
        }
        let token = Token::draw().ok()?;
        let secure = if is_secure { "; Secure" } else { "" };
        let set = format!(
            "{}={}; Max-Age={}; Path=/; HttpOnly; SameSite=Strict{secure}",
            self.name,
            token.text(),
            max_age.as_secs()
        );
        let set = HeaderValue::from_str(&set).ok()?;
        Some((Cookie { token, max_age }, Some(set)))
    }

    /// The token that the browser shows, if it is worth a login.
    fn shown(&self, headers: &HeaderMap) -> Option<Token> {
        let headers = headers.get_all(COOKIE).iter();
        let texts = headers.filter_map(|header| header.to_str().ok());
        let mut tokens = texts.flat_map(|text| text.split(';')).filter_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == self.name).then(|| Token::parse(value))?
        });
        tokens.find(|token| self.logins.know(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wamp_proto::handshake::router::Principal;

    fn cookies() -> Cookies {
        Cookies {
            name: "login".to_owned(),
            max_age: Duration::from_secs(60),
            logins: Arc::default(),
        }
    }

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())])
    }

    #[test]
    fn a_new_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let (cookie, set) = cookies().of(&HeaderMap::new(), true).unwrap();
        let expected = format!(
            "login={}; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure",
            cookie.token.text()
        );
        assert_eq!(set.unwrap(), expected);
        let (_, set) = cookies().of(&HeaderMap::new(), false).unwrap();
        assert!(!set.unwrap().to_str().unwrap().contains("Secure"));
    }

    #[test]
    fn a_cookie_is_known_again_only_if_somebody_logged_in_with_it() {
        let cookies = cookies();
        let (first, _) = cookies.of(&HeaderMap::new(), true).unwrap();
        let shown = headers(&format!("a=b; login={}; c", first.token.text()));
        let (second, set) = cookies.of(&shown, true).unwrap();
        assert!(set.is_some() && second.token != first.token);
        let alice = Principal {
            authid: "alice".into(),
            authrole: "user".into(),
            authmethod: "ticket".into(),
            authprovider: "static".into(),
            authextra: None,
        };
        cookies.logins.remember(&first, &"realm1".into(), &alice);
        let (third, set) = cookies.of(&shown, true).unwrap();
        assert!(set.is_none() && third.token == first.token);
    }
}
