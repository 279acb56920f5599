//! How sessions begin and end.

use crate::harness::{Router, soon};
use std::time::Duration;
use wamp_client::{CallError, CloseCause, JoinError, JoinOptions, RequestError, Session};
use wamp_transport::memory;

#[tokio::test]
async fn joining_announces_roles_and_tells_who_one_is() {
    let (mut router, link) = Router::new();
    let options = JoinOptions::new("realm1").agent("test/1");
    let script = r#"
        > [1,"realm1",{"agent":"test/1","roles":{"publisher":{"features":{"subscriber_blackwhite_listing":true,"publisher_exclusion":true,"publisher_identification":true}},"subscriber":{"features":{"publisher_identification":true,"publication_trustlevels":true,"pattern_based_subscription":true,"subscription_revocation":true}},"caller":{"features":{"progressive_call_results":true,"progressive_call_invocations":true,"call_timeout":true,"call_canceling":true,"caller_identification":true}},"callee":{"features":{"progressive_call_results":true,"progressive_call_invocations":true,"call_canceling":true,"caller_identification":true,"call_trustlevels":true,"pattern_based_registration":true,"shared_registration":true,"registration_revocation":true,"call_reroute":true}}},"authmethods":["anonymous"]}]
        < [2,7,{"authid":"ann","authrole":"guest","authmethod":"anonymous"}]
    "#;
    let (session, ()) = tokio::join!(Session::join(link, options), router.plays(script));
    let session = session.unwrap();
    assert_eq!(session.id().get(), 7);
    assert_eq!(*session.realm(), "realm1");
    assert_eq!(session.details().authid.as_deref(), Some("ann"));
    assert!(!session.is_closed());
}

