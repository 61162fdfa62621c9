//! Words of headers: what common column names mean, so that the cataloguer need not type it.

use rules::catalogue::Code;

/// Headers, in lower case without separators, and the title of such an item.
const TITLES: &[(&str, &str)] = &[
    ("idcard", "公民身份号码"),
    ("idcardno", "公民身份号码"),
    ("idno", "公民身份号码"),
    ("idnumber", "公民身份号码"),
    ("identity", "公民身份号码"),
    ("identityno", "公民身份号码"),
    ("identitynumber", "公民身份号码"),
    ("sfzh", "公民身份号码"),
    ("sfzhm", "公民身份号码"),
    ("gmsfhm", "公民身份号码"),
    ("fullname", "姓名"),
    ("xm", "姓名"),
    ("gender", "性别"),
    ("sex", "性别"),
    ("xb", "性别"),
    ("birthdate", "出生日期"),
    ("birthday", "出生日期"),
    ("birth", "出生日期"),
    ("dateofbirth", "出生日期"),
    ("dob", "出生日期"),
    ("csrq", "出生日期"),
    ("ethnic", "民族"),
    ("ethnicity", "民族"),
    ("nation", "民族"),
    ("mz", "民族"),
    ("regioncode", "区划代码"),
    ("divisioncode", "区划代码"),
    ("adcode", "区划代码"),
    ("xzqhdm", "行政区划代码"),
    ("xzqh", "行政区划代码"),
    ("areacode", "县级区划代码"),
    ("countycode", "县级区划代码"),
    ("citycode", "市级区划代码"),
    ("provincecode", "省级区划代码"),
    ("streetcode", "乡级区划代码"),
    ("towncode", "乡级区划代码"),
    ("villagecode", "村级区划代码"),
    ("region", "行政区划"),
    ("area", "区域"),
    ("province", "省份"),
    ("city", "城市"),
    ("county", "区县"),
    ("town", "乡镇"),
    ("street", "街道"),
    ("village", "村"),
    ("address", "住址"),
    ("addr", "住址"),
    ("zz", "住址"),
    ("dz", "地址"),
    ("mobile", "手机号码"),
    ("mobileno", "手机号码"),
    ("cellphone", "手机号码"),
    ("sjh", "手机号码"),
    ("sjhm", "手机号码"),
    ("phone", "联系电话"),
    ("tel", "联系电话"),
    ("telephone", "联系电话"),
    ("lxdh", "联系电话"),
    ("email", "电子邮箱"),
    ("marital", "婚姻状况"),
    ("maritalstatus", "婚姻状况"),
    ("hyzk", "婚姻状况"),
    ("education", "文化程度"),
    ("whcd", "文化程度"),
    ("occupation", "职业"),
    ("regdate", "登记日期"),
    ("registerdate", "登记日期"),
    ("registrationdate", "登记日期"),
    ("djrq", "登记日期"),
    ("issuedate", "发证日期"),
    ("validfrom", "有效期起"),
    ("validto", "有效期止"),
    ("validuntil", "有效期止"),
    ("startdate", "开始日期"),
    ("enddate", "结束日期"),
    ("createtime", "创建时间"),
    ("createdat", "创建时间"),
    ("updatetime", "更新时间"),
    ("updatedat", "更新时间"),
    ("amount", "金额"),
    ("money", "金额"),
    ("je", "金额"),
    ("price", "价格"),
    ("income", "收入"),
    ("salary", "工资"),
    ("remark", "备注"),
    ("remarks", "备注"),
    ("memo", "备注"),
    ("note", "备注"),
    ("bz", "备注"),
    ("uscc", "统一社会信用代码"),
    ("creditcode", "统一社会信用代码"),
    ("tyshxydm", "统一社会信用代码"),
    ("orgname", "机构名称"),
    ("companyname", "企业名称"),
    ("legalperson", "法定代表人"),
    ("legalrepresentative", "法定代表人"),
    ("id", "编号"),
    ("no", "编号"),
    ("serialno", "序号"),
    ("status", "状态"),
    ("state", "状态"),
    ("type", "类型"),
    ("category", "类别"),
    ("level", "级别"),
    ("year", "年份"),
    ("month", "月份"),
    ("date", "日期"),
    ("time", "时间"),
    ("longitude", "经度"),
    ("lng", "经度"),
    ("lon", "经度"),
    ("latitude", "纬度"),
    ("lat", "纬度"),
    ("title", "标题"),
    ("description", "描述"),
    ("count", "数量"),
    ("quantity", "数量"),
    ("age", "年龄"),
    ("postcode", "邮政编码"),
    ("zipcode", "邮政编码"),
];

