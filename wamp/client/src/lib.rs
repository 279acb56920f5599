//! A WAMP client: call, register, publish, subscribe.
