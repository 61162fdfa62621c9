//! What the demo publishes, beside the population.

use rules::catalogue::{
    CatalogueKind, CrossRule, Grade, Item, ItemClass, ItemType, Semantic, ShareKind, UpdateCycle,
};

use super::{
    PIPL, Seed, allowance_items, conditional, content, open,
    shape::{Shape, text, typed},
};

/// Entries that the demo publishes, beside the population.
pub fn published() -> Vec<Seed> {
    vec![
        townships(),
        companies(),
        clinics(),
        air(),
        stops(),
        holidays(),
        property(),
        insurance(),
        allowance(),
        water(),
        pupils(),
        county_allowance(),
    ]
}

fn townships() -> Seed {
    let mut it = open(content(
        "全国乡镇级行政区划代码",
        "全国乡级行政区划（街道、镇、乡）的统计用区划代码和名称，2023年，供各部门规范地址与区划填报。",
        &["区划", "乡镇", "街道", "代码"],
        ["部门政务信息资源", "地理空间", "区划地名"],
    ));
    it.cycle = UpdateCycle::Yearly;
    it.items = vec![
        text("code", "乡级区划代码", 9)
            .key()
            .means(Semantic::DivisionCode, ItemClass::Plain),
        text("name", "名称", 50).required(),
        text("areaCode", "县级区划代码", 6)
            .required()
            .condition()
            .means(Semantic::DivisionCode, ItemClass::Plain),
        text("provinceCode", "省级代码", 2).required().condition(),
        text("cityCode", "地级代码", 4).required().condition(),
    ];
    Seed {
        key: "townships",
        cataloguer: "minzheng",
        content: it,
    }
}

fn companies() -> Seed {
    let mut it = open(content(
        "企业注册登记信息",
        "在本市登记的企业基本信息：名称、统一社会信用代码、法定代表人、住所、成立日期与登记状态。",
        &["企业", "工商", "营业执照", "市场主体"],
        ["部门政务信息资源", "市场监督", "登记注册"],
    ));
    it.cycle = UpdateCycle::Weekly;
    it.items = vec![
        text("uscc", "统一社会信用代码", 18)
            .key()
            .means(Semantic::CreditCode, ItemClass::Plain),
        text("name", "企业名称", 100).required(),
        text("region_code", "登记地区划代码", 6)
            .required()
            .condition()
            .coded(&synthetic::REGIONS),
        typed("founded", "成立日期", ItemType::Date).required(),
        text("status", "登记状态", 10)
            .required()
            .condition()
            .one_of(&["存续", "注销", "吊销"]),
        Item {
            scale: Some(2),
            ..typed("capital", "注册资本（万元）", ItemType::Money)
        },
    ];
    Seed {
        key: "companies",
        cataloguer: "shichang",
        content: it,
    }
}

fn clinics() -> Seed {
    let mut it = open(content(
        "医疗机构执业许可信息",
        "取得执业许可的医疗机构名录：名称、登记号、类别、地址与有效期限。",
        &["医院", "诊所", "执业许可", "医疗机构"],
        ["部门政务信息资源", "医疗卫生", "医政管理"],
    ));
    it.items = vec![
        text("permit", "许可证登记号", 22).key(),
        text("name", "机构名称", 100).required(),
        text("class", "类别", 20).required().condition().one_of(&[
            "综合医院",
            "专科医院",
            "乡镇卫生院",
            "诊所",
            "村卫生室",
        ]),
        text("region_code", "所在地区划代码", 6)
            .required()
            .condition()
            .coded(&synthetic::REGIONS),
        text("address", "地址", 200).required(),
        typed("valid_from", "有效期起", ItemType::Date).required(),
        typed("valid_until", "有效期止", ItemType::Date).required(),
    ];
    it.cross_rules = vec![CrossRule::NotBefore {
        earlier: "valid_from".into(),
        later: "valid_until".into(),
    }];
    Seed {
        key: "clinics",
        cataloguer: "weijian",
        content: it,
    }
}

