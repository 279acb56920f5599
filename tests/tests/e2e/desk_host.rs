//! How a computer is doing whose kernel and UPower are played.

use std::fs;
use std::path::Path;

use deskconn_protocol::api::host::{Battery, Charge, Host, Space};
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Desktop, TempHome, call, events, expect};
use wamp_client::Session;

const DEVICE: &str = "/org/freedesktop/UPower/devices/DisplayDevice";

/// Writes what a kernel would show.
fn kernel(folder: &Path) {
    for (name, text) in [
        ("proc/sys/kernel/hostname", "attic\n"),
        ("proc/uptime", "4000.50 100.0\n"),
        ("proc/loadavg", "0.50 0.25 0.10 1/2 3\n"),
        ("proc/stat", "cpu 1\ncpu0 1\ncpu1 1\ncpu2 1\ncpu3 1\n"),
        ("proc/meminfo", "MemTotal: 4000 kB\nMemAvailable: 1000 kB\n"),
        ("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
        ("sys/class/thermal/thermal_zone0/temp", "51540\n"),
        ("sys/class/power_supply/BAT0/type", "Battery\n"),
        ("sys/class/power_supply/BAT0/capacity", "33\n"),
        ("sys/class/power_supply/BAT0/status", "Charging\n"),
    ] {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("a file");
    }
}

async fn start(parts: &[&str]) -> (Daemon, Desktop, Session) {
    let home = TempHome::new();
    let folder = home.path().join("kernel");
    kernel(&folder);
    home.configure(&format!(
        "discovery.announce = false\ncomponents.input.enabled = false\n\
         components.slides.enabled = false\ncomponents.screen.enabled = false\n\
         [components.host]\nproc = '{0}/proc'\nsysfs = '{0}/sys'\n",
        folder.display()
    ));
    let desktop = Desktop::start(&home, parts).await;
    let daemon = desktop.daemon(home).await;
    let owner = daemon.owner().await;
    (daemon, desktop, owner)
}

#[tokio::test]
async fn it_tells_what_the_kernel_says() {
    let (_daemon, _desktop, owner) = start(&[]).await;
    let host: Host = call(&owner, uris::HOST_STATUS).await;
    assert_eq!(host.name, "attic");
    assert_eq!((host.uptime_s, host.cores), (Some(4000), Some(4)));
    assert!(
        host.load
            .is_some_and(|load| (load.one, load.fifteen) == (0.5, 0.1))
    );
    let memory = Space {
        total: 4_096_000,
        available: 1_024_000,
    };
    assert_eq!(host.memory, Some(memory));
    assert!(host.disk.is_some_and(|disk| disk.total > 0));
    assert_eq!(host.temperature, Some(51.5));
    let battery = Battery {
        percent: 33,
        state: Charge::Charging,
        minutes_left: None,
    };
    assert_eq!(host.battery, Some(battery));
}

#[tokio::test]
async fn changes_of_the_battery_are_told_as_upower_tells_them() {
    let (_daemon, desktop, owner) = start(&["upower"]).await;
    let mut told = events(&owner, uris::HOST_ON_BATTERY).await;
    let battery = Battery {
        percent: 80,
        state: Charge::Discharging,
        minutes_left: Some(90),
    };
    let host: Host = call(&owner, uris::HOST_STATUS).await;
    assert_eq!(host.battery, Some(battery));
    desktop.happen(&format!(
        r#"["update", "{DEVICE}", "org.freedesktop.UPower.Device", {{"State": 1, "Percentage": 81.0, "TimeToFull": 1800}}]"#
    ));
    let expected = Battery {
        percent: 81,
        state: Charge::Charging,
        minutes_left: Some(30),
    };
    expect(&mut told, |battery: &Battery| *battery == expected).await;
}
