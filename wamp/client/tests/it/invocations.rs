//! Registrations and the invocations they bring.

use crate::harness::{Router, soon};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{Semaphore, mpsc};
use wamp_client::{
    CancelMode, Invocation, InvocationError, InvokePolicy, Lane, MatchPolicy, Reply, RequestError,
    Session,
};

/// Registers a procedure that adds, as registration 11.
async fn with_adder() -> (Session, Router) {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.add", |call: Invocation| async move {
        let (a, b): (i64, i64) = call.args()?;
        Ok(Reply::value(a + b))
    });
    let (registered, ()) = tokio::join!(
        register,
        router.plays(
            r#"
            > [64,1,{},"a.add"]
            < [65,1,11]
            "#
        )
    );
    assert_eq!(registered.unwrap().id().get(), 11);
    (session, router)
}

#[tokio::test]
async fn an_invocation_is_answered_with_what_the_handler_returns() {
    let (_session, mut router) = with_adder().await;
    router
        .plays(
            r#"
            < [68,1,11,{},[2,3]]
            > [70,1,{},[5]]
            < [68,2,11,{},["two",3]]
            "#,
        )
        .await;
    let error = router.receive().await;
    assert!(
        error.starts_with(r#"[8,68,2,{},"wamp.error.invalid_argument",["the positional arguments"#),
        "{error}"
    );
}

#[tokio::test]
async fn an_invocation_right_behind_registered_finds_its_handler() {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.b", |_| async { Ok(()) });
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
        < [68,1,11,{}]
        > [70,1,{}]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
}

#[tokio::test]
async fn registration_options_go_out_and_invocation_details_come_in() {
    let (session, mut router) = Router::with_session().await;
    let register = session
        .register("a.", |call: Invocation| async move {
            let caller = call.caller().map(|id| id.get());
            let about = json!([
                call.procedure().as_str(),
                caller,
                call.caller_authid(),
                call.caller_authrole(),
                call.timeout().map(|time| time.as_millis() as u64),
                call.takes_progress(),
            ]);
            Ok(Reply::args(about))
        })
        .matching(MatchPolicy::Prefix)
        .invoke(InvokePolicy::RoundRobin)
        .disclose_caller()
        .force();
    let script = r#"
        > [64,1,{"match":"prefix","invoke":"roundrobin","force_reregister":true,"disclose_caller":true},"a."]
        < [65,1,11]
        < [68,1,11,{"procedure":"a.b","caller":5,"caller_authid":"bob","caller_authrole":"guest","timeout":250}]
        > [70,1,{},["a.b",5,"bob","guest",250,false]]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
}

#[tokio::test]
async fn an_error_brings_its_message_and_hint() {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.b", |_| async {
        let error = InvocationError::new("a.error.no_device", "there is no device");
        Err::<(), _>(error.hint("plug one in").kwarg("tries", 2))
    });
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
        < [68,1,11,{}]
        > [8,68,1,{},"a.error.no_device",["there is no device"],{"hint":"plug one in","tries":2}]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
}

#[tokio::test]
async fn a_refused_registration_says_why() {
    let (session, mut router) = Router::with_session().await;
    let (refused, ()) = tokio::join!(
        session.register("a.b", |_| async { Ok(()) }),
        router.plays(
            r#"
            > [64,1,{},"a.b"]
            < [8,64,1,{},"wamp.error.procedure_already_exists"]
            "#
        )
    );
    assert!(matches!(refused, Err(RequestError::Refused(error))
        if *error.uri() == "wamp.error.procedure_already_exists"));
}

#[tokio::test]
async fn a_panic_is_answered_and_the_session_lives() {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.b", |call: Invocation| async move {
        let fuse: bool = call.read()?;
        assert!(!fuse, "secret words");
        Ok(())
    });
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
        < [68,1,11,{},[true]]
        > [8,68,1,{},"wamp.error.runtime_error",["the procedure failed"]]
        < [68,2,11,{},[false]]
        > [70,2,{}]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
}

#[tokio::test]
async fn progress_goes_out_in_order_and_before_the_result() {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.b", |call: Invocation| async move {
        for part in 1..=3 {
            call.progress(Reply::value(part)).await?;
        }
        Ok(Reply::value("done"))
    });
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
        < [68,1,11,{"receive_progress":true}]
        > [70,1,{"progress":true},[1]]
        > [70,1,{"progress":true},[2]]
        > [70,1,{"progress":true},[3]]
        > [70,1,{},["done"]]
        < [68,2,11,{}]
        > [70,2,{},["done"]]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
}

