//! Publishes a number every second and prints what others publish, and itself:
//! `pubsub URL REALM TOPIC`

use std::{env, error::Error, time::Duration};
use wamp_client::{Event, JoinOptions, connect};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let (Some(url), Some(realm), Some(topic)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: pubsub URL REALM TOPIC".into());
    };
    let session = connect(&url, JoinOptions::new(realm)).await?;
    let mut events = session.events(topic.as_str()).await?;
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    let mut number = 0;
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(event) => show(&event)?,
                None => return Err(session.closed().await.into()),
            },
            _ = clock.tick() => {
                number += 1;
                let publish = session.publish(topic.as_str()).arg(number);
                publish.exclude_me(false).acknowledge().await?;
            }
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                session.leave().await;
                return Ok(());
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn show(event: &Event) -> Result<(), Box<dyn Error>> {
    let args: Vec<serde_json::Value> = event.args()?;
    println!("{}: {}", event.topic(), serde_json::Value::from(args));
    if event.missed() > 0 {
        println!("({} before it were missed)", event.missed());
    }
    Ok(())
}
