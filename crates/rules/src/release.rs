//! 开放快照: what leaves for the public, in which files, and how each item is veiled before.
//!
//! Home of 《永州市政务大数据管理办法》 art. 22. Who prepares and who reviews a release is in `procedure::opening`.

use serde::{Deserialize, Serialize};

use crate::{
    catalogue::{Content, Gap, Item, ItemClass, ItemType, OpenKind, Semantic},
    grant::Mask,
    law::Regulation::Yongzhou,
    words,
};

words! {
    /// The formats in which an open set is downloaded (art. 25).
    pub enum FileFormat {
        /// Comma-separated, with a byte order mark for spreadsheets.
        Csv = "csv" "CSV",
        /// One JSON document.
        Json = "json" "JSON",
        /// One JSON object a line.
        JsonLines = "jsonl" "JSON Lines",
        /// A spreadsheet.
        Xlsx = "xlsx" "XLSX",
        /// XML.
        Xml = "xml" "XML",
        /// Parquet.
        Parquet = "parquet" "Parquet",
    }
}

impl FileFormat {
    /// The media type it is sent as.
    pub const fn mime(self) -> &'static str {
        match self {
            FileFormat::Csv => "text/csv; charset=utf-8",
            FileFormat::Json => "application/json",
            FileFormat::JsonLines => "application/x-ndjson",
            FileFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileFormat::Xml => "application/xml",
            FileFormat::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// How a file's name ends, without the dot.
    pub const fn extension(self) -> &'static str {
        self.name()
    }
}

words! {
    /// The family a rule belongs to: what a form offers for one item.
    pub enum Treatment {
        /// As it is.
        Keep = "keep" "原值开放",
        /// Left out.
        Drop = "drop" "不开放该项",
        /// The surname stays.
        Name = "name" "仅显示姓",
        /// The ends of an identity number stay.
        Identity = "identity" "证件号掩码",
        /// The ends of a telephone number stay.
        Mobile = "mobile" "手机号掩码",
        /// The beginning of an address stays.
        Address = "address" "地址掩码",
        /// A pseudonym, another one with every release.
        Pseudonym = "pseudonym" "假名",
        /// The year stays.
        Year = "year" "归并到年",
        /// The county stays.
        Division = "division" "归并到县级区划",
        /// A band of ten.
        Band10 = "band-10" "按10归并成段",
        /// A band of a hundred.
        Band100 = "band-100" "按100归并成段",
        /// A band of a thousand.
        Band1000 = "band-1000" "按1000归并成段",
    }
}

/// How one item's values are coarsened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generalisation {
    /// A day or an instant becomes its year, `1987`.
    Year,
    /// A division code becomes its first six digits, the county.
    Division6,
    /// A number becomes the band it lies in, such as `20-29` for a width of ten.
    Band(u32),
}

/// 脱敏规则: what happens to one item on the way out (art. 22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskRule {
    /// Opened as it is.
    Keep,
    /// Not opened at all.
    Drop,
    /// Veiled value by value.
    Veil(Mask),
    /// Coarsened.
    Generalise(Generalisation),
}

impl MaskRule {
    /// The rule that a form's word stands for.
    pub const fn of(treatment: Treatment) -> MaskRule {
        match treatment {
            Treatment::Keep => MaskRule::Keep,
            Treatment::Drop => MaskRule::Drop,
            Treatment::Name => MaskRule::Veil(Mask::Name),
            Treatment::Identity => MaskRule::Veil(Mask::Identity),
            Treatment::Mobile => MaskRule::Veil(Mask::Mobile),
            Treatment::Address => MaskRule::Veil(Mask::Address),
            Treatment::Pseudonym => MaskRule::Veil(Mask::Pseudonym),
            Treatment::Year => MaskRule::Generalise(Generalisation::Year),
            Treatment::Division => MaskRule::Generalise(Generalisation::Division6),
            Treatment::Band10 => MaskRule::Generalise(Generalisation::Band(10)),
            Treatment::Band100 => MaskRule::Generalise(Generalisation::Band(100)),
            Treatment::Band1000 => MaskRule::Generalise(Generalisation::Band(1000)),
        }
    }

    /// The form's word for this rule; none for a rule that no form offers.
    pub fn treatment(self) -> Option<Treatment> {
        Treatment::ALL
            .iter()
            .copied()
            .find(|it| MaskRule::of(*it) == self)
    }

    /// What the public reads of it, such as 仅显示姓.
    pub fn words(self) -> String {
        match (self, self.treatment()) {
            (_, Some(it)) => it.label().to_owned(),
            (MaskRule::Veil(mask), None) => mask.label().to_owned(),
            (MaskRule::Generalise(Generalisation::Band(width)), None) => format!("按{width}归并成段"),
            _ => String::new(),
        }
    }

