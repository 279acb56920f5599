//! Media players on a desktop that is played, and the volume of a real sound server.

use std::process::Command;

use deskconn_protocol::api::media::{Art, Media, OfPlayer, Picture, Playback};
use deskconn_protocol::api::volume::Volume;
use deskconn_protocol::uris;
use deskconn_tests::{
    Daemon, Desktop, Running, TempHome, call, deskconnd, events, eventually, expect,
};
use serde_json::json;
use wamp_client::Session;

const CONFIG: &str = "discovery.announce = false\ncomponents.slides.enabled = false\n\
     components.screen.enabled = false\n";

async fn with_players() -> (Daemon, Desktop, Session) {
    let home = TempHome::new();
    home.configure(CONFIG);
    let desktop = Desktop::start(&home, &["players"]).await;
    let daemon = desktop.daemon(home).await;
    let owner = daemon.owner().await;
    (daemon, desktop, owner)
}

/// A sound server without hardware: what is played goes nowhere, and the microphone hears nothing.
fn sound_server(home: &TempHome) -> (Running, String) {
    let socket = home.path().join("pulse");
    let server = format!("unix:{}", socket.display());
    let protocol = format!(
        "--load=module-native-protocol-unix auth-anonymous=1 socket={}",
        socket.display()
    );
    let mut command = Command::new("pulseaudio");
    home.adopt(&mut command).args([
        "-n",
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--use-pid-file=no",
        "--load=module-null-sink",
        "--load=module-null-source",
        &protocol,
    ]);
    (Running::start(command), server)
}

async fn with_sound() -> (Daemon, Running, String, Session) {
    let home = TempHome::new();
    home.configure(CONFIG);
    let (sound, server) = sound_server(&home);
    eventually("the sound server answers", async || {
        let mut pactl = tokio::process::Command::new("pactl");
        let asked = pactl
            .arg("info")
            .env("PULSE_SERVER", &server)
            .output()
            .await;
        asked.expect("pactl runs").status.success().then_some(())
    })
    .await;
    let mut command = Command::new(deskconnd());
    command
        .args(["--listen", "127.0.0.1:0"])
        .env("PULSE_SERVER", &server)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    let daemon = Daemon::start_as(command, home).await;
    let owner = daemon.owner().await;
    (daemon, sound, server, owner)
}

#[tokio::test]
async fn who_plays_comes_first_and_does_what_it_is_told() {
    let (daemon, mut desktop, owner) = with_players().await;
    let media: Media = call(&owner, uris::MEDIA_STATUS).await;
    let [radio, tape] = media.players.as_slice() else {
        panic!("{media:?}");
    };
    assert_eq!((radio.id.as_str(), radio.name.as_str()), ("radio", "Radio"));
    assert_eq!(
        (radio.state, tape.state),
        (Playback::Playing, Playback::Paused)
    );
    assert_eq!(radio.title.as_deref(), Some("Song 1"));
    assert_eq!(radio.artist.as_deref(), Some("A, B"));
    assert_eq!(
        (radio.length_ms, radio.position_ms),
        (Some(200_000), Some(5_000))
    );
    assert!(radio.can_pause && radio.can_seek && !radio.can_next);

    for (verb, arguments, called) in [
        ("pause", &[][..], "Pause"),
        ("play_pause", &[], "PlayPause"),
        ("next", &["-kplayer=tape"], "Next"),
        (
            "seek",
            &["-kposition_ms=61000"],
            r#"SetPosition "/track/1" 61000000"#,
        ),
        ("seek", &["-kby_ms=-1500", "-kplayer=tape"], "Seek -1500000"),
    ] {
        let procedure = format!("org.deskconn.media.{verb}");
        let call = [&["call", procedure.as_str()], arguments].concat();
        daemon.cli(&call).await.success();
        desktop.expect(called).await;
    }
    for (arguments, said) in [
        (
            &["seek", "-kby_ms=1", "-kposition_ms=1"][..],
            "exactly one of",
        ),
        (&["play", "-kplayer=record"], "there are: radio, tape"),
    ] {
        let procedure = format!("org.deskconn.media.{}", arguments[0]);
        let call = [&["call", procedure.as_str()], &arguments[1..]].concat();
        let refused = daemon.cli(&call).await;
        assert!(refused.failure(1).contains(said), "{refused:?}");
    }
}

