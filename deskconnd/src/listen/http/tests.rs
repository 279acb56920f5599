//! Visitors who take their time, and the end of the daemon.

use super::*;
use crate::audit::Audit;
use crate::auth::DeskAuthority;
use crate::components::Insiders;
use crate::desk::Realms;
use crate::devices::Devices;
use crate::listen::Names;
use deskconn_state::StateDir;
use std::net::{IpAddr, Ipv4Addr};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;

/// Longer than anything here may take. No test waits so long: the clock is paused.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

const ASKS: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n";

fn site(home: &tempfile::TempDir) -> Arc<Site> {
    let devices = Devices::open(StateDir::open(home.path()).unwrap()).unwrap();
    let realms = Realms::new([1, 2]);
    let authority = DeskAuthority::new(
        devices,
        Arc::clone(&realms.main),
        Audit::off(home.path()),
        Insiders::new().0,
    );
    Arc::new(Site {
        router: Router::new(authority, realms.all()),
        visitors: Visitors::Own(Names::new("desk", &[])),
        pages: Pages::WebRemote,
        seal: None,
        insiders: None,
        metrics: false,
        tls: None,
        longpoll: None,
        cookies: None,
        message: 1 << 20,
    })
}

fn visit(site: &Arc<Site>) -> (DuplexStream, JoinHandle<Option<Arrived>>) {
    let (client, stream) = tokio::io::duplex(1024);
    let door = Door::Network(IpAddr::V4(Ipv4Addr::LOCALHOST));
    (
        client,
        tokio::spawn(Arc::clone(site).http(stream, door, None, ())),
    )
}

#[tokio::test(start_paused = true)]
async fn who_asks_and_does_not_read_is_sent_away() {
    let home = tempfile::tempdir().unwrap();
    let (mut client, served) = visit(&site(&home));
    let asking = async { while client.write_all(ASKS).await.is_ok() {} };
    let (asked, served) = tokio::join!(timeout(FOREVER, asking), timeout(FOREVER, served));
    assert!(served.is_ok(), "the connection is still there");
    assert!(asked.is_ok(), "the client was not told");
}

#[tokio::test(start_paused = true)]
async fn who_asks_now_and_then_is_sent_away() {
    let home = tempfile::tempdir().unwrap();
    let (mut client, served) = visit(&site(&home));
    let asking = async {
        let mut answer = [0; 1024];
        while client.write_all(ASKS).await.is_ok()
            && client.read(&mut answer).await.is_ok_and(|read| read > 0)
        {
            tokio::time::sleep(HEAD / 2).await;
        }
    };
    assert!(timeout(FOREVER, asking).await.is_ok());
    served.await.unwrap();
}

#[tokio::test]
async fn shutting_down_waits_for_no_visitor() {
    let home = tempfile::tempdir().unwrap();
    let site = site(&home);
    let (_client, served) = visit(&site);
    site.router.shutdown.cancel();
    served.await.unwrap();
}

#[tokio::test]
async fn metrics_are_told_only_where_that_is_wanted() {
    let home = tempfile::tempdir().unwrap();
    for (metrics, status) in [(false, "404"), (true, "200")] {
        let mut site = Arc::into_inner(site(&home)).unwrap();
        (site.metrics, site.pages) = (metrics, Pages::Bridges(Bridges::default()));
        let (mut client, served) = visit(&Arc::new(site));
        let asks = b"GET /metrics HTTP/1.1\r\nHost: 192.0.2.1\r\nConnection: close\r\n\r\n";
        client.write_all(asks).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        served.await.unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert_eq!(answer.contains("deskconn_sessions{"), metrics, "{answer}");
    }
}
