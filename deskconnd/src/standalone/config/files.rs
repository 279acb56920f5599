//! What a router's configuration keeps in files of its own, secrets and certificates, and who can read
//! the secrets.

use super::{Mistake, RouterConfig, SigningSeed};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use toml::Spanned;
use wamp_proto::auth::Secret;
use zeroize::Zeroizing;

/// The longest secret in a file, in octets: what is longer was not meant.
const MAX_SECRET: u64 = 4096;

/// Reads every file that holds a secret, named relative to `folder`. One that others can read is warned
/// about. Other files are given their place.
pub(super) fn read(config: &mut RouterConfig, folder: &Path) -> Result<(), Mistake> {
    for listener in &mut config.listeners {
        if let Some(tls) = &mut listener.get_mut().tls {
            tls.resolve(folder)?;
        }
    }
    let warnings = &mut config.warnings;
    for listener in &mut config.listeners {
        let bridges = listener.get_mut().bridges.iter_mut();
        for key in bridges.flat_map(|bridge| &mut bridge.get_mut().keys) {
            if let Some(file) = &key.secret_file {
                key.secret = Some(secret(file, folder, warnings)?);
            }
        }
    }
    for realm in &mut config.realms {
        for webhook in &mut realm.webhooks {
            let webhook = webhook.get_mut();
            if let Some(file) = &webhook.secret_file {
                webhook.secret = Some(secret(file, folder, warnings)?);
            }
        }
        if let Some(file) = &realm.router_key_file {
            let text = secret(file, folder, warnings)?;
            let seed = SigningSeed::parse(text.expose()).ok_or_else(|| {
                Mistake::at(file, "the file does not hold a key, which is 64 hex digits")
            })?;
            realm.router_key = Some(seed);
        }
        if let Some(file) = &mut realm.history_file {
            *file = Spanned::new(file.span(), folder.join(file.get_ref()));
        }
        for user in &mut realm.users {
            if let Some(file) = &user.ticket_file {
                user.ticket = Some(in_place_of(file, secret(file, folder, warnings)?));
            }
            if let Some(signed) = &mut user.wampcra
                && let Some(file) = &signed.secret_file
            {
                signed.secret = Some(in_place_of(file, secret(file, folder, warnings)?));
            }
        }
    }
    Ok(())
}

/// Warns if others can read a configuration that has secrets in it.
pub(super) fn warn_of_readers(path: &Path, config: &mut RouterConfig) {
    let listeners = config.listeners.iter();
    let mut keys = listeners
        .flat_map(|listener| &listener.get_ref().bridges)
        .flat_map(|bridge| &bridge.get_ref().keys);
    let mut webhooks = config.realms.iter().flat_map(|realm| &realm.webhooks);
    let bridges_have = keys.any(|key| key.secret_file.is_none())
        || webhooks.any(|webhook| {
            let webhook = webhook.get_ref();
            webhook.secret.is_some() && webhook.secret_file.is_none()
        });
    let mut users = config.realms.iter().flat_map(|realm| &realm.users);
    let users_have = users.any(|user| {
        let signed = user.wampcra.as_ref();
        user.ticket.is_some() && user.ticket_file.is_none()
            || signed.is_some_and(|signed| signed.secret_file.is_none())
            // Passwords can be tried against a verifier.
            || user.scram.is_some()
            || user.wamp_scram.is_some()
    });
    if (users_have || bridges_have) && is_public(path) {
        config.warnings.push(public(path));
    }
}

fn in_place_of(file: &Spanned<PathBuf>, secret: Secret) -> Spanned<Secret> {
    Spanned::new(file.span(), secret)
}

/// The first line of a file.
fn secret(
    file: &Spanned<PathBuf>,
    folder: &Path,
    warnings: &mut Vec<String>,
) -> Result<Secret, Mistake> {
    let path = folder.join(file.get_ref());
    let failed = |why: &dyn std::fmt::Display| {
        Mistake::at(file, format!("can not read {}: {why}", path.display()))
    };
    let size = fs::metadata(&path).map_err(|error| failed(&error))?.len();
    if size > MAX_SECRET {
        return Err(failed(&"it is too long to hold one secret"));
    }
    let text = fs::read_to_string(&path).map_err(|error| failed(&error))?;
    let text = Zeroizing::new(text);
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(failed(&"its first line is empty"));
    }
    if is_public(&path) {
        warnings.push(public(&path));
    }
    Ok(Secret::new(line))
}

/// Whether every user of the machine can read it.
fn is_public(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o004 != 0)
}

fn public(path: &Path) -> String {
    let path = path.display();
    format!("{path} holds secrets and everybody can read it; hint: chmod o-r {path}")
}
