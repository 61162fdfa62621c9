//! Whether everything of the demo city is found as people look for it, inside and by the public.

use std::collections::{BTreeMap, BTreeSet};

use app::{
    City, Config, Ctx, catalogue, people,
    portal::{self, Ask},
    search::{self, Query},
};
use rules::ids::EntryId;

use super::{DemoArgs, build, cast::PASSWORD};
use crate::clock;

/// A surface on which entries are found: inside, or the public's.
enum Surface<'a> {
    Inside(&'a City, &'a Ctx),
    Public(&'a City),
}

impl Surface<'_> {
    /// Titles of everything that `text` finds, the best first, paged through as a reader would; by id.
    async fn find(&self, text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for page in 0.. {
            let (total, hits) = match self {
                Surface::Inside(city, ctx) => {
                    let query = Query {
                        text: text.to_owned(),
                        page: page + 1,
                        ..Query::default()
                    };
                    let page = search::find(city, ctx, &query).await.unwrap();
                    let hits = page.hits.into_iter().map(|it| (it.id.0, it.title));
                    (page.total, hits.collect::<Vec<_>>())
                }
                Surface::Public(city) => {
                    let ask = Ask {
                        text: Some(text.to_owned()),
                        offset: page as usize * 20,
                        ..Ask::default()
                    };
                    let page = portal::search(city, &ask).await.unwrap();
                    let hits = page.cards.into_iter().map(|it| (it.id, it.title));
                    (page.total, hits.collect())
                }
            };
            if hits.is_empty() {
                assert_eq!(found.len() as u64, total, "{text:?}: pages and total disagree");
                break;
            }
            found.extend(hits);
        }
        let ids: BTreeSet<&String> = found.iter().map(|it| &it.0).collect();
        assert_eq!(ids.len(), found.len(), "{text:?} finds something twice");
        found
    }

    async fn every_part_of_a_title_finds_it(&self, all: &[(String, String)]) {
        let mut parts: BTreeMap<String, Vec<&(String, String)>> = BTreeMap::new();
        for entry in all {
            let characters: Vec<char> = entry.1.chars().collect();
            for part in characters.windows(1).chain(characters.windows(2)) {
                parts.entry(part.iter().collect()).or_default().push(entry);
            }
        }
        assert!(300 < parts.len(), "{} parts", parts.len());
        for (part, entries) in parts {
            for text in [part.clone(), full_width(&part)] {
                let found = self.find(&text).await;
                for (id, title) in &entries {
                    assert!(
                        found.iter().any(|it| it.0 == *id),
                        "{text:?} does not find {title}"
                    );
                }
                if text == full_width(&text) {
                    break;
                }
            }
        }
    }

    async fn a_whole_title_is_its_own_first_hit(&self, all: &[(String, String)]) {
        for (_, title) in all {
            assert_eq!(self.find(title).await[0].1, *title);
        }
    }

    /// A word in the title before one among the keywords or in the provider's name, and these before all others.
    async fn titles_before_keywords_before_the_rest(
        &self,
        words: &BTreeMap<String, String>,
        all: &[(String, String)],
    ) {
        let two = words.values().flat_map(|it| it.split('\n'));
        let two: BTreeSet<&str> = two.filter(|it| it.chars().count() == 2).collect();
        let mut orders = BTreeSet::new();
        for word in two {
            let level = |it: &(String, String)| match () {
                () if it.1.contains(word) => 0,
                () if words[&it.0].contains(word) => 1,
                () => 2,
            };
            let levels: Vec<u8> = self.find(word).await.iter().map(level).collect();
            assert!(levels.is_sorted(), "{word}: {levels:?}");
            orders.extend(levels.windows(2).map(|it| (it[0], it[1])));
        }
        assert!(
            orders.contains(&(0, 1)) && orders.contains(&(1, 2)),
            "{orders:?} of {}",
            all.len()
        );
    }

    async fn what_people_type_is_answered(&self, cases: &[(&str, &str)]) {
        for (text, title) in cases {
            let found = self.find(text).await;
            assert_eq!(
                found.first().map(|it| it.1.as_str()),
                Some(*title),
                "{text}: {found:?}"
            );
        }
        for text in [
            "AND", "OR NOT", "\"", "*", ":", "a:b", "(", "[* TO *]", "！？", "\u{0}",
        ] {
            self.find(text).await;
        }
        self.find(&"永州市公共停车场名录".repeat(500)).await;
    }
}

fn full_width(text: &str) -> String {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap_or(c),
        c => c,
    };
    text.chars().map(wide).collect()
}

/// The keywords of an entry and the name of its provider, a line each.
async fn words_of(city: &City, ctx: &Ctx, all: &[(String, String)]) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    for (id, _) in all {
        let view = catalogue::show(city, ctx, &EntryId::from(id.as_str()))
            .await
            .unwrap();
        let version = view.published.unwrap().version;
        let published = catalogue::version(city, ctx, &view.id, version).await.unwrap();
        let mut lines = published.content.keywords;
        lines.push(view.provider.name);
        words.insert(id.clone(), lines.join("\n"));
    }
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_the_demo_city_is_found_by_its_title_and_every_part_of_it() {
    let (dir, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let city = City::open(Config::embedded(dir.path())).await.unwrap();
    let args = DemoArgs {
        listen: "127.0.0.1:0".parse().unwrap(),
        data: None,
        database: None,
        people: 500,
        entries: 0,
    };
    let now = clock::now();
    build(&city, now, &args, scratch.path(), "http://127.0.0.1:0")
        .await
        .unwrap();
    let signed_in = people::sign_in(&city, "shenhe", PASSWORD, now).await.unwrap();
    let session = people::session(&city, &signed_in.token, now)
        .await
        .unwrap()
        .unwrap();
    let actor = session.actor;
    let ctx = Ctx { actor, now };

    let inside = Surface::Inside(&city, &ctx);
    let public = Surface::Public(&city);
    let (all, open) = (inside.find("").await, public.find("").await);
    assert!(
        80 < all.len() && 70 < open.len(),
        "{} and {}",
        all.len(),
        open.len()
    );
    let words = words_of(&city, &ctx, &all).await;
    for (surface, all) in [(&inside, &all), (&public, &open)] {
        surface.every_part_of_a_title_finds_it(all).await;
        surface.a_whole_title_is_its_own_first_hit(all).await;
        surface.titles_before_keywords_before_the_rest(&words, all).await;
        surface
            .what_people_type_is_answered(&[
                ("停车场 名录", "公共停车场名录"),
                ("a级景区", "A级旅游景区与重点景点"),
                ("Ａ级　旅游景区", "A级旅游景区与重点景点"),
                ("12345", "12345热线诉求统计"),
                ("充电桩在哪里？", "公共充电桩分布"),
                ("\"充电桩\" AND 分布", "公共充电桩分布"),
            ])
            .await;
    }
}
