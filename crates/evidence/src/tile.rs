//! The tree on disk: tiles of 256 hashes in the C2SP tlog-tiles layout, and the right edge in memory.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::hash::{Hash, fold, perfect};
use crate::proof::Subtrees;

/// Hashes in a full tile: eight levels of the tree.
pub(crate) const WIDTH: usize = 256;

/// Bytes in a full tile.
pub(crate) const FULL_BYTES: usize = WIDTH * 32;

/// Which tile: its level, its place in the level, and how many hashes it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TileId {
    pub(crate) level: u8,
    pub(crate) index: u64,
    pub(crate) width: usize,
}

impl TileId {
    /// The path under the log's directory, such as `tile/0/x001/x234/067` or `tile/1/000.p/17`.
    pub(crate) fn path(&self) -> PathBuf {
        let mut groups = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups = format!("x{:03}/{groups}", rest % 1000);
            rest /= 1000;
        }
        let suffix = if self.width == WIDTH {
            String::new()
        } else {
            format!(".p/{}", self.width)
        };
        PathBuf::from(format!("tile/{}/{groups}{suffix}", self.level))
    }

    /// The tile that `path` names; any other spelling of it is none.
    pub(crate) fn parse(path: &Path) -> Option<TileId> {
        let text = path.to_str()?;
        let (level, groups) = text.strip_prefix("tile/")?.split_once('/')?;
        let (groups, width) = match groups.split_once(".p/") {
            Some((groups, width)) => (groups, width.parse().ok()?),
            None => (groups, WIDTH),
        };
        let mut index = 0u64;
        for group in groups.split('/') {
            let digits = group.trim_start_matches('x');
            index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        let id = TileId {
            level: level.parse().ok()?,
            index,
            width,
        };
        (id.path() == path).then_some(id)
    }

    /// The directory of this tile's partial forms.
    pub(crate) fn partials(&self) -> PathBuf {
        let full = TileId {
            width: WIDTH,
            ..*self
        }
        .path();
        PathBuf::from(format!("{}.p", full.display()))
    }
}

/// The right edge of the tree: at each level the hashes of the tile that is not full yet.
///
/// Its size grows with the logarithm of the log's, so a hundred million entries need 32 KiB.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; gives each tile that it completes to `full`, lowest level first.
    pub(crate) fn push(&mut self, leaf: Hash, full: &mut impl FnMut(TileId, &[Hash])) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::with_capacity(WIDTH));
            }
            let row = &mut self.levels[level];
            row.push(hash);
            if row.len() < WIDTH {
                return;
            }
            let index = (self.size >> (8 * (level + 1))) - 1;
            full(
                TileId {
                    level: level as u8,
                    index,
                    width: WIDTH,
                },
                row,
            );
            hash = perfect(row);
            row.clear();
        }
    }

    /// The edge of a tree of `size` leaves, a multiple of 256, from the full tiles on disk.
    pub(crate) fn load(dir: &Path, size: u64) -> io::Result<Edge> {
        assert!(
            size.is_multiple_of(WIDTH as u64),
            "only the end of a tile is a place to load from"
        );
        let mut levels = vec![Vec::with_capacity(WIDTH)];
        let mut count = size / WIDTH as u64;
        for level in 1u8.. {
            if count == 0 {
                break;
            }
            // The tile at the edge may not be full, and so not be on disk: take it from the tiles below.
            let first = count - count % WIDTH as u64;
            let row: io::Result<Vec<Hash>> = (first..count)
                .map(|index| subtree_of(dir, level - 1, index))
                .collect();
            levels.push(row?);
            count /= WIDTH as u64;
        }
        Ok(Edge { size, levels })
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        let mut subtrees = Vec::new();
        for row in self.levels.iter().rev() {
            let mut rest = &row[..];
            while !rest.is_empty() {
                let (left, right) = rest.split_at(1 << rest.len().ilog2());
                subtrees.push(perfect(left));
                rest = right;
            }
        }
        fold(&subtrees)
    }

    /// The tiles at the edge that are begun and not full, lowest level first.
    pub(crate) fn partials(&self) -> impl Iterator<Item = (TileId, &[Hash])> {
        self.levels
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.is_empty())
            .map(|(level, row)| {
                let index = self.size >> (8 * (level + 1));
                (
                    TileId {
                        level: level as u8,
                        index,
                        width: row.len(),
                    },
                    &row[..],
                )
            })
    }

    /// The hashes of tile `index` at `level`, if that tile is at the edge.
    pub(crate) fn row(&self, level: u8, index: u64) -> Option<&[Hash]> {
        let is_edge = index == self.size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
        self.levels
            .get(usize::from(level))
            .filter(|_| is_edge)
            .map(|row| &row[..])
    }
}

