//! Finding: from a text to a query made of terms, and from the query to hits.
//!
//! A word counts where it matches best: in the title far more than in a keyword, there more than in an item's
//! name, there more than in the abstract. Rare words count more than common ones. The steps between the four are
//! so large that for one word nothing else can change their order.

use rules::ids::EntryId;
use tantivy::{
    DocId, DocSet, Score, Searcher, SegmentReader, TERMINATED, TantivyDocument, Term,
    collector::{Count, TopDocs},
    query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EnableScoring, Occur,
        Query, TermQuery,
    },
    schema::{Field, IndexRecordOption, Value as _},
};

use super::{
    Facet, FacetCounts, Hits, Match, SearchError,
    count::{Matches, Values},
    generation::Live,
    schema::{CHANGED_AT, Fields, KEY, TITLE_LENGTH, whole},
    text::{Word, marked, pairs, runs, words},
};

/// Characters of a text that are looked at; longer ones come from no person.
const TEXT_MAX: usize = 200;
/// Hits that can be paged through.
const OFFSET_MAX: usize = 100_000;

/// What a title is worth that is the whole text: more than all words together.
const WHOLE: Score = 100_000.0;
/// What a match in each field is worth.
const TITLE: Score = 1000.0;
const KEYWORDS: Score = 250.0;
const ITEMS: Score = 60.0;
const SUMMARY: Score = 15.0;
/// What a match is worth more where the dictionary agrees that it is a word there.
const IS_WORD: Score = 1.2;
/// What the other fields add to the best one.
const ELSEWHERE: Score = 0.05;
/// What a title adds, at most, by holding little besides the text.
const TITLE_IS_SHORT: Score = 0.2;

/// See [`super::Search::find`].
pub(super) fn find(
    live: &Live,
    text: &str,
    chosen: &[(Facet, String)],
    offset: usize,
    limit: usize,
) -> Result<Hits, SearchError> {
    let text: String = text.chars().take(TEXT_MAX).collect();
    let searcher = live.reader.searcher();
    let finder = Finder {
        searcher: &searcher,
        fields: &live.fields,
    };
    let query = finder.query(&text)?;
    let is_chosen = |facet: Facet| chosen.iter().any(|(it, _)| *it == facet);
    let (apart, together): (Vec<Facet>, Vec<Facet>) =
        Facet::ALL.iter().copied().partition(|it| is_chosen(*it));
    let page = TopDocs::with_limit(limit.max(1)).and_offset(offset.min(OFFSET_MAX));
    let length = length(&text);
    let page = page.tweak_score(move |segment: &SegmentReader| order(segment, length));
    let narrowed = finder.narrowed(query.as_ref(), chosen, None);
    let (total, found, counted) = searcher.search(&narrowed, &(Count, page, Values(together)))?;
    let mut ids = Vec::with_capacity(found.len());
    for (_, address) in found.into_iter().take(limit) {
        let document: TantivyDocument = searcher.doc(address)?;
        let id = document.get_first(live.fields.id).and_then(|it| it.as_str());
        ids.extend(id.map(EntryId::from));
    }
    let mut facets: FacetCounts = counted?;
    for facet in apart {
        let others = finder.narrowed(query.as_ref(), chosen, Some(facet));
        facets.extend(searcher.search(&others, &Values(vec![facet]))??);
    }
    facets.sort_by_key(|(facet, _)| *facet);
    Ok(Hits {
        total: total as u64,
        ids,
        facets,
    })
}

/// See [`super::Search::matches`].
pub(super) fn matches(live: &Live, text: &str) -> Result<Vec<Match>, SearchError> {
    let text: String = text.chars().take(TEXT_MAX).collect();
    let searcher = live.reader.searcher();
    let finder = Finder {
        searcher: &searcher,
        fields: &live.fields,
    };
    let length = length(&text);
    Ok(searcher.search(&finder.query(&text)?, &Matches { length })?)
}

