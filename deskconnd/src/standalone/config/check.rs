//! What no single setting of a router's configuration can be wrong in alone.

use super::bridges;
use super::{Cookie, Listener, Mistake, Realm, RouterConfig, User};
use crate::listen::PageOrigin;
use std::collections::HashSet;
use std::hash::Hash;
use std::ops::RangeInclusive;
use toml::Spanned;
use wamp_proto::UriRule;

/// How long a long-poll client may ask for nothing, in seconds: longer than one request waits.
const INACTIVITY: RangeInclusive<u64> = 15..=3600;

/// Finds the first mistake.
pub(super) fn check(config: &RouterConfig) -> Result<(), Mistake> {
    let nowhere = |message: &str| Mistake {
        span: None,
        message: message.to_owned(),
    };
    if config.listeners.is_empty() {
        return Err(nowhere("there is no [[listener]], so nobody could connect"));
    }
    if config.realms.is_empty() {
        return Err(nowhere("there is no [[realm]], so nobody could join"));
    }
    if !(1..=256).contains(&config.runtime.threads) {
        return Err(nowhere("runtime.threads is a number from 1 to 256"));
    }
    let mut places = HashSet::new();
    for listener in &config.listeners {
        check_listener(listener)?;
        let Listener { tcp, unix, .. } = listener.get_ref();
        // Port 0 is another one for each.
        let is_any = tcp.is_some_and(|address| address.port() == 0);
        if !is_any && !places.insert((tcp, unix)) {
            return Err(Mistake::at(listener, "two listeners have the same address"));
        }
    }
    let names = config.realms.iter().map(|realm| &realm.name);
    unique(names, |name| format!("there are two realms `{name}`"))?;
    let files = config.realms.iter();
    let files = files.filter_map(|realm| realm.history_file.as_ref());
    unique(files, |_| {
        "two realms have the same history_file".to_owned()
    })?;
    let messages = config.listeners.iter();
    let longest = messages.map(|listener| listener.get_ref().message).max();
    for realm in &config.realms {
        check_realm(realm, longest.unwrap_or_default())?;
    }
    bridges::check(config)
}

fn check_listener(listener: &Spanned<Listener>) -> Result<(), Mistake> {
    let Listener {
        tcp,
        unix,
        mode,
        connections,
        strangers,
        message,
        connect_rate,
        tls,
        cookie,
        origins,
        longpoll,
        ..
    } = listener.get_ref();
    let wrong = |message: &str| Err(Mistake::at(listener, message));
    if tcp.is_some() == unix.is_some() {
        return wrong("a listener has either `tcp` or `unix`");
    }
    if unix.is_some() && tls.is_some() {
        return wrong("`tls` goes with `tcp`; what comes by a Unix socket crosses no network");
    }
    if let Some(longpoll) = longpoll
        && !INACTIVITY.contains(&longpoll.inactivity().as_secs())
    {
        return wrong("`inactivity` is from 15 seconds to an hour (3600)");
    }
    if let Some(Cookie { name, max_age }) = cookie {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(is_word) {
            return wrong("the name of a cookie is of letters, digits, _ and -");
        }
        if !(1..=366 * 86_400).contains(max_age) {
            return wrong("`max_age` is from a second to a year, in seconds");
        }
        if origins.contains(&PageOrigin::Any) {
            return wrong("with cookies, `origins` names the pages that may connect, and not *");
        }
    }
    if *mode > 0o777 {
        return wrong("`mode` is at most 0o777");
    }
    if *strangers == 0 || connections < strangers {
        return wrong("`strangers` is at least 1 and at most `connections`");
    }
    let rates = connect_rate
        .iter()
        .flat_map(|rates| [rates.each, rates.all]);
    if rates
        .into_iter()
        .any(|rate| rate.per_second == 0 || rate.burst == 0)
    {
        return wrong("`per_second` and `burst` are at least 1");
    }
    if !(512..=16 << 20).contains(message) {
        return wrong("`message` is from 512 octets to 16 MiB (16777216)");
    }
    Ok(())
}

