//! Foreign WAMP clients against our router, and our router beside a foreign one: see `tests/interop` and
//! `docs/interop.md`.

mod clients;
mod desk;
mod document;
mod router;
mod side_by_side;
