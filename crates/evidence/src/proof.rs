//! Proofs that an entry is in the tree, and that a later tree only grew; and their checks.
//!
//! Making a proof and checking one share no code: the checks are the algorithms of RFC 9162.

use std::io;

use crate::hash::{Hash, fold, node_hash};

/// Where proofs take the hashes of full subtrees from.
pub(crate) trait Subtrees {
    /// The hash over the leaves `[index << level, (index + 1) << level)`, all of which exist.
    fn subtree(&self, level: u32, index: u64) -> io::Result<Hash>;
}

/// The root over the leaves `[begin, end)`, where `begin` is where a subtree of that size may begin.
pub(crate) fn range_root(tree: &impl Subtrees, begin: u64, end: u64) -> io::Result<Hash> {
    let mut subtrees = Vec::new();
    let mut at = begin;
    while at < end {
        let level = (end - at).ilog2();
        subtrees.push(tree.subtree(level, at >> level)?);
        at += 1 << level;
    }
    Ok(fold(&subtrees))
}

/// The largest power of two below `size`.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The audit path of leaf `index` in the tree of `size` leaves, from its sibling upwards (RFC 6962, 2.1.1).
pub(crate) fn inclusion(tree: &impl Subtrees, index: u64, size: u64) -> io::Result<Vec<Hash>> {
    assert!(
        index < size,
        "a proof is only asked for an entry inside of the tree"
    );
    let (mut begin, mut end) = (0, size);
    let mut path = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(range_root(tree, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(tree, begin, middle)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `new` leaves begins with the tree of `old` leaves (RFC 6962, 2.1.2).
pub(crate) fn consistency(tree: &impl Subtrees, old: u64, new: u64) -> io::Result<Vec<Hash>> {
    assert!(old <= new, "a tree only grows");
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut begin, mut end) = (0, new);
    let mut path = Vec::new();
    while end != old {
        let middle = begin + split(end - begin);
        if old <= middle {
            path.push(range_root(tree, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(tree, begin, middle)?);
            begin = middle;
        }
    }
    if begin != 0 {
        path.push(range_root(tree, begin, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` proves that `leaf` is entry `index` of the tree `root` of `size` entries (RFC 9162, 2.1.3.2).
pub fn is_included(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `path` proves that the tree `new_root` begins with the tree `old_root` (RFC 9162, 2.1.4.2).
pub fn is_consistent(old: u64, old_root: &Hash, new: u64, new_root: &Hash, path: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 {
        // Every tree begins with the empty one.
        return path.is_empty() && *old_root == crate::hash::empty_root();
    }
    let mut hashes = path.iter();
    let first = if old.is_power_of_two() {
        Some(old_root)
    } else {
        hashes.next()
    };
    let Some(first) = first else { return false };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(hash, &old_hash);
            new_hash = node_hash(hash, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{leaf_hash, perfect};

    struct Leaves(Vec<Hash>);

    impl Subtrees for Leaves {
        fn subtree(&self, level: u32, index: u64) -> io::Result<Hash> {
            let begin = (index << level) as usize;
            Ok(perfect(&self.0[begin..begin + (1 << level)]))
        }
    }

    fn leaves(size: u64) -> Leaves {
        Leaves((0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect())
    }

    /// The definition of RFC 6962 word by word, to check the rest against.
    fn merkle_tree_hash(leaves: &[Hash]) -> Hash {
        match leaves.len() {
            0 => crate::hash::empty_root(),
            1 => leaves[0],
            n => {
                let (left, right) = leaves.split_at(split(n as u64) as usize);
                node_hash(&merkle_tree_hash(left), &merkle_tree_hash(right))
            }
        }
    }

    /// The eight leaves that Certificate Transparency implementations test with.
    fn known() -> Leaves {
        let words = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"];
        let last = "606162636465666768696a6b6c6d6e6f";
        Leaves(
            words
                .iter()
                .chain([&last])
                .map(|leaf| leaf_hash(&hex::decode(leaf).unwrap()))
                .collect(),
        )
    }

    #[test]
    fn audit_paths_are_those_of_certificate_transparency() {
        let path = |index, size| -> Vec<String> {
            inclusion(&known(), index, size)
                .unwrap()
                .iter()
                .map(hex::encode)
                .collect()
        };
        assert!(path(0, 1).is_empty());
        assert_eq!(
            path(0, 8),
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        );
        assert_eq!(
            path(5, 8),
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            path(2, 3),
            ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]
        );
        assert_eq!(
            path(1, 5),
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        );
    }

    #[test]
    fn consistency_proofs_are_those_of_certificate_transparency() {
        let path = |old, new| -> Vec<String> {
            consistency(&known(), old, new)
                .unwrap()
                .iter()
                .map(hex::encode)
                .collect()
        };
        assert!(path(1, 1).is_empty());
        assert_eq!(
            path(1, 8),
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        );
        assert_eq!(
            path(6, 8),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            path(2, 5),
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        );
    }

    #[test]
    fn every_entry_of_every_small_tree_is_proved_and_at_no_other_place() {
        let tree = leaves(70);
        for size in 1..=70u64 {
            let root = merkle_tree_hash(&tree.0[..size as usize]);
            assert_eq!(range_root(&tree, 0, size).unwrap(), root);
            for index in 0..size {
                let path = inclusion(&tree, index, size).unwrap();
                let leaf = tree.0[index as usize];
                assert!(is_included(&leaf, index, size, &path, &root), "{index} of {size}");
                assert!(!is_included(&leaf, (index + 1) % size, size, &path, &root) || size == 1);
                assert!(!is_included(&leaf_hash(b"other"), index, size, &path, &root));
                assert!(!is_included(&leaf, index, size, &path, &leaf_hash(b"other")));
                let mut longer = path.clone();
                longer.push(root);
                assert!(!is_included(&leaf, index, size, &longer, &root));
            }
        }
    }

    #[test]
    fn growth_between_any_two_sizes_is_proved_and_a_rewritten_tree_is_not() {
        let tree = leaves(40);
        let mut other = leaves(40);
        other.0[0] = leaf_hash(b"rewritten");
        for new in 0..=40u64 {
            let new_root = merkle_tree_hash(&tree.0[..new as usize]);
            for old in 0..=new {
                let old_root = merkle_tree_hash(&tree.0[..old as usize]);
                let path = consistency(&tree, old, new).unwrap();
                assert!(
                    is_consistent(old, &old_root, new, &new_root, &path),
                    "{old} to {new}"
                );
                if old > 0 {
                    let forged = merkle_tree_hash(&other.0[..old as usize]);
                    assert!(!is_consistent(old, &forged, new, &new_root, &path));
                }
                assert!(!is_consistent(old, &old_root, new, &leaf_hash(b"x"), &path) || old == 0);
            }
        }
    }
}
