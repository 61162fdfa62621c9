//! The city's evidence: an append-only log whose every entry anybody can check later, without trusting the city.
//!
//! An entry's *leaf* is a small text that commits to a salted body; leaves are hashed into a Merkle tree (RFC 6962),
//! kept as C2SP tlog-tiles, and the root is signed as a checkpoint. A *receipt* holds one entry, its proof and the
//! checkpoint, and is checked with nothing but the public key. A body can be blanked, and the proof stays.
//!
//! What lies in the log's directory:
//!
//! | file | what it is |
//! |---|---|
//! | `records` | the entries: leaf, salt, body, hash ([`MAX_BODY`] at most) |
//! | `offsets` | where every 256th entry begins |
//! | `tile/` | the tree |
//! | `checkpoint` | the newest signed state |
//! | `vkey` | the public key |
//! | `lock` | empty; held by the process that writes |

// In order: a module names only those above it, except that `log`, `writer` and `open` make one whole.
mod hash;

mod proof;

mod tile;

mod note;

mod record;

mod disk;

mod error;

mod herald;

mod receipt;

mod log;

mod blank;

mod open;

mod writer;

mod verify;

pub use error::{AppendError, OpenError, ReadError};
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use log::{Log, Record};
pub use note::{Checkpoint, NoteError, Verifier};
pub use proof::{is_consistent, is_included};
pub use receipt::{Receipt, ReceiptError, verify_consistency, verify_receipt};
pub use record::MAX_BODY;
pub use verify::{Finding, Report, verify};
