//! Requests that become publications.

use super::answer::{self, Answer};
use serde::Deserialize;
use wamp_client::Session;
use wamp_proto::options::{PublishOptions, Text};
use wamp_proto::{Dict, SessionId, Uri, Value};

/// What a client sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publication {
    topic: Uri,
    args: Option<Vec<Value>>,
    kwargs: Option<Dict>,
    options: Option<Options>,
}

/// Those options that mean something for a publisher that is not there to receive.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    exclude: Option<Box<[SessionId]>>,
    exclude_authid: Option<Box<[Text]>>,
    exclude_authrole: Option<Box<[Text]>>,
    eligible: Option<Box<[SessionId]>>,
    eligible_authid: Option<Box<[Text]>>,
    eligible_authrole: Option<Box<[Text]>>,
    rkey: Option<Text>,
    #[serde(default)]
    disclose_me: bool,
    #[serde(default)]
    retain: bool,
    /// Always so: the answer has the publication's id.
    #[serde(default, rename = "acknowledge")]
    _acknowledge: bool,
}

/// Publishes what `body` says.
pub(super) async fn publish(session: &Session, body: &[u8]) -> Answer {
    let publication: Publication = match serde_json::from_slice(body) {
        Ok(publication) => publication,
        Err(error) => return answer::senseless(&error),
    };
    let options = publication.options.unwrap_or_default();
    let publish = session
        .publish(publication.topic)
        .args(publication.args.unwrap_or_default())
        .kwargs(publication.kwargs.unwrap_or_default())
        .options(options.into());
    match publish.await {
        Ok(id) => answer::published(id),
        Err(error) => answer::not_published(&error),
    }
}

impl From<Options> for PublishOptions {
    fn from(options: Options) -> Self {
        Self {
            acknowledge: true,
            exclude: options.exclude,
            exclude_authid: options.exclude_authid,
            exclude_authrole: options.exclude_authrole,
            eligible: options.eligible,
            eligible_authid: options.eligible_authid,
            eligible_authrole: options.eligible_authrole,
            rkey: options.rkey,
            disclose_me: options.disclose_me,
            retain: options.retain,
            ..Self::default()
        }
    }
}
