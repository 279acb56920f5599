//! What can be wrong with bridges and webhooks.

use super::{Mistake, Realm, RouterConfig};
use crate::bridge::BridgeSettings;
use std::collections::HashSet;
use toml::Spanned;

/// Finds the first mistake.
pub(super) fn check(config: &RouterConfig) -> Result<(), Mistake> {
    let mut keys = HashSet::new();
    for listener in &config.listeners {
        let mut paths = HashSet::new();
        for bridge in &listener.get_ref().bridges {
            check_bridge(bridge, config)?;
            let settings = bridge.get_ref();
            if !paths.insert(&settings.path) {
                return Err(Mistake::at(bridge, "there is another bridge at that path"));
            }
            // Each bridge remembers what was signed for it; for another, it would be new.
            for key in &settings.keys {
                if !keys.insert(&key.key) {
                    let message = format!("the key `{}` is listed twice", key.key);
                    return Err(Mistake::at(bridge, message));
                }
            }
        }
    }
    for realm in &config.realms {
        for webhook in &realm.webhooks {
            let settings = webhook.get_ref();
            if let Some(mistake) = settings.mistake() {
                return Err(Mistake::at(webhook, mistake));
            }
            check_role(webhook, realm, &settings.role)?;
        }
    }
    Ok(())
}

fn check_bridge(bridge: &Spanned<BridgeSettings>, config: &RouterConfig) -> Result<(), Mistake> {
    let settings = bridge.get_ref();
    if let Some(mistake) = settings.mistake() {
        return Err(Mistake::at(bridge, mistake));
    }
    let mut realms = config.realms.iter();
    match realms.find(|realm| *realm.name.get_ref() == settings.realm) {
        Some(realm) => check_role(bridge, realm, &settings.role),
        None => {
            let message = format!("there is no realm `{}`", settings.realm);
            Err(Mistake::at(bridge, message))
        }
    }
}

fn check_role<T>(place: &Spanned<T>, realm: &Realm, role: &str) -> Result<(), Mistake> {
    if realm.roles.iter().any(|known| known.name.get_ref() == role) {
        return Ok(());
    }
    let message = format!("the realm `{}` has no role `{role}`", realm.name.get_ref());
    Err(Mistake::at(place, message))
}
