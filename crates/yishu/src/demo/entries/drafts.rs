//! Drafts at the other stages of compilation.

use rules::catalogue::{CatalogueKind, ItemClass, ItemType, Semantic};

use super::{
    PIPL, Seed, allowance_items, conditional, content,
    shape::{Shape, text, typed},
};

/// Incomplete, returned, being reviewed, being confirmed, waiting for signatures.
pub fn drafts() -> Vec<Seed> {
    vec![incomplete(), returned(), reviewing(), confirming(), signing()]
}

/// Metadata and items are missing.
fn incomplete() -> Seed {
    let mut incomplete = content(
        "殡葬服务设施信息",
        "",
        &["殡葬", "公墓"],
        ["部门政务信息资源", "民政", "殡葬管理"],
    );
    incomplete.usage_scope.clear();
    incomplete.items = vec![text("name", "设施名称", 100).required()];
    Seed {
        key: "incomplete",
        cataloguer: "minzheng",
        content: incomplete,
    }
}

/// Sent back by the reviewer.
fn returned() -> Seed {
    let mut returned = content(
        "建筑施工许可信息",
        "建筑工程施工许可证的核发情况。",
        &["施工", "建筑", "许可"],
        ["部门政务信息资源", "住房城乡建设", "工程建设"],
    );
    returned.items = vec![
        text("permit", "许可证号", 30).key(),
        text("project", "项目名称", 100).required(),
    ];
    Seed {
        key: "returned",
        cataloguer: "zhujian",
        content: returned,
    }
}

/// Waits for the reviewer.
fn reviewing() -> Seed {
    let mut reviewing = content(
        "高龄津贴发放信息",
        "八十周岁以上老年人高龄津贴的发放对象与金额。",
        &["高龄", "津贴", "老年人"],
        ["部门政务信息资源", "民政", "养老服务"],
    );
    reviewing.items = allowance_items();
    reviewing.items.truncate(5);
    Seed {
        key: "reviewing",
        cataloguer: "minzheng",
        content: reviewing,
    }
}

/// Waits for the designated department.
fn confirming() -> Seed {
    let base = content(
        "婚姻登记信息",
        "结婚、离婚登记的当事人、登记日期与登记机关。",
        &["结婚", "离婚", "婚姻"],
        ["部门政务信息资源", "民政", "婚姻登记"],
    );
    let mut confirming = conditional(
        base,
        "含当事人婚姻状况，属于敏感个人信息。",
        PIPL,
        "仅用于核验婚姻状况，返回是否一致。",
    );
    confirming.items = vec![
        text("number", "登记字号", 30).key(),
        text("id_card", "当事人证件号", 18)
            .required()
            .condition()
            .means(Semantic::IdentityNumber, ItemClass::Identifier),
        typed("registered", "登记日期", ItemType::Date).required(),
        text("kind", "登记类型", 10).required().one_of(&["结婚", "离婚"]),
    ];
    Seed {
        key: "confirming",
        cataloguer: "minzheng",
        content: confirming,
    }
}

/// Waits for the signatures of the co-compiling departments.
fn signing() -> Seed {
    let mut signing = content(
        "法人单位基础信息",
        "机关、事业单位、社会组织与企业的基础登记信息，由市场监管局牵头、会同有关部门编制。",
        &["法人", "单位", "统一社会信用代码"],
        ["政务基础信息资源", "法人单位", "基础登记"],
    );
    signing.kind = CatalogueKind::Base;
    signing.items = vec![
        text("uscc", "统一社会信用代码", 18)
            .key()
            .means(Semantic::CreditCode, ItemClass::Plain),
        text("name", "单位名称", 100).required(),
    ];
    Seed {
        key: "signing",
        cataloguer: "shichang",
        content: signing,
    }
}
