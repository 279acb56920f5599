//! A foreign client at a desk's own door.

use deskconn_protocol::uris::REALM;
use deskconn_tests::{Daemon, python};

#[tokio::test]
async fn autobahn_python_is_the_owner_over_the_unix_socket() {
    let daemon = Daemon::start().await;
    let address = format!("unix:{}", daemon.socket().display());
    let arguments = ["rawsocket", &address, REALM, "msgpack"];
    python("tests/interop/witness.py", &arguments)
        .await
        .success();
}
