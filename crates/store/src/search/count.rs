//! Looking at every hit: its rank for lists that are cut elsewhere, and the values it has.

use std::collections::HashMap;

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::{Column, StrColumn},
};

use super::{Facet, FacetCounts, Match, find::ranking, schema::KEY};

/// Counts the values of these facets over all hits.
pub(super) struct Values(pub Vec<Facet>);

/// The facets' columns in one segment, with the number of hits for each value.
pub(super) struct SegmentValues(Vec<(Facet, StrColumn, Vec<u64>)>);

type Counted = Result<FacetCounts, TantivyError>;

impl Collector for Values {
    type Fruit = Counted;
    type Child = SegmentValues;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentValues> {
        let mut columns = Vec::with_capacity(self.0.len());
        for facet in &self.0 {
            // A segment in which no entry has a value has no column.
            if let Some(column) = segment.fast_fields().str(facet.name())? {
                let counts = vec![0; column.num_terms()];
                columns.push((*facet, column, counts));
            }
        }
        Ok(SegmentValues(columns))
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Counted>) -> tantivy::Result<Counted> {
        let mut sums: HashMap<(Facet, String), u64> = HashMap::new();
        for fruit in fruits {
            for (facet, values) in fruit? {
                for (value, count) in values {
                    *sums.entry((facet, value)).or_default() += count;
                }
            }
        }
        let mut counts: FacetCounts = self.0.iter().map(|it| (*it, Vec::new())).collect();
        for ((facet, value), count) in sums {
            if let Some((_, values)) = counts.iter_mut().find(|it| it.0 == facet) {
                values.push((value, count));
            }
        }
        for (_, values) in &mut counts {
            values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        }
        Ok(Ok(counts))
    }
}

impl SegmentCollector for SegmentValues {
    type Fruit = Counted;

    fn collect(&mut self, doc: DocId, _: Score) {
        for (_, column, counts) in &mut self.0 {
            if let Some(value) = column.ords().first(doc) {
                counts[value as usize] += 1;
            }
        }
    }

    fn harvest(self) -> Counted {
        let mut counted = FacetCounts::new();
        for (facet, column, counts) in self.0 {
            let mut values = Vec::new();
            for (ordinal, count) in (0..).zip(counts).filter(|it| it.1 != 0) {
                let mut value = String::new();
                column.ord_to_str(ordinal, &mut value)?;
                values.push((value, count));
            }
            counted.push((facet, values));
        }
        Ok(counted)
    }
}

/// Takes every hit with its rank; `length` is that of the text.
pub(super) struct Matches {
    pub length: u64,
}

/// See [`Matches`].
pub(super) struct SegmentMatches {
    rank: Box<dyn Fn(DocId, Score) -> (Score, i64)>,
    keys: Column<u64>,
    found: Vec<Match>,
}

impl Collector for Matches {
    type Fruit = Vec<Match>;
    type Child = SegmentMatches;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentMatches> {
        Ok(SegmentMatches {
            rank: Box::new(ranking(segment, self.length)),
            keys: segment.fast_fields().u64(KEY)?,
            found: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, fruits: Vec<Vec<Match>>) -> tantivy::Result<Vec<Match>> {
        Ok(fruits.concat())
    }
}

impl SegmentCollector for SegmentMatches {
    type Fruit = Vec<Match>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let (score, changed_at) = (self.rank)(doc, score);
        if let Some(key) = self.keys.first(doc) {
            let rank = (score.to_bits(), changed_at);
            self.found.push(Match { key, rank });
        }
    }

    fn harvest(self) -> Vec<Match> {
        self.found
    }
}
