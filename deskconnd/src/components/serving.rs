//! `org.deskconn.daemon.components`, `component_*` and `api`: components as their owner, their users and they
//! themselves see them.

use super::Host;
use super::host::NotOrdered;
use super::insiders::{Insiders, name_of};
use super::reference::{Sight, reference};
use crate::auth;
use crate::devices::Devices;
use deskconn_component::failure;
use deskconn_protocol::api::components::{Components, Details, Logs, LogsQuery, Named, Report};
use deskconn_protocol::api::reference::ReferenceQuery;
use deskconn_protocol::profile::clean_up_to;
use deskconn_protocol::uris;
use std::sync::Arc;
use wamp_client::{Invocation, InvocationError, Reply, RequestError, Session};
use wamp_proto::Uri;

/// How many lines of output are given to who does not say how many.
const LINES: usize = 100;

/// The longest reason and hint of a component, in characters.
const LONGEST: usize = 300;

/// The components as far as the realm may look and reach.
#[derive(Debug)]
pub(crate) struct Serving {
    host: Arc<Host>,
    devices: Arc<Devices>,
    insiders: Arc<Insiders>,
}

impl Serving {
    /// What is asked about these.
    pub(crate) fn new(host: &Arc<Host>, devices: &Arc<Devices>, insiders: &Arc<Insiders>) -> Self {
        Self {
            host: Arc::clone(host),
            devices: Arc::clone(devices),
            insiders: Arc::clone(insiders),
        }
    }

    /// Registers the procedures: those that only the owner may call in the session `owner`, the others
    /// in the session `devices`. Who may call which is for the realm to say.
    pub(crate) async fn serve(
        self,
        owner: &Session,
        devices: &Session,
    ) -> Result<(), RequestError> {
        let serving = Arc::new(self);
        let table: [(&Session, &'static str, Answer); 7] = [
            (owner, uris::DAEMON_COMPONENTS, Self::components),
            (owner, uris::DAEMON_COMPONENT_LOGS, Self::logs),
            (owner, uris::DAEMON_COMPONENT_RESTART, Self::restart),
            (owner, uris::DAEMON_COMPONENT_ENABLE, |s, i| {
                s.switch(i, true)
            }),
            (owner, uris::DAEMON_COMPONENT_DISABLE, |s, i| {
                s.switch(i, false)
            }),
            (devices, uris::DAEMON_COMPONENT_REPORT, Self::report),
            (devices, uris::DAEMON_API, Self::api),
        ];
        for (session, uri, answer) in table {
            let serving = Arc::clone(&serving);
            let handler = move |invocation: Invocation| {
                let serving = Arc::clone(&serving);
                async move {
                    // Some of them wait for the disk.
                    let answered =
                        tokio::task::spawn_blocking(move || answer(&serving, &invocation));
                    answered.await.map_err(|_| InvocationError::canceled())?
                }
            };
            session.register(Uri::from_static(uri), handler).await?;
        }
        Ok(())
    }

    fn components(&self, _: &Invocation) -> Result<Reply, InvocationError> {
        let components = self.host.details();
        Ok(Reply::kwargs(Components { components }))
    }

    fn logs(&self, invocation: &Invocation) -> Result<Reply, InvocationError> {
        let LogsQuery { name, limit } = invocation.kwargs()?;
        let lines = self.host.logs(&name, limit.unwrap_or(LINES));
        let lines = lines.map_err(|error| refusal(&error))?;
        Ok(Reply::kwargs(Logs { lines }))
    }

    fn restart(&self, invocation: &Invocation) -> Result<Reply, InvocationError> {
        let Named { name } = invocation.kwargs()?;
        ordered(self.host.restart(&name))
    }

    fn switch(&self, invocation: &Invocation, on: bool) -> Result<Reply, InvocationError> {
        let Named { name } = invocation.kwargs()?;
        ordered(self.host.switch(&name, on))
    }

    fn report(&self, invocation: &Invocation) -> Result<Reply, InvocationError> {
        let report: Report = invocation.kwargs()?;
        let name = invocation.caller_authid().and_then(name_of);
        let name = name.ok_or_else(|| {
            let hint = "components in processes of their own call this";
            failure(uris::ERROR_DENIED, "only a component can report", hint)
        })?;
        let clean = |text: Option<String>| text.map(|text| clean_up_to(LONGEST, &text));
        let report = Report {
            available: report.available,
            reason: clean(report.reason),
            hint: clean(report.hint),
        };
        self.host.report(name, report);
        Ok(().into())
    }

    fn api(&self, invocation: &Invocation) -> Result<Reply, InvocationError> {
        let ReferenceQuery { name } = invocation.kwargs()?;
        let caller = invocation.caller_authid().unwrap_or_default();
        Ok(Reply::kwargs(reference(
            &self.sight(caller),
            name.as_deref(),
        )))
    }

    /// What the principal of that authid may see: a device what it was granted, a component what it
    /// uses, the owner and the daemon's own parts everything.
    fn sight(&self, authid: &str) -> Sight {
        if let Ok(id) = authid.parse() {
            let grants = self.devices.get(&id).map(|paired| paired.grants);
            let grants = grants.unwrap_or_default();
            return Sight::of(auth::granted(self.devices.catalogue(), &grants), &grants);
        }
        match name_of(authid) {
            Some(name) => Sight::within(self.insiders.permissions(name)),
            None => Sight::everything(),
        }
    }
}

/// What answers a call.
type Answer = fn(&Serving, &Invocation) -> Result<Reply, InvocationError>;

fn ordered(done: Result<Details, NotOrdered>) -> Result<Reply, InvocationError> {
    done.map(Reply::kwargs).map_err(|error| refusal(&error))
}

fn refusal(error: &NotOrdered) -> InvocationError {
    let (uri, hint) = match error {
        NotOrdered::Unknown(_) => (
            uris::ERROR_NOT_FOUND,
            "`deskconn component list` lists them".to_owned(),
        ),
        NotOrdered::NotBuilt(_) => (
            uris::ERROR_UNAVAILABLE,
            "install a daemon that was built with it".to_owned(),
        ),
        NotOrdered::Disk(error) => (uris::ERROR_FAILED, error.hint()),
    };
    failure(uri, error.to_string(), hint)
}
