//! What a configuration may say, what is a mistake, and where secrets come from.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn parse(text: &str) -> Result<RouterConfig, String> {
    RouterConfig::parse(text, Path::new("test.toml")).map_err(|error| error.to_string())
}

/// A listener and a realm with one role, which `more` goes on from.
fn with(more: &str) -> String {
    format!(
        "[[listener]]\ntcp = \"127.0.0.1:0\"\n[[realm]]\nname = \"realm1\"\n\
         [[realm.role]]\nname = \"user\"\n{more}"
    )
}

#[test]
fn the_example_is_right_and_says_what_is_left_out() {
    let example = parse(EXAMPLE).unwrap();
    let least = parse(&with("")).unwrap();
    let listener = |config: &RouterConfig| config.listeners[0].get_ref().clone();
    let of_example = Listener {
        tcp: listener(&least).tcp,
        ..listener(&example)
    };
    assert_eq!(of_example, listener(&least));
    let realm = |config: &RouterConfig| {
        let realm = &config.realms[0];
        let rules = format!("{:?} {:?}", realm.uris, realm.request_ids);
        (rules, *realm.queues.get_ref(), realm.limits.clone())
    };
    assert_eq!(realm(&example), realm(&least));
    assert_eq!(example.log, least.log);
    assert_eq!(example.runtime, least.runtime);
}

#[test]
fn mistakes_are_named_with_their_line() {
    let user = "[[realm.user]]\nauthid = \"a\"\nrole = \"user\"\n";
    let user = |more: &str| with(&format!("{user}{more}"));
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    for (text, said) in [
        ("x = 1", "line 1: unknown field `x`"),
        ("[[listener]", "line 1"),
        ("", "there is no [[listener]]"),
        (
            "[[listener]]\ntcp = \"127.0.0.1:0\"",
            "there is no [[realm]]",
        ),
        (
            &with("[[listener]]\nunix = \"a\"\n[[listener]]\nunix = \"a\""),
            "line 9: two listeners have the same address",
        ),
        (
            &with("allow = [{ uri = \"a.\", allow = [] }]"),
            "line 7: that is no URI",
        ),
        (
            &with("allow = [{ uri = \"a\", allow = [\"cal\"] }]"),
            "line 7: unknown variant `cal`",
        ),
        (
            &with("[[realm.role]]\nname = \"user\""),
            "line 8: there are two roles `user`",
        ),
        (
            &with("[realm.anonymous]\nrole = \"guest\""),
            "line 8: this realm has no role `guest`",
        ),
        (
            &with("[realm.limits]\ncall = 1"),
            "line 8: unknown field `call`",
        ),
        (
            &with("[[realm]]\nname = \"realm1\""),
            "line 8: there are two realms `realm1`",
        ),
        (
            &with("[[realm]]\nname = \"a b\""),
            "line 8: a realm's name is a URI",
        ),
        (
            &with("[realm.queues]\nsession = 4096"),
            "line 7: `session` is too little",
        ),
        (
            &with("[[listener]]"),
            "line 7: a listener has either `tcp` or `unix`",
        ),
        (
            &with("[[listener]]\nunix = \"a\"\norigins = [\"a\"]"),
            "line 9: an origin is",
        ),
        (&user(""), "line 8: this user can not log in"),
        (
            &user("ticket = \"x\"\nticket_file = \"y\""),
            "line 8: this user has both",
        ),
        (
            &user("ticket_file = \"none\""),
            "line 10: can not read none",
        ),
        (
            &user("wampcra = { salt = \"x\" }"),
            "line 8: `wampcra` has either",
        ),
        (
            &user("cryptosign = [\"abc\"]"),
            "line 10: a public key is 64 hex digits",
        ),
        (
            &user(&format!("cryptosign = [\"{}\"]", "0".repeat(64))),
            "line 10: that is not an Ed25519",
        ),
        (
            &user(&format!("cryptosign = [\"{key}\", \"{key}\"]")),
            "line 10: a key is listed twice",
        ),
        (
            &user(
                "scram = { kdf = \"pbkdf2\", iterations = 1, salt = \"!\", stored_key = \"\", server_key = \"\" }",
            ),
            "line 10: `salt` is not base64",
        ),
        (
            &user(
                "scram = { kdf = \"argon2id13\", iterations = 1, salt = \"\", stored_key = \"\", server_key = \"\" }",
            ),
            "line 10: argon2id13 needs `memory`",
        ),
    ] {
        let error = parse(text).expect_err(text);
        assert!(error.contains(said), "{text}\n{error}");
        assert!(error.contains("test.toml"), "{error}");
    }
}

#[test]
fn no_mistake_shows_a_secret() {
    for secret in [
        "ticket = \"pencil",
        "wampcra = \"pencil\"",
        "wampcra = { secret = \"pencil\", x = 1 }",
    ] {
        let text = with(&format!(
            "[[realm.user]]\nauthid = \"a\"\nrole = \"user\"\n{secret}\n"
        ));
        let error = parse(&text).expect_err(secret);
        assert!(!error.contains("pencil"), "{error}");
    }
    let config = parse(EXAMPLE).unwrap();
    assert!(!format!("{config:?}").contains("drawn at random"));
}

