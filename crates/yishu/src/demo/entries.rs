//! The catalogue of the demo city: entries of every kind, as their cataloguers would write them.

mod drafts;
mod published;
mod shape;

use rules::catalogue::{
    CatalogueKind, Content, CrossRule, Format, Grade, Item, ItemClass, ItemType, OpenKind, Semantic,
    ShareKind, ShareMethod, UpdateCycle,
};

pub use drafts::drafts;
pub use published::published;
use shape::{Shape, text, typed};

/// An entry of the demo: who compiles it, and what it says.
pub struct Seed {
    /// How the rest of the demo calls it.
    pub key: &'static str,
    /// Login of the cataloguer.
    pub cataloguer: &'static str,
    /// What it says.
    pub content: Content,
}

fn content(title: &str, summary: &str, keywords: &[&str], class: [&str; 3]) -> Content {
    Content {
        title: title.into(),
        summary: summary.into(),
        keywords: keywords.iter().map(|it| (*it).into()).collect(),
        kind: CatalogueKind::Department,
        class_path: class.iter().map(|it| (*it).into()).collect(),
        format: Format::Database,
        share_method: ShareMethod::Service,
        usage_scope: "全市各级政务部门履行职责使用".into(),
        open: OpenKind::NotOpen,
        open_reason: "涉及个人信息或者尚未完成脱敏评估".into(),
        open_basis: "《永州市政务大数据管理办法》第二十三条第（三）项".into(),
        cycle: UpdateCycle::Monthly,
        grade: Grade::General2,
        person: "目录管理员".into(),
        phone: "0746-8328000".into(),
        refused_permille_max: 100,
        ..Content::default()
    }
}

fn conditional(mut it: Content, reason: &str, basis: &str, conditions: &str) -> Content {
    it.share = ShareKind::Conditional;
    it.share_reason = reason.into();
    it.share_basis = basis.into();
    it.share_conditions = conditions.into();
    it.grade = Grade::General4;
    it
}

fn open(mut it: Content) -> Content {
    it.open = OpenKind::Unconditional;
    it.open_reason.clear();
    it.open_basis.clear();
    it.grade = Grade::General1;
    it
}

const PIPL: &str = "《中华人民共和国个人信息保护法》第三十四条：国家机关为履行法定职责处理个人信息，应当依照法律、行政法规规定的权限、程序进行，不得超出履行法定职责所必需的范围和限度。";

/// 常住人口户籍信息: the population, conditional.
pub fn population() -> Seed {
    let base = content(
        "常住人口户籍信息",
        "全市常住人口的户籍登记信息，来源于户籍管理业务系统，用于核对身份、户籍与居住地。",
        &["人口", "户籍", "身份证", "常住人口"],
        ["部门政务信息资源", "公安", "户籍管理"],
    );
    let mut it = conditional(
        base,
        "含个人身份、住址等敏感个人信息，仅向履行法定职责确有需要的部门提供。",
        PIPL,
        "申请部门应说明法定职责与应用场景；按最小必要提供信息项；身份证号、手机号、住址默认掩码；不得转供第三方。",
    );
    it.cycle = UpdateCycle::Daily;
    it.items = population_items();
    it.cross_rules = vec![
        CrossRule::BirthMatchesIdentity {
            identity: "id_card".into(),
            birth: "birth_date".into(),
        },
        CrossRule::GenderMatchesIdentity {
            identity: "id_card".into(),
            gender: "gender".into(),
        },
        CrossRule::NotBefore {
            earlier: "birth_date".into(),
            later: "reg_date".into(),
        },
    ];
    Seed {
        key: "population",
        cataloguer: "gongan",
        content: it,
    }
}

/// The twelve items of the population.
fn population_items() -> Vec<Item> {
    let id = Semantic::IdentityNumber;
    vec![
        text("id_card", "公民身份号码", 18)
            .key()
            .means(id, ItemClass::Identifier),
        text("name", "姓名", 50)
            .required()
            .means(Semantic::PersonName, ItemClass::Identifier),
        text("gender", "性别", 1)
            .required()
            .means(Semantic::Gender, ItemClass::Quasi),
        typed("birth_date", "出生日期", ItemType::Date)
            .required()
            .means(Semantic::Plain, ItemClass::Quasi),
        text("ethnic", "民族", 20)
            .required()
            .one_of(&synthetic::ETHNIC_GROUPS),
        text("region_code", "户籍地区划代码", 6)
            .required()
            .condition()
            .coded(&synthetic::REGIONS),
        text("address", "住址", 200)
            .required()
            .means(Semantic::Address, ItemClass::Sensitive),
        text("mobile", "手机号", 11)
            .required()
            .means(Semantic::Mobile, ItemClass::Sensitive),
        text("marital", "婚姻状态", 10)
            .required()
            .one_of(&synthetic::MARITAL),
        typed("reg_date", "登记日期", ItemType::Date).required(),
        Item {
            scale: Some(2),
            ..typed("amount", "补贴金额", ItemType::Money).required()
        },
        Item {
            kind: ItemType::Memo,
            ..text("remark", "备注", 500)
        },
    ]
}

/// What both lists of needy people hold.
fn allowance_items() -> Vec<Item> {
    vec![
        text("id_card", "公民身份号码", 18)
            .key()
            .means(Semantic::IdentityNumber, ItemClass::Identifier),
        text("name", "姓名", 50)
            .required()
            .means(Semantic::PersonName, ItemClass::Identifier),
        text("region_code", "户籍地区划代码", 6)
            .required()
            .condition()
            .coded(&synthetic::REGIONS),
        typed("since", "纳入日期", ItemType::Date).required(),
        Item {
            scale: Some(2),
            ..typed("monthly", "月保障金额", ItemType::Money).required()
        },
        text("class", "类别", 10)
            .required()
            .condition()
            .one_of(&["城市低保", "农村低保", "特困供养"]),
    ]
}