fn air() -> Seed {
    let mut it = open(content(
        "空气质量日报",
        "各县市区国控、省控站点每日空气质量指数与主要污染物浓度。",
        &["空气质量", "PM2.5", "大气", "环境监测"],
        ["主题政务信息资源", "生态环境", "大气环境"],
    ));
    it.kind = CatalogueKind::Theme;
    it.cycle = UpdateCycle::Daily;
    it.items = vec![
        typed("day", "日期", ItemType::Date).key(),
        text("region_code", "区划代码", 6)
            .key()
            .coded(&synthetic::REGIONS),
        typed("aqi", "空气质量指数", ItemType::Integer).required(),
        Item {
            scale: Some(1),
            length: Some(6),
            ..typed("pm25", "PM2.5 浓度", ItemType::Decimal).required()
        },
        text("level", "等级", 10)
            .required()
            .condition()
            .one_of(&["优", "良", "轻度污染", "中度污染"]),
    ];
    Seed {
        key: "air",
        cataloguer: "huanjing",
        content: it,
    }
}

fn stops() -> Seed {
    let mut it = open(content(
        "公交线路站点信息",
        "市区公交线路及其站点的顺序与位置。",
        &["公交", "线路", "站点", "交通"],
        ["部门政务信息资源", "交通运输", "城市客运"],
    ));
    it.cycle = UpdateCycle::Quarterly;
    it.items = vec![
        text("line", "线路", 20).key(),
        typed("seq", "站序", ItemType::Integer).key(),
        text("stop", "站点名称", 50).required(),
        Item {
            scale: Some(6),
            length: Some(9),
            ..typed("lng", "经度", ItemType::Decimal)
        },
        Item {
            scale: Some(6),
            length: Some(9),
            ..typed("lat", "纬度", ItemType::Decimal)
        },
    ];
    Seed {
        key: "stops",
        cataloguer: "jiaotong",
        content: it,
    }
}

fn holidays() -> Seed {
    let mut it = open(content(
        "法定节假日与调休安排",
        "国务院办公厅历年节假日安排通知中的放假日与调休上班日，各类时限按此计算工作日。",
        &["节假日", "调休", "工作日"],
        ["部门政务信息资源", "生活服务", "政务服务"],
    ));
    it.cycle = UpdateCycle::Yearly;
    it.items = vec![
        typed("date", "日期", ItemType::Date).key(),
        text("kind", "类型", 20)
            .required()
            .condition()
            .coded(&[("holiday", "放假"), ("makeup_workday", "调休上班")]),
        text("name", "节日", 30).required(),
    ];
    Seed {
        key: "holidays",
        cataloguer: "shenpi",
        content: it,
    }
}

fn property() -> Seed {
    let base = content(
        "不动产登记信息",
        "不动产权利人、坐落、面积与权利状态，来源于不动产登记系统。",
        &["不动产", "房产", "产权"],
        ["部门政务信息资源", "自然资源", "不动产登记"],
    );
    let mut it = conditional(
        base,
        "涉及权利人个人信息和财产状况。",
        "《不动产登记暂行条例》第二十七条：权利人、利害关系人可以依法查询、复制不动产登记资料，有关国家机关可以依照法律、行政法规的规定查询。",
        "仅用于核验申请人名下有无不动产；返回是否一致，不返回财产明细。",
    );
    it.items = vec![
        text("unit", "不动产单元代码", 28).key(),
        text("owner_id", "权利人证件号", 18)
            .required()
            .condition()
            .means(Semantic::IdentityNumber, ItemClass::Identifier),
        text("owner", "权利人", 50)
            .required()
            .means(Semantic::PersonName, ItemClass::Identifier),
        text("place", "坐落", 200).required(),
        Item {
            scale: Some(2),
            length: Some(10),
            ..typed("area", "建筑面积", ItemType::Decimal).required()
        },
        typed("registered", "登记日期", ItemType::Date).required(),
    ];
    Seed {
        key: "property",
        cataloguer: "ziran",
        content: it,
    }
}

