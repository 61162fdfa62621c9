//! The one place of the product's own code that reads the clock.

use jiff::Timestamp;

/// The present instant.
#[allow(clippy::disallowed_methods, reason = "this is the edge of the binary")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
