//! Roles: what their members may do.

use super::authorizer::Authorizer;
use super::config;
use std::collections::HashMap;
use std::sync::Arc;
use wamp_proto::options::Text;
use wamp_router::Permissions;

/// The roles of one realm.
#[derive(Debug, Default)]
pub(super) struct Roles(HashMap<Text, Role>);

#[derive(Debug)]
struct Role {
    permissions: Arc<Permissions>,
    /// Who decides what no rule speaks of.
    authorizer: Option<Authorizer>,
}

impl Roles {
    /// As the configuration has them.
    pub(super) fn new(roles: &[config::Role]) -> Self {
        let named = |role: &config::Role| {
            let name = role.name.get_ref().as_str();
            (name.into(), Role::new(role))
        };
        Self(roles.iter().map(named).collect())
    }

    /// Every role and what its members may do.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &Arc<Permissions>)> {
        self.0.iter().map(|(name, role)| (name, &role.permissions))
    }

    /// What members of the role may do, if there is such a role.
    pub(super) fn permissions(&self, role: &str) -> Option<&Arc<Permissions>> {
        self.0.get(role).map(|role| &role.permissions)
    }

    /// Who decides what no rule of the role speaks of.
    pub(super) fn authorizer(&self, role: &str) -> Option<&Authorizer> {
        self.0.get(role)?.authorizer.as_ref()
    }
}

impl Role {
    fn new(role: &config::Role) -> Self {
        let permissions = Permissions::new(role.allow.iter().map(config::RuleEntry::rule));
        let authorizer = role.authorizer.as_ref();
        let permissions = match authorizer {
            Some(_) => permissions.asking(),
            None => permissions,
        };
        Self {
            permissions: Arc::new(permissions),
            authorizer: authorizer.map(|procedure| Authorizer::new(procedure.get_ref().clone())),
        }
    }
}
