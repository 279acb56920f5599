//! The component NAME: a lamp that every device with the grant `NAME` can switch.
//!
//! The daemon starts this program and tells it by the environment where to join, and as whom. Whatever it
//! prints is shown by `deskconn component logs NAME`.

use serde::{Deserialize, Serialize};
use std::env;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wamp_client::{Credentials, Invocation, JoinOptions, Reply};

/// What `switch` takes, what `status` gives, and what `on_change` carries.
#[derive(Serialize, Deserialize)]
struct Lamp {
    on: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let prefix = env::var("DESKCONN_PREFIX")?;
    let uri = |name: &str| format!("{prefix}{name}");
    let credentials = Credentials::Ticket {
        authid: env::var("DESKCONN_AUTHID")?,
        ticket: env::var("DESKCONN_TICKET")?.into(),
    };
    let options = JoinOptions::new(env::var("DESKCONN_REALM")?).credentials(credentials);
    let session = wamp_client::connect(&env::var("DESKCONN_URL")?, options).await?;

    let lamp = Arc::new(AtomicBool::new(false));
    let shown = Arc::clone(&lamp);
    let status = move |_| {
        let on = shown.load(Ordering::Relaxed);
        async move { Ok(Reply::kwargs(Lamp { on })) }
    };
    session.register(uri("status"), status).await?;

    let (own, on_change) = (session.clone(), uri("on_change"));
    let switch = move |call: Invocation| {
        let (own, on_change, lamp) = (own.clone(), on_change.clone(), Arc::clone(&lamp));
        async move {
            let Lamp { on } = call.kwargs()?;
            lamp.store(on, Ordering::Relaxed);
            // That nobody could be told does not switch the lamp back.
            drop(own.publish(on_change).kwargs(Lamp { on }).await);
            Ok(Reply::kwargs(Lamp { on }))
        }
    };
    session.register(uri("switch"), switch).await?;

    // The daemon calls this now and then; a component that does not answer is started again.
    session
        .register(uri("health"), |_| async { Ok(()) })
        .await?;
    #[expect(clippy::print_stdout, reason = "it is kept by the daemon")]
    {
        println!("ready");
    }
    Err(session.closed().await.into())
}