fn insurance() -> Seed {
    let base = content(
        "城镇职工养老保险参保信息",
        "参保人员、参保单位、参保状态与缴费起止时间。",
        &["社保", "养老保险", "参保"],
        ["部门政务信息资源", "人力资源和社会保障", "社会保险"],
    );
    let mut it = conditional(
        base,
        "含个人社会保障信息。",
        PIPL,
        "用于资格核验与待遇发放前比对；按人核验，不批量导出。",
    );
    it.items = vec![
        text("id_card", "公民身份号码", 18)
            .key()
            .means(Semantic::IdentityNumber, ItemClass::Identifier),
        text("name", "姓名", 50)
            .required()
            .means(Semantic::PersonName, ItemClass::Identifier),
        text("employer", "参保单位", 100).required(),
        text("status", "参保状态", 10)
            .required()
            .condition()
            .one_of(&["参保缴费", "暂停缴费", "终止参保"]),
        typed("since", "参保起始日期", ItemType::Date).required(),
    ];
    Seed {
        key: "insurance",
        cataloguer: "renshe",
        content: it,
    }
}

fn allowance() -> Seed {
    let base = content(
        "最低生活保障对象信息",
        "城乡低保、特困供养对象及其保障金额，来源于社会救助系统。",
        &["低保", "救助", "困难群众"],
        ["部门政务信息资源", "民政", "社会救助"],
    );
    let mut it = conditional(
        base,
        "含困难群众个人信息。",
        PIPL,
        "用于资助、减免、慰问等待遇的资格核验。",
    );
    it.items = allowance_items();
    Seed {
        key: "allowance",
        cataloguer: "minzheng",
        content: it,
    }
}

fn water() -> Seed {
    let base = content(
        "供水用户信息",
        "城区供水用户的户号、用水性质与用水地址（公共服务企业参照办法提供）。",
        &["供水", "用水", "自来水"],
        ["部门政务信息资源", "公共服务企业", "供水"],
    );
    let mut it = conditional(
        base,
        "含用户个人信息与经营信息。",
        PIPL,
        "用于居住、空置情况核验与欠费协查。",
    );
    it.items = vec![
        text("account", "户号", 12).key(),
        text("kind", "用水性质", 10)
            .required()
            .condition()
            .one_of(&["居民", "非居民", "特种行业"]),
        text("address", "用水地址", 200)
            .required()
            .means(Semantic::Address, ItemClass::Sensitive),
        typed("opened", "开户日期", ItemType::Date).required(),
    ];
    Seed {
        key: "water",
        cataloguer: "gongshui",
        content: it,
    }
}

fn pupils() -> Seed {
    let mut it = content(
        "义务教育学籍信息",
        "义务教育阶段在籍学生的学籍主号、姓名、就读学校与年级。",
        &["学籍", "学生", "义务教育"],
        ["部门政务信息资源", "教育", "基础教育"],
    );
    it.share = ShareKind::NotShared;
    it.share_reason = "学生多为不满十四周岁的未成年人，属于敏感个人信息。".into();
    it.share_basis = "《中华人民共和国个人信息保护法》第二十八条、第三十一条。".into();
    it.grade = Grade::General4;
    it.items = vec![
        text("pupil", "学籍主号", 19).key(),
        text("name", "姓名", 50)
            .required()
            .means(Semantic::PersonName, ItemClass::Identifier),
        text("school", "就读学校", 100).required().condition(),
        typed("grade", "年级", ItemType::Integer).required(),
    ];
    Seed {
        key: "pupils",
        cataloguer: "jiaoyu",
        content: it,
    }
}

fn county_allowance() -> Seed {
    let base = content(
        "道县临时救助发放信息",
        "道县临时救助对象、救助事由与发放金额，县级目录。",
        &["临时救助", "道县", "救助"],
        ["部门政务信息资源", "民政", "社会救助"],
    );
    let mut it = conditional(base, "含困难群众个人信息。", PIPL, "用于避免重复救助的核验。");
    it.items = allowance_items();
    it.items[5] = text("class", "救助事由", 20).required().condition();
    Seed {
        key: "county-allowance",
        cataloguer: "daoxian.mz",
        content: it,
    }
}
