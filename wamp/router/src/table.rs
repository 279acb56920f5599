//! Hash tables give memory back once most of what they held is gone: a session may have made them large.

use hashbrown::HashMap;
use std::hash::Hash;

/// Smaller tables keep their memory: moving their entries is not worth it. In octets.
const SMALL: usize = 64 * 1024;

/// To be called after entries were removed. Shrinks a table of which an eighth is used to the double
/// of what it holds, so that moving the rest costs no more than the removals before did.
pub(crate) fn relax<K: Eq + Hash, V>(table: &mut HashMap<K, V>) {
    // Its capacity does not tell: it does not count the places of what was removed.
    let held = table.allocation_size();
    if held > SMALL && table.len() * size_of::<(K, V)>() < held / 8 {
        table.shrink_to(table.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_emptied_gives_its_memory_back_in_a_few_moves() {
        let mut table: HashMap<u64, u64> = (0..100_000).map(|key| (key, key)).collect();
        let mut moves = 0;
        for key in 0..100_000 {
            let before = table.allocation_size();
            assert_eq!(table.remove(&key), Some(key));
            relax(&mut table);
            moves += usize::from(table.allocation_size() != before);
        }
        let held = table.allocation_size();
        assert!(held <= SMALL, "{held}");
        assert!((1..10).contains(&moves), "{moves}");
    }
}
