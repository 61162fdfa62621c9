//! Which field stands on which page of the form, and how each is read.

use rules::{
    catalogue::{
        CatalogueKind, Content, Format, Grade, OpenKind, PHONE_WORDS, Secrecy, ShareKind, ShareMethod,
        UpdateCycle, is_phone,
    },
    ids::OrgId,
};

use crate::{form::Fields, ui::Form};

/// One page of the metadata form.
#[derive(Debug)]
pub struct Section {
    /// As the address names it.
    pub name: &'static str,
    /// As people read it.
    pub title: &'static str,
    /// What it holds.
    pub hint: &'static str,
    /// Its fields.
    pub fields: &'static [&'static str],
}

/// The pages, in order.
pub const SECTIONS: &[Section] = &[
    Section {
        name: "naming",
        title: "分类与名称",
        hint: "名称、目录类别、分类、摘要、关键词、格式",
        fields: &[
            "title",
            "kind",
            "class_path",
            "co_compilers",
            "summary",
            "keywords",
            "format",
            "related",
        ],
    },
    Section {
        name: "provider",
        title: "提供方与责任人",
        hint: "提供方代码由平台带出；填写责任人和联系电话",
        fields: &["person", "phone"],
    },
    Section {
        name: "share",
        title: "共享属性",
        hint: "共享类型、理由、依据、条件和共享方式",
        fields: &[
            "share",
            "share_reason",
            "share_basis",
            "share_conditions",
            "share_method",
        ],
    },
    Section {
        name: "open",
        title: "开放属性",
        hint: "是否向社会开放，理由、依据和条件",
        fields: &["open", "open_reason", "open_basis", "open_conditions"],
    },
    Section {
        name: "use",
        title: "使用与更新",
        hint: "使用范围、更新周期、数据分级、涉密标记、拒收比例",
        fields: &["usage_scope", "cycle", "grade", "secrecy", "refused_permille_max"],
    },
];

/// The page that holds `field`; none for the items and their checks.
pub fn section_of(field: &str) -> Option<&'static str> {
    SECTIONS
        .iter()
        .find(|it| it.fields.contains(&field))
        .map(|it| it.name)
}

/// The fields that stand already.
pub(crate) fn fields_of(content: &Content) -> Fields {
    let text = [
        ("title", content.title.clone()),
        ("kind", content.kind.name().to_owned()),
        ("class_path", content.class_path.join(" / ")),
        ("summary", content.summary.clone()),
        ("keywords", content.keywords.join("、")),
        ("format", content.format.name().to_owned()),
        ("related", content.related.join("\n")),
        ("person", content.person.clone()),
        ("phone", content.phone.clone()),
        ("share", content.share.name().to_owned()),
        ("share_reason", content.share_reason.clone()),
        ("share_basis", content.share_basis.clone()),
        ("share_conditions", content.share_conditions.clone()),
        ("share_method", content.share_method.name().to_owned()),
        ("open", content.open.name().to_owned()),
        ("open_reason", content.open_reason.clone()),
        ("open_basis", content.open_basis.clone()),
        ("open_conditions", content.open_conditions.clone()),
        ("usage_scope", content.usage_scope.clone()),
        ("cycle", content.cycle.name().to_owned()),
        ("grade", content.grade.name().to_owned()),
        ("secrecy", content.secrecy.name().to_owned()),
        ("refused_permille_max", percent(content.refused_permille_max)),
    ];
    let mut fields = Fields::new();
    for (name, value) in text {
        fields.push(name, value);
    }
    for org in &content.co_compilers {
        fields.push("co_compilers", org.as_str());
    }
    fields
}

