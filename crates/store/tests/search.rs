//! The search index: what people type finds what they mean, the best first.

use rules::{
    catalogue::{CatalogueKind, OpenKind, ShareKind},
    ids::EntryId,
    people::Level,
};
use store::search::{Change, Doc, Facet, Hits, Search, key};

/// Titles as departments write them.
const TITLES: [&str; 30] = [
    "永州市城乡居民最低生活保障对象信息",
    "婚姻登记信息（2023年）",
    "零陵区新生儿出生登记办理记录",
    "常住人口户籍信息（核验接口）",
    "机动车驾驶证基本信息",
    "企业注册登记明细数据",
    "个体工商户登记变更信息",
    "不动产登记簿",
    "住房公积金缴存、提取和贷款明细",
    "城镇职工基本养老保险参保信息",
    "残疾人证核发名录",
    "PM2.5空气质量监测小时数据",
    "河长制河流名录（一河一策）",
    "“双随机、一公开”抽查结果",
    "江永女书传承人名录",
    "12345热线工单办理记录",
    "行政许可和行政处罚“双公示”信息",
    "乡镇（街道）行政区划代码表",
    "祁阳市农机购置补贴公示信息",
    "江华瑶族自治县易地搬迁安置点",
    "高新技术企业认定结果",
    "医师执业注册信息",
    "5G通信基站站点分布",
    "学生资助发放台账·义务教育阶段",
    "特种设备使用登记证照目录",
    "退役军人优抚对象名单",
    "冷水滩区公共厕所空间分布",
    "惠民惠农财政补贴“一卡通”发放明细",
    "供水用水户信息（水务公司）",
    "GDP及固定资产投资统计表",
];

fn doc(id: &str, title: &str) -> Doc {
    Doc {
        id: EntryId::from(id),
        title: title.to_owned(),
        keywords: Vec::new(),
        items: Vec::new(),
        summary: String::new(),
        org: "org-mz".into(),
        org_name: "永州市民政局".to_owned(),
        region: "431100".to_owned(),
        share: ShareKind::Unconditional,
        open: OpenKind::NotOpen,
        kind: CatalogueKind::Department,
        level: Level::City,
        changed_at_ms: 0,
    }
}

async fn fresh(docs: Vec<Doc>) -> (tempfile::TempDir, Search) {
    let dir = tempfile::tempdir().unwrap();
    let search = Search::open(&dir.path().join("search")).unwrap();
    let changes = docs.into_iter().map(|it| Change::Put(Box::new(it))).collect();
    search.apply(changes, 1).await.unwrap();
    (dir, search)
}

fn ids(hits: &Hits) -> Vec<&str> {
    hits.ids.iter().map(EntryId::as_str).collect()
}

async fn find(search: &Search, text: &str) -> Hits {
    search.find(text, &[], 0, 100).await.unwrap()
}

#[tokio::test]
async fn every_one_and_two_characters_of_a_title_find_it() {
    let docs = TITLES
        .iter()
        .enumerate()
        .map(|(i, title)| doc(&i.to_string(), title))
        .collect();
    let (_dir, search) = fresh(docs).await;
    for (i, title) in TITLES.iter().enumerate() {
        let characters: Vec<char> = title.chars().collect();
        for part in characters.windows(1).chain(characters.windows(2)) {
            let text: String = part.iter().collect();
            let hits = find(&search, &text).await;
            assert!(
                ids(&hits).contains(&i.to_string().as_str()),
                "{text:?} does not find {title}"
            );
            let is_words_only = part.iter().all(|it| it.is_alphanumeric());
            for id in ids(&hits).iter().filter(|_| is_words_only) {
                let found = TITLES[id.parse::<usize>().unwrap()];
                let in_provider = "永州市民政局".contains(&text);
                assert!(found.contains(&text) || in_provider, "{text:?} finds {found}");
            }
        }
        assert_eq!(
            ids(&find(&search, title).await)[0],
            i.to_string(),
            "{title} is not its own first hit"
        );
    }
}

