//! 目录: what an entry says of a resource, after the 2017 guide (发改高技〔2017〕1272号) and the regulation.
//!
//! Home of 《永州市政务大数据管理办法》 art. 2, art. 7, art. 11, art. 17 and art. 23. This module says what is
//! *missing or forbidden* in an entry; who may submit or publish one is in `procedure::compilation`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::{
    ids::OrgId,
    law::{Article, Regulation::Yongzhou},
};

pub mod item;
pub mod kinds;

pub use item::{Code, CrossRule, Item, ItemClass, ItemType, Semantic};
pub use kinds::*;

/// Everything an entry says, draft or published. Stored whole with each version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// 信息资源名称.
    pub title: String,
    /// 信息资源摘要.
    pub summary: String,
    /// Words people search by, beside the title.
    pub keywords: Vec<String>,
    /// 基础、主题 or 部门.
    pub kind: CatalogueKind,
    /// 信息资源分类, as people read it: 类, 项, 目, 细目.
    pub class_path: Vec<String>,
    /// The departments that compile a base or theme entry with the lead (art. 11).
    pub co_compilers: Vec<OrgId>,
    /// 信息资源格式.
    pub format: Format,
    /// 信息项, in the order of the file.
    pub items: Vec<Item>,
    /// Checks over two items.
    pub cross_rules: Vec<CrossRule>,
    /// 共享类型 (art. 17).
    pub share: ShareKind,
    /// Why the entry is not shared without conditions.
    pub share_reason: String,
    /// The law that says so: title, article and text.
    pub share_basis: String,
    /// 共享条件: which agencies, items, rows, use, quota, period.
    pub share_conditions: String,
    /// 共享方式 (art. 11: mandatory).
    pub share_method: ShareMethod,
    /// 使用范围 (art. 11: mandatory).
    pub usage_scope: String,
    /// 开放类型 (art. 23).
    pub open: OpenKind,
    /// Why the entry is not opened without conditions.
    pub open_reason: String,
    /// The law that says so.
    pub open_basis: String,
    /// 开放条件.
    pub open_conditions: String,
    /// 更新周期.
    pub cycle: UpdateCycle,
    /// 数据分级 (GB/T 43697).
    pub grade: Grade,
    /// 涉密标记. Anything but `None` is refused, drafts included (art. 2).
    pub secrecy: Secrecy,
    /// 责任人 (art. 7).
    pub person: String,
    /// 联系电话 of the person responsible.
    pub phone: String,
    /// 关联资源代码.
    pub related: Vec<String>,
    /// A batch with a larger share of refused rows than this is refused whole; per mille.
    pub refused_permille_max: u16,
}

/// Something an entry lacks or may not say, at one field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The form's field, such as `share_basis` or `items.3.length`.
    pub field: String,
    /// What is wrong and what to do about it.
    pub words: String,
    /// The article that demands it, where one does.
    pub cites: Option<Article>,
}

fn gap(field: impl Into<String>, words: impl Into<String>, cites: Option<Article>) -> Gap {
    Gap {
        field: field.into(),
        words: words.into(),
        cites,
    }
}

/// What is said of a telephone number that is none.
pub const PHONE_WORDS: &str =
    "联系电话由数字、“+”、“-”、空格和“分机”组成，例如 0746-8350000 或 0746-8350000 分机 12。";

/// Whether `text` can be dialled: digits with `+`, `-`, spaces and 分机 between, several with 、 or / between them.
pub fn is_phone(text: &str) -> bool {
    let is_one = |text: &str| {
        let text = text.trim().replace("分机", "").replace('转', "");
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let is_of_phone = |c: char| c.is_ascii_digit() || "+- ()（）".contains(c);
        (5..=24).contains(&digits) && text.chars().all(is_of_phone)
    };
    text.chars().count() <= 100 && text.split(['、', '/', '；', ';', '，', ',']).all(is_one)
}

impl Content {
    /// Art. 2: a resource marked secret is refused everywhere, drafts included.
    pub fn refuse_secret(&self) -> Result<(), Gap> {
        if self.secrecy == Secrecy::None {
            return Ok(());
        }
        let words = format!(
            "标记为“{}”的数据不得录入本平台，草稿也不保存。请按保密法律法规另行管理。",
            self.secrecy.label()
        );
        Err(gap("secrecy", words, Some(Yongzhou.art(2))))
    }