    /// Whether the item leaves the platform in some form.
    pub const fn is_opened(self) -> bool {
        !matches!(self, MaskRule::Drop)
    }

    /// Whether values leave other than they are.
    pub const fn veils(self) -> bool {
        match self {
            MaskRule::Keep | MaskRule::Drop | MaskRule::Veil(Mask::Clear) => false,
            MaskRule::Veil(_) | MaskRule::Generalise(_) => true,
        }
    }

    /// The rule proposed for `item` before anybody has thought about it.
    pub fn proposed(item: &Item) -> MaskRule {
        match (item.class, item.semantic, item.kind) {
            (ItemClass::Plain, ..) => MaskRule::Keep,
            (ItemClass::Identifier, Semantic::PersonName, _) => MaskRule::Veil(Mask::Name),
            (ItemClass::Identifier | ItemClass::Sensitive, ..) => MaskRule::Drop,
            (ItemClass::Quasi, Semantic::DivisionCode, _) => MaskRule::Generalise(Generalisation::Division6),
            (ItemClass::Quasi, Semantic::Address, _) => MaskRule::Veil(Mask::Address),
            (ItemClass::Quasi, _, ItemType::Date | ItemType::DateTime) => {
                MaskRule::Generalise(Generalisation::Year)
            }
            (ItemClass::Quasi, ..) => MaskRule::Keep,
        }
    }

    /// Why this rule does nothing useful to `item`, if so.
    fn misfit(self, item: &Item) -> Option<&'static str> {
        let is_number = matches!(item.kind, ItemType::Integer | ItemType::Decimal | ItemType::Money);
        let is_day = matches!(item.kind, ItemType::Date | ItemType::DateTime);
        match self {
            MaskRule::Generalise(Generalisation::Band(0)) => Some("归并的段宽应大于零"),
            MaskRule::Generalise(Generalisation::Band(_)) if !is_number => Some("只有数值可以归并成段"),
            MaskRule::Generalise(Generalisation::Year) | MaskRule::Veil(Mask::Year) if !is_day => {
                Some("只有日期可以归并到年")
            }
            MaskRule::Generalise(Generalisation::Division6) if item.semantic != Semantic::DivisionCode => {
                Some("只有行政区划代码可以归并到县级")
            }
            _ => None,
        }
    }

    /// Whether `item` tells one row from another and would no more, because different values leave as the same.
    pub fn blurs_key(self, item: &Item) -> bool {
        let stays_apart = matches!(self, MaskRule::Veil(Mask::Pseudonym));
        item.is_key && self.veils() && !stays_apart
    }

    /// `item` as it stands in the release; none where it is left out. No samples: they come from inside.
    fn opened(self, item: &Item) -> Option<Item> {
        let mut item = Item {
            samples: Vec::new(),
            is_key: false,
            ..item.clone()
        };
        if !self.is_opened() {
            return None;
        }
        if self.veils() {
            item.kind = ItemType::Text;
            item.length = None;
            item.scale = None;
            item.codes = Vec::new();
            item.semantic = match self {
                MaskRule::Generalise(Generalisation::Division6) => Semantic::DivisionCode,
                _ => Semantic::Plain,
            };
        }
        Some(item)
    }
}

/// One item and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedItem {
    /// The item's name in the entry.
    pub name: String,
    /// The rule; none where nobody has decided yet.
    pub rule: Option<MaskRule>,
}

/// 开放方案: how an entry's rows become an open set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Every item of the entry.
    pub items: Vec<PlannedItem>,
    /// Why the release is harmless though a group of persons is smaller than [`K_MIN`]; read by the reviewer.
    pub risk_words: String,
    /// The name of the theme under which the public finds the set; empty where its classification says it.
    pub theme: String,
}

/// The smallest group of persons who look alike in a release that is opened without further words. No article sets
/// it; it is the city's policy until it sets another.
pub const K_MIN: u64 = 5;

impl Plan {
    /// The plan proposed for an entry that has none: plain items as they are, persons veiled or left out.
    pub fn proposed(content: &Content) -> Plan {
        let items = content.items.iter().map(|it| PlannedItem {
            name: it.name.clone(),
            rule: Some(MaskRule::proposed(it)),
        });
        Plan {
            items: items.collect(),
            ..Plan::default()
        }
    }

    /// The rule of the item called `name`. An item that the plan does not speak of has none.
    pub fn rule(&self, name: &str) -> Option<MaskRule> {
        self.items
            .iter()
            .find(|it| it.name == name)
            .and_then(|it| it.rule)
    }