#[tokio::test]
async fn a_title_ranks_before_a_keyword_before_an_item_before_the_abstract() {
    let mut docs = vec![doc(
        "title",
        "全市低保对象名单，按年度汇总并附区县乡镇街道村居明细",
    )];
    docs.push(Doc {
        keywords: vec!["低保".to_owned()],
        changed_at_ms: 5,
        ..doc("keyword", "困难群众")
    });
    docs.push(Doc {
        items: vec!["低保证号".to_owned()],
        changed_at_ms: 6,
        ..doc("item", "困难")
    });
    docs.push(Doc {
        summary: "含低保、低保边缘人员，低保。".to_owned(),
        changed_at_ms: 7,
        ..doc("summary", "难")
    });
    for i in 0..50 {
        docs.push(Doc {
            summary: "低保".to_owned(),
            ..doc(&format!("other-{i}"), "其他")
        });
    }
    let (_dir, search) = fresh(docs).await;
    for text in ["低保", "　低保！", "低保 低保"] {
        assert_eq!(
            ids(&find(&search, text).await)[..4],
            ["title", "keyword", "item", "summary"],
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_word_ranks_before_the_same_characters_inside_others() {
    let docs = vec![
        doc("people", "市人民政府工作要点"),
        doc("civil", "县民政部门工作要点"),
    ];
    let (_dir, search) = fresh(docs).await;
    let orgless = |mut it: Doc| {
        it.org_name = String::new();
        it
    };
    search
        .put(orgless(doc("people", "市人民政府工作要点")), 2)
        .await
        .unwrap();
    search
        .put(orgless(doc("civil", "县民政部门工作要点")), 3)
        .await
        .unwrap();
    assert_eq!(ids(&find(&search, "民政").await), ["civil", "people"]);
}

#[tokio::test]
async fn a_question_finds_the_entry_it_means() {
    let docs = TITLES
        .iter()
        .enumerate()
        .map(|(i, title)| doc(&i.to_string(), title))
        .collect();
    let (_dir, search) = fresh(docs).await;
    for (question, wanted) in [
        ("零陵区的新生儿出生登记数据在哪里可以查到？", 2),
        ("请问哪里能查到残疾人证", 10),
        ("ｐｍ２．５", 11),
        ("gdp 统计", 29),
        ("婚姻登记 2023", 1),
        ("低保 最低生活保障", 0),
        ("公积金提取", 8),
    ] {
        assert_eq!(
            ids(&find(&search, question).await)[0],
            wanted.to_string(),
            "{question}"
        );
    }
}

#[tokio::test]
async fn the_title_that_is_the_text_comes_first_whatever_else_another_says() {
    for title in ["婚姻登记", "GDP统计", "低保对象名单（2023年）", "数据目录"] {
        let rich = |id: &str, of: String| Doc {
            keywords: vec![title.to_owned()],
            items: vec![title.to_owned()],
            summary: title.to_owned(),
            changed_at_ms: 9,
            ..doc(id, &of)
        };
        let docs = vec![
            rich("longer", format!("{title}表")),
            rich("inside", format!("市{title}")),
            doc("exact", title),
        ];
        let (_dir, search) = fresh(docs).await;
        assert_eq!(ids(&find(&search, title).await)[0], "exact", "{title}");
    }
}

#[tokio::test]
async fn what_people_type_is_words_and_never_syntax() {
    let docs = TITLES
        .iter()
        .enumerate()
        .map(|(i, title)| doc(&i.to_string(), title))
        .collect();
    let (_dir, search) = fresh(docs).await;
    for (text, wanted) in [
        ("GDP数据", 29),
        ("ＧＤＰ　数据", 29),
        ("gdp", 29),
        ("5g基站", 22),
        ("热线12345", 15),
        ("\"低保\" AND 最低生活保障", 0),
        ("title:婚姻登记", 1),
        ("农机*补贴", 18),
        ("农机 +补贴 -公示", 18),
        ("(公积金)", 8),
    ] {
        let hits = find(&search, text).await;
        assert_eq!(ids(&hits)[0], wanted.to_string(), "{text}: {hits:?}");
    }
    for text in [
        "AND",
        "OR",
        "\"",
        "*",
        ":",
        "()",
        "{}[]^~\\/",
        "a:b AND (",
        "\u{0}",
        "！？…",
    ] {
        find(&search, text).await;
    }
    let long = "零陵区公共厕所空间分布".repeat(2_000);
    assert_eq!(ids(&find(&search, &long).await)[0], "26");
}

#[tokio::test]
async fn all_matches_are_the_hits_in_their_order() {
    let docs = TITLES
        .iter()
        .enumerate()
        .map(|(i, title)| Doc {
            changed_at_ms: i as i64,
            ..doc(&i.to_string(), title)
        })
        .collect();
    let (_dir, search) = fresh(docs).await;
    for text in ["登记", "信息 名录", "零陵区的新生儿", "", "没有的字"] {
        let hits = find(&search, text).await;
        let mut matches = search.matches(text).await.unwrap();
        matches.sort_by_key(|it| std::cmp::Reverse(it.rank));
        let keys: Vec<u64> = hits.ids.iter().map(key).collect();
        assert_eq!(
            matches.iter().map(|it| it.key).collect::<Vec<_>>(),
            keys,
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_empty_text_lists_all_the_newest_first_page_by_page() {
    let docs = (0..25)
        .map(|n| Doc {
            changed_at_ms: n,
            ..doc(&format!("{n:02}"), "同名")
        })
        .collect();
    let (_dir, search) = fresh(docs).await;
    let mut seen = Vec::new();
    for page in 0..4 {
        let hits = search.find(" 。？", &[], page * 10, 10).await.unwrap();
        assert_eq!(hits.total, 25);
        seen.extend(hits.ids);
    }
    let wanted: Vec<EntryId> = (0..25).rev().map(|n| EntryId(format!("{n:02}"))).collect();
    assert_eq!(seen, wanted);
    assert_eq!(search.find("同名", &[], 0, 0).await.unwrap().ids, []);
}

#[tokio::test]
async fn facets_are_counted_and_narrow_the_hits() {
    let mut docs = Vec::new();
    for n in 0..10 {
        docs.push(Doc {
            region: if n < 3 { "431102" } else { "431103" }.to_owned(),
            share: if n % 2 == 0 {
                ShareKind::Conditional
            } else {
                ShareKind::Unconditional
            },
            ..doc(&n.to_string(), "户籍登记")
        });
    }
    docs.push(doc("x", "无关"));
    let (_dir, search) = fresh(docs).await;
    let counts = |hits: &Hits, facet: Facet| {
        let values = &hits.facets.iter().find(|(it, _)| *it == facet).unwrap().1;
        values
            .iter()
            .map(|(value, count)| format!("{value}:{count}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let hits = find(&search, "户籍").await;
    assert_eq!(hits.total, 10);
    assert_eq!(hits.facets.len(), Facet::ALL.len());
    assert_eq!(counts(&hits, Facet::Region), "431103:7 431102:3");
    assert_eq!(counts(&hits, Facet::Share), "conditional:5 unconditional:5");
    let chosen = [(Facet::Region, "431102".to_owned())];
    let hits = search.find("户籍", &chosen, 0, 100).await.unwrap();
    assert_eq!(hits.total, 3);
    assert_eq!(counts(&hits, Facet::Share), "conditional:2 unconditional:1");
    assert_eq!(
        counts(&hits, Facet::Region),
        "431103:7 431102:3",
        "the other choices stay visible"
    );
    let nothing = [(Facet::Region, "999999".to_owned())];
    assert_eq!(search.find("户籍", &nothing, 0, 100).await.unwrap().total, 0);
}

#[tokio::test]
async fn a_text_is_never_syntax_and_any_input_is_answered() {
    let (_dir, search) = fresh(vec![doc("1", "行政许可信息")]).await;
    let long = "许可".repeat(100_000);
    for text in [
        "title:x",
        "行政 AND (",
        "\"",
        "-行政",
        "*",
        "a^2",
        "[1 TO",
        "\u{0}\u{1f600}",
        "=行政",
        "İıß𠮷",
        &long,
    ] {
        search
            .find(text, &[(Facet::Org, text.to_owned())], 0, 10)
            .await
            .unwrap();
        search.find(text, &[], usize::MAX, 10).await.unwrap();
    }
    assert_eq!(find(&search, "行政 AND (").await.total, 1);
}

#[tokio::test]
async fn a_change_is_found_by_the_next_search_and_lasts() {
    let dir = tempfile::tempdir().unwrap();
    let search = Search::open(dir.path()).unwrap();
    assert_eq!(search.position(), 0);
    assert_eq!(find(&search, "").await.total, 0);
    search.put(doc("1", "婚姻登记"), 7).await.unwrap();
    assert_eq!(find(&search, "婚姻").await.total, 1);
    search.put(doc("1", "结婚登记"), 8).await.unwrap();
    assert_eq!(find(&search, "婚姻").await.total, 0);
    assert_eq!(find(&search, "登记").await.total, 1);
    search.put(doc("2", "离婚登记"), 9).await.unwrap();
    search.remove(&EntryId::from("1"), 10).await.unwrap();
    assert_eq!(ids(&find(&search, "登记").await), ["2"]);
    drop(search);
    let search = Search::open(dir.path()).unwrap();
    assert_eq!(search.position(), 10);
    assert_eq!(ids(&find(&search, "登记").await), ["2"]);
    search.put(doc("3", "登记"), 11).await.unwrap();
    assert_eq!(find(&search, "登记").await.total, 2);
}

#[tokio::test]
async fn a_rebuild_answers_from_the_old_index_until_it_switches() {
    let dir = tempfile::tempdir().unwrap();
    let search = Search::open(dir.path()).unwrap();
    search.put(doc("old", "旧的"), 3).await.unwrap();
    let rebuild = search.rebuild().await.unwrap();
    let rebuild = rebuild.put(vec![doc("new", "新的")]).await.unwrap();
    search.put(doc("meanwhile", "其间"), 4).await.unwrap();
    assert_eq!(find(&search, "").await.total, 2);
    // One that is given up leaves nothing behind.
    drop(search.rebuild().await.unwrap());
    rebuild.finish(3).await.unwrap();
    assert_eq!(ids(&find(&search, "").await), ["new"]);
    assert_eq!(search.position(), 3);
    search.put(doc("meanwhile", "其间"), 4).await.unwrap();
    assert_eq!(find(&search, "").await.total, 2);
    drop(search);
    let search = Search::open(dir.path()).unwrap();
    assert_eq!(find(&search, "").await.total, 2);
    let generations = std::fs::read_dir(dir.path())
        .unwrap()
        .filter(|it| it.as_ref().unwrap().path().is_dir());
    assert_eq!(generations.count(), 1);
}

#[tokio::test]
async fn an_index_that_cannot_be_read_is_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let search = Search::open(dir.path()).unwrap();
    search.put(doc("1", "婚姻登记"), 7).await.unwrap();
    drop(search);
    let generation = std::fs::read_to_string(dir.path().join("current")).unwrap();
    std::fs::write(dir.path().join(generation).join("meta.json"), "broken").unwrap();
    let search = Search::open(dir.path()).unwrap();
    assert_eq!((search.position(), find(&search, "").await.total), (0, 0));
    std::fs::write(dir.path().join("current"), "../../etc").unwrap();
    drop(search);
    assert_eq!(Search::open(dir.path()).unwrap().position(), 0);
}

/// Every change to one entry moves documents about; the order of the others, all alike, stays.
#[tokio::test]
async fn pages_of_what_is_alike_show_nothing_twice_whatever_is_merged_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let search = Search::open(dir.path()).unwrap();
    let alike = |n: u32| doc(&format!("01jd{n:022}"), "婚姻登记");
    for n in 0..30 {
        search.put(alike(n), i64::from(n) + 1).await.unwrap();
    }
    let mut found = Vec::new();
    for page in 0..6 {
        let hits = search.find("", &[], page * 5, 5).await.unwrap();
        found.extend(hits.ids);
        for n in 0..30 {
            search.put(alike((n * 7) % 30), 100).await.unwrap();
        }
    }
    let distinct: std::collections::BTreeSet<_> = found.iter().collect();
    assert_eq!((found.len(), distinct.len()), (30, 30), "{found:?}");
}