/// The characters of a text that can be found.
fn length(text: &str) -> u64 {
    whole(text).chars().count() as u64
}

/// See [`super::Search::any`].
pub(super) fn any(live: &Live, text: &str, limit: usize) -> Result<Vec<EntryId>, SearchError> {
    let text: String = text.chars().take(TEXT_MAX).collect();
    let searcher = live.reader.searcher();
    let finder = Finder {
        searcher: &searcher,
        fields: &live.fields,
    };
    let query = finder.anything(&words(&text), &text);
    let mut ids = Vec::new();
    for (_, address) in searcher.search(&query, &TopDocs::with_limit(limit.max(1)).order_by_score())? {
        let document: TantivyDocument = searcher.doc(address)?;
        let id = document.get_first(live.fields.id).and_then(|it| it.as_str());
        ids.extend(id.map(EntryId::from));
    }
    Ok(ids)
}

/// Ranks by score, a little by how much of the title the text is, and then by age.
pub(super) fn ranking(segment: &SegmentReader, length: u64) -> impl Fn(DocId, Score) -> (Score, i64) + use<> {
    let columns = segment.fast_fields();
    let title_length = columns
        .u64(TITLE_LENGTH)
        .ok()
        .map(|it| it.first_or_default_col(0));
    let changed_at = columns.i64(CHANGED_AT).ok().map(|it| it.first_or_default_col(0));
    move |doc, score| {
        let title_length = title_length.as_ref().map_or(0, |it| it.get_val(doc));
        let share = length as Score / title_length.max(length).max(1) as Score;
        let changed_at = changed_at.as_ref().map_or(0, |it| it.get_val(doc));
        (score * (1.0 + TITLE_IS_SHORT * share), changed_at)
    }
}

/// The rank, and between equals the entry's key: where a document lies changes as the index is merged, and no page may
/// show again what the page before showed.
fn order(segment: &SegmentReader, length: u64) -> impl Fn(DocId, Score) -> (Score, i64, u64) + use<> {
    let rank = ranking(segment, length);
    let keys = segment.fast_fields().u64(KEY).ok();
    let keys = keys.map(|it| it.first_or_default_col(0));
    move |doc, score| {
        let (score, changed_at) = rank(doc, score);
        (score, changed_at, keys.as_ref().map_or(0, |it| it.get_val(doc)))
    }
}

struct Finder<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
}