#[tokio::test]
async fn an_interrupt_reaches_the_handler_which_still_answers() {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.b", |call: Invocation| async move {
        let interrupt = call.cancelled().await;
        assert_eq!(interrupt.mode, Some(CancelMode::Kill));
        assert!(call.is_cancelled());
        Err::<(), _>(InvocationError::canceled())
    });
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
        < [68,1,11,{}]
        < [69,1,{"mode":"kill"}]
        > [8,68,1,{},"wamp.error.canceled",["the call was cancelled"]]
        < [69,1,{"mode":"kill"}]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
    router.sees_silence().await;
}

#[tokio::test]
async fn handlers_run_side_by_side() {
    let (session, mut router) = Router::with_session().await;
    let gate = Arc::new(Semaphore::new(0));
    let inside = gate.clone();
    let register = session.register("a.b", move |call: Invocation| {
        let gate = inside.clone();
        async move {
            match call.read::<bool>()? {
                true => drop(gate.acquire().await),
                false => gate.add_permits(1),
            }
            Ok(())
        }
    });
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
        < [68,1,11,{},[true]]
        < [68,2,11,{},[false]]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
    let mut answers = [router.receive().await, router.receive().await];
    answers.sort();
    assert_eq!(answers, ["[70,1,{}]", "[70,2,{}]"]);
}

#[tokio::test]
async fn a_lane_serves_one_at_a_time_in_order_across_registrations() {
    let (session, mut router) = Router::with_session().await;
    let lane = Lane::new();
    let (log, mut logged) = mpsc::unbounded_channel();
    let busy = Arc::new(AtomicUsize::new(0));
    let register = |procedure: &'static str| {
        let log = log.clone();
        let busy = busy.clone();
        let handler = move |call: Invocation| {
            let log = log.clone();
            let busy = busy.clone();
            async move {
                assert_eq!(busy.fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                log.send(call.read::<u64>()?).unwrap();
                busy.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        };
        session.register(procedure, handler).lane(&lane)
    };
    let (a, b, ()) = tokio::join!(
        register("a.one"),
        register("a.two"),
        router.plays(
            r#"
            > [64,1,{},"a.one"]
            > [64,2,{},"a.two"]
            < [65,1,11]
            < [65,2,12]
            "#
        )
    );
    a.and(b).unwrap();
    for number in 1..=50 {
        let registration = 11 + number % 2;
        let invocation = format!("[68,{number},{registration},{{}},[{number}]]");
        router.send(&invocation).await;
    }
    for number in 1..=50 {
        assert_eq!(router.receive().await, format!("[70,{number},{{}}]"));
        assert_eq!(logged.recv().await, Some(number));
    }
}

#[tokio::test]
async fn an_interrupt_ends_an_invocation_that_waits_in_its_lane() {
    let (session, mut router) = Router::with_session().await;
    let gate = Arc::new(Semaphore::new(0));
    let inside = gate.clone();
    let handler = move |_| {
        let gate = inside.clone();
        async move {
            drop(gate.acquire().await);
            Ok(())
        }
    };
    let register = session.register("a.b", handler).lane(&Lane::new());
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
        < [68,1,11,{}]
        < [68,2,11,{}]
        < [69,2,{}]
        > [8,68,2,{},"wamp.error.canceled",["the call was cancelled"]]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
    gate.add_permits(1);
    router.plays("> [70,1,{}]").await;
}

#[tokio::test]
async fn invocations_beyond_the_bound_are_refused_as_unavailable() {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.b", |_| std::future::pending::<Result<(), _>>());
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
    for number in 1..=1024 {
        router.send(&format!("[68,{number},11,{{}}]")).await;
    }
    router
        .plays(
            r#"
            < [68,1025,11,{}]
            > [8,68,1025,{},"wamp.error.unavailable",["the callee is busy"]]
            "#,
        )
        .await;
}

#[tokio::test]
async fn unregistering_serves_what_is_under_way_and_then_nothing() {
    let (session, mut router) = Router::with_session().await;
    let (registration, ()) = tokio::join!(
        session.register("a.b", |_| async { Ok(()) }),
        router.plays(
            r#"
            > [64,1,{},"a.b"]
            < [65,1,11]
            "#
        )
    );
    let registration = registration.unwrap();
    let script = r#"
        > [66,2,11]
        < [68,1,11,{}]
        > [70,1,{}]
        < [67,2]
        < [68,2,11,{}]
        > [8,68,2,{},"wamp.error.no_such_registration",["the procedure is not registered here any more"]]
    "#;
    let (unregistered, ()) = tokio::join!(registration.unregister(), router.plays(script));
    unregistered.unwrap();
    let (again, ()) = tokio::join!(
        registration.unregister(),
        router.plays(
            r#"
            > [66,3,11]
            < [8,66,3,{},"wamp.error.no_such_registration"]
            "#
        )
    );
    assert!(matches!(again, Err(RequestError::Refused(_))));
}

#[tokio::test]
async fn a_registration_nobody_waits_for_is_taken_back() {
    let (session, mut router) = Router::with_session().await;
    let waiting = session.clone();
    let register = tokio::spawn(async move { waiting.register("a.b", |_| async { Ok(()) }).await });
    router.plays(r#"> [64,1,{},"a.b"]"#).await;
    register.abort();
    assert!(soon(register).await.is_err());
    router
        .plays(
            r#"
            < [65,1,11]
            > [66,2,11]
            "#,
        )
        .await;
}

#[tokio::test]
async fn a_revoked_registration_is_served_no_more() {
    let (_session, mut router) = with_adder().await;
    router
        .plays(
            r#"
            < [67,0,{"registration":11,"reason":"a.reason"}]
            < [68,1,11,{},[2,3]]
            > [8,68,1,{},"wamp.error.no_such_registration",["the procedure is not registered here any more"]]
            "#,
        )
        .await;
}

#[tokio::test]
async fn a_result_that_can_not_be_written_is_an_error_to_the_caller() {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.b", |_| async { Ok(Reply::args("no list")) });
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
        < [68,1,11,{}]
        > [8,68,1,{},"wamp.error.runtime_error",["the result can not be written"]]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
}

/// Registers a procedure that adds up whatever it is given in parts, as registration 11.
async fn with_summer() -> (Session, Router) {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.sum", |mut call: Invocation| async move {
        let mut sum: i64 = call.read()?;
        while let Some(part) = call.next().await? {
            sum += part.read::<i64>()?;
        }
        Ok(Reply::value(sum))
    });
    let script = r#"
        > [64,1,{},"a.sum"]
        < [65,1,11]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
    (session, router)
}

