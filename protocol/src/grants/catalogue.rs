//! Which grants there are on one computer: those of this version, and those of components it was given.

use super::known::is_own_prefix;
use super::{Action, Grant, Matching, Refused, Rule};

/// The grants that can be given on one computer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    foreign: Vec<Foreign>,
}

/// A component of the configuration: the grant of its name is for what is under its prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Its name.
    pub name: String,
    /// What its procedures and topics begin with, `local.lamp.`.
    pub prefix: String,
    /// Whether a web page may have the grant.
    pub for_web: bool,
}

impl Foreign {
    /// Whether no grant of this version has the name, and nobody else can have the prefix.
    pub fn is_possible(&self) -> bool {
        let unknown = matches!(Grant::known(&self.name), Err(Refused::Unknown { .. }));
        unknown && !self.name.contains(['.', ':']) && is_own_prefix(&self.prefix)
    }
}

impl Catalogue {
    /// The grants of this version, and those for `foreign`, each of which
    /// [is possible](Foreign::is_possible).
    pub const fn new(foreign: Vec<Foreign>) -> Self {
        Self { foreign }
    }

    /// Reads a grant that somebody wants to give.
    ///
    /// # Errors
    ///
    /// If it is not known here, or its argument is not what it should be. What is not known can not be
    /// given: it would come to mean something with a later version, unasked.
    pub fn check(&self, text: &str) -> Result<Grant, Refused> {
        match text.parse() {
            Ok(grant) if self.foreign(&grant).is_some() => Ok(grant),
            _ => Grant::known(text),
        }
    }

    /// What the grant allows. One that is not known here allows nothing.
    pub fn rules(&self, grant: &Grant) -> Vec<Rule> {
        match self.foreign(grant) {
            Some(Foreign { prefix, .. }) => vec![Rule {
                uri: prefix.clone().into(),
                matching: Matching::Prefix,
                allow: &[Action::Call, Action::Subscribe],
            }],
            None => grant.rules(),
        }
    }

    /// Whether a web page may have it without its owner insisting.
    pub fn is_for_web(&self, grant: &Grant) -> bool {
        let foreign = self.foreign(grant);
        foreign.map_or_else(|| grant.is_for_web(), |foreign| foreign.for_web)
    }

    /// Every grant there is, as it is written: `gpio:NAME, host, …`.
    pub fn list(&self) -> String {
        let foreign = self.foreign.iter().map(|foreign| foreign.name.clone());
        let all: Vec<_> = [Grant::list()].into_iter().chain(foreign).collect();
        all.join(", ")
    }

    fn foreign(&self, grant: &Grant) -> Option<&Foreign> {
        let mut foreign = self.foreign.iter();
        foreign.find(|foreign| foreign.name == grant.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Catalogue, Foreign};

    fn foreign(name: &str, prefix: &str) -> Foreign {
        Foreign {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            for_web: false,
        }
    }

    #[test]
    fn a_component_of_the_configuration_has_a_grant_for_its_prefix() {
        let catalogue = Catalogue::new(vec![foreign("lamp", "local.lamp.")]);
        let grant = catalogue.check("lamp").expect("a grant");
        let rules = catalogue.rules(&grant);
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].uri, "local.lamp.");
        assert_eq!(rules[0].allow, [Action::Call, Action::Subscribe]);
        assert!(!catalogue.is_for_web(&grant));
        assert!(catalogue.list().ends_with(", lamp"));
        assert!(catalogue.check("lamp:1").is_err());
        assert!(Catalogue::default().check("lamp").is_err());
        assert_eq!(Catalogue::default().rules(&grant), []);
        assert!(catalogue.check("slides").is_ok());
    }

    #[test]
    fn it_takes_nobody_elses_name_or_prefix() {
        assert!(foreign("lamp", "local.lamp.").is_possible());
        for (name, prefix) in [
            ("slides", "local.slides."),
            ("gpio", "local.gpio."),
            ("status", "local.status."),
            ("Lamp", "local.lamp."),
            ("lamp.two", "local.lamp."),
            ("lamp", "org.deskconn."),
            ("lamp", "org.deskconn.slides."),
            ("lamp", "wamp."),
            ("lamp", "local.lamp"),
            ("lamp", ""),
        ] {
            assert!(!foreign(name, prefix).is_possible(), "{name} {prefix}");
        }
    }
}
