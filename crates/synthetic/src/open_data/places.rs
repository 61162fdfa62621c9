//! The counties of the city as the open sets need them: towns, a point in the middle, and how big each is.

/// One county.
pub(super) struct County {
    /// Its division code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Longitude and latitude of its seat, in millionths of a degree.
    pub seat: (i64, i64),
    /// How big it is among the others.
    pub weight: u64,
    /// Some of its towns.
    pub towns: &'static [&'static str],
}

const fn county(
    code: &'static str,
    name: &'static str,
    seat: (i64, i64),
    weight: u64,
    towns: &'static [&'static str],
) -> County {
    County {
        code,
        name,
        seat,
        weight,
        towns,
    }
}

#[rustfmt::skip] // A table: one county a line.
pub(super) const COUNTIES: [County; 11] = [
    county("431102", "零陵区", (111_621_000, 26_222_000), 6, &["朝阳街道", "南津渡街道", "徐家井街道", "七里店街道", "珠山镇", "邮亭圩镇", "石岩头镇"]),
    county("431103", "冷水滩区", (111_592_000, 26_461_000), 8, &["梅湾街道", "肖家园街道", "杨家桥街道", "凤凰街道", "牛角坝镇", "蔡市镇", "普利桥镇"]),
    county("431122", "东安县", (111_313_000, 26_397_000), 5, &["白牙市镇", "芦洪市镇", "紫溪市镇", "大庙口镇", "端桥铺镇", "石期市镇"]),
    county("431123", "双牌县", (111_660_000, 25_961_000), 2, &["泷泊镇", "江村镇", "茶林镇", "五里牌镇", "何家洞镇"]),
    county("431124", "道县", (111_600_000, 25_526_000), 7, &["濂溪街道", "西洲街道", "寿雁镇", "仙子脚镇", "清塘镇", "祥霖铺镇", "蚣坝镇"]),
    county("431125", "江永县", (111_344_000, 25_274_000), 3, &["潇浦镇", "上江圩镇", "桃川镇", "夏层铺镇", "粗石江镇"]),
    county("431126", "宁远县", (111_945_000, 25_571_000), 8, &["舜陵街道", "文庙街道", "天堂镇", "水市镇", "湾井镇", "冷水镇"]),
    county("431127", "蓝山县", (112_196_000, 25_370_000), 4, &["塔峰镇", "楠市镇", "毛俊镇", "所城镇", "土市镇"]),
    county("431128", "新田县", (112_203_000, 25_904_000), 4, &["龙泉街道", "中山街道", "骥村镇", "枧头镇", "石羊镇"]),
    county("431129", "江华瑶族自治县", (111_579_000, 25_185_000), 5, &["沱江镇", "涛圩镇", "白芒营镇", "大路铺镇", "码市镇", "水口镇"]),
    county("431181", "祁阳市", (111_840_000, 26_580_000), 9, &["浯溪街道", "长虹街道", "白水镇", "黎家坪镇", "文富市镇", "潘市镇", "羊角塘镇"]),
];

/// Words that names begin with.
pub(super) const WORDS: [&str; 28] = [
    "潇湘", "舜德", "濂溪", "柳子", "怀素", "明德", "文昌", "育才", "九疑", "浯溪", "永盛", "瑶乡", "阳明",
    "香零", "福安", "惠民", "和顺", "兴隆", "康乐", "同心", "春晖", "金桥", "青山", "龙塘", "白石", "枫林",
    "凤鸣", "清泉",
];

/// Trades of companies.
pub(super) const TRADES: [&str; 12] = [
    "商贸",
    "建材",
    "建设工程",
    "农业发展",
    "餐饮管理",
    "物流",
    "信息技术",
    "生态旅游",
    "文化传媒",
    "机电设备",
    "医药",
    "物业服务",
];