/// Words of which longer headers are made.
const PARTS: &[(&str, &str)] = &[
    ("person", "人员"),
    ("people", "人员"),
    ("student", "学生"),
    ("school", "学校"),
    ("company", "企业"),
    ("enterprise", "企业"),
    ("org", "机构"),
    ("organization", "机构"),
    ("dept", "部门"),
    ("department", "部门"),
    ("hospital", "医院"),
    ("doctor", "医师"),
    ("project", "项目"),
    ("certificate", "证书"),
    ("cert", "证书"),
    ("license", "许可证"),
    ("permit", "许可"),
    ("house", "房屋"),
    ("household", "户"),
    ("vehicle", "车辆"),
    ("land", "土地"),
    ("apply", "申请"),
    ("issue", "签发"),
    ("start", "开始"),
    ("end", "结束"),
    ("create", "创建"),
    ("update", "更新"),
    ("birth", "出生"),
    ("register", "登记"),
    ("reg", "登记"),
    ("total", "合计"),
    ("name", "名称"),
    ("code", "代码"),
    ("no", "编号"),
    ("id", "编号"),
    ("number", "号码"),
    ("type", "类型"),
    ("status", "状态"),
    ("date", "日期"),
    ("time", "时间"),
    ("year", "年份"),
    ("amount", "金额"),
    ("count", "数量"),
    ("address", "地址"),
    ("phone", "电话"),
    ("region", "区划"),
    ("area", "区域"),
    ("city", "城市"),
    ("county", "区县"),
    ("province", "省份"),
    ("town", "乡镇"),
    ("village", "村"),
    ("street", "街道"),
];

/// GB/T 3304.
const ETHNICITIES: &str = "汉族 蒙古族 回族 藏族 维吾尔族 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 \
    哈尼族 哈萨克族 傣族 黎族 傈僳族 佤族 畲族 高山族 拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜族 土族 达斡尔族 仫佬族 \
    羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯族 阿昌族 普米族 塔吉克族 怒族 乌孜别克族 俄罗斯族 鄂温克族 德昂族 保安族 \
    裕固族 京族 塔塔尔族 独龙族 鄂伦春族 赫哲族 门巴族 珞巴族 基诺族";

/// GB/T 2260: the provinces and what belongs to the city, each code with its name.
const DIVISIONS: &str = "11 北京市 12 天津市 13 河北省 14 山西省 15 内蒙古自治区 21 辽宁省 \
    22 吉林省 23 黑龙江省 31 上海市 32 江苏省 33 浙江省 34 安徽省 \
    35 福建省 36 江西省 37 山东省 41 河南省 42 湖北省 43 湖南省 \
    44 广东省 45 广西壮族自治区 46 海南省 50 重庆市 51 四川省 52 贵州省 \
    53 云南省 54 西藏自治区 61 陕西省 62 甘肃省 63 青海省 64 宁夏回族自治区 \
    65 新疆维吾尔自治区 71 台湾省 81 香港特别行政区 82 澳门特别行政区 \
    431100 永州市 431102 零陵区 431103 冷水滩区 431121 祁阳县（2021年撤销） 431122 东安县 431123 双牌县 431124 道县 \
    431125 江永县 431126 宁远县 431127 蓝山县 431128 新田县 431129 江华瑶族自治县 431181 祁阳市";

const SURNAMES: &str = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘于蒋蔡余杜叶程魏苏吕丁任\
    沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧司上诸尤盘\
    奉义蒲欧阳文易柏阳成康伍管华盛聂艾翟安常施牛洪季温庄葛颜章俞鲁殷齐梅耿关焦左甘祝包宁尚符舒柯纪邢乔霍岳";

