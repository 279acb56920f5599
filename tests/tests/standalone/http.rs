//! HTTP as bare text: a client for bridges, and a server for webhooks.

use std::time::Duration;

use deskconn_tests::DEADLINE;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Its body, which is JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The URI of the error that it is.
    pub(crate) fn error(&self) -> String {
        let json = self.json();
        json["error"].as_str().expect("an error").to_owned()
    }
}

/// The host and port of a router's URL.
pub(crate) fn address(url: &str) -> &str {
    url.split('/').nth(2).expect("ws://HOST:PORT/ws")
}

/// Posts `body` as JSON.
pub(crate) async fn post(url: &str, path: &str, body: &str) -> Answer {
    ask(url, "POST", path, &["content-type: application/json"], body).await
}

/// Makes a request and takes its answer.
pub(crate) async fn ask(
    url: &str,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> Answer {
    let mut stream = begin(url, method, path, headers, body).await;
    let mut answer = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut answer)).await;
    read.expect("the router answers").expect("an answer");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Answer {
        status: status.expect("a status"),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}

/// Makes a request.
pub(crate) async fn begin(
    url: &str,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> TcpStream {
    let address = address(url);
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\
         content-length: {length}\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    // One that refuses by the head alone may close before it has everything.
    drop(stream.write_all(request.as_bytes()).await);
    stream
}

/// A server that is posted events.
pub(crate) struct Receiver(TcpListener);

/// A request that a receiver has not answered yet.
pub(crate) struct Posted {
    stream: TcpStream,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Receiver {
    pub(crate) async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a port"))
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        let address = self.0.local_addr().expect("an address");
        format!("http://{address}/hook")
    }

    /// The next request.
    pub(crate) async fn next(&self) -> Posted {
        let received = timeout(DEADLINE, self.receive()).await;
        received.unwrap_or_else(|_| panic!("nothing was posted within {DEADLINE:?}"))
    }

    /// The next request, unless none comes for a while.
    pub(crate) async fn more(&self) -> Option<Posted> {
        timeout(Duration::from_secs(1), self.receive()).await.ok()
    }

    async fn receive(&self) -> Posted {
        let (mut stream, _) = self.0.accept().await.expect("a connection");
        let mut request = String::new();
        loop {
            let mut octets = [0; 4096];
            let read = stream.read(&mut octets).await.expect("a request");
            assert!(read > 0, "the request ends early: {request}");
            request.push_str(std::str::from_utf8(&octets[..read]).expect("text"));
            let Some((head, body)) = request.split_once("\r\n\r\n") else {
                continue;
            };
            let length = header_of(head, "content-length").expect("a length");
            if body.len() == length.parse::<usize>().expect("a number") {
                let (head, body) = (head.to_owned(), body.to_owned());
                return Posted { stream, head, body };
            }
        }
    }
}

impl Posted {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> &str {
        header_of(&self.head, name).unwrap_or_else(|| panic!("no {name}: {}", self.head))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Takes the event: what was posted.
    pub(crate) async fn taken(self) -> Value {
        let event = self.json();
        self.answer("200 OK").await;
        event
    }

    /// Answers with this status.
    pub(crate) async fn answer(mut self, status: &str) {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        drop(self.stream.write_all(answer.as_bytes()).await);
    }
}

fn header_of<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = lines.find(|(header, _)| header.eq_ignore_ascii_case(name))?;
    Some(value)
}
