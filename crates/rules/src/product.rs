//! 数据产品: what is made of opened data, and how it names its sources.
//!
//! Home of 《永州市政务大数据管理办法》 art. 26, last sentence.

use jiff::civil::Date;

use crate::words;

words! {
    /// Where a registered product stands.
    pub enum State {
        /// Registered; the authority has not looked yet.
        Submitted = "submitted" "待审核",
        /// Shown on the open platform.
        Published = "published" "已发布",
        /// Sent back with a reason.
        Returned = "returned" "已退回",
        /// Taken down by its maker or by the authority.
        Withdrawn = "withdrawn" "已撤下",
    }
}

/// One source of a product.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// 提供部门.
    pub provider: &'a str,
    /// The set's title.
    pub title: &'a str,
    /// Its resource code.
    pub code: &'a str,
    /// 获取日期.
    pub acquired_on: Date,
}

/// The citation that a product carries for one source (art. 26): 来源和获取日期.
pub fn citation(it: Source<'_>) -> String {
    format!(
        "数据来源：永州市政务数据开放平台，{}“{}”（{}），获取日期：{}年{}月{}日。",
        it.provider,
        it.title,
        it.code,
        it.acquired_on.year(),
        it.acquired_on.month(),
        it.acquired_on.day()
    )
}

impl State {
    /// Whether the authority's or the maker's act leads from here to `to`.
    pub fn leads_to(self, to: State) -> bool {
        matches!(
            (self, to),
            (
                State::Submitted,
                State::Published | State::Returned | State::Withdrawn
            ) | (State::Published, State::Withdrawn)
                | (State::Returned, State::Submitted | State::Withdrawn)
        )
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn yongzhou_art26_a_products_citation_names_source_and_day_of_acquisition() {
        let source = Source {
            provider: "永州市民政局",
            title: "养老机构",
            code: "307021431100/000007",
            acquired_on: date(2026, 3, 2),
        };
        assert_eq!(
            citation(source),
            "数据来源：永州市政务数据开放平台，永州市民政局“养老机构”（307021431100/000007），获取日期：2026年3月2日。"
        );
    }

    #[test]
    fn yongzhou_art26_a_product_is_published_only_after_a_look_by_the_authority() {
        assert!(State::Submitted.leads_to(State::Published));
        assert!(!State::Returned.leads_to(State::Published));
        assert!(!State::Withdrawn.leads_to(State::Published));
        assert!(State::Returned.leads_to(State::Submitted));
    }
}
