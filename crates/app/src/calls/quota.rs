//! Calls a day: counted in memory, exact after a crash because they are counted again from the evidence.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;

/// The answered calls of one grant on one day. Survives every change of the snapshot.
///
/// It is opened for a day with what the records know of that day, by the first call after a start or after midnight.
#[derive(Debug, Default)]
pub struct Counter(
    /// Day number in the upper half, calls in the lower.
    AtomicU64,
);

/// A number for the day that grows by one each day; never zero for a day of this era.
fn number(day: Date) -> u64 {
    day.since(Date::constant(1970, 1, 1))
        .map_or(0, |it| it.get_days().unsigned_abs().into())
}

fn pack(day: u64, calls: u64) -> u64 {
    day << 32 | calls.min(u64::from(u32::MAX))
}

fn calls_on(day: u64, packed: u64) -> u32 {
    if packed >> 32 == day { packed as u32 } else { 0 }
}

impl Counter {
    /// Whether it counts `day`.
    pub fn is_open(&self, day: Date) -> bool {
        self.0.load(Ordering::Relaxed) >> 32 == number(day)
    }

    /// Begins to count `day` from what the records know; does nothing where another call was first.
    pub fn open(&self, day: Date, calls: u64) {
        let day = number(day);
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
                (packed >> 32 < day).then(|| pack(day, calls))
            });
    }

    /// Calls answered on `day`.
    pub fn calls(&self, day: Date) -> u32 {
        calls_on(number(day), self.0.load(Ordering::Relaxed))
    }

    /// Counts one more call on `day`; false where `calls_max` are used up already.
    pub fn take(&self, day: Date, calls_max: u32) -> bool {
        let day = number(day);
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
                let calls = calls_on(day, packed);
                // Around midnight a call of the old day may come after one of the new: it is let through uncounted.
                if packed >> 32 > day {
                    return Some(packed);
                }
                (calls < calls_max).then(|| pack(day, u64::from(calls) + 1))
            });
        taken.is_ok()
    }

    /// Gives back a call that was counted and then not answered.
    pub fn give_back(&self, day: Date) {
        let day = number(day);
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
                let calls = calls_on(day, packed);
                (calls > 0).then(|| pack(day, u64::from(calls) - 1))
            });
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn yongzhou_art19_the_quota_is_never_exceeded_however_many_call_at_once() {
        let counter = Counter::default();
        let day = date(2026, 11, 23);
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..1000).filter(|_| counter.take(day, 500)).count()))
                .collect();
            threads.into_iter().map(|it| it.join().unwrap()).sum()
        });
        assert_eq!(taken, 500);
        assert_eq!(counter.calls(day), 500);
    }

    #[test]
    fn a_day_begins_with_what_the_records_know_of_it_and_a_new_day_begins_anew() {
        let counter = Counter::default();
        let (day, next) = (date(2026, 11, 23), date(2026, 11, 24));
        assert!(!counter.is_open(day));
        counter.open(day, 4);
        counter.open(day, 0);
        assert!(counter.take(day, 5));
        assert!(!counter.take(day, 5));
        assert!(!counter.is_open(next));
        counter.open(next, 0);
        assert!(counter.take(next, 1));
        assert_eq!(counter.calls(next), 1);
    }

    #[test]
    fn a_call_given_back_can_be_taken_again() {
        let counter = Counter::default();
        let day = date(2026, 11, 23);
        assert!(counter.take(day, 1));
        counter.give_back(day);
        assert!(counter.take(day, 1));
        assert!(!counter.take(day, 1));
    }
}
