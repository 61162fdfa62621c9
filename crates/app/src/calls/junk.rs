//! Calls with no key that anybody knows. Each is evidence, but strangers must not be able to fill the disk.

use std::sync::Mutex;

use jiff::Timestamp;

/// Refused calls without a known key that get an evidence entry of their own, a second.
const ENTRIES_PER_SECOND: u32 = 20;

/// How many may come in one burst.
const BURST: u32 = 100;

/// A bucket of permissions to write; what overflows is counted and written as one entry.
#[derive(Debug)]
pub struct Junk(Mutex<Bucket>);

#[derive(Debug)]
struct Bucket {
    left: u32,
    filled_at: Timestamp,
    overflow: u64,
}

impl Default for Junk {
    fn default() -> Junk {
        Junk(Mutex::new(Bucket {
            left: BURST,
            filled_at: Timestamp::UNIX_EPOCH,
            overflow: 0,
        }))
    }
}

impl Junk {
    /// Whether this refused call may have an entry of its own; otherwise it is counted.
    pub fn admit(&self, now: Timestamp) -> bool {
        let mut bucket = self.0.lock().expect("nothing panics while holding the bucket");
        let seconds = now.as_second().saturating_sub(bucket.filled_at.as_second());
        if seconds > 0 {
            let filled = u32::try_from(seconds)
                .unwrap_or(u32::MAX)
                .saturating_mul(ENTRIES_PER_SECOND);
            bucket.left = bucket.left.saturating_add(filled).min(BURST);
            bucket.filled_at = now;
        }
        if bucket.left > 0 {
            bucket.left -= 1;
            return true;
        }
        bucket.overflow += 1;
        false
    }

    /// How many were only counted since the last time this was asked.
    pub fn take_overflow(&self) -> u64 {
        std::mem::take(
            &mut self
                .0
                .lock()
                .expect("nothing panics while holding the bucket")
                .overflow,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_strangers_is_counted_and_not_written_one_by_one() {
        let junk = Junk::default();
        let now: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
        let admitted = (0..10_000).filter(|_| junk.admit(now)).count();
        assert_eq!(admitted, BURST as usize);
        assert_eq!(junk.take_overflow(), 10_000 - u64::from(BURST));
        assert_eq!(junk.take_overflow(), 0);
        let later = now + jiff::SignedDuration::from_secs(1);
        assert_eq!(
            (0..100).filter(|_| junk.admit(later)).count(),
            ENTRIES_PER_SECOND as usize
        );
    }
}
