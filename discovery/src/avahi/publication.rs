//! One announcement at Avahi: made, renamed when its name is taken, made anew when Avahi asks for it.

use futures_util::StreamExt;
use zbus::proxy::CacheProperties;

use super::Server;
use super::proxies::entry_group::{self, EntryGroupProxy};
use super::proxies::server;
use crate::Options;
use crate::record::{Record, SERVICE_TYPE};
use crate::supervisor::Notice;

/// Each name that is taken costs a second of probing, and nobody has this many clones.
const MAX_NAMES: u32 = 20;

/// `AVAHI_IF_UNSPEC` and `AVAHI_PROTO_UNSPEC`: wherever Avahi's own configuration lets it.
const ANY_INTERFACE: i32 = -1;
const ANY_PROTOCOL: i32 = -1;

/// Why Avahi does not announce for us.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AvahiError {
    #[error("avahi refused the announcement: {0}")]
    Refused(#[from] zbus::Error),
    #[error("avahi found no free name in {MAX_NAMES}")]
    NoFreeName,
    #[error("avahi has stopped")]
    Stopped,
    #[error("none of the interfaces {0:?} is there")]
    NoInterface(Vec<String>),
}

/// This machine's announcement, kept by Avahi for as long as we stay on the bus.
pub(crate) struct Publication {
    server: Server,
    group: Option<Group>,
    record: Record,
    options: Options,
    /// The group does not match what should be announced, and is to be made anew.
    stale: bool,
    /// The record's name is taken, and is to be changed first.
    taken: bool,
    names_tried: u32,
}

/// One announcement at Avahi, gone when freed.
struct Group {
    proxy: EntryGroupProxy<'static>,
    states: entry_group::StateChangedStream,
}

impl Group {
    async fn new(server: &Server) -> zbus::Result<Self> {
        let path = server.proxy.entry_group_new().await?;
        let proxy = EntryGroupProxy::builder(&server.connection)
            .destination(server.owner.clone())
            .path(path)
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        let states = proxy.receive_state_changed().await?;
        Ok(Self { proxy, states })
    }
}

impl Publication {
    /// Hands the record to Avahi, which probes for its name and announces it.
    pub(crate) async fn start(
        server: Server,
        record: &Record,
        options: &Options,
    ) -> Result<Self, AvahiError> {
        let mut publication = Self {
            server,
            group: None,
            record: record.clone(),
            options: options.clone(),
            stale: true,
            taken: false,
            names_tried: 0,
        };
        match publication.publish().await {
            Ok(()) => Ok(publication),
            Err(error) => {
                publication.shutdown().await;
                Err(error)
            }
        }
    }

    /// What happens next; cancel safe, since what is left to do is kept in `stale` and `taken`.
    pub(crate) async fn next(&mut self) -> Notice {
        loop {
            if self.stale {
                match self.publish().await {
                    Ok(()) => {}
                    Err(AvahiError::Stopped) => return Notice::Stopped,
                    Err(error) => return Notice::Failed(error.to_string()),
                }
                if self.group.is_none() {
                    return Notice::Quiet;
                }
            }
            let happening = self.happening().await;
            if let Some(notice) = self.react(&happening) {
                return notice;
            }
        }
    }

    async fn happening(&mut self) -> Happening {
        let happening = tokio::select! {
            change = self.server.owners.next() => change.and_then(|change| {
                let owner = Some(&*self.server.owner);
                let args = change.args().ok()?;
                (args.new_owner.as_ref() == owner).then_some(Happening::Nothing)
            }),
            change = self.server.states.next() => {
                change.and_then(|change| Some(Happening::Server(change.args().ok()?.state)))
            }
            change = next_state(&mut self.group) => {
                change.and_then(|change| Some(Happening::Group(change.args().ok()?.state)))
            }
        };
        happening.unwrap_or(Happening::Left)
    }

    fn react(&mut self, happening: &Happening) -> Option<Notice> {
        match happening {
            Happening::Server(server::RUNNING) => self.stale |= self.group.is_none(),
            // Avahi is changing its host name: entries are taken back until it runs again.
            Happening::Server(server::REGISTERING | server::COLLISION) => self.stale = true,
            Happening::Group(entry_group::ESTABLISHED) => {
                return Some(Notice::Announced(self.record.instance.clone()));
            }
            Happening::Group(entry_group::COLLISION) => {
                self.stale = true;
                self.taken = true;
            }
            Happening::Server(server::FAILURE) | Happening::Group(entry_group::FAILURE) => {
                return Some(Notice::Failed("avahi has failed".to_owned()));
            }
            Happening::Left => return Some(Notice::Stopped),
            Happening::Server(_) | Happening::Group(_) | Happening::Nothing => {}
        }
        None
    }