#[tokio::test]
async fn arguments_in_parts_reach_the_handler_in_order_until_the_last() {
    let (_session, mut router) = with_summer().await;
    router
        .plays(
            r#"
            < [68,1,11,{"progress":true},[1]]
            < [68,1,11,{"progress":true},[2]]
            < [68,1,11,{},[3]]
            > [70,1,{},[6]]
            < [68,2,11,{},[4]]
            > [70,2,{},[4]]
            "#,
        )
        .await;
}

#[tokio::test]
async fn an_interrupt_ends_the_wait_for_further_arguments() {
    let (_session, mut router) = with_summer().await;
    router
        .plays(
            r#"
            < [68,1,11,{"progress":true},[1]]
            < [69,1,{"mode":"killnowait"}]
            > [8,68,1,{},"wamp.error.canceled",["the call was cancelled"]]
            "#,
        )
        .await;
}

#[tokio::test]
async fn arguments_that_the_handler_does_not_take_end_the_call() {
    let (session, mut router) = Router::with_session().await;
    let register = session.register("a.b", |call: Invocation| async move {
        call.cancelled().await;
        Ok(())
    });
    let script = r#"
        > [64,1,{},"a.b"]
        < [65,1,11]
    "#;
    let (registered, ()) = tokio::join!(register, router.plays(script));
    registered.unwrap();
    for _ in 0..1026 {
        router.send(r#"[68,1,11,{"progress":true}]"#).await;
    }
    router
        .plays(
            r#"
            > [8,68,1,{},"wamp.error.unavailable",["arguments come in faster than they are taken"]]
            < [68,1,11,{}]
            < [68,2,11,{}]
            < [69,2,{}]
            > [70,2,{}]
            "#,
        )
        .await;
}
