//! Themes: by what citizens look for data. There is one list of them; a theme is chosen when a set is opened,
//! or read from its entry's classification.

/// A theme of the portal.
#[derive(Debug, PartialEq, Eq)]
pub struct Theme {
    /// As people read it, and as a classification may name it.
    pub title: &'static str,
    /// Its name in URLs.
    pub name: &'static str,
    /// What classifications call it besides: the themes of the 2017 guide and the national tree, and branches of
    /// government.
    also: &'static [&'static str],
}

const fn theme(title: &'static str, name: &'static str, also: &'static [&'static str]) -> Theme {
    Theme { title, name, also }
}

/// The themes that open platforms share. The last is that of entries whose classification names none.
#[rustfmt::skip] // A table
pub const THEMES: &[Theme] = &[
    theme("信用服务", "credit", &["信用体系", "信用体系建设", "社会信用"]),
    theme("医疗卫生", "health", &["健康保障", "全民健康保障", "卫生健康", "医疗保障"]),
    theme("社保就业", "employment", &["社会保障", "全民社会保障", "人力资源和社会保障"]),
    theme("公共安全", "safety", &["应急维稳", "应急维稳保障", "公安"]),
    theme("城建住房", "housing", &["城乡建设", "全民住房保障", "住房城乡建设", "住房和城乡建设"]),
    theme("交通运输", "transport", &["交通"]),
    theme("教育文化", "education", &["教育", "文化", "文化旅游", "文化和旅游"]),
    theme("科技创新", "science", &["科技", "科学技术"]),
    theme("资源能源", "energy", &["能源安全", "能源安全保障", "自然资源"]),
    theme("生态环境", "environment", &["生态环保", "生态环境保护"]),
    theme("工业农业", "industry", &["工业和信息化", "农业农村"]),
    theme("商贸流通", "trade", &["商务", "公共资源交易"]),
    theme("财税金融", "finance", &["金融监管", "财政", "税务"]),
    theme("安全生产", "work-safety", &["安全生产监督", "应急管理"]),
    theme("市场监督", "market", &["市场监管", "市场监督管理", "市场价格监管", "价格监管", "食品药品安全", "食品安全监管", "药品安全监督"]),
    theme("社会救助", "relief", &["民政"]),
    theme("法律服务", "law", &["民主法治建设", "行政执法监督", "司法行政"]),
    theme("生活服务", "life", &["公共服务", "政务服务", "社区治理"]),
    theme("气象服务", "weather", &["气象"]),
    theme("地理空间", "geography", &["自然资源和空间地理", "区划地名"]),
    theme("机构团体", "organisations", &["法人单位"]),
    theme("其他", "other", &[]),
];

impl Theme {
    /// The theme called `name` in URLs.
    pub fn find(name: &str) -> Option<&'static Theme> {
        THEMES.iter().find(|it| it.name == name)
    }
}

/// The theme of a classification 类, 项, 目, 细目: the one it names, else the one that its narrowest known step belongs
/// to.
pub fn theme_of(class_path: &[String]) -> &'static Theme {
    let named = class_path
        .iter()
        .find_map(|step| THEMES.iter().find(|it| it.title == step.trim()));
    let meant = || {
        let of = |step: &String| THEMES.iter().find(|it| it.also.contains(&step.trim()));
        class_path.iter().rev().find_map(of)
    };
    named.or_else(meant).unwrap_or(&THEMES[THEMES.len() - 1])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn title(path: &[&str]) -> &'static str {
        theme_of(&path.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()).title
    }

    #[test]
    fn a_classification_falls_under_one_theme_of_the_list_however_it_words_it() {
        assert_eq!(title(&["主题政务信息资源", "医疗卫生", "医疗服务"]), "医疗卫生");
        assert_eq!(title(&["部门政务信息资源", "卫生健康", "医政管理"]), "医疗卫生");
        assert_eq!(title(&["主题政务信息资源", "全民健康保障"]), "医疗卫生");
        assert_eq!(title(&["部门政务信息资源", "民政", "区划地名"]), "地理空间");
        assert_eq!(title(&["部门政务信息资源", "民政", "殡葬管理"]), "社会救助");
        assert_eq!(title(&["部门政务信息资源", "民政", "社会救助"]), "社会救助");
        for none in [
            &["部门政务信息资源", "湖南省", "永州市"][..],
            &["部门"],
            &[""],
            &[],
        ] {
            assert_eq!(title(none), "其他", "{none:?}");
        }
    }

    #[test]
    fn every_word_means_one_theme_and_every_theme_has_an_address_of_its_own() {
        let mut words = HashSet::new();
        let mut names = HashSet::new();
        for it in THEMES {
            assert!(names.insert(it.name) && it.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
            for word in std::iter::once(&it.title).chain(it.also) {
                assert!(words.insert(*word), "{word} stands twice");
            }
        }
    }
}
