//! Registers `com.example.add` and `com.example.count` and serves them, through every loss of the
//! router, until it is told to end: `register URL REALM`

use std::{env, error::Error, time::Duration};
use wamp_client::{Client, Invocation, InvocationError, JoinOptions, Reply};
use wamp_transport::ConnectOptions;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let (Some(url), Some(realm)) = (args.next(), args.next()) else {
        return Err("usage: register URL REALM".into());
    };
    let client = Client::connect(
        url.parse()?,
        ConnectOptions::default(),
        JoinOptions::new(realm),
    );
    client.register("com.example.add", add).await?;
    client.register("com.example.count", count).await?;
    tokio::select! {
        // The router will not have this client any more.
        reason = client.closed() => Err(reason.into()),
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            client.close().await;
            Ok(())
        }
    }
}

async fn add(call: Invocation) -> Result<Reply, InvocationError> {
    let (a, b): (i64, i64) = call.args()?;
    let sum = a.checked_add(b).ok_or_else(|| {
        InvocationError::invalid_argument("the sum is too large").hint("use smaller numbers")
    })?;
    Ok(Reply::value(sum))
}

/// Counts to its argument, one number every second, until the caller has enough.
async fn count(call: Invocation) -> Result<Reply, InvocationError> {
    let last: u32 = call.read()?;
    for number in 1..=last {
        tokio::select! {
            _ = call.cancelled() => return Err(InvocationError::canceled()),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        call.progress(Reply::value(number)).await?;
    }
    Ok(Reply::value("done"))
}