    /// Everything that stands between this draft and its submission; empty when it may be submitted.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        gaps.extend(self.refuse_secret().err());
        self.text_gaps(&mut gaps);
        self.share_gaps(&mut gaps);
        self.open_gaps(&mut gaps);
        self.item_gaps(&mut gaps);
        gaps
    }

    /// The item called `name` in files and calls.
    pub fn item(&self, name: &str) -> Option<&Item> {
        self.items.iter().find(|it| it.name == name)
    }

    /// The key items, in order; the row key of the resource.
    pub fn key(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|it| it.is_key)
    }

    fn text_gaps(&self, gaps: &mut Vec<Gap>) {
        let art_11 = Some(Yongzhou.art(11));
        let mandatory = [
            ("title", &self.title, "请填写信息资源名称。", None),
            (
                "summary",
                &self.summary,
                "请填写信息资源摘要，说明数据的内容与来源。",
                None,
            ),
            ("usage_scope", &self.usage_scope, "请明确使用范围。", art_11),
            ("person", &self.person, "请填写责任人。", Some(Yongzhou.art(7))),
            (
                "phone",
                &self.phone,
                "请填写责任人联系电话。",
                Some(Yongzhou.art(7)),
            ),
        ];
        for (field, value, words, cites) in mandatory {
            if value.trim().is_empty() {
                gaps.push(gap(field, words, cites));
            }
        }
        if !self.phone.trim().is_empty() && !is_phone(&self.phone) {
            gaps.push(gap("phone", PHONE_WORDS, Some(Yongzhou.art(7))));
        }
        if self.title.chars().count() > 100 {
            gaps.push(gap("title", "信息资源名称不超过100个字。", None));
        }
        if self.class_path.iter().all(|it| it.trim().is_empty()) {
            gaps.push(gap(
                "class_path",
                "请填写信息资源分类（类、项、目、细目）。",
                art_11,
            ));
        }
    }

    /// What the law permits an entry to say and a reviewer should look at twice.
    pub fn cautions(&self) -> Vec<Gap> {
        let is_narrower = self.share != ShareKind::Unconditional && self.open == OpenKind::Unconditional;
        let words = format!(
            "共享类型是“{}”，开放类型却是“{}”：任何人都能下载的数据，其他部门反而不能直接使用。请核对两项是否都是本意。",
            self.share.label(),
            self.open.label()
        );
        let caution = gap("open", words, Some(Yongzhou.art(17)));
        is_narrower.then_some(caution).into_iter().collect()
    }

    fn share_gaps(&self, gaps: &mut Vec<Gap>) {
        let art_17 = Some(Yongzhou.art(17));
        if self.share == ShareKind::Unconditional {
            return;
        }
        if self.share_reason.trim().is_empty() {
            gaps.push(gap(
                "share_reason",
                format!("列为“{}”的，应说明理由。", self.share.label()),
                art_17,
            ));
        }
        if self.share_basis.trim().is_empty() {
            gaps.push(gap(
                "share_basis",
                "请写明作为依据的法律法规或者国家有关规定（名称、条款、原文）。",
                art_17,
            ));
        }
        if self.share == ShareKind::Conditional && self.share_conditions.trim().is_empty() {
            gaps.push(gap(
                "share_conditions",
                "列为“有条件共享”的，应明确共享条件。",
                art_17,
            ));
        }
    }

    fn open_gaps(&self, gaps: &mut Vec<Gap>) {
        let art_23 = Some(Yongzhou.art(23));
        if self.open == OpenKind::Unconditional {
            // What leaves is decided item by item in `release`; here the entry says that it leaves de-identified only.
            let personal = self.items.iter().find(|it| it.class.is_personal());
            if let Some(item) = personal.filter(|_| self.open_reason.trim().is_empty()) {
                let words = format!(
                    "信息项“{}”涉及个人隐私，未经脱敏不得无条件开放。请在理由中写明脱敏后开放的方式；\
                     开放前还须逐项确定脱敏规则，并通过保密审查。",
                    item.title
                );
                gaps.push(gap("open_reason", words, art_23));
            }
            return;
        }
        if self.open_reason.trim().is_empty() {
            gaps.push(gap(
                "open_reason",
                format!("列为“{}”的，应说明理由。", self.open.label()),
                art_23,
            ));
        }
        if self.open_basis.trim().is_empty() {
            gaps.push(gap(
                "open_basis",
                "请写明作为依据的法律法规或者国家有关规定。",
                art_23,
            ));
        }
        if self.open == OpenKind::Conditional && self.open_conditions.trim().is_empty() {
            gaps.push(gap(
                "open_conditions",
                "列为“有条件开放”的，应明确开放条件。",
                art_23,
            ));
        }
    }

    fn item_gaps(&self, gaps: &mut Vec<Gap>) {
        let art_14 = Some(Yongzhou.art(14));
        if self.items.is_empty() {
            gaps.push(gap("items", "请至少登记一个信息项；上传样表可自动识别。", art_14));
            return;
        }
        if self.key().next().is_none() {
            gaps.push(gap(
                "items",
                "请至少指定一个主键信息项，否则无法核对重复、无法增量更新。",
                art_14,
            ));
        }
        let mut names = HashSet::new();
        for (i, item) in self.items.iter().enumerate() {
            if !names.insert(item.name.as_str()) {
                gaps.push(gap(
                    format!("items.{i}.name"),
                    format!("信息项“{}”重复。", item.name),
                    None,
                ));
            }
            gaps.extend(item.gaps(i));
        }
        for rule in &self.cross_rules {
            for name in rule.items() {
                if self.item(name).is_none() {
                    let words = format!("校验规则引用了不存在的信息项“{name}”。");
                    gaps.push(gap("cross_rules", words, None));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
