//! Another configuration while sessions are there: what may stay stays, what may not goes.

use deskconn_tests::{TempHome, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wamp_client::{Credentials, Session};

use crate::scene::{Router, ticket};

/// A router with a realm for everybody, and more.
fn config(more: &str) -> String {
    format!("[[listener]]\ntcp = \"127.0.0.1:0\"\n{REALM}{more}")
}

const REALM: &str = r#"
[[realm]]
name = "realm1"

[[realm.role]]
name = "user"
allow = [{ uri = "com.example.", match = "prefix", allow = ["call", "register", "subscribe"] }]
"#;

const ALICE: &str = "[[realm.user]]\nauthid = \"alice\"\nrole = \"user\"\nticket = \"a\"\n";
const BOB: &str = "[[realm.user]]\nauthid = \"bob\"\nrole = \"user\"\nticket = \"b\"\n";
const GUESTS: &str = "[[realm]]\nname = \"guests\"\n[[realm.role]]\nname = \"guest\"\n\
    [realm.anonymous]\nrole = \"guest\"\n";

/// Whether a session is there and the router answers it.
async fn is_alive(session: &Session) -> bool {
    let answer = session.call("com.example.nothing").await;
    answer.is_err_and(|error| error.to_string().contains("no_such_procedure"))
}

#[tokio::test]
async fn sessions_of_users_who_are_still_known_go_on_and_the_others_end() {
    let mut router = Router::start(&config(&[ALICE, BOB].concat())).await;
    let alice = router.user("alice", "a").await;
    let bob = router.user("bob", "b").await;
    let carol = BOB.replace("bob", "carol");
    router
        .reload(&config(&[ALICE, &carol].concat()), "reloaded")
        .await;
    assert!(is_alive(&alice).await);
    assert!(is_alive(&router.user("carol", "b").await).await);
    let cause = bob.closed().await.to_string();
    assert!(cause.contains("wamp.close.killed"), "{cause}");
    // Nobody is known by that name any more; unknown names are asked as if they were.
    let refusal = router.refusal(ticket("bob", "b")).await;
    assert_eq!(refusal, "wamp.error.authentication_denied");
}

#[tokio::test]
async fn who_logged_in_by_what_is_not_right_any_more_has_to_leave() {
    let mut router = Router::start(&config(&[ALICE, BOB].concat())).await;
    let alice = router.user("alice", "a").await;
    let bob = router.user("bob", "b").await;
    let changed = BOB.replace("\"b\"", "\"another\"");
    router
        .reload(&config(&[ALICE, &changed].concat()), "reloaded")
        .await;
    let cause = bob.closed().await.to_string();
    assert!(cause.contains("wamp.close.killed"), "{cause}");
    assert!(is_alive(&alice).await);
    assert!(is_alive(&router.user("bob", "another").await).await);
}

#[tokio::test]
async fn sessions_may_do_at_once_what_their_role_may_now() {
    let mut router = Router::start(&config(ALICE)).await;
    let alice = router.user("alice", "a").await;
    assert!(
        alice
            .subscribe("com.example.news", |_| async {})
            .await
            .is_ok()
    );
    let before = config(ALICE);
    let less = before.replace(", \"subscribe\"]", "]");
    router.reload(&less, "reloaded").await;
    assert!(is_alive(&alice).await);
    assert!(
        alice
            .subscribe("com.example.more", |_| async {})
            .await
            .is_err()
    );
    router.reload(&before, "reloaded").await;
    assert!(
        alice
            .subscribe("com.example.more", |_| async {})
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn realms_come_and_go() {
    let mut router = Router::start(&config(ALICE)).await;
    let alice = router.user("alice", "a").await;
    let url = router.urls[0].clone();
    let guest = router.join_by(&url, "guests", Credentials::Anonymous).await;
    assert!(guest.is_err(), "the realm is not there yet");
    router
        .reload(&config(&[ALICE, GUESTS].concat()), "reloaded")
        .await;
    let guest = router.join_by(&url, "guests", Credentials::Anonymous).await;
    let guest = guest.expect("the realm is there now");
    router.reload(&config(ALICE), "reloaded").await;
    let cause = guest.closed().await.to_string();
    assert!(cause.contains("wamp.close.close_realm"), "{cause}");
    assert!(is_alive(&alice).await);
    let late = router.join_by(&url, "guests", Credentials::Anonymous).await;
    let error = late.expect_err("the realm is gone");
    assert_eq!(
        error.reason().expect("a refusal"),
        "wamp.error.no_such_realm"
    );
}

#[tokio::test]
async fn a_file_that_is_wrong_changes_nothing() {
    let mut router = Router::start(&config(ALICE)).await;
    let alice = router.user("alice", "a").await;
    let wrong = config("[realm.anonymous]\nrole = \"nobody\"\n");
    let said = router
        .reload(&wrong, "not reloaded, all stays as it was")
        .await;
    assert!(said.contains("this realm has no role `nobody`"), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let taken = format!("[[listener]]\ntcp = \"127.0.0.1:{port}\"\n{}", config(""));
    let said = router
        .reload(&taken, "not reloaded, all stays as it was")
        .await;
    assert!(said.contains("Address already in use"), "{said}");
    assert!(is_alive(&alice).await);
    assert!(is_alive(&router.user("alice", "a").await).await);
}

/// What a page of that origin is answered, as a status line.
async fn knock(url: &str, origin: &str) -> String {
    let address = url.trim_start_matches("ws://").trim_end_matches("/ws");
    let mut stream = TcpStream::connect(address).await.expect("a listener");
    let request = format!(
        "GET /healthz HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("it answers");
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn listeners_open_change_and_close_without_their_sessions() {
    let home = TempHome::new();
    let socket = home.path().join("router.sock");
    let unix = format!("[[listener]]\nunix = \"{}\"\n", socket.display());
    let mut router = Router::start_in(home, &config(ALICE)).await;
    let tcp = router.urls[0].clone();
    let alice = router.user("alice", "a").await;
    assert!(knock(&tcp, "https://app.example.com").await.contains("403"));

    let listed = config(ALICE).replace(":0\"\n", ":0\"\norigins = [\"https://app.example.com\"]\n");
    router.reload(&format!("{unix}{listed}"), "reloaded").await;
    assert!(knock(&tcp, "https://app.example.com").await.contains("200"));
    let url = format!("unix://{}", socket.display());
    let local = router.join_by(&url, "realm1", ticket("alice", "a")).await;
    let local = local.expect("the socket is there now");

    router.reload(&config(ALICE), "reloaded").await;
    assert!(is_alive(&alice).await && is_alive(&local).await);
    eventually("the socket is gone", async || {
        (!socket.exists()).then_some(())
    })
    .await;
}
