//! A portal of a desktop that is played: it asks nobody but the test, hands out sockets to a compositor that is
//! played too, and says what was asked for and what was done.

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread;

use reis::PendingRequestResult;
use reis::eis::{self, Context};
use reis::handshake::EisHandshaker;
use reis::request::{Connection, DeviceCapability, EisRequest, EisRequestConverter};
use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::message::Header;
use zbus::names::UniqueName;
use zbus::{OwnedFd, OwnedObjectPath, OwnedVariant, Variant, connection, interface};

use crate::wait::DEADLINE;

const PATH: &str = "/org/freedesktop/portal/desktop";

/// What it gives who was allowed, for the next time.
const TOKEN: &str = "come again";

type Options = HashMap<String, OwnedVariant>;

/// What whoever sits at the desktop says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Silence,
    /// Yes.
    Yes,
    /// No.
    No,
}

/// A portal on a bus.
#[derive(Debug)]
pub struct Portal {
    _connection: zbus::Connection,
    answer: watch::Sender<Answer>,
    said: UnboundedReceiver<String>,
}

impl Portal {
    /// A portal on the bus at `address`. Its compositor takes text as it is if it `takes_text`.
    ///
    /// # Panics
    ///
    /// When there is no such bus.
    pub async fn start(address: &str, takes_text: bool) -> Self {
        Self::with_picture(address, takes_text, PathBuf::new()).await
    }

    /// A portal whose pictures of the screen are the file `picture`.
    ///
    /// # Panics
    ///
    /// When there is no such bus.
    pub async fn with_picture(address: &str, takes_text: bool, picture: PathBuf) -> Self {
        let (say, said) = unbounded_channel();
        let (answer, answered) = watch::channel(Answer::Silence);
        let remote_desktop = RemoteDesktop {
            say,
            answered,
            takes_text,
        };
        let screenshot = Screenshot {
            picture,
            answered: remote_desktop.answered.clone(),
        };
        let connection = connection::Builder::address(address)
            .name("org.freedesktop.portal.Desktop")
            .serve_at(PATH, remote_desktop)
            .serve_at(PATH, screenshot)
            .build()
            .await
            .expect("a bus");
        Self {
            _connection: connection,
            answer,
            said,
        }
    }

    /// Has whoever sits at the desktop say this to every question, now and later.
    pub fn answer(&self, answer: Answer) {
        self.answer.send_replace(answer);
    }

    /// The next `count` things that it was asked for, or that were done on its devices: `+108` for a key that goes
    /// down, `move 1 2`, `text a`.
    ///
    /// # Panics
    ///
    /// When there are not so many by the deadline.
    pub async fn said(&mut self, count: usize) -> Vec<String> {
        let mut said = Vec::new();
        while said.len() < count {
            match timeout(DEADLINE, self.said.recv()).await {
                Ok(Some(next)) => said.push(next),
                other => panic!("{other:?} instead of {count} things, after {said:?}"),
            }
        }
        said
    }
}

struct RemoteDesktop {
    say: UnboundedSender<String>,
    answered: watch::Receiver<Answer>,
    takes_text: bool,
}

#[interface(name = "org.freedesktop.portal.RemoteDesktop")]
impl RemoteDesktop {
    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        2
    }

    async fn create_session(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
    ) -> OwnedObjectPath {
        let session = path(&header, "session", &word(&options, "session_handle_token"));
        let results = HashMap::from([("session_handle", Variant::from(session.as_str()))]);
        respond(bus, &header, &options, 0, results).await
    }

    async fn select_devices(
        &self,
        _session: OwnedObjectPath,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
    ) -> OwnedObjectPath {
        let number = |name: &str| options.get(name).and_then(|it| u32::try_from(it).ok());
        let token = word(&options, "restore_token");
        self.say(format!(
            "devices {:?} for good {:?} with {token:?}",
            number("types").unwrap_or_default(),
            number("persist_mode").unwrap_or_default(),
        ));
        respond(bus, &header, &options, 0, HashMap::new()).await
    }

    fn start(
        &self,
        _session: OwnedObjectPath,
        _window: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
    ) -> OwnedObjectPath {
        self.say("asks".to_owned());
        let request = path(&header, "request", &word(&options, "handle_token"));
        let mut answered = self.answered.clone();
        let (bus, path) = (bus.clone(), request.clone());
        let to = header.sender().expect("a bus says who calls").to_owned();
        tokio::spawn(async move {
            let given = answered.wait_for(|answer| *answer != Answer::Silence);
            let given = *given.await.expect("the test goes on");
            let (code, results) = match given {
                Answer::Yes => (0, HashMap::from([("restore_token", Variant::from(TOKEN))])),
                _ => (1, HashMap::new()),
            };
            send_response(&bus, to, &path, code, results).await;
        });
        request
    }

    #[zbus(name = "ConnectToEIS")]
    fn connect_to_eis(&self, _session: OwnedObjectPath, _options: Options) -> OwnedFd {
        let (ours, theirs) = UnixStream::pair().expect("a socket");
        let (say, takes_text) = (self.say.clone(), self.takes_text);
        thread::spawn(move || compose(ours, takes_text, &say));
        std::os::fd::OwnedFd::from(theirs).into()
    }
}

