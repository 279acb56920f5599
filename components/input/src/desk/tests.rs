//! What a desk does to its devices.

use super::*;
use crate::Layouts;
use crate::fake::FakeDevice;

fn desk() -> (Desk<FakeDevice>, FakeDevice) {
    let device = FakeDevice::default();
    (Desk::new(device.clone()), device)
}

fn session(id: u64) -> SessionId {
    SessionId::new(id).expect("an id")
}

fn press(action: ButtonAction) -> PressButton {
    PressButton {
        button: Button::Left,
        action,
    }
}

fn key(key: &str, modifiers: &[Modifier]) -> PressKey {
    PressKey {
        key: key.to_owned(),
        modifiers: modifiers.to_vec(),
    }
}

#[test]
fn the_pointer_moves_scrolls_and_clicks() {
    let (mut desk, device) = desk();
    let now = Instant::now();
    desk.r#move(Move { dx: 3, dy: -4 }, now).expect("done");
    desk.scroll(Scroll { dx: 0.0, dy: 0.5 }, now).expect("done");
    desk.button(press(ButtonAction::Click), session(1), now)
        .expect("done");
    desk.gesture(Gesture::ZoomIn, now).expect("done");
    desk.gesture(Gesture::Back, now).expect("done");
    assert_eq!(
        device.reports(),
        [
            "move 3 -4",
            "scroll 0 60",
            "+BTN_LEFT",
            "-BTN_LEFT",
            "+LEFTCTRL",
            "scroll 0 -120",
            "-LEFTCTRL",
            "+BTN_SIDE",
            "-BTN_SIDE"
        ]
    );
}

#[test]
fn a_button_is_its_sessions_until_that_leaves() {
    let (mut desk, device) = desk();
    let now = Instant::now();
    let (ana, bob) = (session(1), session(2));
    desk.button(press(ButtonAction::Press), ana, now)
        .expect("done");
    let refused = desk.button(press(ButtonAction::Release), bob, now);
    assert!(matches!(refused, Err(Refusal::HeldByAnother)));
    desk.left(bob);
    assert_eq!(device.reports(), ["+BTN_LEFT"]);
    desk.left(ana);
    assert_eq!(device.reports(), ["-BTN_LEFT"]);
    desk.button(press(ButtonAction::Release), bob, now)
        .expect("nothing to do");
    desk.button(press(ButtonAction::Press), bob, now)
        .expect("done");
    drop(desk);
    assert_eq!(device.reports(), ["+BTN_LEFT", "-BTN_LEFT"]);
}

#[test]
fn keys_go_down_in_order_and_up_the_other_way_round() {
    let (mut desk, device) = desk();
    let now = Instant::now();
    let modifiers = [Modifier::Shift, Modifier::Ctrl, Modifier::Shift];
    desk.key(&key("t", &modifiers), now).expect("done");
    assert_eq!(
        device.reports(),
        ["+LEFTCTRL +LEFTSHIFT +T", "-T -LEFTSHIFT -LEFTCTRL"]
    );
    let refused = desk.key(&key("power", &[]), now).expect_err("refused");
    assert_eq!(refused.to_string(), "there is no key `power`");
    assert_eq!(device.reports(), [""; 0]);
}

#[test]
fn text_is_typed_for_the_layout_or_not_at_all() {
    let (mut desk, device) = desk();
    let now = Instant::now();
    let layouts = Layouts::builtin();
    let german = layouts.get("de").expect("a layout");
    let strokes = desk.text("Z@", german, "de", now).expect("typed");
    for stroke in strokes {
        desk.stroke(stroke).expect("done");
    }
    assert_eq!(
        device.reports(),
        [
            "+LEFTSHIFT +Y",
            "-Y -LEFTSHIFT",
            "+RIGHTALT +Q",
            "-Q -RIGHTALT"
        ]
    );
    let refused = desk.text("naïve ☂", german, "de", now);
    assert_eq!(
        refused.expect_err("refused").to_string(),
        "the layout `de` has no key for `ï`, `☂`"
    );
}

#[test]
fn more_than_hands_can_do_is_refused() {
    let (mut desk, device) = desk();
    let now = Instant::now();
    let mut presses = (0..60).map(|_| desk.key(&key("a", &[]), now).is_ok());
    assert_eq!(presses.by_ref().filter(|done| *done).count(), 50);
    assert_eq!(device.reports().len(), 100);
    let mut moves = (0..300).map(|_| desk.r#move(Move { dx: 1, dy: 0 }, now).is_ok());
    assert_eq!(moves.by_ref().filter(|done| *done).count(), 250);
}

#[test]
fn devices_that_are_gone_are_reported() {
    let (mut desk, device) = desk();
    device.unplug();
    let refused = desk.key(&key("a", &[]), Instant::now());
    assert!(matches!(refused, Err(Refusal::Device(_))));
}

#[test]
fn a_keyboard_that_knows_its_keys_writes_part_by_part() {
    let device = FakeDevice::that_writes();
    let mut desk = Desk::new(device.clone());
    assert!(desk.writes());
    let refused = desk.begin("a☂b☂", Instant::now());
    assert_eq!(
        refused.expect_err("refused").to_string(),
        "no key gives `☂`"
    );
    desk.begin("çab", Instant::now()).expect("writable");
    let ready = desk.prepare("çab").expect("ready");
    assert_eq!(ready.length, 3);
    for character in "ça".chars() {
        desk.write(character).expect("written");
    }
    desk.finish().expect("finished");
    assert_eq!(device.reports(), ["ready for 3", "ç", "a", "finished"]);
    let refused = desk.prepare("");
    assert!(matches!(refused, Err(Refusal::NotWritable(_))));
}
