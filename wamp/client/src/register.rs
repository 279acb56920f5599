//! Registering procedures.

use crate::driver::command::{
    Abandoned, Command, Key, Outcome, Revocation, Revoker, StartRegistration,
};
use crate::error::{RequestError, check_uri};
use crate::invocation::Handler;
use crate::lane::Lane;
use crate::session::Session;
use futures_util::future::BoxFuture;
use std::future::IntoFuture;
use wamp_proto::options::{InvokePolicy, RegisterOptions};
use wamp_proto::{MatchPolicy, RegistrationId, Uri};

/// A registration about to be made; from [`Session::register`] or [`Client::register`].
///
/// Awaiting it registers and waits for the router. If that future is dropped, the registration is
/// taken back.
///
/// [`Client::register`]: crate::Client::register
#[must_use = "nothing is registered until it is awaited"]
pub struct Register<In = Session> {
    pub(crate) place: In,
    pub(crate) procedure: Procedure,
}

/// What is registered, apart from where.
#[derive(Clone)]
pub(crate) struct Procedure {
    pub(crate) uri: Uri,
    options: RegisterOptions,
    handler: Handler,
    lane: Option<Lane>,
}

impl<In> Register<In> {
    pub(crate) fn new(place: In, procedure: Uri, handler: Handler) -> Self {
        let procedure = Procedure {
            uri: procedure,
            options: RegisterOptions::default(),
            handler,
            lane: None,
        };
        Self { place, procedure }
    }

    /// How the procedure matches (spec, "Pattern-based Registration"); exactly by default.
    pub fn matching(mut self, policy: MatchPolicy) -> Self {
        self.procedure.options.r#match = Some(policy);
        self
    }

    /// How one of several callees is chosen (spec, "Shared Registration"); by default there can only
    /// be one.
    pub fn invoke(mut self, policy: InvokePolicy) -> Self {
        self.procedure.options.invoke = Some(policy);
        self
    }

    /// Asks the router to say who calls (spec, "Caller Identification").
    pub fn disclose_caller(mut self) -> Self {
        self.procedure.options.disclose_caller = true;
        self
    }

    /// Takes the place of a registration that another session holds, where the router allows it.
    pub fn force(mut self) -> Self {
        self.procedure.options.force_reregister = true;
        self
    }

    /// Serves one invocation at a time, in order with everything else in `lane`.
    pub fn lane(mut self, lane: &Lane) -> Self {
        self.procedure.lane = Some(lane.clone());
        self
    }

    /// Sets every option at once, in place of those set before.
    pub fn options(mut self, options: RegisterOptions) -> Self {
        self.procedure.options = options;
        self
    }
}

impl Procedure {
    /// Registers it in a session.
    pub(crate) async fn register(self, session: Session) -> Result<Registration, RequestError> {
        let policy = self.options.r#match.unwrap_or_default();
        check_uri(&self.uri, policy).map_err(RequestError::InvalidUri)?;
        let key = Key::unique();
        let mut guard = session.guard(Abandoned::Registration(key));
        let (revoker, revocation) = Revoker::channel();
        let (reply, registered) = Outcome::channel();
        let register = Command::Register(StartRegistration {
            key,
            options: self.options,
            procedure: self.uri.clone(),
            handler: self.handler,
            lane: self.lane,
            revoker,
            reply,
        });
        session.send(register).await?;
        let id = match registered.await {
            Ok(id) => id?,
            Err(_) => return Err(session.cause().into()),
        };
        guard.disarm();
        Ok(Registration {
            session,
            id,
            procedure: self.uri,
            revocation,
        })
    }
}

impl IntoFuture for Register {
    type Output = Result<Registration, RequestError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.procedure.register(self.place))
    }
}

/// A procedure registered in a session. It stays so until it is unregistered or the session ends,
/// whether this is kept or dropped.
#[derive(Clone, Debug)]
pub struct Registration {
    session: Session,
    id: RegistrationId,
    procedure: Uri,
    revocation: Revocation,
}

impl Registration {
    /// The registration's id, as the realm knows it.
    pub const fn id(&self) -> RegistrationId {
        self.id
    }

    /// The procedure or pattern.
    pub const fn procedure(&self) -> &Uri {
        &self.procedure
    }

    /// That the router takes it back.
    pub(crate) fn revocation(&self) -> Revocation {
        self.revocation.clone()
    }

    /// Unregisters the procedure. Invocations that run are still answered.
    ///
    /// # Errors
    /// If the router does not know the registration any more, or the session ended.
    pub async fn unregister(&self) -> Result<(), RequestError> {
        let (reply, unregistered) = Outcome::channel();
        let unregister = Command::Unregister {
            registration: self.id,
            reply,
        };
        self.session.send(unregister).await?;
        match unregistered.await {
            Ok(unregistered) => unregistered,
            Err(_) => Err(self.session.cause().into()),
        }
    }
}
