//! Pairing that must not succeed: wrong, late, used and repeated.

use deskconn_protocol::identity::Identity;
use deskconn_protocol::pairing::ConfirmCall;
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, TempHome};
use wamp_client::{CallError, CallResult};

use crate::by_hand::{confirm, exchange, stranger};
use crate::scene::{self, Window};

#[tokio::test]
async fn wrong_codes_are_counted_on_the_owners_screen_and_the_right_one_still_pairs() {
    let daemon = scene::start().await;
    let mut window = Window::open(&daemon, &[]).await;
    let guest = TempHome::new();
    let address = daemon.address().to_string();
    let wrong = another(&window.code);

    for (left, shown) in [(9, "1/10"), (8, "2/10")] {
        let refused = guest.cli(&["join", &address, "--code", &wrong]).await;
        let expected = format!("error: wrong code, {left} attempts left\nhint: ");
        let stderr = refused.failure(1);
        assert!(stderr.starts_with(&expected), "{stderr}");
        let counted = window.screen.expect("wrong code from ").await;
        assert_eq!(counted, format!("127.0.0.1 ({shown})"));
    }
    window.screen.expect("someone else may be trying").await;
    assert_eq!(scene::devices(&daemon).await, []);

    let joined = guest.cli(&["join", &address, "--code", &window.code]).await;
    joined.success();
    assert_eq!(window.screen.ended().await.0, Some(0));
}

#[tokio::test]
async fn ten_wrong_codes_close_the_code_and_the_link_still_pairs() {
    let daemon = scene::start().await;
    let mut window = Window::open(&daemon, &[]).await;
    let guest = TempHome::new();
    let address = daemon.address().to_string();
    let wrong = another(&window.code);

    // Each answer but the first takes longer than the one before, for a minute in all.
    for attempt in 1..=10 {
        let refused = guest.cli(&["join", &address, "--code", &wrong]).await;
        refused.failure(1);
        let counted = window.screen.expect("wrong code from ").await;
        assert_eq!(counted, format!("127.0.0.1 ({attempt}/10)"));
    }
    window.screen.expect("only the QR code works now").await;

    let refused = guest.cli(&["join", &address, "--code", &window.code]).await;
    let stderr = refused.failure(1);
    assert!(stderr.contains("the code is closed"), "{stderr}");
    assert_eq!(scene::devices(&daemon).await, []);

    let joined = guest.cli(&["join", &window.link]).await;
    joined.success();
    assert_eq!(window.screen.ended().await.0, Some(0));
}

#[tokio::test]
async fn an_expired_window_pairs_nobody() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &["--ttl", "1s"]).await;
    let (code, said) = window.screen.ended().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.ends_with(
            "error: no device was paired within 0:01\n\
             hint: run `deskconn pair` again; `--ttl 10m` leaves more time\n"
        ),
        "{said}"
    );
    refused_as_closed(&daemon, &window.code).await;
}

#[tokio::test]
async fn a_code_works_once() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    let address = daemon.address().to_string();
    let first = TempHome::new();
    let joined = first.cli(&["join", &address, "--code", &window.code]).await;
    joined.success();
    refused_as_closed(&daemon, &window.code).await;
    let by_link = TempHome::new().cli(&["join", &window.link]).await;
    by_link.failure(1);
    assert_eq!(scene::devices(&daemon).await.len(), 1);
}

#[tokio::test]
async fn of_many_who_join_at_once_by_the_right_code_exactly_one_is_paired() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &["--no-qr"]).await;
    let address = daemon.address().to_string();
    let join = ["join", &address, "--code", &window.code];
    let guests: Vec<_> = (0..4).map(|_| TempHome::new()).collect();
    let joining: Vec<_> = guests.iter().map(|guest| guest.start_cli(&join)).collect();
    let mut paired = 0;
    for joining in joining {
        let (status, said) = joining.ended().await;
        let refused = ["is pairing with", "does not pair", "took too long"];
        match status {
            Some(0) => paired += 1,
            _ => assert!(refused.iter().any(|why| said.contains(why)), "{said}"),
        }
    }
    assert_eq!(paired, 1);
    assert_eq!(scene::devices(&daemon).await.len(), 1);
    assert_eq!(window.screen.ended().await.0, Some(0));
}

#[tokio::test]
async fn a_new_window_makes_the_old_code_worthless() {
    let daemon = scene::start().await;
    let old = Window::open(&daemon, &[]).await;
    let new = Window::open(&daemon, &[]).await;
    let (code, said) = old.screen.ended().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("another `deskconn pair` has taken over"),
        "{said}"
    );

    let address = daemon.address().to_string();
    let guest = TempHome::new();
    let refused = guest.cli(&["join", &address, "--code", &old.code]).await;
    assert!(refused.failure(1).contains("wrong code"), "{refused:?}");
    let joined = guest.cli(&["join", &address, "--code", &new.code]).await;
    joined.success();
}

