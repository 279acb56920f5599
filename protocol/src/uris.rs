//! Every `org.deskconn.*` name, one constant each (protocol §6).

/// Declares the constants and lists them all in [`ALL`].
macro_rules! uris {
    ($($(#[$doc:meta])+ $name:ident = $uri:literal;)+) => {
        $($(#[$doc])+ pub const $name: &str = $uri;)+

        /// Every procedure, topic and error declared here.
        pub const ALL: &[&str] = &[$($name),+];
    };
}

/// The realm of paired devices, components and the owner.
pub const REALM: &str = "deskconn";
/// The realm anyone may enter, in which only pairing is possible.
pub const REALM_PAIRING: &str = "deskconn.pairing";

/// What every procedure and topic of the slides component begins with.
pub const SLIDES_PREFIX: &str = "org.deskconn.slides.";

/// What stands in a URI where the owner gives names, as to lines of GPIO.
const NAME: &str = "NAME";

/// The URI `pattern` for the thing called `name`, which takes the place of the word `NAME`.
pub fn of_name(pattern: &str, name: &str) -> String {
    let words = pattern.split('.');
    let words = words.map(|word| if word == NAME { name } else { word });
    words.collect::<Vec<_>>().join(".")
}

uris! {
    /// Begins a pairing; realm `deskconn.pairing`.
    PAIRING_BEGIN = "org.deskconn.pairing.begin";
    /// Confirms a pairing; realm `deskconn.pairing`.
    PAIRING_CONFIRM = "org.deskconn.pairing.confirm";
    /// Opens a pairing window and tells what happens in it; owner only.
    PAIRING_OPEN = "org.deskconn.pairing.open";

    /// Says whether a device that knows the code gets in, if the window asks; owner only.
    PAIRING_ANSWER = "org.deskconn.pairing.answer";

    /// Removes the device that calls; every paired device may.
    PAIRING_LEAVE = "org.deskconn.pairing.leave";

    /// How the daemon is doing.
    DAEMON_STATUS = "org.deskconn.daemon.status";
    /// The paired devices; owner only.
    DAEMON_DEVICES = "org.deskconn.daemon.devices";
    /// Removes a paired device and ends its sessions; owner only.
    DAEMON_UNPAIR = "org.deskconn.daemon.unpair";
    /// The device that calls, as the owner sees it; every paired device may.
    DAEMON_ME = "org.deskconn.daemon.me";
    /// What the device that is told may do, or for how long, has changed; no other device is told.
    DAEMON_ON_ME_CHANGED = "org.deskconn.daemon.on_me_changed";
    /// Lets a WAMP client in that can not pair; owner only.
    DAEMON_ADD_DEVICE = "org.deskconn.daemon.add_device";
    /// Ties a certificate to a device, or takes it away; owner only.
    DAEMON_SET_CERTIFICATE = "org.deskconn.daemon.set_certificate";
    /// Lets a device do more; owner only.
    DAEMON_GRANT = "org.deskconn.daemon.grant";
    /// Lets a device do less, at once; owner only.
    DAEMON_REVOKE = "org.deskconn.daemon.revoke";
    /// Who did what; owner only.
    DAEMON_LOG = "org.deskconn.daemon.log";
    /// The components and their state; owner only.
    DAEMON_COMPONENTS = "org.deskconn.daemon.components";
    /// What the process of a component has written; owner only.
    DAEMON_COMPONENT_LOGS = "org.deskconn.daemon.component_logs";
    /// Starts a component anew; owner only.
    DAEMON_COMPONENT_RESTART = "org.deskconn.daemon.component_restart";
    /// Starts a component, now and whenever the daemon starts; owner only.
    DAEMON_COMPONENT_ENABLE = "org.deskconn.daemon.component_enable";
    /// Stops a component for good; owner only.
    DAEMON_COMPONENT_DISABLE = "org.deskconn.daemon.component_disable";
    /// A component in a process of its own says how it is doing.
    DAEMON_COMPONENT_REPORT = "org.deskconn.daemon.component_report";
    /// What the caller may call and subscribe to, with what it takes and gives.
    DAEMON_API = "org.deskconn.daemon.api";
    /// What the router has counted; owner only.
    DAEMON_METRICS = "org.deskconn.daemon.metrics";
    /// Stops the daemon; owner only.
    DAEMON_SHUTDOWN = "org.deskconn.daemon.shutdown";
    /// A device was paired.
    DAEMON_ON_DEVICE_PAIRED = "org.deskconn.daemon.on_device_paired";
    /// What a device may do, or for how long, has changed.
    DAEMON_ON_DEVICE_CHANGED = "org.deskconn.daemon.on_device_changed";
    /// Somebody did something, or was not allowed to.
    DAEMON_ON_LOG = "org.deskconn.daemon.on_log";
    /// A device was removed.
    DAEMON_ON_DEVICE_REMOVED = "org.deskconn.daemon.on_device_removed";

    /// How the computer itself is doing.
    HOST_STATUS = "org.deskconn.host.status";
    /// Its battery is fuller or emptier, or was plugged in.
    HOST_ON_BATTERY = "org.deskconn.host.on_battery";

    /// The media players and what they play.
    MEDIA_STATUS = "org.deskconn.media.status";
    /// Has a player play.
    MEDIA_PLAY = "org.deskconn.media.play";
    /// Has it pause.
    MEDIA_PAUSE = "org.deskconn.media.pause";
    /// Has it play or pause.
    MEDIA_PLAY_PAUSE = "org.deskconn.media.play_pause";
    /// Goes to the next track.
    MEDIA_NEXT = "org.deskconn.media.next";
    /// Goes to the previous track.
    MEDIA_PREVIOUS = "org.deskconn.media.previous";
    /// Has it stop.
    MEDIA_STOP = "org.deskconn.media.stop";
    /// Goes to another place in the track.
    MEDIA_SEEK = "org.deskconn.media.seek";
    /// The picture of what a player plays.
    MEDIA_ART = "org.deskconn.media.art";
    /// Players have come, gone, or play something else.
    MEDIA_ON_CHANGE = "org.deskconn.media.on_change";

    /// Whether notifications can be shown.
    NOTIFY_STATUS = "org.deskconn.notify.status";
    /// Shows one.
    NOTIFY_SHOW = "org.deskconn.notify.show";
    /// Puts one away.
    NOTIFY_CLOSE = "org.deskconn.notify.close";
    /// Somebody at the desk has answered one; only the device that has shown it is told.
    NOTIFY_ON_ACTION = "org.deskconn.notify.on_action";
    /// One is not shown any more; only the device that has shown it is told.
    NOTIFY_ON_CLOSED = "org.deskconn.notify.on_closed";

    /// Whether web addresses can be opened.
    OPEN_STATUS = "org.deskconn.open.status";
    /// Opens one.
    OPEN_URL = "org.deskconn.open.url";

    /// How bright the screens are.
    SCREEN_BRIGHTNESS_STATUS = "org.deskconn.screen.brightness.status";
    /// Sets how bright they are.
    SCREEN_BRIGHTNESS_SET = "org.deskconn.screen.brightness.set";
    /// Makes them brighter or darker.
    SCREEN_BRIGHTNESS_STEP = "org.deskconn.screen.brightness.step";
    /// Makes them brighter for a while.
    SCREEN_BRIGHTNESS_BOOST = "org.deskconn.screen.brightness.boost";
    /// Ends that.
    SCREEN_BRIGHTNESS_RESTORE = "org.deskconn.screen.brightness.restore";
    /// The brightness has changed.
    SCREEN_BRIGHTNESS_ON_CHANGE = "org.deskconn.screen.brightness.on_change";
    /// Whether the screen is locked.
    SCREEN_LOCK_STATUS = "org.deskconn.screen.lock.status";
    /// Locks it.
    SCREEN_LOCK_LOCK = "org.deskconn.screen.lock.lock";
    /// It was locked or unlocked.
    SCREEN_LOCK_ON_CHANGE = "org.deskconn.screen.lock.on_change";
    /// Unlocks it.
    SCREEN_UNLOCK_UNLOCK = "org.deskconn.screen.unlock.unlock";
    /// Takes a picture of the screen.
    SCREEN_SCREENSHOT_TAKE = "org.deskconn.screen.screenshot.take";
    /// Whether somebody keeps the screen awake.
    SCREEN_AWAKE_STATUS = "org.deskconn.screen.awake.status";
    /// Keeps it awake.
    SCREEN_AWAKE_KEEP = "org.deskconn.screen.awake.keep";
    /// Lets it sleep again.
    SCREEN_AWAKE_RELEASE = "org.deskconn.screen.awake.release";
    /// Somebody keeps it awake, or nobody does any more.
    SCREEN_AWAKE_ON_CHANGE = "org.deskconn.screen.awake.on_change";

    /// Shows the next slide.
    SLIDES_NEXT = "org.deskconn.slides.next";
    /// Shows the previous slide.
    SLIDES_PREVIOUS = "org.deskconn.slides.previous";
    /// Shows the first slide.
    SLIDES_FIRST = "org.deskconn.slides.first";
    /// Shows the last slide.
    SLIDES_LAST = "org.deskconn.slides.last";
    /// Starts the presentation at its first slide.
    SLIDES_START = "org.deskconn.slides.start";
    /// Starts the presentation at the current slide.
    SLIDES_START_CURRENT = "org.deskconn.slides.start_current";
    /// Ends the presentation.
    SLIDES_STOP = "org.deskconn.slides.stop";
    /// Makes the screen black, or shows the slide again.
    SLIDES_BLACK = "org.deskconn.slides.black";
    /// Makes the screen white, or shows the slide again.
    SLIDES_WHITE = "org.deskconn.slides.white";
    /// Whether slides can be turned, and how.
    SLIDES_STATUS = "org.deskconn.slides.status";
    /// The programs whose keys are known.
    SLIDES_PROFILES = "org.deskconn.slides.profiles";
    /// Chooses the program whose keys are pressed.
    SLIDES_SET_PROFILE = "org.deskconn.slides.set_profile";
    /// Lets the presenters' timer run.
    SLIDES_TIMER_START = "org.deskconn.slides.timer.start";
    /// Lets it stand.
    SLIDES_TIMER_PAUSE = "org.deskconn.slides.timer.pause";
    /// Sets it back to nothing.
    SLIDES_TIMER_RESET = "org.deskconn.slides.timer.reset";
    /// Notes the time it shows.
    SLIDES_TIMER_MARK = "org.deskconn.slides.timer.mark";
    /// What it shows.
    SLIDES_TIMER_STATUS = "org.deskconn.slides.timer.status";
    /// Somebody has done something to it.
    SLIDES_TIMER_ON_CHANGE = "org.deskconn.slides.timer.on_change";
    /// Somebody turned a slide.
    SLIDES_ON_ACTION = "org.deskconn.slides.on_action";

    /// How loud it is.
    VOLUME_STATUS = "org.deskconn.volume.status";
    /// Sets how loud it is.
    VOLUME_SET = "org.deskconn.volume.set";
    /// Makes it louder or quieter.
    VOLUME_STEP = "org.deskconn.volume.step";
    /// Mutes it, or not.
    VOLUME_MUTE = "org.deskconn.volume.mute";
    /// Mutes the microphone, or not.
    VOLUME_MUTE_MICROPHONE = "org.deskconn.volume.mute_microphone";
    /// It is louder, quieter or muted.
    VOLUME_ON_CHANGE = "org.deskconn.volume.on_change";

    /// The program in use has no key for it.
    SLIDES_ERROR_NO_KEY = "org.deskconn.slides.error.no_key";

    /// The lines that have names.
    GPIO_LIST = "org.deskconn.gpio.list";
    /// The chips and lines of this computer; owner only.
    GPIO_CHIPS = "org.deskconn.gpio.chips";
    /// How a line is doing.
    GPIO_STATUS = "org.deskconn.gpio.NAME.status";
    /// Whether a line is on.
    GPIO_READ = "org.deskconn.gpio.NAME.read";
    /// Switches an output on or off.
    GPIO_WRITE = "org.deskconn.gpio.NAME.write";
    /// Switches an output on if it is off, and off if it is on.
    GPIO_TOGGLE = "org.deskconn.gpio.NAME.toggle";
    /// Switches an output on or off for a while.
    GPIO_PULSE = "org.deskconn.gpio.NAME.pulse";
    /// Switches an output on and off, slowly.
    GPIO_BLINK = "org.deskconn.gpio.NAME.blink";
    /// Switches an output on for a part of each period.
    GPIO_PWM = "org.deskconn.gpio.NAME.pwm";
    /// Ends what is under way.
    GPIO_STOP = "org.deskconn.gpio.NAME.stop";
    /// When an output is on by itself.
    GPIO_SCHEDULE = "org.deskconn.gpio.NAME.schedule";
    /// Says when an output is on by itself.
    GPIO_SET_SCHEDULE = "org.deskconn.gpio.NAME.set_schedule";
    /// A line has changed.
    GPIO_ON_CHANGE = "org.deskconn.gpio.NAME.on_change";

    /// The commands that have names.
    RUN_LIST = "org.deskconn.run.list";
    /// How a command is doing.
    RUN_STATUS = "org.deskconn.run.NAME.status";
    /// Starts a command, and gives what it writes in parts.
    RUN_START = "org.deskconn.run.NAME.start";
    /// Ends a command wherever it was started.
    RUN_STOP = "org.deskconn.run.NAME.stop";
    /// A command was started, or has ended.
    RUN_ON_CHANGE = "org.deskconn.run.NAME.on_change";

    /// Whether there are a pointer and a keyboard.
    INPUT_STATUS = "org.deskconn.input.status";
    /// Moves the pointer.
    INPUT_MOVE = "org.deskconn.input.move";
    /// Turns the wheel.
    INPUT_SCROLL = "org.deskconn.input.scroll";
    /// Presses a button of the pointer.
    INPUT_BUTTON = "org.deskconn.input.button";
    /// Presses a key.
    INPUT_KEY = "org.deskconn.input.key";
    /// Types text.
    INPUT_TYPE = "org.deskconn.input.type";
    /// Does what a gesture on a touchpad does.
    INPUT_GESTURE = "org.deskconn.input.gesture";

    /// The device knew the secret, and was not let in.
    PAIRING_ERROR_DECLINED = "org.deskconn.pairing.error.declined";
    /// No pairing window is open, or none for this method.
    PAIRING_ERROR_NOT_PAIRING = "org.deskconn.pairing.error.not_pairing";
    /// Too many exchanges are under way.
    PAIRING_ERROR_BUSY = "org.deskconn.pairing.error.busy";
    /// The confirmation tag is wrong.
    PAIRING_ERROR_BAD_CODE = "org.deskconn.pairing.error.bad_code";
    /// The exchange took too long, or is unknown.
    PAIRING_ERROR_EXPIRED = "org.deskconn.pairing.error.expired";
    /// No common version.
    PAIRING_ERROR_VERSION = "org.deskconn.pairing.error.version";
    /// A field is missing, too long or not what it should be.
    PAIRING_ERROR_MALFORMED = "org.deskconn.pairing.error.malformed";

    /// What is needed for it is not there, for now or on this machine.
    ERROR_UNAVAILABLE = "org.deskconn.error.unavailable";
    /// The caller may not do it.
    ERROR_DENIED = "org.deskconn.error.denied";
    /// There is no such device, component or profile.
    ERROR_NOT_FOUND = "org.deskconn.error.not_found";
    /// An argument is missing or not what it should be.
    ERROR_INVALID_ARGUMENT = "org.deskconn.error.invalid_argument";
    /// Too many calls in too short a time.
    ERROR_RATE_LIMITED = "org.deskconn.error.rate_limited";
    /// It was tried and went wrong.
    ERROR_FAILED = "org.deskconn.error.failed";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{ALL, NAME, SLIDES_NEXT, of_name};

    #[test]
    fn names_are_lower_case_words_with_dots_and_none_is_twice() {
        for uri in ALL {
            let words = uri.split('.').collect::<Vec<_>>();
            assert_eq!(words[..2], ["org", "deskconn"], "{uri}");
            let is_word = |word: &&str| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            };
            assert!(
                words.iter().all(|word| is_word(word) || *word == NAME),
                "{uri}"
            );
        }
        assert_eq!(ALL.iter().collect::<HashSet<_>>().len(), ALL.len());
    }

    #[test]
    fn a_name_takes_the_place_of_its_word() {
        let pattern = "org.deskconn.NAMES.NAME.read";
        assert_eq!(of_name(pattern, "pump"), "org.deskconn.NAMES.pump.read");
        assert_eq!(of_name(SLIDES_NEXT, "pump"), SLIDES_NEXT);
    }
}