impl Finder<'_> {
    /// The strictest query for the text that finds anything.
    fn query(&self, text: &str) -> Result<Box<dyn Query>, SearchError> {
        let words = words(text);
        if words.is_empty() {
            return Ok(Box::new(AllQuery));
        }
        let all_common = words.iter().all(|it| it.is_common);
        let is_needed = |it: &Word| all_common || !it.is_common;
        let entire = self.words(&words, text, is_needed);
        if self.finds(&entire)? {
            return Ok(Box::new(entire));
        }
        let mut known = Vec::new();
        for word in &words {
            if is_needed(word) && self.finds(&*self.word(&word.text))? {
                known.push(&word.text);
            }
        }
        let most = self.words(&words, text, |it| known.contains(&&it.text));
        if !known.is_empty() && self.finds(&most)? {
            return Ok(Box::new(most));
        }
        Ok(Box::new(self.anything(&words, text)))
    }

    /// Whether there is a hit at all; looks no further than the first.
    fn finds(&self, query: &dyn Query) -> Result<bool, SearchError> {
        let weight = query.weight(EnableScoring::disabled_from_searcher(self.searcher))?;
        for segment in self.searcher.segment_readers() {
            let mut hits = weight.scorer(segment, 1.0)?;
            let is_gone = |doc| segment.alive_bitset().is_some_and(|it| !it.is_alive(doc));
            while hits.doc() != TERMINATED && is_gone(hits.doc()) {
                hits.advance();
            }
            if hits.doc() != TERMINATED {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Entries that hold every word for which `is_needed`; the others only rank.
    fn words(&self, words: &[Word], text: &str, is_needed: impl Fn(&Word) -> bool) -> BooleanQuery {
        let clause = |it: &Word| {
            let occur = if is_needed(it) { Occur::Must } else { Occur::Should };
            (occur, self.word(&it.text))
        };
        let mut clauses: Vec<_> = words.iter().map(clause).collect();
        let term = Term::from_field_text(self.fields.whole, &whole(text));
        clauses.push((Occur::Should, constant(there(term), WHOLE)));
        if 1 < words.len() {
            // Words that follow one another in a title as they do in the text.
            let joined: String = words.iter().map(|it| it.text.as_str()).collect();
            clauses.push((Occur::Should, self.in_field(self.fields.title, &joined, TITLE)));
        }
        BooleanQuery::new(clauses)
    }

    /// Entries that hold any word, or any two neighbouring characters of the text.
    fn anything(&self, words: &[Word], text: &str) -> BooleanQuery {
        let all_common = words.iter().all(|it| it.is_common);
        let matter = words.iter().filter(|it| all_common || !it.is_common);
        let mut clauses: Vec<_> = matter.map(|it| (Occur::Should, self.word(&it.text))).collect();
        for pair in runs(text).iter().flat_map(|it| pairs(it)) {
            // Two characters that may belong to two words count for less than a word.
            let less = BoostQuery::new(self.word(&pair), 0.3);
            clauses.push((Occur::Should, Box::new(less)));
        }
        BooleanQuery::new(clauses)
    }

    /// Entries that hold one word, in whatever field.
    fn word(&self, word: &str) -> Box<dyn Query> {
        let rarity = self.rarity(word);
        let fields = [
            (self.fields.title, TITLE),
            (self.fields.keywords, KEYWORDS),
            (self.fields.items, ITEMS),
            (self.fields.summary, SUMMARY),
        ];
        let mut ways = Vec::with_capacity(2 * fields.len());
        for (field, worth) in fields {
            ways.push(self.in_field(field, word, worth * rarity));
            if 1 < word.chars().count() {
                let term = Term::from_field_text(field, &marked(word));
                ways.push(constant(there(term), worth * rarity * IS_WORD));
            }
        }
        Box::new(DisjunctionMaxQuery::with_tie_breaker(ways, ELSEWHERE))
    }

    /// Entries that hold every two neighbouring characters of `text` in `field`.
    fn in_field(&self, field: Field, text: &str, score: Score) -> Box<dyn Query> {
        let terms = pairs(text)
            .into_iter()
            .map(|it| Term::from_field_text(field, &it));
        constant(
            Box::new(BooleanQuery::intersection(terms.map(there).collect())),
            score,
        )
    }

    /// How much a word tells: the fewer titles have it, the more.
    fn rarity(&self, word: &str) -> Score {
        let in_titles = |pair: &String| {
            let term = Term::from_field_text(self.fields.title, pair);
            self.searcher.doc_freq(&term).unwrap_or(0)
        };
        let having = pairs(word).iter().map(in_titles).min().unwrap_or(0);
        let all = self.searcher.num_docs().max(1);
        (1.0 + all as Score / (1 + having) as Score).ln().max(0.1)
    }

    /// The query, narrowed to the chosen facets except one.
    fn narrowed(&self, query: &dyn Query, chosen: &[(Facet, String)], but: Option<Facet>) -> BooleanQuery {
        let mut clauses = vec![(Occur::Must, query.box_clone())];
        for (facet, value) in chosen.iter().filter(|(facet, _)| Some(*facet) != but) {
            let term = self.fields.facet_term(*facet, value);
            clauses.push((Occur::Must, constant(there(term), 0.0)));
        }
        BooleanQuery::new(clauses)
    }
}

/// Documents that have a term.
fn there(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn constant(query: Box<dyn Query>, score: Score) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}