    /// Tells the network whether a pairing window is open.
    pub(crate) async fn set_pairing(&mut self, open: bool) {
        self.record.pairing = open;
        if let Err(error) = self.update_txt().await {
            tracing::debug!(%error, "avahi did not update the announcement, it is made anew");
            self.stale = true;
        }
    }

    /// Takes the announcement back; Avahi says goodbye for it.
    pub(crate) async fn shutdown(mut self) {
        self.withdraw().await;
    }

    /// Makes the group anew. Leaves none behind when Avahi is not ready for one: its state will change.
    async fn publish(&mut self) -> Result<(), AvahiError> {
        match self.try_publish().await {
            Err(AvahiError::Refused(_)) if !self.server.is_there().await => {
                Err(AvahiError::Stopped)
            }
            result => result,
        }
    }

    /// Makes the group anew, under another name for as long as the name is taken on this machine.
    async fn try_publish(&mut self) -> Result<(), AvahiError> {
        loop {
            self.withdraw().await;
            if self.taken {
                self.rename().await?;
            }
            if self.server.proxy.get_state().await? == server::RUNNING {
                match self.fill_group().await {
                    Err(AvahiError::Refused(error)) if is_collision(&error) => {
                        self.taken = true;
                        continue;
                    }
                    result => result?,
                }
            }
            self.stale = false;
            return Ok(());
        }
    }

    async fn fill_group(&mut self) -> Result<(), AvahiError> {
        let interfaces = self.interfaces()?;
        let group = self
            .group
            .insert(Group::new(&self.server).await?)
            .proxy
            .clone();
        let Record { instance, port, .. } = &self.record;
        for interface in interfaces {
            group
                .add_service(
                    interface,
                    ANY_PROTOCOL,
                    0,
                    instance,
                    SERVICE_TYPE,
                    "",
                    "",
                    *port,
                    &self.txt(),
                )
                .await?;
        }
        group.commit().await?;
        Ok(())
    }

    async fn update_txt(&self) -> Result<(), AvahiError> {
        let Some(group) = &self.group else {
            return Ok(());
        };
        let Record { instance, .. } = &self.record;
        for interface in self.interfaces()? {
            group
                .proxy
                .update_service_txt(
                    interface,
                    ANY_PROTOCOL,
                    0,
                    instance,
                    SERVICE_TYPE,
                    "",
                    &self.txt(),
                )
                .await?;
        }
        Ok(())
    }

    async fn rename(&mut self) -> Result<(), AvahiError> {
        self.names_tried += 1;
        if self.names_tried > MAX_NAMES {
            return Err(AvahiError::NoFreeName);
        }
        let taken = &self.record.instance;
        self.record.instance = self
            .server
            .proxy
            .get_alternative_service_name(taken)
            .await?;
        self.taken = false;
        Ok(())
    }

    async fn withdraw(&mut self) {
        if let Some(group) = self.group.take()
            && let Err(error) = group.proxy.free().await
        {
            tracing::debug!(%error, "avahi did not take the announcement back");
        }
    }

    fn interfaces(&self) -> Result<Vec<i32>, AvahiError> {
        if self.options.interfaces.is_empty() {
            return Ok(vec![ANY_INTERFACE]);
        }
        let indexes: Vec<i32> = self
            .options
            .indexes()
            .into_iter()
            .filter_map(|i| i.try_into().ok())
            .collect();
        if indexes.is_empty() {
            return Err(AvahiError::NoInterface(self.options.interfaces.clone()));
        }
        Ok(indexes)
    }

    fn txt(&self) -> Vec<Vec<u8>> {
        let pairs = self.record.txt();
        pairs
            .iter()
            .map(|(key, value)| format!("{key}={value}").into_bytes())
            .collect()
    }
}

/// What the bus tells about our Avahi.
enum Happening {
    Server(i32),
    Group(i32),
    /// Another process, or none, is Avahi now, or the bus has gone.
    Left,
    Nothing,
}

async fn next_state(group: &mut Option<Group>) -> Option<entry_group::StateChanged> {
    match group {
        Some(group) => group.states.next().await,
        None => std::future::pending().await,
    }
}

fn is_collision(error: &zbus::Error) -> bool {
    matches!(error, zbus::Error::MethodError(name, ..) if name.as_str() == "org.freedesktop.Avahi.CollisionError")
}