fn subtree_of(dir: &Path, level: u8, index: u64) -> io::Result<Hash> {
    Ok(perfect(&read_full(
        dir,
        TileId {
            level,
            index,
            width: WIDTH,
        },
    )?))
}

/// Reads a full tile.
pub(crate) fn read_full(dir: &Path, id: TileId) -> io::Result<Vec<Hash>> {
    let bytes = fs::read(dir.join(id.path()))?;
    if bytes.len() != FULL_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "a tile of another length",
        ));
    }
    Ok(bytes.as_chunks::<32>().0.to_vec())
}

/// The bytes of a tile.
pub(crate) fn to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// A tree of which the full tiles lie on disk and the rest is in memory.
pub(crate) struct Tiles<'a> {
    dir: &'a Path,
    edge: Edge,
    seen: RefCell<HashMap<(u8, u64), Vec<Hash>>>,
}

impl<'a> Tiles<'a> {
    pub(crate) fn new(dir: &'a Path, edge: Edge) -> Tiles<'a> {
        Tiles {
            dir,
            edge,
            seen: RefCell::default(),
        }
    }
}

impl Subtrees for Tiles<'_> {
    fn subtree(&self, level: u32, index: u64) -> io::Result<Hash> {
        let (tile_level, height) = ((level / 8) as u8, level % 8);
        let first = index << height;
        let (tile, offset) = (first / WIDTH as u64, (first % WIDTH as u64) as usize);
        if let Some(row) = self.edge.row(tile_level, tile) {
            return Ok(perfect(&row[offset..offset + (1 << height)]));
        }
        let mut seen = self.seen.borrow_mut();
        let row = match seen.entry((tile_level, tile)) {
            std::collections::hash_map::Entry::Occupied(held) => held.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let id = TileId {
                    level: tile_level,
                    index: tile,
                    width: WIDTH,
                };
                place.insert(read_full(self.dir, id)?)
            }
        };
        Ok(perfect(&row[offset..offset + (1 << height)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;
    use crate::proof::{inclusion, is_included, range_root};

    #[test]
    fn paths_are_those_of_the_tlog_tiles_page() {
        let path = |level, index, width| TileId { level, index, width }.path();
        assert_eq!(path(0, 1_234_067, WIDTH), PathBuf::from("tile/0/x001/x234/067"));
        assert_eq!(path(0, 273, 112), PathBuf::from("tile/0/273.p/112"));
        assert_eq!(path(1, 0, WIDTH), PathBuf::from("tile/1/000"));
        assert_eq!(path(2, 0, 1), PathBuf::from("tile/2/000.p/1"));
        for id in [(0, 1_234_067, 256), (3, 999, 1), (0, 1000, 256), (63, 0, 255)] {
            let id = TileId {
                level: id.0,
                index: id.1,
                width: id.2,
            };
            assert_eq!(TileId::parse(&id.path()), Some(id));
        }
        for other in [
            "tile/0/67",
            "tile/00/067",
            "tile/0/x000/067",
            "tile/0/067.p/256",
            "tile/0/067.p/07",
            "x",
        ] {
            assert_eq!(TileId::parse(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn a_tree_of_seventy_thousand_has_the_tiles_the_page_counts_and_proofs_read_from_them() {
        let dir = tempfile::tempdir().unwrap();
        let mut edge = Edge::default();
        let mut count = [0; 3];
        for n in 0..70_000u64 {
            edge.push(leaf_hash(&n.to_be_bytes()), &mut |id, row| {
                count[usize::from(id.level)] += 1;
                let path = dir.path().join(id.path());
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, to_bytes(row)).unwrap();
            });
        }
        assert_eq!(count, [273, 1, 0]);
        let partials: Vec<_> = edge.partials().map(|(id, _)| id.path()).collect();
        let expected = ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"];
        assert_eq!(partials, expected.map(PathBuf::from));

        let loaded = Edge::load(dir.path(), 69_888).unwrap();
        assert_eq!(loaded.size(), 69_888);
        let root = edge.root();
        let tiles = Tiles::new(dir.path(), edge);
        assert_eq!(range_root(&tiles, 0, 70_000).unwrap(), root);
        assert_eq!(range_root(&tiles, 0, 69_888).unwrap(), loaded.root());
        for index in [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999] {
            let path = inclusion(&tiles, index, 70_000).unwrap();
            assert!(is_included(
                &leaf_hash(&index.to_be_bytes()),
                index,
                70_000,
                &path,
                &root
            ));
        }
    }
}
