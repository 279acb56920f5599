//! How the parts of the component do, and the component with them.

use std::collections::BTreeMap;

use deskconn_component::{Health, HealthReporter, Unavailable};
use tokio::sync::watch;

/// What each part lacks, by its name.
type Lacks = BTreeMap<&'static str, Option<Unavailable>>;

/// How all parts do.
#[derive(Debug)]
pub(crate) struct Parts(watch::Receiver<Lacks>);

/// Where one part says how it does.
#[derive(Debug, Clone)]
pub(crate) struct PartHealth {
    part: &'static str,
    lacks: watch::Sender<Lacks>,
}

/// A place to report for each of these parts, which work until they say otherwise, and where it
/// comes out.
pub(crate) fn parts<const N: usize>(names: [&'static str; N]) -> ([PartHealth; N], Parts) {
    let (lacks, all) = watch::channel(Lacks::new());
    let reporters = names.map(|part| PartHealth {
        part,
        lacks: lacks.clone(),
    });
    (reporters, Parts(all))
}

impl PartHealth {
    /// Says what the part lacks, if anything.
    pub(crate) fn report(&self, unavailable: Option<&Unavailable>) {
        self.lacks.send_if_modified(|lacks| {
            let was = lacks.insert(self.part, unavailable.cloned());
            was.as_ref() != Some(&unavailable.cloned())
        });
    }
}

impl Parts {
    /// Tells `health` how they do now: well if one of them works, and what the first lacks if none
    /// does; first of those that miss more than a desktop.
    pub(crate) fn tell(&mut self, health: &HealthReporter) {
        let lacks = self.0.borrow_and_update();
        let works = lacks.is_empty() || lacks.values().any(Option::is_none);
        let first = lacks.values().flatten().min_by_key(|lack| lack.no_desktop);
        let first = first.filter(|_| !works);
        health.report(first.map_or(Health::Running, |unavailable| {
            Health::Unavailable(unavailable.clone())
        }));
    }

    /// Waits for a report; `false` when there will be none any more.
    pub(crate) async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_component_works_as_long_as_one_part_does() {
        let ([a, b], mut parts) = parts(["a", "b"]);
        let (reporter, health) = deskconn_component::health();
        let nothing = Unavailable::new("there is nothing", "buy something");
        let now = |parts: &mut Parts| {
            parts.tell(&reporter);
            health.borrow().clone()
        };
        assert_eq!(now(&mut parts), Health::Running);
        a.report(Some(&nothing));
        b.report(None);
        assert!(parts.changed().await);
        assert_eq!(now(&mut parts), Health::Running);
        b.report(Some(&nothing));
        assert_eq!(now(&mut parts), Health::Unavailable(nothing));
        b.report(None);
        assert_eq!(now(&mut parts), Health::Running);
        drop((a, b));
        assert!(!parts.changed().await);
    }
}
