//! Pages about those outside government: agreements, applicants, data products.

use rules::law::Regulation::Yongzhou;

use super::{Album, frame};
use crate::{
    form::Fields,
    pages::{
        agreements::{AgreementLine, AgreementPage, AgreementsPage},
        applicants::ApplicantPage,
        grants::DeedLine,
        products::{ProductPage, ProductsPage},
    },
    ui::{Choice, Cite, Form, Pairs},
};

pub(super) fn add(all: &mut Album) {
    add_agreements(all);
    add_products(all);
    all.add(
        "applicant",
        ApplicantPage {
            frame: frame("/cases/1/applicant", "申请人登记信息").crumb("/cases", "办件"),
            facts: Pairs::new()
                .with("申请人编号", "人2026-000001")
                .with("类型", "自然人"),
            back: "/cases/1".to_owned(),
        },
    );
}

fn add_agreements(all: &mut Album) {
    let list = |lines| AgreementsPage {
        frame: frame("/agreements", "开放协议"),
        lines,
        may_warn: true,
    };
    let line = AgreementLine {
        href: "/agreements/1".to_owned(),
        number: "协2026-000001".to_owned(),
        title: "充电桩运行明细".to_owned(),
        provider: "永州市交通运输局".to_owned(),
        applicant: "企2026-000001".to_owned(),
        state: "生效",
        until: "2027-06-30".to_owned(),
        follow: None,
    };
    all.add("agreements/list", list(vec![line]));
    all.add("agreements/list-empty", list(Vec::new()));
    let deed = |label, why_not: &str, is_danger| DeedLine {
        href: why_not.is_empty().then(|| "/agreements/1/end".to_owned()),
        label,
        why_not: why_not.to_owned(),
        is_danger,
        cite: Some(Cite::from(Yongzhou.art(26))),
    };
    all.add(
        "agreements/show",
        AgreementPage {
            frame: frame("/agreements/1", "协2026-000001").crumb("/agreements", "开放协议"),
            confirm: None,
            number: "协2026-000001".to_owned(),
            state: "生效",
            facts: Pairs::new().with("数据集", "充电桩运行明细"),
            usage: Pairs::new().with("本月调用", "8 次"),
            text: vec!["申请人仅将数据用于申请写明的用途。".to_owned()],
            follow_ups: vec![(
                "2026-09-30".to_owned(),
                "周敏".to_owned(),
                "按约定使用。".to_owned(),
            )],
            deeds: vec![
                deed("终止协议", "", true),
                deed("恢复使用", "协议没有暂停。", false),
            ],
        },
    );
}

fn add_products(all: &mut Album) {
    let list = |lines| ProductsPage {
        frame: frame("/products", "应用成果"),
        lines,
    };
    let line = [
        "/products/1",
        "品2026-000001",
        "找桩地图",
        "某科技公司",
        "待审核",
        "2026-09-01 10:00",
    ]
    .map(str::to_owned);
    all.add("products/list", list(vec![line]));
    all.add("products/list-empty", list(Vec::new()));
    let page = |form| ProductPage {
        frame: frame("/products/1", "找桩地图").crumb("/products", "应用成果"),
        name: "找桩地图".to_owned(),
        state: "待审核",
        facts: Pairs::new().with("编号", "品2026-000001"),
        citations: vec!["永州市交通运输局. 充电桩运行明细 [数据集]. 2026-08-01 获取.".to_owned()],
        form,
        choices: vec![Choice::new("published", "发布，在开放平台展示")],
        href: "/products/1".to_owned(),
        revision: 1,
    };
    all.add("products/show", page(Some(Form::of(Fields::new()))));
    all.add("products/show-decided", page(None));
}
