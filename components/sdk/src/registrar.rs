//! Registers the procedures of a manifest, whose arguments are checked before the component sees them.

use crate::manifest::Procedure;
use crate::{Manifest, StartError, failure};
use deskconn_protocol::schema::{Mismatch, Schema};
use deskconn_protocol::uris;
use futures_util::FutureExt;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use wamp_client::{Invocation, InvocationError, Reply, Session};
use wamp_proto::Uri;

/// Registers what a manifest promises. Every handler gets a clone of the component's state, the
/// arguments, and the invocation for who calls and for results in parts.
///
/// ```no_run
/// # use deskconn_component::{Manifest, Procedure, Registrar, StartError, Topic};
/// # use std::sync::Arc;
/// # use wamp_client::Session;
/// # #[derive(serde::Deserialize, schemars::JsonSchema)]
/// # struct Set { percent: u8 }
/// # struct Lamp;
/// # impl Lamp { fn dim(&self, _: u8) -> Result<(), deskconn_component::Unavailable> { Ok(()) } }
/// # const MANIFEST: Manifest = Manifest { name: "", summary: "", grants: &[], procedures: &[], topics: &[], needs: "" };
/// # async fn start(session: Session, lamp: Arc<Lamp>) -> Result<(), StartError> {
/// let registrar = Registrar::new(&session, &MANIFEST, lamp);
/// registrar
///     .procedure("com.example.lamp.set", |lamp, Set { percent }, _| async move {
///         lamp.dim(percent)?;
///         Ok(())
///     })
///     .await
/// # }
/// ```
#[derive(Debug)]
pub struct Registrar<'a, State> {
    session: &'a Session,
    manifest: &'a Manifest,
    state: State,
}

impl<'a, State: Clone + Send + Sync + 'static> Registrar<'a, State> {
    /// A registrar of `manifest` in `session`; `state` is what handlers work on, as an `Arc`.
    pub const fn new(session: &'a Session, manifest: &'a Manifest, state: State) -> Self {
        Self {
            session,
            manifest,
            state,
        }
    }

    /// Registers a procedure of the manifest. Calls whose arguments are not an `Arguments`, or are
    /// outside the limits its schema names, are answered with `org.deskconn.error.invalid_argument`.
    ///
    /// # Errors
    /// If the manifest does not have the procedure with these types, or the router refuses it.
    pub async fn procedure<Arguments, Answer, F, Fut>(
        &self,
        uri: &'static str,
        handler: F,
    ) -> Result<(), StartError>
    where
        Arguments: DeserializeOwned + JsonSchema + Send + 'static,
        Answer: Serialize + JsonSchema + Send + 'static,
        F: Fn(State, Arguments, Invocation) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Answer, InvocationError>> + Send + 'static,
    {
        self.register(uri, Uri::from_static(uri), handler).await
    }

    /// Registers a procedure whose URI has the word `NAME` in it, for the thing called `name`. Both
    /// its handler and its clients tell things apart by [`Invocation::procedure`].
    ///
    /// # Errors
    /// As [`Registrar::procedure`].
    pub async fn procedure_of<Arguments, Answer, F, Fut>(
        &self,
        uri: &'static str,
        name: &str,
        handler: F,
    ) -> Result<(), StartError>
    where
        Arguments: DeserializeOwned + JsonSchema + Send + 'static,
        Answer: Serialize + JsonSchema + Send + 'static,
        F: Fn(State, Arguments, Invocation) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Answer, InvocationError>> + Send + 'static,
    {
        let registered = Uri::from(uris::of_name(uri, name));
        self.register(uri, registered, handler).await
    }

    async fn register<Arguments, Answer, F, Fut>(
        &self,
        uri: &'static str,
        registered: Uri,
        handler: F,
    ) -> Result<(), StartError>
    where
        Arguments: DeserializeOwned + JsonSchema + Send + 'static,
        Answer: Serialize + JsonSchema + Send + 'static,
        F: Fn(State, Arguments, Invocation) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Answer, InvocationError>> + Send + 'static,
    {
        let procedure = self.documented(uri)?;
        if !procedure.arguments.is::<Arguments>() || !procedure.result.is::<Answer>() {
            return Err(StartError::Undocumented(uri));
        }
        let schema = procedure.arguments.schema();
        let state = self.state.clone();
        let handler = Arc::new(handler);
        let checked = move |invocation: Invocation| {
            let arguments = read::<Arguments>(&schema, &invocation);
            let (state, handler) = (state.clone(), Arc::clone(&handler));
            async move {
                let answer = handler(state, arguments?, invocation).await?;
                Ok(Reply::kwargs(answer))
            }
            .boxed()
        };
        self.session.register(registered.clone(), checked).await?;
        self.describe(&registered, procedure).await;
        Ok(())
    }

    /// Has the router tell what the procedure takes and gives (spec, "Interface Reflection").
    async fn describe(&self, registered: &Uri, procedure: &Procedure) {
        let description = json!({
            "summary": procedure.summary,
            "arguments": procedure.arguments.schema(),
            "result": procedure.result.schema(),
        });
        let call = self.session.call(Uri::from_static("wamp.reflect.define"));
        if let Err(error) = call.args((registered.as_str(), description)).await {
            // A router without reflection has the procedure all the same.
            tracing::debug!(%error, procedure = %registered, "a procedure is not described");
        }
    }

    fn documented(&self, uri: &'static str) -> Result<&Procedure, StartError> {
        let mut procedures = self.manifest.procedures.iter();
        let procedure = procedures.find(|procedure| procedure.uri == uri);
        procedure.ok_or(StartError::Undocumented(uri))
    }
}

/// Reads the keyword arguments of a call.
fn read<Arguments: DeserializeOwned>(
    schema: &Schema,
    invocation: &Invocation,
) -> Result<Arguments, InvocationError> {
    let uri = invocation.procedure();
    // What JSON has no form for, as octets, is for serde alone.
    if let Ok(value) = invocation.kwargs::<Value>() {
        let checked = schema.check(&value);
        checked.map_err(|mismatch| refusal(uri, &mismatch))?;
    }
    invocation.kwargs().or_else(|error| {
        // Nothing at all is no dictionary, and `()` takes anything.
        serde_json::from_value(Value::Null).map_err(|_| {
            let hint = format!("`deskconn api {uri}` shows what it takes");
            failure(uris::ERROR_INVALID_ARGUMENT, error.to_string(), hint)
        })
    })
}

/// `org.deskconn.error.invalid_argument`, with the argument's name and what it should be.
fn refusal(uri: &Uri, mismatch: &Mismatch) -> InvocationError {
    let hint = format!("`deskconn api {uri}` shows what it takes");
    failure(uris::ERROR_INVALID_ARGUMENT, mismatch.to_string(), hint)
        .kwarg("argument", mismatch.field.clone())
        .kwarg("expected", mismatch.expected.clone())
}
