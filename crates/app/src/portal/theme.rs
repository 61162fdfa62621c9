//! Themes: by what citizens look for data. A theme is read from an entry's classification.

use sha2::{Digest, Sha256};

/// The theme of entries that name none.
const OTHER: &str = "其他";

/// The theme titles that open platforms share, and their names in URLs.
const NAMES: &[(&str, &str)] = &[
    ("信用服务", "credit"),
    ("医疗卫生", "health"),
    ("社保就业", "employment"),
    ("公共安全", "safety"),
    ("城建住房", "housing"),
    ("交通运输", "transport"),
    ("教育文化", "education"),
    ("科技创新", "science"),
    ("资源能源", "energy"),
    ("生态环境", "environment"),
    ("工业农业", "industry"),
    ("商贸流通", "trade"),
    ("财税金融", "finance"),
    ("安全生产", "work-safety"),
    ("市场监督", "market"),
    ("社会救助", "relief"),
    ("法律服务", "law"),
    ("生活服务", "life"),
    ("气象服务", "weather"),
    ("地理空间", "geography"),
    ("机构团体", "organisations"),
    ("其他", "other"),
];

/// The theme of a classification 类, 项, 目, 细目: a title that open platforms share where one is named, otherwise the
/// 项, under which an agency's or a subject's entries lie together.
pub(super) fn of(class_path: &[String]) -> String {
    let known = class_path
        .iter()
        .find(|part| NAMES.iter().any(|(title, _)| title == part));
    let narrow = class_path.get(1).or(class_path.first());
    let theme = known.or(narrow).map(|it| it.trim()).filter(|it| !it.is_empty());
    theme.unwrap_or(OTHER).to_owned()
}

/// Its name in URLs: a word, or eight digits of its digest.
pub(super) fn name(theme: &str) -> String {
    let known = NAMES.iter().find(|(title, _)| *title == theme);
    known.map_or_else(
        || format!("theme-{}", &hex::encode(Sha256::digest(theme))[..8]),
        |(_, name)| (*name).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(path: &[&str]) -> String {
        of(&path.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_theme_is_a_known_title_or_the_second_step_of_the_classification() {
        assert_eq!(theme(&["主题", "交通运输", "公交"]), "交通运输");
        assert_eq!(theme(&["生态环境", "空气质量"]), "生态环境");
        assert_eq!(theme(&["部门", "公安"]), "公安");
        assert_eq!(theme(&["部门"]), "部门");
        assert_eq!(theme(&[]), "其他");
    }

    #[test]
    fn names_are_plain_letters_and_differ() {
        assert_eq!(name("交通运输"), "transport");
        assert_ne!(name("公安"), name("民政"));
        let is_plain = |it: &str| it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        assert!(is_plain(&name("公安")));
    }
}
