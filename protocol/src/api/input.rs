//! `org.deskconn.input.*`: the pointer and the keyboard of this computer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `org.deskconn.input.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Whether there are a pointer and a keyboard.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The way to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
    /// The ways that were tried before.
    #[serde(default)]
    pub not_used: Vec<NotUsed>,
    /// The layout that text is typed for, where that has to be known.
    pub layout: String,
    /// The layouts there are.
    pub layouts: Vec<String>,
    /// The names of the keys that `key` takes.
    pub keys: Vec<String>,
}

/// A way to the pointer and the keyboard of this computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// Devices of the kernel, which everything takes for real ones.
    Uinput,
    /// The desktop's portal, which asks whoever sits there once.
    Portal,
    /// XTEST of the X server, for what is on its screens.
    X11,
}

/// A way that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotUsed {
    /// Which.
    pub backend: Backend,
    /// Why not.
    pub reason: String,
}

/// Arguments of `org.deskconn.input.move`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Move {
    /// How far to the right, in the pointer's own units.
    #[serde(default)]
    #[schemars(range(min = -4096, max = 4096))]
    pub dx: i32,
    /// How far down.
    #[serde(default)]
    #[schemars(range(min = -4096, max = 4096))]
    pub dy: i32,
}

/// Arguments of `org.deskconn.input.scroll`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scroll {
    /// How far to the right, in steps of a wheel; parts of a step are allowed.
    #[serde(default)]
    #[schemars(range(min = -50, max = 50))]
    pub dx: f64,
    /// How far down.
    #[serde(default)]
    #[schemars(range(min = -50, max = 50))]
    pub dy: f64,
}

/// A button of the pointer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Button {
    /// The first.
    Left,
    /// The second.
    Right,
    /// The wheel.
    Middle,
}

/// What to do with a button.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ButtonAction {
    /// Press it and let go.
    #[default]
    Click,
    /// Press it and hold it, until it is released or the session ends.
    Press,
    /// Let go.
    Release,
}

/// Arguments of `org.deskconn.input.button`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PressButton {
    /// Which.
    pub button: Button,
    /// What to do with it; a click if not said.
    #[serde(default)]
    pub action: ButtonAction,
}

/// A key that changes what others do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Modifier {
    /// Control.
    Ctrl,
    /// Shift.
    Shift,
    /// Alt.
    Alt,
    /// The key with a logo on it.
    Super,
}

/// Arguments of `org.deskconn.input.key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PressKey {
    /// The key's name, as `status` lists them: its place on a US keyboard.
    pub key: String,
    /// What is held meanwhile.
    #[serde(default)]
    pub modifiers: Vec<Modifier>,
}

/// Arguments of `org.deskconn.input.type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Type {
    /// The text. If the layout has no key for a character, nothing of it is typed.
    #[schemars(length(max = 500))]
    pub text: String,
}

/// What fingers do on a touchpad, as programs understand it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gesture {
    /// Two fingers apart: Control and the wheel.
    ZoomIn,
    /// Two fingers together.
    ZoomOut,
    /// The page before: the pointer's fourth button.
    Back,
    /// The page after: its fifth.
    Forward,
}

/// Arguments of `org.deskconn.input.gesture`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MakeGesture {
    /// Which.
    pub gesture: Gesture,
}
