//! Wrong arguments are named, with what they should be, and never reach the component.

use deskconn_protocol::uris;
use serde_json::{Value, json};
use wamp_client::CallError;

use crate::scene;

#[tokio::test]
async fn an_argument_that_is_missing_or_of_another_type_is_named() {
    let daemon = scene::start().await;
    let owner = daemon.owner().await;
    for (arguments, said, field) in [
        (json!({}), "`profile` is missing: a text", "profile"),
        (
            json!({"profile": 4}),
            "`profile` is a text, not 4",
            "profile",
        ),
        (
            json!({"profile": ["okular"]}),
            "`profile` is a text, not a list",
            "profile",
        ),
    ] {
        let call = owner.call(uris::SLIDES_SET_PROFILE).kwargs(&arguments);
        let refused = match call.await {
            Err(CallError::Application(error)) => error,
            other => panic!("{arguments}: {other:?}"),
        };
        assert_eq!(*refused.uri(), *uris::ERROR_INVALID_ARGUMENT, "{arguments}");
        let (message,): (String,) = refused.args().expect("a sentence");
        assert_eq!(message, said, "{arguments}");
        let details: Value = refused.kwargs().expect("details");
        assert_eq!(details["argument"], field);
        assert_eq!(details["expected"], "a text");
        let hint = details["hint"].as_str().expect("a hint");
        assert!(hint.contains(uris::SLIDES_SET_PROFILE), "{hint}");
    }
    let known = json!({"profile": "okular", "of a later version": true});
    let call = owner.call(uris::SLIDES_SET_PROFILE).kwargs(&known);
    let status: Value = call.await.expect("done").kwargs().expect("the status");
    assert_eq!(status["profile"], "okular");
}
