//! A catalogue of any size, with questions people ask of it and what answers each: for measuring search.
//!
//! Its subjects are written down in `data/subjects.txt`, one a line: subject, department of the city, theme, words people
//! search by, and how people say it who do not know the office's word for it. An entry is one subject of one place in one
//! respect, perhaps of one year.

use crate::{dice::Dice, words::REGIONS};

const SUBJECTS: &str = include_str!("../data/subjects.txt");

/// What an entry holds of its subject: the words of its title, and of its abstract.
const RESPECTS: [(&str, &str); 15] = [
    ("基本信息", "登记主体的基本情况"),
    ("办理记录", "业务受理、审核、办结全过程记录"),
    ("统计表", "按区划和时间汇总的统计结果"),
    ("名录", "在册对象名单"),
    ("明细数据", "逐笔明细"),
    ("年度汇总", "年度汇总数据"),
    ("变更信息", "变更前后内容及变更原因"),
    ("注销信息", "注销、吊销、撤销情况"),
    ("审批结果", "审批结论与有效期"),
    ("监督检查记录", "日常监督检查情况"),
    ("公示信息", "依法公开的公示内容"),
    ("核验接口", "供业务系统比对核验的服务接口"),
    ("证照目录", "证照编号、持有人与有效期限"),
    ("资金发放台账", "资金发放对象、金额与时间"),
    ("空间分布", "点位坐标与空间范围"),
];

const ITEMS: [&str; 20] = [
    "统一社会信用代码",
    "公民身份号码",
    "姓名",
    "单位名称",
    "法定代表人",
    "联系电话",
    "地址",
    "区划代码",
    "登记日期",
    "有效期起",
    "有效期止",
    "证照编号",
    "审批机关",
    "状态",
    "金额",
    "面积",
    "数量",
    "经度",
    "纬度",
    "备注",
];

const CYCLES: [(&str, &str); 7] = [
    ("realtime", "实时"),
    ("daily", "每日"),
    ("weekly", "每周"),
    ("monthly", "每月"),
    ("quarterly", "每季度"),
    ("yearly", "每年"),
    ("irregular", "不定期"),
];

const SHARES: [&str; 3] = ["unconditional", "conditional", "not-shared"];

const ENDS: [&str; 8] = [
    "用于政务服务一网通办的材料免提交",
    "支撑跨部门联合监管",
    "服务基层减负与一表通填报",
    "为领导决策提供数据支撑",
    "用于惠民资金发放前的比对核查",
    "支撑城市运行管理指挥",
    "面向社会公众开放利用",
    "用于信用评价与联合奖惩",
];

/// The city as a place of entries.
const CITY: (&str, &str) = ("431100", "永州市");
/// The development zone, which has offices of its own.
const ZONE: (&str, &str) = ("431171", "永州经济技术开发区");

/// What entries are about.
#[derive(Clone, Debug)]
struct Subject {
    title: &'static str,
    department: &'static str,
    theme: &'static str,
    keywords: Vec<&'static str>,
    as_said: &'static str,
}

fn subjects() -> Vec<Subject> {
    let subject = |line: &'static str| {
        let mut parts = line.split('|');
        let mut next = || parts.next().unwrap_or("");
        Subject {
            title: next(),
            department: next(),
            theme: next(),
            keywords: next().split(',').collect(),
            as_said: next(),
        }
    };
    SUBJECTS.lines().map(subject).collect()
}

/// The places that have entries: code and name.
fn places() -> Vec<(&'static str, &'static str)> {
    let mut places = vec![CITY];
    places.extend(REGIONS);
    places.push(ZONE);
    places
}

/// One entry of the catalogue.
#[derive(Clone, Debug)]
pub struct CatalogueEntry {
    /// Which of the subjects it is about.
    pub subject: usize,
    /// The division code of its place.
    pub region: &'static str,
    /// The full name of its department.
    pub department: String,
    /// Its title.
    pub title: String,
    /// The words its title is made of: place, subject, respect and perhaps a year.
    pub words: Vec<String>,
    /// Its abstract.
    pub summary: String,
    /// Words people search by.
    pub keywords: Vec<&'static str>,
    /// What citizens look for it under.
    pub theme: &'static str,
    /// How it may be shared, as catalogues word it.
    pub share: &'static str,
    /// How often it changes, as catalogues word it.
    pub cycle: &'static str,
    /// The titles of its items.
    pub items: Vec<&'static str>,
}

/// `entries` entries, the same for the same seed.
pub fn catalogue(entries: u64, seed: u64) -> impl Iterator<Item = CatalogueEntry> {
    let (subjects, places, mut dice) = (subjects(), places(), Dice::new(seed));
    (0..entries).map(move |_| entry(&subjects, &places, &mut dice))
}

