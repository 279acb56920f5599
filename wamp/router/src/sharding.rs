//! Which shard a routing key belongs to (docs/adr/0008).
//!
//! The callees of a registration, or the subscribers of a subscription, may each give a node key; those
//! of one node key are one shard. A key belongs to the shard whose score for it is highest
//! (rendezvous hashing). So it moves only when that shard leaves or one with a higher score comes, and
//! every router that counts alike finds the same shard.

use wamp_proto::SessionId;
use wamp_proto::options::Text;

/// What tells one shard from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum NodeKey {
    /// The `nkey` that its sessions gave.
    Named(Text),
    /// A session that gave none is a shard of its own.
    Session(SessionId),
}

impl NodeKey {
    pub(crate) fn new(nkey: Option<&Text>, session: SessionId) -> Self {
        nkey.map_or(Self::Session(session), |nkey| Self::Named(nkey.clone()))
    }

    /// How much this shard wants the key.
    fn score(&self, rkey: &str) -> u64 {
        let hash = fnv(FNV_OFFSET, rkey.as_bytes());
        // No text has this octet, so no two pairs of keys read alike.
        let hash = fnv(hash, &[0xff]);
        mix(match self {
            Self::Named(nkey) => fnv(hash, nkey.as_bytes()),
            Self::Session(id) => fnv(hash, &id.get().to_be_bytes()),
        })
    }
}

/// The shard that `rkey` belongs to, among those there are.
pub(crate) fn shard_of<'a>(
    rkey: &str,
    nodes: impl IntoIterator<Item = &'a NodeKey>,
) -> Option<&'a NodeKey> {
    nodes
        .into_iter()
        .max_by_key(|node| (node.score(rkey), *node))
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, continued from `hash`.
fn fnv(hash: u64, octets: &[u8]) -> u64 {
    octets.iter().fold(hash, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Spreads the last octets over all bits, which FNV does not (the finisher of SplitMix64).
const fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(count: usize) -> Vec<NodeKey> {
        let named = |n| NodeKey::Named(format!("node{n}").into());
        (0..count).map(named).collect()
    }

    #[test]
    fn keys_spread_evenly() {
        let nodes = nodes(8);
        let mut counts = [0; 8];
        for key in 0..8000 {
            let shard = shard_of(&format!("sn{key}"), &nodes).expect("a shard");
            counts[nodes.iter().position(|node| node == shard).expect("it")] += 1;
        }
        assert!(
            counts.iter().all(|count| (850..1150).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn a_key_moves_only_if_its_shard_goes_or_a_better_one_comes() {
        let all = nodes(5);
        let (gone, rest) = all.split_first().expect("nodes");
        for key in 0..500 {
            let key = format!("sn{key}");
            let before = shard_of(&key, &all);
            let after = shard_of(&key, rest);
            assert!(before == after || before == Some(gone));
        }
    }

    #[test]
    fn the_choice_is_the_same_everywhere() {
        let nodes = nodes(3);
        let chosen = ["sn1", "sn2", "sn3", "sn4", ""].map(|key| shard_of(key, &nodes).cloned());
        let expected = EXPECTED.map(|n| nodes.get(n).cloned());
        assert_eq!(chosen, expected);
    }

    /// Which of three nodes gets which key: a change here moves everybody's keys.
    const EXPECTED: [usize; 5] = [2, 0, 1, 0, 0];
}
