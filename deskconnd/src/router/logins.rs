//! Logins that a browser is remembered by: it shows a cookie instead of logging in again.

use data_encoding::BASE64URL_NOPAD;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wamp_proto::Uri;
use wamp_proto::handshake::router::Principal;

/// How many logins are remembered; each costs about 300 octets.
const REMEMBERED: usize = 16 * 1024;

/// What a browser shows: drawn at random here, and worth a login once somebody has logged in with it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Token([u8; 32]);

/// The cookie of one connection.
#[derive(Debug, Clone)]
pub(crate) struct Cookie {
    /// What it holds.
    pub(crate) token: Token,
    /// How long a login by its connection is remembered.
    pub(crate) max_age: Duration,
}

/// The logins that are remembered.
#[derive(Debug, Default)]
pub(crate) struct Logins(Mutex<HashMap<Token, Login>>);

#[derive(Debug)]
struct Login {
    realm: Uri,
    principal: Principal,
    until: Instant,
}

impl Token {
    /// A new one.
    pub(crate) fn draw() -> Result<Self, getrandom::Error> {
        let mut octets = [0; 32];
        getrandom::fill(&mut octets)?;
        Ok(Self(octets))
    }

    /// Reads what [`Token::text`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let octets = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        octets.try_into().ok().map(Self)
    }

    /// As a cookie has it.
    pub(crate) fn text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Logins {
    /// Remembers that the browser with this cookie has logged in to `realm` as `principal`. If there are
    /// too many, the login is forgotten that would be first.
    pub(crate) fn remember(&self, cookie: &Cookie, realm: &Uri, principal: &Principal) {
        let now = Instant::now();
        let Some(until) = now.checked_add(cookie.max_age) else {
            return;
        };
        let mut logins = self.lock();
        if logins.len() >= REMEMBERED {
            logins.retain(|_, login| login.until > now);
        }
        if logins.len() >= REMEMBERED {
            let first = logins.iter().min_by_key(|(_, login)| login.until);
            if let Some(token) = first.map(|(token, _)| token.clone()) {
                logins.remove(&token);
            }
        }
        let login = Login {
            realm: realm.detached(),
            principal: principal.clone(),
            until,
        };
        logins.insert(cookie.token.clone(), login);
    }

    /// As whom the browser with this token has logged in to `realm`.
    pub(crate) fn find(&self, token: &Token, realm: &Uri) -> Option<Principal> {
        let logins = self.lock();
        let login = logins.get(token)?;
        let is_his = login.realm == *realm && login.until > Instant::now();
        is_his.then(|| login.principal.clone())
    }

    /// Whether somebody has logged in with this token.
    pub(crate) fn know(&self, token: &Token) -> bool {
        self.lock().contains_key(token)
    }

    /// Forgets a login.
    pub(crate) fn forget(&self, token: &Token) {
        self.lock().remove(token);
    }

    /// Forgets the logins that are not to be kept.
    pub(crate) fn retain(&self, keep: impl Fn(&Uri, &Principal) -> bool) {
        self.lock()
            .retain(|_, login| keep(&login.realm, &login.principal));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Token, Login>> {
        // Each change is one insert or remove.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> Principal {
        Principal {
            authid: "alice".into(),
            authrole: "user".into(),
            authmethod: "ticket".into(),
            authprovider: "static".into(),
            authextra: None,
        }
    }

    fn cookie(seconds: u64) -> Cookie {
        Cookie {
            token: Token::draw().unwrap(),
            max_age: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn a_login_is_for_its_token_and_realm_and_time() {
        let logins = Logins::default();
        let (ours, other, late) = (cookie(3600), cookie(3600), cookie(0));
        let (realm, elsewhere) = (Uri::from("realm1"), Uri::from("realm2"));
        logins.remember(&ours, &realm, &alice());
        logins.remember(&late, &realm, &alice());
        assert_eq!(logins.find(&ours.token, &realm), Some(alice()));
        assert_eq!(logins.find(&ours.token, &elsewhere), None);
        assert_eq!(logins.find(&other.token, &realm), None);
        assert_eq!(logins.find(&late.token, &realm), None);
        logins.forget(&ours.token);
        assert_eq!(logins.find(&ours.token, &realm), None);
    }

    #[test]
    fn logins_are_so_many_and_no_more() {
        let logins = Logins::default();
        let realm = Uri::from("realm1");
        let first = cookie(60);
        logins.remember(&first, &realm, &alice());
        for _ in 0..REMEMBERED {
            logins.remember(&cookie(3600), &realm, &alice());
        }
        assert_eq!(logins.lock().len(), REMEMBERED);
        assert!(!logins.know(&first.token));
    }

    #[test]
    fn a_token_shows_itself_in_its_cookie_only() {
        let token = Token::draw().unwrap();
        assert_eq!(Token::parse(&token.text()), Some(token.clone()));
        assert_eq!(format!("{token:?}"), "Token");
        for no_token in ["", "x", &token.text()[1..]] {
            assert_eq!(Token::parse(no_token), None);
        }
    }
}
