//! Which item lies in which column of a stored version, and what a version is called.

use rules::ids::EntryId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{RowsError, Shape};

/// The items of a stored version, written down with it: item `i` lies in column `c<i>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Layout {
    /// The items' names.
    pub items: Vec<String>,
    /// The columns of the key, in order.
    pub key: Vec<usize>,
    /// The columns with an index of their own.
    pub indexed: Vec<usize>,
}

impl Layout {
    /// How rows delivered under `shape` are laid down.
    pub fn of(shape: &Shape) -> Layout {
        let columns = shape.columns();
        let numbers = |holds: &dyn Fn(usize) -> bool| (0..columns.len()).filter(|&i| holds(i)).collect();
        let key: Vec<usize> = numbers(&|i| columns[i].is_key);
        // The key's own order serves filters on its first item; its other items may be filtered on as well.
        let indexed = numbers(&|i| {
            let column = &columns[i];
            (column.is_condition || column.is_key) && key.first() != Some(&i)
        });
        Layout {
            items: columns.iter().map(|it| it.name.clone()).collect(),
            key,
            indexed,
        }
    }

    /// The column of `item`, where the stored rows have it.
    pub fn column(&self, item: &str) -> Option<usize> {
        self.items.iter().position(|it| it == item)
    }

    /// For each stored column, the number of the same item in rows delivered under `delivered`.
    pub fn sources(&self, delivered: &Layout) -> Result<Vec<usize>, RowsError> {
        let key_names = |it: &Layout| it.key.iter().map(|&i| it.items[i].clone()).collect::<Vec<_>>();
        if self.items.len() != delivered.items.len() || key_names(self) != key_names(delivered) {
            return Err(RowsError::ShapeChanged);
        }
        let source = |name: &String| delivered.column(name).ok_or(RowsError::ShapeChanged);
        self.items.iter().map(source).collect()
    }

    /// The layout as it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers are always JSON")
    }

    /// A stored layout.
    pub fn parse(json: &str) -> Result<Layout, RowsError> {
        serde_json::from_str(json).map_err(|e| RowsError::Io(e.into()))
    }
}

/// A name for an entry's files and tables. The id is the platform's own, but a path or an SQL identifier
/// must be harmless whatever it says, so anything unusual is replaced by its hash.
pub(super) fn safe_name(entry: &EntryId) -> String {
    let id = entry.as_str();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !id.is_empty() && id.len() <= 32 && id.chars().all(is_plain) {
        return id.to_owned();
    }
    format!("h{}", hex::encode(&Sha256::digest(id.as_bytes())[..15]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_id_never_becomes_a_path_or_a_quote() {
        assert_eq!(safe_name(&"01JAB-x_9".into()), "01JAB-x_9");
        for id in ["", "../x", "a/b", "a\"b", "永州", &"x".repeat(33)] {
            let name = safe_name(&id.into());
            assert_eq!(name.len(), 31, "{id}");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
        }
    }
}
