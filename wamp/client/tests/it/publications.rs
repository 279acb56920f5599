//! Publications, acknowledged and not.

use crate::harness::Router;
use serde_json::json;
use wamp_client::RequestError;

#[tokio::test]
async fn a_publication_is_not_waited_for_unless_asked() {
    let (session, mut router) = Router::with_session().await;
    let sent = session.publish("a.topic").args((1, "two")).await.unwrap();
    assert_eq!(sent, None);
    router.plays(r#"> [16,1,{},"a.topic",[1,"two"]]"#).await;

    let publish = session.publish("a.topic").kwargs(json!({"on": true}));
    let (acknowledged, ()) = tokio::join!(
        publish.acknowledge().exclude_me(false),
        router.plays(
            r#"
            > [16,2,{"exclude_me":false,"acknowledge":true},"a.topic",[],{"on":true}]
            < [17,2,4711]
            "#
        )
    );
    assert_eq!(acknowledged.unwrap().map(|id| id.get()), Some(4711));
}

#[tokio::test]
async fn a_refused_publication_says_why_if_it_was_to_be_acknowledged() {
    let (session, mut router) = Router::with_session().await;
    let (refused, ()) = tokio::join!(
        session.publish("a.topic").acknowledge(),
        router.plays(
            r#"
            > [16,1,{"acknowledge":true},"a.topic"]
            < [8,16,1,{},"wamp.error.not_authorized",["not you"]]
            "#
        )
    );
    let Err(RequestError::Refused(error)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(*error.uri(), "wamp.error.not_authorized");
    assert!(matches!(
        session.publish("no topic").await,
        Err(RequestError::InvalidUri(_))
    ));
}

#[tokio::test]
async fn publications_keep_their_order() {
    let (session, mut router) = Router::with_session().await;
    let publish = async {
        for number in 1..=600 {
            session.publish("a.topic").arg(number).await.unwrap();
        }
    };
    let receive = async {
        for number in 1..=600 {
            let expected = format!(r#"[16,{number},{{}},"a.topic",[{number}]]"#);
            assert_eq!(router.receive().await, expected);
        }
    };
    tokio::join!(publish, receive);
}
