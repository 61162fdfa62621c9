//! The two pages that all of an applicant's are made of, with every part they can have.

use rules::applicant::{CONSENT, Kind};
use web::{
    form::Fields,
    ui::{Form, Pairs, Past, Timeline, choices},
};

use super::{data, pages::Album};
use crate::{
    account::{
        form::{self, FormPage},
        show::{Act, Part, ShowPage, cell, link},
    },
    frame::Frame,
};

fn frame(path: &str, title: &str) -> Frame {
    let mut frame = Frame::new(&data::visit(path), title).crumb("/open", "首页");
    frame.applicant = Some("唐**".to_owned());
    frame
}

fn form_page(form: Form) -> FormPage {
    let kinds = choices(Kind::ALL.iter().map(|it| (it.name(), it.label())));
    let pairs = Pairs::new()
        .with("数据集", "乡镇办事窗口")
        .with("提供部门", "永州市民政局");
    FormPage::new(
        frame("/open/account/apply/x", "申请有条件开放的数据"),
        form.clone(),
        "/open/account/apply",
        "核对申请",
    )
    .lead("政务部门按期处理。")
    .token("sample-token")
    .with(form::Part::Heading("个人信息收集使用说明"))
    .with(form::Part::List(
        CONSENT.iter().map(|it| (*it).to_owned()).collect(),
    ))
    .with(form::Part::Pairs(pairs))
    .with(form::Part::Radios(
        form.radios("kind", "申请人类型", kinds.clone()).inline(),
    ))
    .with(form::Part::Boxes(
        form.checkboxes("items", "需要的信息项", kinds).columns(),
    ))
    .with(form::Part::Area(
        form.area("purpose", "使用目的").hint("用来做什么。"),
    ))
    .with(form::Part::Field(form.field("months", "使用期限（月）").digits()))
    .link("/open/account", "返回")
}

pub(super) fn add(all: &mut Album) {
    all.add("account/form", form_page(Form::empty()));
    let mut wrong = Form::of(Fields::new().with("purpose", "研究"));
    wrong.wrong("months", "使用期限应为1至24个月。");
    all.add("account/form-wrong", form_page(wrong));
    let past = Past {
        when: "2026-11-20 09:00".to_owned(),
        step: "提交申请".to_owned(),
        ..Past::default()
    };
    let steps = Timeline {
        steps: vec![past],
        has_receipts: false,
    };
    let rows = vec![vec![
        link("申〔2026〕000001", "/open/account/requests/1"),
        cell("已申请"),
    ]];
    let act = Act {
        words: "请仔细阅读协议条款。",
        action: "/open/account/agreements/1/accept".to_owned(),
        button: "同意协议并获取密钥",
        revision: 1,
        csrf: "sample-token".to_owned(),
        is_first: true,
    };
    let page = ShowPage::new(
        frame("/open/account", "我的申请"),
        "申请人户〔2026〕000001（个人）",
    )
    .with(Part::Note("密钥只显示这一次。".to_owned()))
    .with(Part::Code("访问密钥", "ya_sample".to_owned()))
    .with(Part::Facts(
        "协议概况",
        Pairs::new().with("数据集", "乡镇办事窗口"),
    ))
    .with(Part::Clauses("协议条款", vec!["不得转让。".to_owned()]))
    .with(Part::Steps(steps))
    .with(Part::Table("申请", vec!["编号", "状态"], rows))
    .with(Part::Table("通知", vec!["时间", "内容"], Vec::new()))
    .with(Part::Words("说明".to_owned()))
    .with(Part::Links(vec![(
        "/open/account/data".to_owned(),
        "我的信息".to_owned(),
    )]))
    .with(Part::Act(act));
    all.add("account/show", page);
}
