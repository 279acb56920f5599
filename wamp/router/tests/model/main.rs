//! Random sessions and messages against a model that is as simple as it gets: lists, searched from
//! one end to the other.
//!
//! After every step, what the realm sent has to be exactly what the model says. So every CALL ends
//! exactly once, answers count only from the callee that was invoked, nothing follows UNSUBSCRIBED or
//! reaches a session that is gone, and order is kept, since each step is compared by itself. In the
//! end everybody leaves, and every table has to be empty.

mod answers;
mod calls;
mod registrations;
mod steps;
mod topics;
mod words;
mod world;

use proptest::prelude::*;
use steps::step;
use world::World;

proptest! {
    #[test]
    fn the_realm_does_what_the_model_says(
        steps in proptest::collection::vec(step(), 1..300),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        world.finish();
    }
}