#[tokio::test]
async fn a_refusal_says_why_and_whether_it_is_final() {
    for (reason, is_final) in [
        ("wamp.error.no_such_realm", true),
        ("wamp.error.authentication_denied", true),
        ("wamp.close.system_shutdown", false),
    ] {
        let (mut router, link) = Router::new();
        let abort = format!(r#"[3,{{"message":"go away"}},"{reason}"]"#);
        let (refused, ()) = tokio::join!(Session::join(link, JoinOptions::new("realm1")), async {
            router.receive().await;
            router.send(&abort).await;
        });
        let error = refused.unwrap_err();
        assert_eq!(error.reason().unwrap(), reason);
        assert_eq!(error.is_final(), is_final, "{reason}");
        assert!(error.to_string().contains("go away"));
    }
}

#[tokio::test]
async fn a_router_that_goes_or_talks_nonsense_while_joining_is_an_error() {
    let (mut router, link) = Router::new();
    let (ended, ()) = tokio::join!(Session::join(link, JoinOptions::new("realm1")), async {
        router.receive().await;
        drop(router);
    });
    assert!(matches!(ended, Err(JoinError::Ended)));

    let (mut router, link) = Router::new();
    let (nonsense, ()) = tokio::join!(Session::join(link, JoinOptions::new("realm1")), async {
        router.receive().await;
        router.send("[50,1,{}]").await;
    });
    assert!(matches!(nonsense, Err(JoinError::Handshake(_))));
}

#[tokio::test(start_paused = true)]
async fn a_router_that_is_silent_while_joining_is_given_up() {
    let (_router, link) = Router::new();
    let options = JoinOptions::new("realm1").timeout(Duration::from_secs(3));
    let silent = Session::join(link, options).await;
    assert!(matches!(silent, Err(JoinError::Timeout(_))));
}

#[tokio::test]
async fn leaving_sends_what_was_asked_before_and_fails_what_is_pending() {
    let (session, mut router) = Router::with_session().await;
    let call = session.call("a.b").start().await.unwrap();
    session.publish("a.topic").arg("last words").await.unwrap();
    let script = async {
        router
            .plays(
                r#"
                > [48,1,{},"a.b"]
                > [16,2,{},"a.topic",["last words"]]
                "#,
            )
            .await;
        router.says_goodbye().await;
    };
    let (cause, ()) = tokio::join!(session.leave(), script);
    assert!(matches!(cause, CloseCause::Left));
    assert!(session.is_closed());
    assert!(matches!(
        call.result().await,
        Err(CallError::Closed(CloseCause::Left))
    ));
    let late = session.publish("a.topic").await;
    assert!(matches!(late, Err(RequestError::Closed(CloseCause::Left))));
    assert!(matches!(session.leave().await, CloseCause::Left));
}

#[tokio::test(start_paused = true)]
async fn leaving_does_not_wait_for_ever() {
    let (session, mut router) = Router::with_session().await;
    let (cause, goodbye) = tokio::join!(session.leave(), router.receive());
    assert!(matches!(cause, CloseCause::Left));
    assert_eq!(goodbye, r#"[6,{},"wamp.close.close_realm"]"#);
}

#[tokio::test(start_paused = true)]
async fn leaving_a_stuck_link_does_not_wait_for_ever() {
    let (session, _router) = tight().await;
    let flood = async {
        loop {
            if session.publish("a.topic").await.is_err() {
                break;
            }
        }
    };
    let leave = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        session.leave().await
    };
    let ((), cause) = tokio::join!(flood, leave);
    assert!(matches!(cause, CloseCause::Left));
}

/// Joins over a link that holds one message each way.
async fn tight() -> (Session, Router) {
    let capacity = memory::Capacity {
        messages: 1,
        octets: 1,
    };
    let (router, link) = Router::with_capacity(capacity);
    router.let_in(link).await
}

#[tokio::test(start_paused = true)]
async fn a_link_that_takes_nothing_still_brings_what_the_router_says() {
    let (session, mut router) = tight().await;
    let script = r#"
        > [32,1,{},"a.topic"]
        < [33,1,21]
    "#;
    let (events, ()) = tokio::join!(session.events("a.topic"), router.plays(script));
    let mut events = events.unwrap();
    let flood = tokio::spawn(async move { while session.publish("a.topic").await.is_ok() {} });
    // Nothing moves any more when the clock does.
    tokio::time::sleep(Duration::from_secs(1)).await;
    for number in 0..10 {
        router.send(&format!("[36,21,1001,{{}},[{number}]]")).await;
        let event = soon(events.next()).await.unwrap();
        assert_eq!(event.read::<i64>().unwrap(), number);
    }
    drop(router);
    soon(flood).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_link_that_takes_nothing_holds_the_program_back_by_octets() {
    let (session, _router) = tight().await;
    let text = "x".repeat(256 << 10);
    let mut sent = 0;
    let publishing = async {
        while session.publish("a.topic").arg(&text).await.is_ok() {
            sent += 1;
        }
    };
    let stuck = tokio::time::timeout(Duration::from_secs(1), publishing);
    assert!(stuck.await.is_err());
    assert!((1..=6).contains(&sent), "{sent} went out");
}

#[tokio::test]
async fn dropping_the_last_handle_leaves() {
    let (session, mut router) = Router::with_session().await;
    let clone = session.clone();
    drop(session);
    router.sees_silence().await;
    drop(clone);
    router.says_goodbye().await;
}

#[tokio::test]
async fn goodbye_from_the_router_is_answered_and_told() {
    let (session, mut router) = Router::with_session().await;
    let call = session.call("a.b").start().await.unwrap();
    router
        .plays(
            r#"
            > [48,1,{},"a.b"]
            < [6,{"message":"back soon"},"wamp.close.system_shutdown"]
            > [6,{},"wamp.close.goodbye_and_out"]
            "#,
        )
        .await;
    router.sees_the_end().await;
    let CloseCause::Goodbye { reason, message } = soon(session.closed()).await else {
        panic!("another cause");
    };
    assert_eq!(reason, "wamp.close.system_shutdown");
    assert_eq!(message.as_deref(), Some("back soon"));
    let Err(error) = call.result().await else {
        panic!("a result");
    };
    assert_eq!(
        error.to_string(),
        "the router closed the session: back soon (wamp.close.system_shutdown)"
    );
}

#[tokio::test]
async fn abort_from_the_router_ends_everything() {
    let (session, mut router) = Router::with_session().await;
    let mut events = {
        let script = r#"
            > [32,1,{},"a.topic"]
            < [33,1,21]
        "#;
        let (events, ()) = tokio::join!(session.events("a.topic"), router.plays(script));
        events.unwrap()
    };
    router
        .send(r#"[3,{"message":"revoked"},"wamp.error.not_authorized"]"#)
        .await;
    assert!(matches!(
        soon(session.closed()).await,
        CloseCause::Aborted { reason, .. } if reason == "wamp.error.not_authorized"
    ));
    assert!(soon(events.next()).await.is_none());
    router.sees_the_end().await;
}

#[tokio::test]
async fn a_router_that_breaks_the_protocol_is_told_so() {
    let (session, mut router) = Router::with_session().await;
    router
        .plays(
            r#"
            < [48,1,{},"a.b"]
            > [3,{"message":"CALL in an open session"},"wamp.error.protocol_violation"]
            "#,
        )
        .await;
    assert!(matches!(
        soon(session.closed()).await,
        CloseCause::Violation(_)
    ));
}

#[tokio::test]
async fn a_lost_link_ends_the_session() {
    let (session, router) = Router::with_session().await;
    drop(router);
    assert!(matches!(soon(session.closed()).await, CloseCause::Ended));
    let lost = session.register("a.b", |_| async { Ok(()) }).await;
    assert!(matches!(lost, Err(RequestError::Closed(CloseCause::Ended))));
}

#[tokio::test]
async fn what_the_router_says_last_is_heard_though_the_link_is_closed_behind_it() {
    let (session, mut router) = Router::with_session().await;
    router
        .send(r#"[3,{},"wamp.error.protocol_violation"]"#)
        .await;
    drop(router);
    session.publish("a.topic").await.ok();
    assert!(matches!(
        soon(session.closed()).await,
        CloseCause::Aborted { .. }
    ));
}