fn entry(subjects: &[Subject], places: &[(&'static str, &'static str)], dice: &mut Dice) -> CatalogueEntry {
    let number = dice.below(subjects.len() as u64) as usize;
    let subject = &subjects[number];
    let (region, place) = dice.pick(places);
    let (respect, described) = dice.pick(&RESPECTS);
    let year = 2010 + dice.below(16);
    let department = match subject.department.strip_prefix('市') {
        Some(own) => format!("{place}{own}"),
        None => format!("{place}{}", subject.department),
    };
    let mut items = ITEMS.to_vec();
    for at in 0..ITEMS.len() - 1 {
        let other = at + dice.below((ITEMS.len() - at) as u64) as usize;
        items.swap(at, other);
    }
    items.truncate(4 + dice.below(6) as usize);
    let (cycle, cycle_words) = dice.pick(&CYCLES);
    let mut summary = format!(
        "本目录由{department}提供，收录{place}{year}年以来{0}的{described}，主要信息项包括{1}等。数据来源于{0}业务系统，\
         更新周期为{cycle_words}，{2}。",
        subject.title,
        items.join("、"),
        dice.pick(&ENDS),
    );
    if dice.chance(300) {
        // It names another subject in passing, and must not be taken for it.
        let other = &subjects[dice.below(subjects.len() as u64) as usize];
        summary += &format!("可与{}数据关联使用。", other.title);
    }
    let mut words: Vec<String> = [place, subject.title, respect].map(str::to_owned).into();
    let mut title = words.concat();
    if dice.chance(400) {
        title += &format!("（{year}年）");
        words.push(format!("{year}年"));
    }
    CatalogueEntry {
        subject: number,
        region,
        department,
        title,
        words,
        summary,
        keywords: subject.keywords.iter().copied().chain([respect]).collect(),
        theme: subject.theme,
        share: dice.pick(&SHARES),
        cycle,
        items,
    }
}

/// A question asked of the catalogue.
#[derive(Clone, Debug)]
pub struct CatalogueQuery {
    /// What kind of question it is.
    pub kind: &'static str,
    /// What is typed.
    pub text: String,
    /// The subjects that answer it.
    subjects: Vec<usize>,
    /// The place that answers it; any where there is none.
    region: Option<&'static str>,
}

impl CatalogueQuery {
    /// Whether an entry answers it.
    pub fn is_answered_by(&self, subject: usize, region: &str) -> bool {
        self.subjects.contains(&subject) && self.region.is_none_or(|it| it == region)
    }
}

/// Two hundred questions of six kinds, the same for the same seed: short words and longer ones, subjects, subjects of a
/// place, whole sentences, and the words of people who do not know the office's.
pub fn catalogue_queries(seed: u64) -> Vec<CatalogueQuery> {
    let (subjects, places, mut dice) = (subjects(), places(), Dice::new(seed));
    let mut words: Vec<&str> = subjects.iter().flat_map(|it| it.keywords.clone()).collect();
    words.sort_unstable();
    words.dedup();
    let (short, long): (Vec<&str>, Vec<&str>) = words.into_iter().partition(|it| it.chars().count() <= 2);
    let all: Vec<usize> = (0..subjects.len()).collect();
    let about = |word: &str| {
        let is_about =
            |it: &usize| subjects[*it].title.contains(word) || subjects[*it].keywords.contains(&word);
        all.iter().copied().filter(is_about).collect::<Vec<_>>()
    };
    let mut queries = Vec::new();
    let mut ask = |kind, text: String, subjects: Vec<usize>, region| {
        queries.push(CatalogueQuery {
            kind,
            text,
            subjects,
            region,
        });
    };
    for word in some(&short, 60, &mut dice) {
        ask("两字词", word.to_owned(), about(word), None);
    }
    for word in some(&long, 25, &mut dice) {
        ask("三字以上的词", word.to_owned(), about(word), None);
    }
    for it in some(&all, 30, &mut dice) {
        ask("业务名称", subjects[it].title.to_owned(), vec![it], None);
    }
    for it in some(&all, 45, &mut dice) {
        let (code, place) = dice.pick(&places);
        let text = format!("{place} {}", subjects[it].title);
        ask("地区 业务名称", text, vec![it], Some(code));
    }
    for it in some(&all, 20, &mut dice) {
        let (code, place) = dice.pick(&places);
        let text = format!("{place}的{}数据在哪里可以查到？", subjects[it].title);
        ask("整句提问", text, vec![it], Some(code));
    }
    for it in some(&all, 20, &mut dice) {
        ask("口语说法", subjects[it].as_said.to_owned(), vec![it], None);
    }
    queries
}

/// `n` of `choices`, each at most once.
fn some<T: Copy>(choices: &[T], n: usize, dice: &mut Dice) -> Vec<T> {
    let mut left = choices.to_vec();
    let mut some = Vec::new();
    while some.len() < n && !left.is_empty() {
        some.push(left.swap_remove(dice.below(left.len() as u64) as usize));
    }
    some
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_catalogue_and_every_question_has_answers_in_it() {
        let entries: Vec<CatalogueEntry> = catalogue(30_000, 7).collect();
        let again = catalogue(30_000, 7).nth(29_999).unwrap();
        assert_eq!(entries[29_999].summary, again.summary);
        assert_ne!(entries[0].title, catalogue(1, 8).next().unwrap().title);
        let queries = catalogue_queries(7);
        assert_eq!(queries.len(), 200);
        for query in &queries {
            let answers = |it: &&CatalogueEntry| query.is_answered_by(it.subject, it.region);
            assert!(entries.iter().any(|it| answers(&it)), "{query:?}");
        }
    }
}
