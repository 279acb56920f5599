//! Roles: what their members may do.

use super::config::Role;
use std::collections::HashMap;
use std::sync::Arc;
use wamp_proto::options::Text;
use wamp_router::Permissions;

/// The roles of one realm.
#[derive(Debug, Default)]
pub(super) struct Roles(HashMap<Text, Arc<Permissions>>);

impl Roles {
    /// As the configuration has them.
    pub(super) fn new(roles: &[Role]) -> Self {
        let permissions = |role: &Role| {
            let rules = role.allow.iter().map(|entry| entry.rule());
            let name = role.name.get_ref().as_str();
            (name.into(), Arc::new(Permissions::new(rules)))
        };
        Self(roles.iter().map(permissions).collect())
    }

    /// Every role.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &Arc<Permissions>)> {
        self.0.iter()
    }

    /// What members of the role may do, if there is such a role.
    pub(super) fn permissions(&self, role: &str) -> Option<&Arc<Permissions>> {
        self.0.get(role)
    }
}