/// A header in lower case without what separates its words.
pub(super) fn plain(header: &str) -> String {
    header
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a header speaks Chinese.
pub(super) fn is_chinese(text: &str) -> bool {
    text.chars().any(is_han)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

/// The title of an item with this header; the header itself where nobody knows.
pub(super) fn title(header: &str) -> String {
    if is_chinese(header) {
        return header.to_owned();
    }
    let plain = plain(header);
    match TITLES.iter().find(|it| it.0 == plain) {
        Some((_, title)) => (*title).to_owned(),
        None => by_parts(header).unwrap_or_else(|| header.to_owned()),
    }
}

/// A title made of the words of a header such as `school_name` or `schoolName`.
fn by_parts(header: &str) -> Option<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in header.chars() {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_lower) {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric() {
            words.last_mut()?.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    words.retain(|it| !it.is_empty());
    words
        .iter()
        .map(|word| PARTS.iter().find(|it| it.0 == word).map(|it| it.1))
        .collect()
}

/// Whether a header holds one of `words`; Chinese ones anywhere, others as the whole or an end of it.
pub(super) fn hints(header: &str, words: &[&str]) -> bool {
    let plain = plain(header);
    words.iter().any(|word| {
        if word.is_ascii() {
            plain.starts_with(word) || plain.ends_with(word)
        } else {
            plain.contains(word)
        }
    })
}

pub(super) const OF_DATES: &[&str] = &["date", "day", "time", "rq", "sj", "日期", "时间", "年月日"];
pub(super) const OF_MONEY: &[&str] = &[
    "amount", "money", "price", "fee", "salary", "income", "金额", "费", "价", "工资", "收入", "款", "补贴",
    "元",
];
pub(super) const OF_PLACES: &[&str] = &[
    "code", "area", "region", "city", "county", "division", "town", "xzqh", "区划", "地区", "行政", "区域",
];
pub(super) const OF_POST: &[&str] = &["post", "postcode", "zip", "zipcode", "邮编", "邮政"];
pub(super) const OF_PEOPLE: &[&str] = &[
    "name",
    "xm",
    "person",
    "姓名",
    "联系人",
    "户主",
    "负责人",
    "法定代表人",
    "法人代表",
    "申请人",
    "经办人",
];
/// Headers that end so name a person.
pub(super) const OF_NAMED_PEOPLE: &[&str] = &[
    "联系人",
    "户主",
    "负责人",
    "法定代表人",
    "法人代表",
    "申请人",
    "经办人",
    "曾用名",
];
pub(super) const OF_PERSONS_NUMBERS: &[&str] = &[
    "idcard",
    "idcardno",
    "identityno",
    "identitynumber",
    "sfz",
    "sfzh",
    "sfzhm",
    "passport",
    "身份证",
    "公民身份",
    "身份号",
    "证件号",
    "护照",
    "银行卡",
];
pub(super) const OF_PHONES: &[&str] = &[
    "mobile",
    "mobileno",
    "phone",
    "phoneno",
    "sjh",
    "sjhm",
    "lxdh",
    "手机",
    "电话",
    "联系方式",
];
pub(super) const OF_ADDRESSES: &[&str] = &["address", "addr", "dz", "zz", "地址", "住址", "住所", "居住地"];
pub(super) const OF_REMARKS: &[&str] = &[
    "remark", "remarks", "memo", "note", "bz", "备注", "说明", "描述", "摘要", "内容",
];
pub(super) const OF_IDENTIFIERS: &[&str] = &[
    "id", "code", "no", "number", "编号", "编码", "代码", "号码", "证号", "序号", "标识",
];
pub(super) const OF_YES_OR_NO: &[&str] = &["is", "has", "是否", "有无"];
pub(super) const OF_ILLNESS: &[&str] = &[
    "疾病",
    "病种",
    "诊断",
    "残疾",
    "宗教",
    "犯罪",
    "disease",
    "diagnosis",
    "disability",
];
pub(super) const OF_PERSONS_TRAITS: &[&str] = &[
    "ethnic",
    "nation",
    "marital",
    "birth",
    "education",
    "occupation",
    "age",
    "民族",
    "婚姻",
    "出生",
    "文化程度",
    "学历",
    "职业",
    "年龄",
];
pub(super) const OF_STARTS: &[&str] = &["start", "begin", "from", "startdate", "validfrom", "起", "开始"];
pub(super) const OF_ENDS: &[&str] = &["end", "until", "to", "enddate", "validto", "止", "截止", "结束"];

/// Whether a value could be a person's name.
pub(super) fn is_name(value: &str) -> bool {
    let count = value.chars().count();
    let begins = value.chars().next().is_some_and(|c| SURNAMES.contains(c));
    let is_place = value.ends_with(['镇', '乡', '村', '县', '市', '区', '道', '局', '司', '场']) && 2 < count;
    begins && (2..=4).contains(&count) && !is_place && value.chars().all(|c| is_han(c) || c == '·')
}

/// All values of a list that a standard keeps, where `seen` are of it.
pub(super) fn whole_list(seen: &[String]) -> Option<Vec<Code>> {
    let ethnicities: Vec<&str> = ETHNICITIES.split_whitespace().collect();
    let is_of_it = seen.iter().all(|it| ethnicities.contains(&it.as_str()));
    is_of_it.then(|| {
        ethnicities
            .iter()
            .map(|it| Code {
                code: (*it).into(),
                label: (*it).into(),
            })
            .collect()
    })
}

/// What a code means, where it is a division's of the city or a province's.
pub(super) fn label(code: &str) -> String {
    let mut words = DIVISIONS.split_whitespace();
    while let (Some(known), Some(name)) = (words.next(), words.next()) {
        if known == code {
            return name.to_owned();
        }
    }
    code.to_owned()
}
