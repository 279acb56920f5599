//! Calls: results, errors, progress, cancelling, timeouts.

use crate::harness::{Router, soon};
use serde_json::json;
use std::{collections::BTreeMap, future::IntoFuture, time::Duration};
use wamp_client::{ArgumentsError, CallError, CancelMode, CloseCause};

#[tokio::test]
async fn a_call_sends_its_arguments_and_reads_its_result() {
    let (session, mut router) = Router::with_session().await;
    let call = async {
        let call = session.call("com.example.add").args((2, 3));
        call.kwargs(json!({"scale": 10})).await
    };
    let (result, ()) = tokio::join!(
        call,
        router.plays(
            r#"
            > [48,1,{},"com.example.add",[2,3],{"scale":10}]
            < [50,1,{},[50],{"unit":"m"}]
            "#
        )
    );
    let result = result.unwrap();
    assert_eq!(result.read::<i64>().unwrap(), 50);
    assert_eq!(result.args::<(i64,)>().unwrap(), (50,));
    let kwargs: BTreeMap<String, String> = result.kwargs().unwrap();
    assert_eq!(kwargs["unit"], "m");
    assert!(result.read::<String>().is_err());
}

#[tokio::test]
async fn results_find_their_calls_in_any_order() {
    let (session, mut router) = Router::with_session().await;
    let (first, second, ()) = tokio::join!(
        session.call("a.first"),
        session.call("a.second"),
        router.plays(
            r#"
            > [48,1,{},"a.first"]
            > [48,2,{},"a.second"]
            < [50,2,{},["two"]]
            < [50,1,{},["one"]]
            "#
        )
    );
    assert_eq!(first.unwrap().read::<String>().unwrap(), "one");
    assert_eq!(second.unwrap().read::<String>().unwrap(), "two");
}

#[tokio::test]
async fn an_error_brings_its_uri_message_hint_and_payload() {
    let (session, mut router) = Router::with_session().await;
    let (result, ()) = tokio::join!(
        session.call("a.b"),
        router.plays(
            r#"
            > [48,1,{},"a.b"]
            < [8,48,1,{},"a.error.no_device",["there is no device"],{"hint":"plug one in","port":3}]
            "#
        )
    );
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "there is no device (a.error.no_device)");
    let remote = error.remote_error().unwrap();
    assert_eq!(*remote.uri(), "a.error.no_device");
    assert_eq!(remote.message().unwrap(), "there is no device");
    assert_eq!(remote.hint().unwrap(), "plug one in");
    let kwargs: BTreeMap<String, serde_json::Value> = remote.kwargs().unwrap();
    assert_eq!(kwargs["port"], 3);
    assert!(!format!("{error:?}").contains("plug"));
}

#[tokio::test]
async fn timeout_and_canceled_are_told_apart_from_other_errors() {
    let (session, mut router) = Router::with_session().await;
    let (late, gone, ()) = tokio::join!(
        session.call("a.late"),
        session.call("a.gone"),
        router.plays(
            r#"
            > [48,1,{},"a.late"]
            > [48,2,{},"a.gone"]
            < [8,48,1,{},"wamp.error.timeout"]
            < [8,48,2,{},"wamp.error.canceled",["callee left"]]
            "#
        )
    );
    assert!(matches!(late, Err(CallError::Timeout)));
    assert!(matches!(gone, Err(CallError::Canceled(error))
        if error.message().as_deref() == Some("callee left")));
}

#[tokio::test]
async fn what_can_not_be_sent_fails_before_it_is() {
    let (session, mut router) = Router::with_session().await;
    let bad_uri = session.call("not a uri").await;
    assert!(matches!(bad_uri, Err(CallError::InvalidUri(_))));
    let no_list = session.call("a.b").args("text").await;
    assert!(matches!(
        no_list,
        Err(CallError::Arguments(ArgumentsError::NotAList))
    ));
    router.sees_silence().await;
}