#[tokio::test]
async fn a_picture_of_what_is_played_is_given_and_no_other_file() {
    let (daemon, _desktop, owner) = with_players().await;
    let picture = b"\x89PNG\r\n\x1a\nof a record";
    let cover = daemon.home().path().join("cover");
    std::fs::write(&cover, picture).expect("a file");
    let art = owner.call(uris::MEDIA_ART).await.expect("a picture");
    let Art { mime, bytes } = art.kwargs().expect("a picture");
    assert_eq!((mime, bytes.0.as_slice()), (Picture::Png, &picture[..]));

    std::fs::write(&cover, "root:x:0:0").expect("a file");
    let tape = OfPlayer {
        player: Some("tape".to_owned()),
    };
    for player in [OfPlayer::default(), tape] {
        let refused = owner.call(uris::MEDIA_ART).kwargs(player).await;
        let refused = refused.expect_err("no picture").to_string();
        assert!(refused.contains(uris::ERROR_NOT_FOUND), "{refused}");
    }
}

#[tokio::test]
async fn everybody_is_told_when_the_music_changes() {
    let (_daemon, desktop, owner) = with_players().await;
    let mut changes = events(&owner, uris::MEDIA_ON_CHANGE).await;
    // The path is that of the last player, which is the radio.
    desktop.happen(
        r#"["update", "/org/mpris/MediaPlayer2", "org.mpris.MediaPlayer2.Player", {"PlaybackStatus": "Stopped"}]"#,
    );
    let media: Media = expect(&mut changes, |media: &Media| {
        media
            .players
            .iter()
            .any(|player| player.state == Playback::Stopped)
    })
    .await;
    assert_eq!(media.players[0].id, "tape");
}

#[tokio::test]
async fn the_volume_is_set_and_told_by_whomever() {
    let (daemon, _sound, server, owner) = with_sound().await;
    let mut changes = events(&owner, uris::VOLUME_ON_CHANGE).await;
    for (arguments, expected) in [
        (&["set", "-kpercent=40"][..], (40, false, Some(false))),
        (&["step", "-kby=-15"], (25, false, Some(false))),
        (&["step", "-kby=-90"], (0, false, Some(false))),
        (&["set", "-kpercent=70"], (70, false, Some(false))),
        (&["mute", "-kmuted=true"], (70, true, Some(false))),
        (&["mute"], (70, false, Some(false))),
        (&["mute_microphone"], (70, false, Some(true))),
    ] {
        let procedure = format!("org.deskconn.volume.{}", arguments[0]);
        let call = [&["call", procedure.as_str(), "--json"], &arguments[1..]].concat();
        let said = daemon.cli(&call).await;
        let volume: Volume = serde_json::from_str(said.success()).expect("a status");
        let now = (volume.percent, volume.muted, volume.microphone_muted);
        assert_eq!(now, expected, "{arguments:?}");
    }
    let mut pactl = Command::new("pactl");
    pactl.env("PULSE_SERVER", &server);
    let set = pactl
        .args(["set-sink-volume", "@DEFAULT_SINK@", "55%"])
        .status();
    assert!(set.expect("pactl runs").success());
    expect(&mut changes, |volume: &Volume| volume.percent == 55).await;
}

#[tokio::test]
async fn without_a_desktop_both_say_what_is_missing() {
    let home = TempHome::new();
    home.configure(CONFIG);
    let mut command = Command::new(deskconnd());
    command
        .args(["--listen", "127.0.0.1:0"])
        .env_remove("PULSE_SERVER")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    let daemon = Daemon::start_as(command, home).await;
    let owner = daemon.owner().await;
    for (status, act, arguments, reason) in [
        (
            uris::MEDIA_STATUS,
            uris::MEDIA_PLAY,
            json!({}),
            "there is no desktop session",
        ),
        (
            uris::VOLUME_STATUS,
            uris::VOLUME_SET,
            json!({"percent": 5}),
            "no sound server runs here",
        ),
    ] {
        let status: serde_json::Value = call(&owner, status).await;
        assert_eq!(status["available"], false);
        let said = status["reason"].as_str().expect("a reason");
        assert!(said.starts_with(reason), "{said}");
        let refused = owner.call(act).kwargs(arguments).await;
        let refused = refused.expect_err("nothing to set").to_string();
        assert!(refused.contains(reason), "{refused}");
    }
}