fn check_realm(realm: &Realm, longest: usize) -> Result<(), Mistake> {
    let name = &realm.name;
    if !name.get_ref().is_valid(UriRule::Loose) {
        return Err(Mistake::at(name, "a realm's name is a URI, as realm1"));
    }
    if realm.queues.get_ref().session < longest {
        let message = format!("`session` is too little for a message of {longest} octets");
        return Err(Mistake::at(&realm.queues, message));
    }
    if realm.queues.get_ref().realm < realm.queues.get_ref().session {
        let message = "`realm` is too little for one session's `session`";
        return Err(Mistake::at(&realm.queues, message));
    }
    for history in &realm.history {
        if !history
            .uri
            .get_ref()
            .is_valid_pattern(history.policy, UriRule::Loose)
        {
            return Err(Mistake::at(&history.uri, "that is no URI or pattern"));
        }
        if history.lasting && realm.history_file.is_none() {
            let message = "a lasting history needs the realm's `history_file`";
            return Err(Mistake::at(&history.uri, message));
        }
    }
    for rule in realm.roles.iter().flat_map(|role| &role.allow) {
        let policy = rule.policy;
        if !rule.uri.get_ref().is_valid_pattern(policy, UriRule::Loose) {
            let message = match policy {
                wamp_proto::MatchPolicy::Exact => {
                    "that is no URI; a pattern needs `match`, prefix or wildcard"
                }
                _ => "that is no pattern",
            };
            return Err(Mistake::at(&rule.uri, message));
        }
    }
    for procedure in realm
        .roles
        .iter()
        .filter_map(|role| role.authorizer.as_ref())
    {
        if !procedure.get_ref().is_valid(UriRule::Loose) {
            return Err(Mistake::at(procedure, "that is no URI"));
        }
    }
    let names = realm.roles.iter().map(|role| &role.name);
    unique(names, |name| format!("there are two roles `{name}`"))?;
    check_references(realm)?;
    if let Some(authenticator) = &realm.authenticator {
        let (procedure, timeout) = (&authenticator.procedure, &authenticator.timeout);
        if !procedure.get_ref().is_valid(UriRule::Loose) {
            return Err(Mistake::at(procedure, "that is no URI"));
        }
        if !(1..10).contains(timeout.get_ref()) {
            let message = "`timeout` is from 1 to 9 seconds: a handshake takes no longer than 10";
            return Err(Mistake::at(timeout, message));
        }
    }
    let local = realm.local.iter().map(|local| &local.uid);
    unique(local, |uid| format!("user id {uid} has two roles"))?;
    let authids = realm.users.iter().map(|user| &user.authid);
    unique(authids, |authid| format!("there are two users `{authid}`"))?;
    let keys = realm.users.iter().flat_map(|user| &user.cryptosign);
    unique(keys, |_| "a key is listed twice in the realm".to_owned())?;
    let fingerprints = realm.users.iter().flat_map(|user| &user.tls.fingerprints);
    unique(fingerprints, |_| {
        "a certificate is listed twice in the realm".to_owned()
    })?;
    let names = realm.users.iter().flat_map(|user| &user.tls.names);
    unique(names, |name| {
        format!("the name `{name}` is listed twice in the realm")
    })?;
    realm.users.iter().try_for_each(check_user)
}

/// Every role that is given to somebody is there.
fn check_references(realm: &Realm) -> Result<(), Mistake> {
    let anonymous = realm.anonymous.iter().map(|anonymous| &anonymous.role);
    let local = realm.local.iter().map(|local| &local.role);
    let users = realm.users.iter().map(|user| &user.role);
    for given in anonymous.chain(local).chain(users) {
        let mut names = realm.roles.iter().map(|role| role.name.get_ref());
        if !names.any(|name| name == given.get_ref()) {
            let message = format!("this realm has no role `{}`", given.get_ref());
            return Err(Mistake::at(given, message));
        }
    }
    Ok(())
}

fn check_user(user: &User) -> Result<(), Mistake> {
    let wrong = |message: &str| Err(Mistake::at(&user.authid, message));
    if user.authid.get_ref().is_empty() {
        return wrong("an authid is not empty");
    }
    if user.ticket.is_some() && user.ticket_file.is_some() {
        return wrong("this user has both `ticket` and `ticket_file`");
    }
    if let Some(signed) = &user.wampcra
        && signed.secret.is_some() == signed.secret_file.is_some()
    {
        return wrong("`wampcra` has either `secret` or `secret_file`");
    }
    let proofs = [
        user.ticket.is_some(),
        user.ticket_file.is_some(),
        user.wampcra.is_some(),
        user.wamp_scram.is_some(),
        user.scram.is_some(),
        !user.cryptosign.is_empty(),
        !user.tls.is_empty(),
    ];
    if !proofs.contains(&true) {
        return wrong(
            "this user can not log in; give a `ticket`, `wampcra`, `wamp-scram`, `scram`, `cryptosign` or `tls`",
        );
    }
    Ok(())
}

/// Fails at the first that is there already.
fn unique<'a, T: Hash + Eq + 'a>(
    all: impl IntoIterator<Item = &'a Spanned<T>>,
    message: impl Fn(&T) -> String,
) -> Result<(), Mistake> {
    let mut seen = HashSet::new();
    for one in all {
        if !seen.insert(one.get_ref()) {
            return Err(Mistake::at(one, message(one.get_ref())));
        }
    }
    Ok(())
}