struct Screenshot {
    picture: PathBuf,
    answered: watch::Receiver<Answer>,
}

#[interface(name = "org.freedesktop.portal.Screenshot")]
impl Screenshot {
    async fn screenshot(
        &self,
        _window: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
    ) -> OwnedObjectPath {
        let uri = format!("file://{}", self.picture.display()).replace(' ', "%20");
        let (code, results) = match *self.answered.borrow() {
            Answer::No => (1, HashMap::new()),
            _ => (0, HashMap::from([("uri", Variant::from(uri))])),
        };
        respond(bus, &header, &options, code, results).await
    }
}

impl RemoteDesktop {
    fn say(&self, what: String) {
        // A test that has ended does not listen.
        self.say.send(what).ok();
    }
}

/// The path of an object that belongs to who calls.
fn path(header: &Header<'_>, kind: &str, token: &str) -> OwnedObjectPath {
    let sender = header.sender().expect("a bus says who calls").as_str();
    let sender = sender.trim_start_matches(':').replace('.', "_");
    let path = format!("{PATH}/{kind}/{sender}/{token}");
    path.try_into().expect("a path")
}

fn word(options: &Options, name: &str) -> String {
    let value = options.get(name).and_then(|it| <&str>::try_from(it).ok());
    value.unwrap_or_default().to_owned()
}

/// Answers a request. Returns its path.
async fn respond(
    bus: &zbus::Connection,
    header: &Header<'_>,
    options: &Options,
    code: u32,
    results: HashMap<&str, Variant<'_>>,
) -> OwnedObjectPath {
    let request = path(header, "request", &word(options, "handle_token"));
    let to = header.sender().expect("a bus says who calls");
    send_response(bus, to.to_owned(), &request, code, results).await;
    request
}

async fn send_response(
    bus: &zbus::Connection,
    to: UniqueName<'_>,
    request: &OwnedObjectPath,
    code: u32,
    results: HashMap<&str, Variant<'_>>,
) {
    let interface = "org.freedesktop.portal.Request";
    bus.emit_signal(Some(to), request, interface, "Response", &(code, results))
        .await
        .expect("a bus");
}

/// A compositor that says what is done on its devices, until the other end is closed; then it says `gone`.
fn compose(socket: UnixStream, takes_text: bool, say: &UnboundedSender<String>) {
    let context = Context::new(socket).expect("a socket");
    let mut handshaker = EisHandshaker::new(&context, 1);
    let mut converter = None;
    while readable(&context) && context.read().is_ok() {
        while let Some(request) = context.pending_request() {
            let PendingRequestResult::Request(request) = request else {
                panic!("a request that makes no sense");
            };
            match &mut converter {
                None => {
                    let done = handshaker.handle_request(request).expect("a handshake");
                    converter = done.map(|done| {
                        let converter = EisRequestConverter::new(&context, done, 1);
                        offer(converter.handle(), takes_text);
                        converter
                    });
                }
                Some(converter) => {
                    converter.handle_request(request).expect("a request");
                    while let Some(request) = converter.next_request() {
                        obey(converter.handle(), &request, say);
                    }
                }
            }
        }
        context.flush().ok();
    }
    say.send("gone".to_owned()).ok();
}

fn readable(context: &Context) -> bool {
    let mut polled = [PollFd::new(context, PollFlags::IN)];
    poll(&mut polled, None).is_ok()
}

fn offer(connection: &Connection, takes_text: bool) {
    let all = DeviceCapability::Keyboard
        | DeviceCapability::Pointer
        | DeviceCapability::Button
        | DeviceCapability::Scroll;
    let text = takes_text.then_some(DeviceCapability::Text);
    let all = text.into_iter().fold(all, |all, text| all | text);
    drop(connection.add_seat(Some("desk"), all));
}

fn obey(connection: &Connection, request: &EisRequest, say: &UnboundedSender<String>) {
    let sign = |down| if down { '+' } else { '-' };
    let done = match request {
        EisRequest::Bind(bind) => {
            let kind = eis::device::DeviceType::Virtual;
            let all = bind.capabilities;
            bind.seat
                .add_device(Some("all of them"), kind, all, |_| {})
                .resumed();
            connection.flush().ok();
            return;
        }
        EisRequest::KeyboardKey(it) => {
            let down = it.state == eis::keyboard::KeyState::Press;
            format!("{}{}", sign(down), it.key)
        }
        EisRequest::Button(it) => {
            let down = it.state == eis::button::ButtonState::Press;
            format!("{}{:#x}", sign(down), it.button)
        }
        EisRequest::PointerMotion(it) => format!("move {} {}", it.dx, it.dy),
        EisRequest::ScrollDiscrete(it) => format!("scroll {} {}", it.discrete_dx, it.discrete_dy),
        EisRequest::TextUtf8(it) => format!("text {}", it.text),
        _ => return,
    };
    say.send(done).ok();
}
