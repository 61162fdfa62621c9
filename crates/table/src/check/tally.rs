//! 质量 (art. 14): the six dimensions of GB/T 36344, counted over all rows of a batch.

use std::collections::BTreeMap;

use rules::{
    catalogue::Semantic,
    delivery::{Dimension, RowFault, Score, ScorePart},
};

use super::{column::Column, judge::Fault};

/// What has been counted.
pub(super) struct Tally {
    pub rows: u64,
    pub refused: u64,
    pub by_fault: BTreeMap<RowFault, u64>,
    /// Rows that were read into values.
    readable: u64,
    /// Readable rows that lack a required value.
    incomplete: u64,
    /// Readable rows whose item has no value, by item.
    empty: Vec<u64>,
    /// Values at fault, by item and fault.
    faults: Vec<[u64; RowFault::ALL.len()]>,
    related_good: u64,
    related_all: u64,
}

/// Values that are not of the item's type, length or meaning: 0101.
const NOT_STANDARD: &[RowFault] = &[
    RowFault::BadType,
    RowFault::DigitsLost,
    RowFault::TooLong,
    RowFault::TooPrecise,
    RowFault::NoSuchDate,
    RowFault::BadIdentity,
    RowFault::BadCreditCode,
    RowFault::BadMobile,
];
/// Values outside a list that somebody keeps: 0105.
const NOT_LISTED: &[RowFault] = &[RowFault::NotInCodes, RowFault::BadDivision, RowFault::BadGender];
/// Values whose type, range, length or precision is wrong: 0302.
const NOT_FORMED: &[RowFault] = &[
    RowFault::BadType,
    RowFault::DigitsLost,
    RowFault::TooLong,
    RowFault::TooPrecise,
    RowFault::Negative,
    RowFault::NoSuchDate,
];
/// Values that cannot be true whatever they look like: 0305.
const DIRTY: &[RowFault] = &[
    RowFault::BadIdentity,
    RowFault::IdentityDate,
    RowFault::IdentityCheck,
    RowFault::BadCreditCode,
    RowFault::BadMobile,
];

/// An indicator: its dimension, code and label, how many are good, of how many.
type Measure = (Dimension, &'static str, &'static str, u64, u64);

impl Tally {
    pub fn new(items: usize) -> Tally {
        Tally {
            rows: 0,
            refused: 0,
            by_fault: BTreeMap::new(),
            readable: 0,
            incomplete: 0,
            empty: vec![0; items],
            faults: vec![[0; RowFault::ALL.len()]; items],
            related_good: 0,
            related_all: 0,
        }
    }

    /// A row that could not be read into values.
    pub fn unreadable(&mut self, fault: RowFault) {
        self.rows += 1;
        self.refuse(fault);
    }

    /// A row with the faults that were found in its values.
    pub fn row(&mut self, faults: &[Fault]) {
        self.rows += 1;
        self.readable += 1;
        let Some((first, _)) = faults.first() else { return };
        self.refuse(*first);
        self.incomplete += u64::from(faults.iter().any(|it| it.0 == RowFault::Required));
        for (fault, item) in faults {
            if let Some(item) = item {
                self.faults[*item][*fault as usize] += 1;
            }
        }
    }

    /// A row, counted before as good, whose key came before.
    pub fn duplicate(&mut self) {
        self.refuse(RowFault::DuplicateKey);
    }

    fn refuse(&mut self, first: RowFault) {
        self.refused += 1;
        *self.by_fault.entry(first).or_default() += 1;
    }

    pub fn empty(&mut self, item: usize) {
        self.empty[item] += 1;
    }

    pub fn related(&mut self, is_good: bool) {
        self.related_all += 1;
        self.related_good += u64::from(is_good);
    }

    /// The scores; `timeliness` is indicator 0502, which the file does not show.
    pub fn scores(&self, columns: &[Column], timeliness: Option<(u64, u64)>) -> Vec<Score> {
        let measures = self.measures(columns, timeliness.unwrap_or((0, 0)));
        let of = |dimension: Dimension| {
            let measured = measures.iter().filter(move |it| it.0 == dimension && 0 < it.4);
            measured.map(|&(_, code, label, good, all)| {
                let (code, label) = (code.to_owned(), label.to_owned());
                ScorePart {
                    code,
                    label,
                    good,
                    all,
                }
            })
        };
        let score = |&dimension: &Dimension| Score {
            dimension,
            parts: of(dimension).collect(),
        };
        Dimension::ALL.iter().map(score).collect()
    }

    /// Every indicator that is measured: how many are good, of how many.
    fn measures(&self, columns: &[Column], (in_time, deliveries): (u64, u64)) -> [Measure; 10] {
        let items = columns.len() as u64;
        let unreadable = self.rows - self.readable;
        let accepted = self.rows - self.refused;
        let filled = self.filled(columns, |_| true);
        let is_listed =
            |it: &Column| it.has_codes || matches!(it.semantic, Semantic::Gender | Semantic::DivisionCode);
        let listed = self.filled(columns, is_listed);
        let required = columns.iter().filter(|it| it.is_required).count() as u64 * self.readable;
        let duplicates = self.count_rows(RowFault::DuplicateKey);
        let less = |all: u64, faults: &[RowFault]| all - self.at_fault(faults);
        // Every value of a row that cannot be told apart into values misses the standard.
        let standard = filled + unreadable * items;
        let dirty = filled + self.count_rows(RowFault::BadEncoding) * items;
        let related = (self.related_good, self.related_all);
        let complete = self.readable - self.incomplete;
        use Dimension as D;
        [
            (
                D::Validity,
                "0101",
                "数据标准",
                less(filled, NOT_STANDARD),
                standard,
            ),
            (
                D::Validity,
                "0105",
                "权威参考数据",
                less(listed, NOT_LISTED),
                listed,
            ),
            (
                D::Completeness,
                "0201",
                "数据元素完整性",
                less(required, &[RowFault::Required]),
                required,
            ),
            (D::Completeness, "0202", "数据记录完整性", complete, self.rows),
            (
                D::Accuracy,
                "0302",
                "数据格式合规性",
                less(filled, NOT_FORMED),
                filled,
            ),
            (D::Accuracy, "0304", "数据唯一性", accepted, accepted + duplicates),
            (
                D::Accuracy,
                "0305",
                "脏数据出现率（未出现）",
                less(dirty, DIRTY) - (dirty - filled),
                dirty,
            ),
            (D::Consistency, "0402", "关联数据一致性", related.0, related.1),
            (D::Timeliness, "0502", "基于时间点的及时性", in_time, deliveries),
            (D::Accessibility, "0602", "可用性", accepted, self.rows),
        ]
    }

    /// Values that are not empty, of the items that `which` picks.
    fn filled(&self, columns: &[Column], which: impl Fn(&Column) -> bool) -> u64 {
        let picked = columns
            .iter()
            .zip(&self.empty)
            .filter(|(column, _)| which(column));
        picked.map(|(_, empty)| self.readable - empty).sum()
    }

    fn at_fault(&self, faults: &[RowFault]) -> u64 {
        let of = |item: &[u64; RowFault::ALL.len()]| faults.iter().map(|it| item[*it as usize]).sum::<u64>();
        self.faults.iter().map(of).sum()
    }

    fn count_rows(&self, fault: RowFault) -> u64 {
        self.by_fault.get(&fault).copied().unwrap_or(0)
    }
}
