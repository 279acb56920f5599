//! What strangers, devices and the owner may do in their realms.

use deskconn_protocol::grants::{Action, Catalogue, Grant, Matching};
use deskconn_protocol::uris;
use wamp_proto::{MatchPolicy, Uri};
use wamp_router::{Actions, Disclosure, Permissions, Rule};

/// The two procedures a stranger may call, and nothing else.
pub(super) fn only_pairing() -> Permissions {
    Permissions::new([uris::PAIRING_BEGIN, uris::PAIRING_CONFIRM].map(|uri| {
        Rule::new(MatchPolicy::Exact, Uri::from_static(uri), Actions::CALL)
            .disclosing(Disclosure::Always)
    }))
}

/// Everything, and components learn who it was.
pub(super) fn everything() -> Permissions {
    let rule = Rule::new(MatchPolicy::Prefix, Uri::from_static(""), Actions::ALL);
    Permissions::new([rule.disclosing(Disclosure::Always)])
}

/// What a device with these grants may do in the realm `deskconn`: what they name, to know what that
/// is, and to leave for good. Everything else is denied. Components always learn which device it was.
pub(crate) fn granted(catalogue: &Catalogue, grants: &[Grant]) -> Permissions {
    let of_every_device = [
        (uris::PAIRING_LEAVE, Actions::CALL),
        (uris::DAEMON_API, Actions::CALL),
        (uris::DAEMON_ME, Actions::CALL),
        (uris::DAEMON_ON_ME_CHANGED, Actions::SUBSCRIBE),
    ];
    let of_every_device = of_every_device
        .map(|(uri, allow)| Rule::new(MatchPolicy::Exact, Uri::from_static(uri), allow));
    let rules = rules(catalogue, grants).chain(of_every_device);
    Permissions::new(rules.map(|rule| rule.disclosing(Disclosure::Always)))
}

/// What these grants allow, as rules of the realm.
pub(crate) fn rules(catalogue: &Catalogue, grants: &[Grant]) -> impl Iterator<Item = Rule> {
    let rules = grants.iter().flat_map(|grant| catalogue.rules(grant));
    rules.map(|rule| {
        let policy = match rule.matching {
            Matching::Exact => MatchPolicy::Exact,
            Matching::Prefix => MatchPolicy::Prefix,
        };
        let actions = rule.allow.iter().map(|action| match action {
            Action::Call => Actions::CALL,
            Action::Register => Actions::REGISTER,
            Action::Publish => Actions::PUBLISH,
            Action::Subscribe => Actions::SUBSCRIBE,
        });
        let allow = actions.fold(Actions::NONE, |all, action| all | action);
        Rule::new(policy, Uri::from(&*rule.uri), allow)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_registers_and_publishes_under_the_prefix_it_was_granted_only() {
        let grants: Vec<Grant> = ["register:com.example.", "status"]
            .map(|grant| grant.parse().unwrap())
            .into();
        let device = granted(&Catalogue::default(), &grants);
        assert!(device.check(Actions::CALL, uris::DAEMON_STATUS).is_some());
        for (policy, uri, allowed) in [
            (MatchPolicy::Exact, "com.example.lamp", true),
            (MatchPolicy::Prefix, "com.example.lamp", true),
            (MatchPolicy::Wildcard, "com.example..on", true),
            (MatchPolicy::Exact, "com.examples", false),
            (MatchPolicy::Prefix, "com.", false),
            (MatchPolicy::Wildcard, "..lamp", false),
            (MatchPolicy::Exact, uris::SLIDES_NEXT, false),
            (MatchPolicy::Exact, "wamp.session.kill", false),
        ] {
            for action in [Actions::REGISTER, Actions::PUBLISH] {
                let check = device.check_pattern(action, policy, &Uri::from(uri));
                assert_eq!(check.is_some(), allowed, "{policy:?} {uri}");
            }
        }
        for action in [Actions::CALL, Actions::SUBSCRIBE] {
            assert!(device.check(action, "com.example.lamp").is_none());
        }
    }

    #[test]
    fn nobody_from_the_network_may_do_what_is_the_owners_or_the_routers() {
        let device = granted(&Catalogue::default(), &Grant::defaults());
        assert!(device.check(Actions::CALL, uris::SLIDES_NEXT).is_some());
        assert!(device.check(Actions::CALL, uris::PAIRING_LEAVE).is_some());
        let stranger = only_pairing();
        assert!(stranger.check(Actions::CALL, uris::PAIRING_BEGIN).is_some());
        for permissions in [device, stranger] {
            for procedure in [
                uris::PAIRING_OPEN,
                uris::DAEMON_UNPAIR,
                uris::DAEMON_DEVICES,
                uris::DAEMON_ON_ME_CHANGED,
                uris::DAEMON_SHUTDOWN,
                "wamp.session.list",
                "wamp.session.kill",
                "wamp.session.add_testament",
                "wamp.subscription.list",
            ] {
                assert!(
                    permissions.check(Actions::CALL, procedure).is_none(),
                    "{procedure}"
                );
            }
            for (policy, pattern) in [
                (MatchPolicy::Prefix, ""),
                (MatchPolicy::Prefix, "wamp."),
                (MatchPolicy::Prefix, "org.deskconn."),
                (MatchPolicy::Wildcard, "org.deskconn..on_action"),
                (MatchPolicy::Wildcard, "wamp.session.on_join"),
                (MatchPolicy::Exact, "wamp.session.on_join"),
            ] {
                for action in [Actions::SUBSCRIBE, Actions::REGISTER, Actions::PUBLISH] {
                    let allowed = permissions.check_pattern(action, policy, &Uri::from(pattern));
                    assert!(allowed.is_none(), "{policy:?} {pattern:?}");
                }
            }
            assert!(
                permissions
                    .check(Actions::PUBLISH, uris::SLIDES_ON_ACTION)
                    .is_none()
            );
        }
    }
}
