//! What the component says about itself.

use deskconn_component::{Manifest, Procedure, Topic};
use deskconn_protocol::api::screen::{
    Awake, Boost, Brightness, KeepAwake, Lease, Lock, LockResult, Picture, PicturePart,
    SetBrightness, StepBrightness, UnlockResult,
};
use deskconn_protocol::uris;

pub(crate) const MANIFEST: Manifest = Manifest {
    name: "screen",
    summary: "Sets the screen's brightness, locks it, keeps it awake, and takes pictures of it.",
    grants: &[
        "screen.awake",
        "screen.brightness",
        "screen.lock",
        "screen.screenshot",
        "screen.unlock",
    ],
    procedures: &[
        Procedure::of::<(), Brightness>(
            uris::SCREEN_BRIGHTNESS_STATUS,
            "Say how bright the screens are.",
        ),
        Procedure::of::<SetBrightness, Brightness>(
            uris::SCREEN_BRIGHTNESS_SET,
            "Set the brightness, at once or slowly.",
        ),
        Procedure::of::<StepBrightness, Brightness>(
            uris::SCREEN_BRIGHTNESS_STEP,
            "Make the screens brighter or darker.",
        ),
        Procedure::of::<Boost, Lease>(
            uris::SCREEN_BRIGHTNESS_BOOST,
            "Make the screens brighter until the session restores them or ends.",
        ),
        Procedure::of::<Lease, Brightness>(
            uris::SCREEN_BRIGHTNESS_RESTORE,
            "End a boost: the screens are as before, unless somebody has set them meanwhile.",
        ),
        Procedure::of::<(), Lock>(
            uris::SCREEN_LOCK_STATUS,
            "Say whether the screen is locked, as far as this desktop tells.",
        ),
        Procedure::of::<(), LockResult>(
            uris::SCREEN_LOCK_LOCK,
            "Lock the screen, and wait up to three seconds for the desktop to say that it is.",
        ),
        Procedure::of::<(), UnlockResult>(
            uris::SCREEN_UNLOCK_UNLOCK,
            "Unlock the screen without a password, where the configuration allows it.",
        ),
        Procedure::of::<(), Awake>(
            uris::SCREEN_AWAKE_STATUS,
            "Say whether somebody keeps the screen awake.",
        ),
        Procedure::of::<KeepAwake, Lease>(
            uris::SCREEN_AWAKE_KEEP,
            "Keep the screen awake until the session releases it or ends.",
        ),
        Procedure::of::<Lease, Awake>(
            uris::SCREEN_AWAKE_RELEASE,
            "Let the screen go to sleep again.",
        ),
        Procedure::of::<(), Picture>(
            uris::SCREEN_SCREENSHOT_TAKE,
            "Take a picture of the screen, where the configuration allows it.",
        )
        .in_parts::<PicturePart>(),
    ],
    topics: &[
        Topic::of::<Brightness>(
            uris::SCREEN_BRIGHTNESS_ON_CHANGE,
            "The brightness has changed, by whomever.",
        ),
        Topic::of::<Lock>(
            uris::SCREEN_LOCK_ON_CHANGE,
            "The screen was locked or unlocked, by whomever.",
        ),
        Topic::of::<Awake>(
            uris::SCREEN_AWAKE_ON_CHANGE,
            "Somebody keeps the screen awake, or nobody does any more.",
        ),
    ],
    needs: "a backlight or KDE Plasma for brightness; logind or a screen saver on D-Bus for the rest, and the desktop's portal for pictures",
};