#[tokio::test]
async fn a_recorded_confirmation_pairs_nobody_when_it_is_played_again() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    let stranger = stranger(&daemon).await;
    let identity = || Identity::from_seed(&[7; 64]);
    let begun = exchange(&stranger, &window.code, identity()).await;
    let (_, recorded) = begun.expect("an exchange");
    confirm(&stranger, &recorded).await.expect("it was right");
    assert_eq!(window.screen.ended().await.0, Some(0));
    let id = scene::devices(&daemon).await[0].id;
    daemon.cli(&["unpair", id.as_str()]).await.success();

    // Neither by itself nor in an exchange of another window.
    assert_refused(
        confirm(&stranger, &recorded).await,
        uris::PAIRING_ERROR_EXPIRED,
    );
    let window = Window::open(&daemon, &[]).await;
    assert_refused(
        confirm(&stranger, &recorded).await,
        uris::PAIRING_ERROR_EXPIRED,
    );
    let begun = exchange(&stranger, &window.code, identity()).await;
    let (exchange, _) = begun.expect("an exchange");
    let replayed = ConfirmCall {
        exchange,
        ..recorded
    };
    assert_refused(
        confirm(&stranger, &replayed).await,
        uris::PAIRING_ERROR_BAD_CODE,
    );
    assert_eq!(scene::devices(&daemon).await, []);
}

#[tokio::test]
async fn malformed_pairing_messages_are_refused_in_words() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    let stranger = stranger(&daemon).await;
    let begin = |hello: &str, share: &str| {
        let kwargs = serde_json::json!({ "hello": hello, "share": share });
        stranger.call(uris::PAIRING_BEGIN).kwargs(kwargs)
    };
    let hello =
        r#"{"v":[1],"m":"code","nonce":"00112233445566778899aabbccddeeff","kind":"cli","app":"t"}"#;
    let newer = hello.replace("[1]", "[2]");
    let long = hello.replace("cli", &"x".repeat(5000));
    let share = "41".repeat(33);
    for (hello, share, refusal) in [
        ("", &share[..], uris::PAIRING_ERROR_MALFORMED),
        ("{}", &share, uris::PAIRING_ERROR_MALFORMED),
        (&long, &share, uris::PAIRING_ERROR_MALFORMED),
        (&newer, &share, uris::PAIRING_ERROR_VERSION),
        (hello, "", uris::PAIRING_ERROR_MALFORMED),
        (hello, "zz", uris::PAIRING_ERROR_MALFORMED),
        (hello, &share[2..], uris::PAIRING_ERROR_MALFORMED),
        // The neutral element of the group, which would make every password right.
        (
            hello,
            &format!("4101{}", "00".repeat(31)),
            uris::PAIRING_ERROR_MALFORMED,
        ),
    ] {
        assert_refused(begin(hello, share).await, refusal);
    }
    assert_refused(
        stranger.call(uris::PAIRING_BEGIN).await,
        uris::PAIRING_ERROR_MALFORMED,
    );

    // None of it counted, and none of it stands in the way.
    let address = daemon.address().to_string();
    let joined = TempHome::new()
        .cli(&["join", &address, "--code", &window.code])
        .await;
    joined.success();
    let (_, said) = window.screen.ended().await;
    assert!(!said.contains("wrong"), "{said}");
}

#[tokio::test]
async fn what_is_no_code_is_not_even_sent() {
    let daemon = scene::start().await;
    let window = Window::open(&daemon, &[]).await;
    let address = daemon.address().to_string();
    for typed in ["1234", "1234567x", ""] {
        let refused = TempHome::new()
            .cli(&["join", &address, "--code", typed])
            .await;
        assert!(
            refused.failure(2).contains("hint: type it as shown"),
            "{refused:?}"
        );
    }
    window.screen.signal(rustix::process::Signal::INT);
    let (_, said) = window.screen.ended().await;
    assert!(!said.contains("wrong"), "{said}");
}

/// Nobody can join with this code, because no window is open.
async fn refused_as_closed(daemon: &Daemon, code: &str) {
    let address = daemon.address().to_string();
    let refused = TempHome::new()
        .cli(&["join", &address, "--code", code])
        .await;
    let stderr = refused.failure(1);
    assert!(stderr.contains(" does not pair: "), "{stderr}");
    assert!(stderr.contains("\nhint: "), "{stderr}");
    assert!(stderr.contains("`deskconn pair`"), "{stderr}");
}

/// Another code than `code`.
pub(crate) fn another(code: &str) -> String {
    let turned = |digit: char| {
        digit
            .to_digit(10)
            .map_or(digit, |n| (b'9' - n as u8) as char)
    };
    code.chars().map(turned).collect()
}

#[track_caller]
fn assert_refused(answer: Result<CallResult, CallError>, with: &str) {
    let Err(CallError::Application(error)) = answer else {
        panic!("{answer:?} instead of {with}");
    };
    assert_eq!(error.uri().as_str(), with);
    assert!(
        error.message().is_some() && error.hint().is_some(),
        "{error:?}"
    );
}
