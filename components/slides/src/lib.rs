//! Flips slides: presentation keys through a virtual keyboard.
