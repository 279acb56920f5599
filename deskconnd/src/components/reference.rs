//! What there is to call and to subscribe to, made of the manifests, for who may see it.

use super::registry::{TABLE, named};
use deskconn_component::Manifest;
use deskconn_protocol::api::reference::{Component, Grant, Procedure, Reference, Topic};
use deskconn_protocol::grants::{self, Catalogue};
use deskconn_protocol::uris;
use std::sync::Arc;
use wamp_router::{Actions, Permissions};

/// What somebody may see.
#[derive(Debug)]
pub(super) struct Sight {
    /// What they may do; `None` if everything.
    permissions: Option<Arc<Permissions>>,
    /// What may stand in the place of the word `NAME` in a URI.
    names: Vec<String>,
}

impl Sight {
    /// Of the owner.
    pub(super) const fn everything() -> Self {
        Self {
            permissions: None,
            names: Vec::new(),
        }
    }

    /// Of somebody who may do that.
    pub(super) const fn within(permissions: Arc<Permissions>) -> Self {
        Self {
            permissions: Some(permissions),
            names: Vec::new(),
        }
    }

    /// Of a device that may do that by these grants.
    pub(super) fn of(permissions: Permissions, grants: &[grants::Grant]) -> Self {
        let names = grants.iter().filter_map(grants::Grant::argument);
        Self {
            permissions: Some(Arc::new(permissions)),
            names: names.map(str::to_owned).collect(),
        }
    }

    fn reaches(&self, action: Actions, uri: &str) -> bool {
        let Some(permissions) = &self.permissions else {
            return true;
        };
        let may = |uri: &str| permissions.check(action, uri).is_some();
        let mut named = self.names.iter().map(|name| uris::of_name(uri, name));
        may(uri) || named.any(|uri| may(&uri))
    }
}

/// What `sight` reaches of the components, or of the one called `name`, or of what begins with `name`.
pub(super) fn reference(sight: &Sight, name: Option<&str>) -> Reference {
    let built = TABLE.iter().filter_map(|row| row.built);
    let components = built.map(|built| (built.manifest)());
    let components = components.filter_map(|manifest| describe(&manifest, sight, name));
    Reference {
        components: components.collect(),
    }
}

/// A component, if something of it is left.
fn describe(manifest: &Manifest, sight: &Sight, name: Option<&str>) -> Option<Component> {
    let is_wanted =
        |uri: &str| name.is_none_or(|name| name == manifest.name || uri.starts_with(name));
    let procedures = manifest.procedures.iter().filter(|procedure| {
        is_wanted(procedure.uri) && sight.reaches(Actions::CALL, procedure.uri)
    });
    let procedures = procedures.map(|procedure| Procedure {
        uri: procedure.uri.to_owned(),
        summary: procedure.summary.to_owned(),
        arguments: procedure.arguments.schema(),
        result: procedure.result.schema(),
        progress: procedure.progress.map(|part| part.schema()),
    });
    let topics = manifest
        .topics
        .iter()
        .filter(|topic| is_wanted(topic.uri) && sight.reaches(Actions::SUBSCRIBE, topic.uri));
    let topics = topics.map(|topic| Topic {
        uri: topic.uri.to_owned(),
        summary: topic.summary.to_owned(),
        payload: topic.payload.schema(),
    });
    let component = Component {
        name: manifest.name.to_owned(),
        summary: manifest.summary.to_owned(),
        needs: manifest.needs.to_owned(),
        grants: manifest
            .grants
            .iter()
            .filter_map(|name| grant(name))
            .collect(),
        procedures: procedures.collect(),
        topics: topics.collect(),
    };
    let is_empty = component.procedures.is_empty() && component.topics.is_empty();
    (!is_empty).then_some(component)
}

/// What is said of a grant of a manifest.
fn grant(name: &str) -> Option<Grant> {
    let catalogue = Catalogue::default();
    let grant = catalogue.check(&named(name)).ok()?;
    Some(Grant {
        name: name.to_owned(),
        summary: grant.summary()?.to_owned(),
        for_web: catalogue.is_for_web(&grant),
        default: grant.is_default(),
    })
}