#[test]
fn secrets_come_from_files_beside_the_configuration_and_readers_are_warned_about() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode| {
        let path = home.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    write("a.ticket", "swordfish\n", 0o644);
    write("b.secret", "pencil", 0o600);
    write("router.key", &"1f".repeat(32), 0o600);
    let text = "[[listener]]\ntcp = \"127.0.0.1:0\"\n[[realm]]\nname = \"realm1\"\n\
         router_key_file = \"router.key\"\n[[realm.role]]\nname = \"user\"\n\
         [[realm.user]]\nauthid = \"a\"\nrole = \"user\"\nticket_file = \"a.ticket\"\n\
         [[realm.user]]\nauthid = \"b\"\nrole = \"user\"\nwampcra = { secret_file = \"b.secret\" }\n";
    let config = RouterConfig::load(&write("router.toml", text, 0o644)).unwrap();
    let users = &config.realms[0].users;
    assert_eq!(
        *users[0].ticket.as_ref().unwrap().get_ref(),
        "swordfish".into()
    );
    let signed = users[1].wampcra.as_ref().unwrap();
    assert_eq!(*signed.secret.as_ref().unwrap().get_ref(), "pencil".into());
    assert_eq!(*config.realms[0].router_key.as_ref().unwrap().0, [0x1f; 32]);
    let [warning] = config.warnings() else {
        panic!("{:?}", config.warnings());
    };
    assert!(
        warning.contains("a.ticket") && warning.contains("chmod"),
        "{warning}"
    );

    let inline = format!("{text}ticket = \"inline\"\n");
    let config = RouterConfig::load(&write("router.toml", &inline, 0o644)).unwrap();
    assert!(config.warnings()[1].contains("router.toml"));
    let config = RouterConfig::load(&write("router.toml", &inline, 0o600)).unwrap();
    assert_eq!(config.warnings().len(), 1);
}

#[test]
fn a_bridge_says_who_may_use_it_and_as_what() {
    let bridge = |settings: &str| {
        format!(
            "[[realm]]\nname = \"realm1\"\n[[realm.role]]\nname = \"user\"\n\
             [[listener]]\ntcp = \"127.0.0.1:0\"\n[[listener.bridge]]\ntype = \"caller\"\n{settings}"
        )
    };
    let fine = "path = \"/call\"\nrealm = \"realm1\"\nrole = \"user\"\n";
    let keys = "keys = [{ key = \"a\", secret = \"b\" }]\n";
    parse(&bridge(&format!("{fine}{keys}"))).unwrap();
    parse(&bridge(&format!("{fine}unsigned = true"))).unwrap();
    for (settings, said) in [
        (fine.to_owned(), "line 7: give `keys`; or, if anybody"),
        (
            format!("{fine}{keys}unsigned = true"),
            "line 7: give `keys`",
        ),
        (
            format!("{fine}keys = [{{ key = \"a\" }}]"),
            "line 7: a key has either",
        ),
        (
            format!("{fine}keys = [{{ key = \"a b\", secret = \"c\" }}]"),
            "line 7: the name of a key",
        ),
        (
            format!("{}{keys}", fine.replace("/call", "/ws")),
            "line 7: that `path` is taken",
        ),
        (
            format!("{}{keys}", fine.replace("/call", "/{x}")),
            "line 7: `path` begins with",
        ),
        (
            format!("{}{keys}", fine.replace("realm1", "realm2")),
            "line 7: there is no realm",
        ),
        (
            format!("{}{keys}", fine.replace("user", "admin")),
            "line 7: the realm `realm1` has no role `admin`",
        ),
        (
            format!("{fine}{keys}window = 0"),
            "line 7: `window` and `timeout`",
        ),
        (format!("{fine}{keys}body = 1"), "line 7: `body` is from"),
        (
            format!("{fine}{keys}[[listener.bridge]]\ntype = \"publisher\"\n{fine}unsigned = true"),
            "line 13: there is another bridge at that path",
        ),
        (
            format!(
                "{fine}{keys}[[listener.bridge]]\ntype = \"publisher\"\n{}{keys}",
                fine.replace("call", "x")
            ),
            "line 13: the key `a` is listed twice",
        ),
    ] {
        let error = parse(&bridge(&settings)).unwrap_err();
        assert!(error.contains(said), "{settings}: {error}");
    }
}

#[test]
fn a_webhook_says_where_to_and_how_it_is_known() {
    let fine = "[[realm.webhook]]\ntopic = \"a.b\"\nrole = \"user\"\nurl = \"http://127.0.0.1/\"\n";
    let secret = "secret = \"b\"\n";
    parse(&with(&format!("{fine}{secret}"))).unwrap();
    parse(&with(&format!("{fine}unsigned = true"))).unwrap();
    for (settings, said) in [
        (fine.to_owned(), "line 7: give `secret` or"),
        (
            format!("{fine}{secret}unsigned = true"),
            "line 7: give `secret` or",
        ),
        (
            format!("{}{secret}", fine.replace("a.b", "a..b")),
            "line 7: `topic` is no URI",
        ),
        (
            format!("{}{secret}", fine.replace("user", "admin")),
            "line 7: the realm `realm1` has no role `admin`",
        ),
        (
            format!("{}{secret}", fine.replace("http:", "https:")),
            "line 10: a webhook's URL is http:",
        ),
        (
            format!("{fine}{secret}in_flight = 0"),
            "line 7: `in_flight` is from",
        ),
        (
            format!("{fine}{secret}attempts = 0"),
            "line 7: `timeout` is from",
        ),
    ] {
        let error = parse(&with(&settings)).unwrap_err();
        assert!(error.contains(said), "{settings}: {error}");
    }
}
