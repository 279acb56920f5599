//! Calls a procedure and prints what comes back: `call URL REALM PROCEDURE [JSON ARGUMENT]...`

use std::{env, error::Error, time::Duration};
use wamp_client::{JoinOptions, connect};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let (Some(url), Some(realm), Some(procedure)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: call URL REALM PROCEDURE [JSON ARGUMENT]...".into());
    };
    // What is not JSON is taken for a string.
    let args: Vec<serde_json::Value> = args
        .map(|arg| serde_json::from_str(&arg).unwrap_or_else(|_| arg.into()))
        .collect();

    let session = connect(&url, JoinOptions::new(realm)).await?;
    let call = session.call(procedure).args(args).progress();
    let mut call = call.timeout(Duration::from_secs(10)).start().await?;
    while let Some(result) = call.next().await {
        let result = result?;
        let args: Vec<serde_json::Value> = result.args()?;
        let kwargs: serde_json::Map<String, serde_json::Value> = result.kwargs()?;
        show(&args, &kwargs);
    }
    session.leave().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn show(args: &[serde_json::Value], kwargs: &serde_json::Map<String, serde_json::Value>) {
    let args = args.iter().map(ToString::to_string);
    let kwargs = kwargs.iter().map(|(key, value)| format!("{key}={value}"));
    println!("{}", args.chain(kwargs).collect::<Vec<_>>().join(" "));
}