/// Reads the fields of `section` into `content`; what cannot be read is noted at its field.
pub(super) fn read(section: &Section, form: &mut Form, mut content: Content) -> Content {
    let fields = form.values.clone();
    let parts = |name: &str, at: &[char]| -> Vec<String> {
        fields
            .trimmed(name)
            .split(at)
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect()
    };
    match section.name {
        "naming" => {
            content.title = fields.trimmed("title").to_owned();
            content.kind = CatalogueKind::parse(fields.get("kind")).unwrap_or(content.kind);
            content.class_path = parts("class_path", &['/', '／', '>', '、']);
            content.co_compilers = fields.all("co_compilers").map(OrgId::from).collect();
            content.summary = fields.text("summary");
            content.keywords = parts("keywords", &['、', ',', '，', ';', '；', ' ', '\n']);
            content.format = Format::parse(fields.get("format")).unwrap_or(content.format);
            content.related = fields.lines("related");
        }
        "provider" => {
            content.person = fields.trimmed("person").to_owned();
            content.phone = fields.trimmed("phone").to_owned();
            if !content.phone.is_empty() && !is_phone(&content.phone) {
                form.wrong("phone", PHONE_WORDS);
            }
        }
        "share" => {
            content.share = ShareKind::parse(fields.get("share")).unwrap_or(content.share);
            content.share_reason = fields.text("share_reason");
            content.share_basis = fields.text("share_basis");
            content.share_conditions = fields.text("share_conditions");
            content.share_method =
                ShareMethod::parse(fields.get("share_method")).unwrap_or(content.share_method);
        }
        "open" => {
            content.open = OpenKind::parse(fields.get("open")).unwrap_or(content.open);
            content.open_reason = fields.text("open_reason");
            content.open_basis = fields.text("open_basis");
            content.open_conditions = fields.text("open_conditions");
        }
        _ => {
            content.usage_scope = fields.text("usage_scope");
            content.cycle = UpdateCycle::parse(fields.get("cycle")).unwrap_or(content.cycle);
            content.grade = Grade::parse(fields.get("grade")).unwrap_or(content.grade);
            content.secrecy = Secrecy::parse(fields.get("secrecy")).unwrap_or(content.secrecy);
            match permille(fields.trimmed("refused_permille_max")) {
                Some(permille) => content.refused_permille_max = permille,
                None => form.wrong(
                    "refused_permille_max",
                    "拒收比例应为 0 到 100 之间的数，最多一位小数，例如 5 或 0.5。",
                ),
            }
        }
    }
    // Art. 2: said at the field, before the draft is even sent to be saved.
    if let Err(gap) = content.refuse_secret()
        && section.fields.contains(&"secrecy")
    {
        form.wrong(&gap.field, gap.words);
    }
    content
}

fn percent(permille: u16) -> String {
    if permille.is_multiple_of(10) {
        (permille / 10).to_string()
    } else {
        format!("{:.1}", f64::from(permille) / 10.0)
    }
}

/// Per mille from a percentage with at most one place.
fn permille(percent: &str) -> Option<u16> {
    let percent = percent.trim_end_matches(['%', '％']).trim();
    let (whole, part) = percent.split_once('.').unwrap_or((percent, "0"));
    let part: u16 = if part.len() == 1 {
        part.parse().ok()?
    } else {
        return None;
    };
    let permille = whole.parse::<u16>().ok()?.checked_mul(10)?.checked_add(part)?;
    (permille <= 1000).then_some(permille)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(name: &str) -> &'static Section {
        SECTIONS.iter().find(|it| it.name == name).unwrap()
    }

    #[test]
    fn every_field_comes_back_as_it_went_out() {
        let content = Content {
            title: "乡镇区划信息".into(),
            class_path: vec!["部门目录".into(), "民政".into()],
            keywords: vec!["区划".into(), "乡镇".into()],
            summary: "一\n二".into(),
            share: ShareKind::Conditional,
            share_reason: "涉及个人信息".into(),
            person: "张三".into(),
            refused_permille_max: 5,
            co_compilers: vec!["police".into()],
            ..Content::default()
        };
        let mut again = Content::default();
        for section in SECTIONS {
            let mut form = Form::of(fields_of(&content));
            again = read(section, &mut form, again);
            assert!(!form.is_wrong(), "{:?}", form.errors);
        }
        assert_eq!(again, content);
    }

    #[test]
    fn yongzhou_art2_a_secret_mark_is_refused_at_its_field() {
        let fields = fields_of(&Content::default());
        let fields: Vec<(String, String)> = fields
            .iter()
            .map(|(k, v)| {
                (
                    k.to_owned(),
                    if k == "secrecy" {
                        "work-secret".to_owned()
                    } else {
                        v.to_owned()
                    },
                )
            })
            .collect();
        let mut form = Form::of(fields.into());
        read(section("use"), &mut form, Content::default());
        assert!(form.error("secrecy").unwrap().contains("工作秘密"));
    }

    #[test]
    fn a_share_of_refused_rows_is_typed_as_a_percentage() {
        assert_eq!(
            ["5", "0.5", "5%", "100"].map(permille),
            [Some(50), Some(5), Some(50), Some(1000)]
        );
        assert_eq!(["101", "1.25", "一", ""].map(permille), [None; 4]);
    }

    #[test]
    fn every_field_of_an_entry_stands_on_one_page_of_the_form() {
        let json = serde_json::to_value(Content::default()).unwrap();
        for field in json.as_object().unwrap().keys() {
            let homes = SECTIONS
                .iter()
                .filter(|it| it.fields.contains(&field.as_str()))
                .count();
            let is_of_items = ["items", "cross_rules"].contains(&field.as_str());
            assert_eq!(homes, usize::from(!is_of_items), "{field}");
        }
    }
}