    /// The items of the release, in the entry's order, as the public sees them.
    pub fn opened(&self, content: &Content) -> Vec<Item> {
        let opened = |it: &Item| self.rule(&it.name).and_then(|rule| rule.opened(it));
        content.items.iter().filter_map(opened).collect()
    }

    /// The opened items by which somebody might be recognised: what k-anonymity is measured over.
    pub fn quasi(&self, content: &Content) -> Vec<String> {
        let is_told = |it: &&Item| {
            let rule = self.rule(&it.name);
            it.class == ItemClass::Quasi && rule.is_some_and(MaskRule::is_opened)
        };
        content
            .items
            .iter()
            .filter(is_told)
            .map(|it| it.name.clone())
            .collect()
    }

    /// What was done to items, for the public to read: the item's title and the rule.
    pub fn masked(&self, content: &Content) -> Vec<(String, String)> {
        let masked = |it: &Item| {
            let rule = self.rule(&it.name).filter(|rule| rule.veils())?;
            Some((it.title.clone(), rule.words()))
        };
        content.items.iter().filter_map(masked).collect()
    }
}

/// What stands between a plan and its review; empty when it may be submitted. Art. 23: an entry with personal items
/// and no rule for them is not opened at all; art. 22: personal items leave only after de-identification.
pub fn gaps(content: &Content, plan: &Plan) -> Vec<Gap> {
    let (art_22, art_23) = (Some(Yongzhou.art(22)), Some(Yongzhou.art(23)));
    let gap = |field: String, words: String, cites| Gap { field, words, cites };
    let mut gaps = Vec::new();
    if content.open == OpenKind::NotOpen {
        let words = "目录列为“不予开放”，不能制作开放快照。".to_owned();
        gaps.push(gap("open".to_owned(), words, art_23));
    }
    for item in &content.items {
        let field = format!("items.{}", item.name);
        match plan.rule(&item.name) {
            None if item.class.is_personal() => {
                let words = format!(
                    "信息项“{}”涉及个人隐私，没有脱敏规则，只能不予开放。请选择脱敏规则，或者不开放该项。",
                    item.title
                );
                gaps.push(gap(field, words, art_23));
            }
            None => {
                let words = format!("请决定信息项“{}”如何开放。", item.title);
                gaps.push(gap(field, words, None));
            }
            Some(rule) if item.class.is_personal() && rule.is_opened() && !rule.veils() => {
                let words = format!("信息项“{}”涉及个人隐私，应当脱敏后开放。", item.title);
                gaps.push(gap(field, words, art_22));
            }
            Some(rule) if item.class == ItemClass::Plain && rule.blurs_key(item) => {
                let words = format!(
                    "“{}”是主键，这样处理后各行的值会重复，公众不能再用它区分各行。请原值开放，或者不开放该项。",
                    item.title
                );
                gaps.push(gap(field, words, None));
            }
            Some(rule) => {
                if let Some(why) = rule.misfit(item) {
                    gaps.push(gap(field, format!("“{}”：{why}。", item.title), None));
                }
            }
        }
    }
    if plan.opened(content).is_empty() {
        let words = "至少应开放一个信息项。".to_owned();
        gaps.push(gap("items".to_owned(), words, None));
    }
    gaps
}