#[tokio::test]
async fn dropping_a_call_cancels_it() {
    let (session, mut router) = Router::with_session().await;
    let call = session.call("a.b").start().await.unwrap();
    router.plays(r#"> [48,1,{},"a.b"]"#).await;
    drop(call);
    router
        .plays(
            r#"
            > [49,1,{"mode":"killnowait"}]
            < [8,48,1,{},"wamp.error.canceled"]
            "#,
        )
        .await;
    // The late answer disturbs nobody.
    let (next, ()) = tokio::join!(
        session.call("a.c"),
        router.plays(
            r#"
            > [48,2,{},"a.c"]
            < [50,2,{}]
            "#
        )
    );
    assert!(next.unwrap().payload().is_empty());
}

#[tokio::test]
async fn dropping_the_future_of_a_call_cancels_it() {
    let (session, mut router) = Router::with_session().await;
    let call = tokio::spawn(session.call("a.b").into_future());
    router.plays(r#"> [48,1,{},"a.b"]"#).await;
    call.abort();
    router.plays(r#"> [49,1,{"mode":"killnowait"}]"#).await;
}

#[tokio::test]
async fn a_finished_call_is_not_cancelled() {
    let (session, mut router) = Router::with_session().await;
    let mut call = session.call("a.b").start().await.unwrap();
    router
        .plays(
            r#"
            > [48,1,{},"a.b"]
            < [50,1,{}]
            "#,
        )
        .await;
    assert!(call.next().await.unwrap().is_ok());
    assert!(call.next().await.is_none());
    drop(call);
    router.sees_silence().await;
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_announced_watched_and_cancels() {
    let (session, mut router) = Router::with_session().await;
    let (result, ()) = tokio::join!(
        session.call("a.b").timeout(Duration::from_millis(1500)),
        router.plays(
            r#"
            > [48,1,{"timeout":1500},"a.b"]
            > [49,1,{"mode":"killnowait"}]
            "#
        )
    );
    assert!(matches!(result, Err(CallError::Timeout)));
}

#[tokio::test(start_paused = true)]
async fn each_part_of_a_result_starts_the_timeout_anew() {
    let (session, mut router) = Router::with_session().await;
    let call = session.call("a.b").timeout(Duration::from_secs(2));
    let mut call = call.progress().start().await.unwrap();
    router.receive().await;
    for _ in 0..3 {
        tokio::time::advance(Duration::from_millis(1500)).await;
        router.send(r#"[50,1,{"progress":true}]"#).await;
        assert!(call.next().await.unwrap().unwrap().is_progress());
    }
    assert!(matches!(call.next().await, Some(Err(CallError::Timeout))));
    assert!(call.next().await.is_none());
}

#[tokio::test]
async fn parts_of_a_result_come_in_order_before_the_last_one() {
    let (session, mut router) = Router::with_session().await;
    let mut call = session.call("a.b").progress().start().await.unwrap();
    router
        .plays(
            r#"
            > [48,1,{"receive_progress":true},"a.b"]
            < [50,1,{"progress":true},[1]]
            < [50,1,{"progress":true},[2]]
            < [50,1,{},[3]]
            "#,
        )
        .await;
    let mut seen = Vec::new();
    while let Some(part) = soon(call.next()).await {
        let part = part.unwrap();
        seen.push((part.read::<i64>().unwrap(), part.is_progress()));
    }
    assert_eq!(seen, [(1, true), (2, true), (3, false)]);
}

#[tokio::test]
async fn an_error_after_parts_comes_after_them() {
    let (session, mut router) = Router::with_session().await;
    let mut call = session.call("a.b").progress().start().await.unwrap();
    router
        .plays(
            r#"
            > [48,1,{"receive_progress":true},"a.b"]
            < [50,1,{"progress":true},[1]]
            < [8,48,1,{},"a.error"]
            "#,
        )
        .await;
    assert!(soon(call.next()).await.unwrap().unwrap().is_progress());
    let end = soon(call.next()).await.unwrap();
    assert!(matches!(end, Err(CallError::Application(_))));
    assert!(call.next().await.is_none());
}

#[tokio::test]
async fn parts_that_were_not_asked_for_are_left_out() {
    let (session, mut router) = Router::with_session().await;
    let (result, ()) = tokio::join!(
        session.call("a.b"),
        router.plays(
            r#"
            > [48,1,{},"a.b"]
            < [50,1,{"progress":true},[1]]
            < [50,1,{},[2]]
            "#
        )
    );
    assert_eq!(result.unwrap().read::<i64>().unwrap(), 2);
}

#[tokio::test]
async fn parts_that_nobody_takes_end_the_call_after_those_that_fit() {
    let (session, mut router) = Router::with_session().await;
    let mut call = session.call("a.b").progress().start().await.unwrap();
    router.receive().await;
    for _ in 0..1025 {
        router.send(r#"[50,1,{"progress":true}]"#).await;
    }
    router.plays(r#"> [49,1,{"mode":"killnowait"}]"#).await;
    for _ in 0..1024 {
        assert!(call.next().await.unwrap().unwrap().is_progress());
    }
    assert!(matches!(call.next().await, Some(Err(CallError::Overflow))));
}

#[tokio::test]
async fn a_call_is_cancelled_in_the_mode_asked_for_and_still_answered() {
    let (session, mut router) = Router::with_session().await;
    let mut call = session.call("a.b").start().await.unwrap();
    call.cancel(CancelMode::Kill).await.unwrap();
    router
        .plays(
            r#"
            > [48,1,{},"a.b"]
            > [49,1,{"mode":"kill"}]
            < [8,48,1,{},"wamp.error.canceled",["stopped"]]
            "#,
        )
        .await;
    assert!(matches!(
        soon(call.next()).await,
        Some(Err(CallError::Canceled(_)))
    ));
}

#[tokio::test]
async fn without_canceling_in_the_router_a_cancelled_call_ends_here() {
    let (mut router, link) = Router::new();
    let options = wamp_client::JoinOptions::new("realm1");
    let (session, ()) = tokio::join!(wamp_client::Session::join(link, options), async {
        router.receive().await;
        router.send(r#"[2,7,{"roles":{"dealer":{}}}]"#).await;
    });
    let mut call = session.as_ref().unwrap().call("a.b").start().await.unwrap();
    call.cancel(CancelMode::KillNoWait).await.unwrap();
    assert!(matches!(
        soon(call.next()).await,
        Some(Err(CallError::Canceled(_)))
    ));
    router.plays(r#"> [48,1,{},"a.b"]"#).await;
    router.sees_silence().await;
}

#[tokio::test]
async fn calls_fail_with_the_cause_when_the_router_goes() {
    let (session, router) = Router::with_session().await;
    let call = session.call("a.b").start().await.unwrap();
    drop(router);
    assert!(matches!(
        soon(call.result()).await,
        Err(CallError::Closed(CloseCause::Ended))
    ));
    assert!(matches!(
        session.call("a.c").await,
        Err(CallError::Closed(CloseCause::Ended))
    ));
}

#[tokio::test]
async fn an_open_call_gives_its_arguments_in_parts_under_one_id() {
    let (session, mut router) = Router::with_session().await;
    let mut call = session.call("a.upload").arg(1).open().await.unwrap();
    let rest = async {
        call.send((2,), ()).await.unwrap();
        call.finish((3,), json!({"sum": true})).await.unwrap();
        let late = call.send((4,), ()).await;
        assert!(matches!(late, Err(CallError::Ended)));
        call.result().await
    };
    let script = r#"
        > [48,1,{"progress":true},"a.upload",[1]]
        > [48,1,{"progress":true},"a.upload",[2]]
        > [48,1,{},"a.upload",[3],{"sum":true}]
        < [50,1,{},[6]]
    "#;
    let (result, ()) = tokio::join!(rest, router.plays(script));
    assert_eq!(result.unwrap().read::<i64>().unwrap(), 6);
}

#[tokio::test]
async fn a_call_that_ended_takes_no_more_arguments() {
    let (session, mut router) = Router::with_session().await;
    let mut call = session.call("a.upload").open().await.unwrap();
    router
        .plays(
            r#"
            > [48,1,{"progress":true},"a.upload"]
            < [8,48,1,{},"wamp.error.feature_not_supported"]
            "#,
        )
        .await;
    router.sees_silence().await;
    assert!(matches!(call.send((1,), ()).await, Err(CallError::Ended)));
    assert!(matches!(
        call.result().await,
        Err(CallError::Application(_))
    ));
}
