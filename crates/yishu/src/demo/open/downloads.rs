//! What visitors fetched in the last weeks: more of what people need every day.

use app::{Refused, portal};
use jiff::SignedDuration;
use rules::release::FileFormat;
use synthetic::Dice;

use crate::demo::story::{Outcome, Teller};

/// The seed of everybody's wishes.
const SEED: u64 = 25;
/// How many days back.
const DAYS: i64 = 28;

/// Sets by how often a day they are fetched at most.
const WANTED: [(&str, u64); 8] = [
    ("hotline", 9),
    ("schools", 8),
    ("parking", 6),
    ("air", 6),
    ("holidays", 5),
    ("hospitals", 4),
    ("chargers", 3),
    ("budget", 2),
];

/// The formats people choose, tables first.
const CHOSEN: [FileFormat; 6] = [
    FileFormat::Xlsx,
    FileFormat::Xlsx,
    FileFormat::Csv,
    FileFormat::Csv,
    FileFormat::Json,
    FileFormat::Parquet,
];

impl Teller<'_> {
    /// Fetches files, day by day.
    pub async fn downloads(&self, outcome: &Outcome) -> Result<(), Refused> {
        let mut dice = Dice::new(SEED);
        for (key, most) in WANTED {
            let name = self.name_of(&outcome.entries[key]).await?;
            for day in 0..DAYS {
                let at = self.now - SignedDuration::from_hours(24 * day);
                for _ in 0..dice.below(most + 1) {
                    let file = portal::file(self.city, &name, None, dice.pick(&CHOSEN)).await?;
                    portal::downloaded(self.city, &file, at);
                }
            }
        }
        Ok(())
    }
}