/// The gap of a release in which a group of persons is smaller than [`K_MIN`], while nobody has said why that is
/// harmless (art. 22).
pub fn risk_gap(plan: &Plan, k_min: Option<u64>) -> Option<Gap> {
    let k = k_min.filter(|it| *it < K_MIN)?;
    plan.risk_words.trim().is_empty().then(|| Gap {
        field: "risk_words".to_owned(),
        words: format!(
            "按准标识信息项组合，最小一组只有{k}行，少于{K_MIN}行，有重新识别个人的风险。\
             请进一步归并或者不开放相关信息项，或者写明为什么没有风险，供保密审查人判断。"
        ),
        cites: Some(Yongzhou.art(22)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str, class: ItemClass) -> Item {
        Item {
            name: name.to_owned(),
            title: name.to_owned(),
            class,
            ..Item::default()
        }
    }

    #[test]
    fn a_key_that_would_repeat_is_not_opened_so_and_a_pseudonym_keeps_rows_apart() {
        let code = Item {
            is_key: true,
            semantic: Semantic::DivisionCode,
            ..item("乡级区划代码", ItemClass::Plain)
        };
        let merge = MaskRule::Generalise(Generalisation::Division6);
        assert!(merge.blurs_key(&code) && !MaskRule::Keep.blurs_key(&code));
        assert!(!MaskRule::Veil(Mask::Pseudonym).blurs_key(&code) && !MaskRule::Drop.blurs_key(&code));
        let content = Content {
            open: OpenKind::Unconditional,
            items: vec![code],
            ..Content::default()
        };
        let plan = with(&content, "乡级区划代码", Some(merge));
        assert!(gaps(&content, &plan)[0].words.contains("主键"));
        let plan = with(&content, "乡级区划代码", Some(MaskRule::Keep));
        assert_eq!(gaps(&content, &plan), []);
    }

    fn content() -> Content {
        Content {
            open: OpenKind::Conditional,
            items: vec![
                Item {
                    semantic: Semantic::PersonName,
                    ..item("姓名", ItemClass::Identifier)
                },
                item("病史", ItemClass::Sensitive),
                Item {
                    kind: ItemType::Date,
                    ..item("出生日期", ItemClass::Quasi)
                },
                item("街道", ItemClass::Plain),
            ],
            ..Content::default()
        }
    }

    fn with(content: &Content, name: &str, rule: Option<MaskRule>) -> Plan {
        let mut plan = Plan::proposed(content);
        plan.items
            .iter_mut()
            .filter(|it| it.name == name)
            .for_each(|it| it.rule = rule);
        plan
    }

    #[test]
    fn yongzhou_art22_a_personal_item_leaves_only_veiled_or_not_at_all() {
        let content = content();
        assert_eq!(gaps(&content, &Plan::proposed(&content)), []);
        for name in ["姓名", "病史"] {
            for clear in [MaskRule::Keep, MaskRule::Veil(Mask::Clear)] {
                let gaps = gaps(&content, &with(&content, name, Some(clear)));
                assert_eq!(gaps.len(), 1, "{name}");
                assert_eq!(gaps[0].cites, Some(Yongzhou.art(22)));
            }
            assert_eq!(
                gaps(
                    &content,
                    &with(&content, name, Some(MaskRule::Veil(Mask::Pseudonym)))
                ),
                []
            );
        }
    }

    #[test]
    fn yongzhou_art23_a_personal_item_without_a_rule_can_only_be_not_open() {
        let content = content();
        let gaps = gaps(&content, &with(&content, "姓名", None));
        assert_eq!(gaps.len(), 1);
        assert_eq!(
            (gaps[0].field.as_str(), gaps[0].cites),
            ("items.姓名", Some(Yongzhou.art(23)))
        );
        assert!(gaps[0].words.contains("只能不予开放"));
    }

    #[test]
    fn yongzhou_art23_an_entry_that_is_not_open_has_no_release() {
        let content = Content {
            open: OpenKind::NotOpen,
            ..content()
        };
        let gaps = gaps(&content, &Plan::proposed(&content));
        assert_eq!(gaps[0].cites, Some(Yongzhou.art(23)));
    }

    #[test]
    fn yongzhou_art22_a_group_smaller_than_five_is_explained_to_the_reviewer() {
        let mut plan = Plan::default();
        assert_eq!(risk_gap(&plan, Some(4)).unwrap().cites, Some(Yongzhou.art(22)));
        assert_eq!((risk_gap(&plan, Some(5)), risk_gap(&plan, None)), (None, None));
        plan.risk_words = "均为公开的企业登记信息。".to_owned();
        assert_eq!(risk_gap(&plan, Some(1)), None);
    }

    #[test]
    fn a_release_shows_no_samples_and_neither_dropped_items_nor_the_types_of_veiled_ones() {
        let mut content = content();
        content.items[2].samples = vec!["1987-05-06".to_owned()];
        let opened = Plan::proposed(&content).opened(&content);
        let names: Vec<&str> = opened.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["姓名", "出生日期", "街道"]);
        assert!(opened.iter().all(|it| it.samples.is_empty()));
        assert_eq!(opened[1].kind, ItemType::Text);
    }

    #[test]
    fn a_rule_that_does_nothing_to_its_item_is_named() {
        let content = content();
        for (rule, words) in [
            (MaskRule::of(Treatment::Year), "只有日期"),
            (MaskRule::of(Treatment::Band10), "只有数值"),
            (MaskRule::of(Treatment::Division), "只有行政区划代码"),
        ] {
            let gaps = gaps(&content, &with(&content, "街道", Some(rule)));
            assert!(gaps.len() == 1 && gaps[0].words.contains(words), "{words}");
        }
    }

    #[test]
    fn every_rule_of_the_form_comes_back_as_the_word_it_was_chosen_by() {
        for it in Treatment::ALL {
            assert_eq!(MaskRule::of(*it).treatment(), Some(*it));
        }
    }
}
