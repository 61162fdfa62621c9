//! Hashing of RFC 6962 section 2.1, the same in RFC 9162.

use sha2::{Digest, Sha256};

/// A SHA-256 digest: of a leaf, or of the subtree below a node.
pub type Hash = [u8; 32];

/// The hash of one leaf's text.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(leaf)
        .finalize()
        .into()
}

/// The hash of a node above two others.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The root of a tree without leaves.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// What a leaf says of its body: SHA-256 over the salt and the body.
pub(crate) fn commitment(salt: &[u8], body: &[u8]) -> Hash {
    Sha256::new()
        .chain_update(salt)
        .chain_update(body)
        .finalize()
        .into()
}

/// The hash over a power of two of sibling hashes.
pub(crate) fn perfect(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two());
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks_exact(2)
            .map(|pair| node_hash(&pair[0], &pair[1]))
            .collect();
    }
    row[0]
}

/// The root over perfect subtrees that stand side by side, largest first.
pub(crate) fn fold(subtrees: &[Hash]) -> Hash {
    match subtrees.split_last() {
        None => empty_root(),
        Some((last, rest)) => rest
            .iter()
            .rev()
            .fold(*last, |right, left| node_hash(left, &right)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight leaves that Certificate Transparency implementations test with.
    pub(crate) const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];

    /// The roots over the first 1 to 8 of them.
    pub(crate) const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn the_empty_tree_has_the_root_of_the_rfc() {
        assert_eq!(
            hex::encode(empty_root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn roots_over_one_two_four_and_eight_leaves_are_those_of_certificate_transparency() {
        let leaves: Vec<Hash> = LEAVES
            .iter()
            .map(|leaf| leaf_hash(&hex::decode(leaf).unwrap()))
            .collect();
        for size in [1, 2, 4, 8] {
            assert_eq!(hex::encode(perfect(&leaves[..size])), ROOTS[size - 1]);
        }
    }

    #[test]
    fn uneven_trees_fold_to_the_roots_of_certificate_transparency() {
        let leaves: Vec<Hash> = LEAVES
            .iter()
            .map(|leaf| leaf_hash(&hex::decode(leaf).unwrap()))
            .collect();
        let seven = [perfect(&leaves[..4]), perfect(&leaves[4..6]), leaves[6]];
        assert_eq!(hex::encode(fold(&seven)), ROOTS[6]);
        assert_eq!(hex::encode(fold(&seven[..2])), ROOTS[5]);
        assert_eq!(hex::encode(fold(&[perfect(&leaves[..4]), leaves[4]])), ROOTS[4]);
        assert_eq!(hex::encode(fold(&[perfect(&leaves[..2]), leaves[2]])), ROOTS[2]);
    }
}
