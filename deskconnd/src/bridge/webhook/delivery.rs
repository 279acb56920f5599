//! One event on its way to a URL: signed, tried again after pauses, given up in the end.

use super::Target;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use wamp_proto::PublicationId;
use wamp_proto::auth::Secret;

/// How long to wait before the second attempt, doubled before each further one, and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(60)];

/// The longest head of an answer, in octets; hyper takes no less.
const HEAD: usize = 8192;

/// An event to be posted.
pub(super) struct Delivery {
    pub(super) target: Target,
    pub(super) secret: Option<Secret>,
    /// How long an attempt may take.
    pub(super) timeout: Duration,
    pub(super) attempts: u32,
    pub(super) publication: PublicationId,
    pub(super) body: Bytes,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The other side has taken it.
    Delivered,
    /// It is given up, for this reason.
    GivenUp(String),
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
enum AttemptError {
    #[error("can not connect: {0}")]
    Connect(#[from] std::io::Error),
    #[error("the connection failed: {0}")]
    Http(#[from] hyper::Error),
    #[error("the request can not be made: {0}")]
    Request(#[from] http::Error),
    #[error("no answer in time")]
    Timeout,
    #[error("answered {0}")]
    Status(StatusCode),
}

impl Delivery {
    /// Tries until it succeeds, can not succeed, or was tried often enough.
    pub(super) async fn run(&self) -> Outcome {
        let [mut pause, longest] = PAUSES;
        for attempt in 1.. {
            let Err(error) = self.attempt().await else {
                break;
            };
            if attempt >= self.attempts || !error.is_passing() {
                return Outcome::GivenUp(format!("{error}, at attempt {attempt}"));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
        Outcome::Delivered
    }

    async fn attempt(&self) -> Result<(), AttemptError> {
        let answered = tokio::time::timeout(self.timeout, self.post()).await;
        match answered.map_err(|_| AttemptError::Timeout)?? {
            status if status.is_success() => Ok(()),
            status => Err(AttemptError::Status(status)),
        }
    }

    /// Posts it on a connection of its own. The answer's body is not read, and no redirect followed: it
    /// would lead to where the configuration does not.
    async fn post(&self) -> Result<StatusCode, AttemptError> {
        let stream = TcpStream::connect(self.target.place()).await?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD)
            .handshake(TokioIo::new(stream))
            .await?;
        let request = self.request(SystemTime::now())?;
        let answer = sender.send_request(request);
        tokio::pin!(answer, connection);
        tokio::select! {
            answer = &mut answer => Ok(answer?.status()),
            ended = &mut connection => {
                ended?;
                Ok(answer.await?.status())
            }
        }
    }

    fn request(&self, now: SystemTime) -> Result<Request<Full<Bytes>>, http::Error> {
        let mut request = Request::post(self.target.path())
            .header(HOST, self.target.authority())
            .header(USER_AGENT, crate::AGENT)
            .header(CONTENT_TYPE, "application/json")
            .header("wamp-publication", self.publication.to_string());
        if let Some(secret) = &self.secret {
            request = request.header("wamp-signature", sign(secret, &self.body, now));
        }
        request.body(Full::new(self.body.clone()))
    }
}

impl AttemptError {
    /// Whether it may go better the next time.
    fn is_passing(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Http(_) | Self::Timeout => true,
            Self::Request(_) => false,
            Self::Status(status) => {
                status.is_server_error()
                    || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(status)
            }
        }
    }
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 over the seconds since 1970, a dot and the body.
fn sign(secret: &Secret, body: &[u8], now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let secret = secret.expose().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let code = HEXLOWER.encode(&mac.finalize().into_bytes());
    format!("t={seconds},v1={code}")
}

#[cfg(test)]
mod tests;
