//! Pins: each has a grant of its own, and none is there on a machine without chips.

use deskconn_tests::Daemon;

use crate::scene;

const LINES: &str = "
[components.gpio.lines.lamp]
line = 'GPIO17'
direction = 'output'
[components.gpio.lines.heater]
line = 'GPIO18'
direction = 'output'
";

async fn start() -> Daemon {
    let home = scene::home();
    home.configure(&format!("{}{LINES}", scene::CONFIG));
    scene::start_in(home).await
}

#[tokio::test]
async fn a_device_uses_the_pins_it_was_granted_and_no_others() {
    let daemon = start().await;
    let guest = scene::pair(&daemon).await;
    let id = scene::devices(&daemon).await[0].id;
    let call = async |procedure: &str| {
        let procedure = format!("org.deskconn.gpio.{procedure}");
        guest.cli(&["--on", "study", "call", &procedure]).await
    };
    call("lamp.status").await.failure(4);
    call("list").await.failure(4);

    let granted = daemon.cli(&["grant", id.as_str(), "gpio:lamp"]).await;
    granted.success();
    let status = call("lamp.status").await;
    assert!(status.success().contains("no /dev/gpiochip"), "{status:?}");
    let list = call("list").await;
    assert!(list.success().contains("heater"), "{list:?}");
    for other in ["heater.status", "heater.toggle", "chips"] {
        call(other).await.failure(4);
    }
}

#[tokio::test]
async fn a_machine_without_chips_says_so_and_a_wrong_line_is_named() {
    let daemon = start().await;
    let said = daemon.said();
    assert!(
        said.contains("gpio        unavailable: there is no /dev/gpiochip*"),
        "{said}"
    );
    let refused = daemon.cli(&["call", "org.deskconn.gpio.lamp.toggle"]).await;
    let stderr = refused.failure(1);
    assert!(
        stderr.contains("org.deskconn.error.unavailable"),
        "{stderr}"
    );

    let home = scene::home();
    let line = "[components.gpio.lines.lamp]\nline = 17\ndirection = 'output'";
    home.configure(&format!("{}{line}", scene::CONFIG));
    let daemon = scene::start_in(home).await;
    let said = daemon.said();
    let mistake = "lines.lamp: `line` is a number, so `chip` must say on which chip";
    assert!(said.contains(mistake), "{said}");
}
