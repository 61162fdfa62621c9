//! The words that the population is made of.

/// The item names of the population, in the order of its file.
pub const HEADER: [&str; 12] = [
    "id_card",
    "name",
    "gender",
    "birth_date",
    "ethnic",
    "region_code",
    "address",
    "mobile",
    "marital",
    "reg_date",
    "amount",
    "remark",
];

/// The eleven county-level units of 永州 with their division codes (GB/T 2260).
pub const REGIONS: [(&str, &str); 11] = [
    ("431102", "零陵区"),
    ("431103", "冷水滩区"),
    ("431122", "东安县"),
    ("431123", "双牌县"),
    ("431124", "道县"),
    ("431125", "江永县"),
    ("431126", "宁远县"),
    ("431127", "蓝山县"),
    ("431128", "新田县"),
    ("431129", "江华瑶族自治县"),
    ("431181", "祁阳市"),
];

/// The ethnic groups that occur, the frequent ones first.
pub const ETHNIC_GROUPS: [&str; 10] = [
    "汉族",
    "瑶族",
    "壮族",
    "苗族",
    "土家族",
    "侗族",
    "回族",
    "满族",
    "蒙古族",
    "彝族",
];

/// The marital states.
pub const MARITAL: [&str; 4] = ["未婚", "已婚", "离异", "丧偶"];

// An identity number keeps the code of its first registration, so withdrawn and foreign codes occur.
pub(crate) const ID_PREFIXES: [&str; 18] = [
    "431102", "431103", "431122", "431123", "431124", "431125", "431126", "431127", "431128", "431129",
    "431181", "431121", "431121", "432921", "430102", "430481", "440305", "450311",
];

pub(crate) const SURNAMES: [&str; 40] = [
    "李", "王", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
    "郭", "马", "罗", "唐", "蒋", "邓", "彭", "曾", "肖", "谭", "欧阳", "盘", "奉", "义", "廖", "邹", "熊",
    "龙", "陶", "贺", "文", "雷", "柏",
];

pub(crate) const GIVEN_MALE: [&str; 24] = [
    "伟", "强", "磊", "军", "勇", "杰", "涛", "明", "超", "刚", "平", "辉", "鹏", "华", "斌", "宇", "浩",
    "凯", "建", "国", "志", "文", "海", "东",
];

pub(crate) const GIVEN_FEMALE: [&str; 24] = [
    "芳", "娜", "敏", "静", "丽", "艳", "娟", "秀", "霞", "燕", "玲", "桂", "兰", "英", "梅", "莉", "红",
    "玉", "萍", "颖", "慧", "婷", "雪", "倩",
];

pub(crate) const TOWNS: [&str; 14] = [
    "南津渡街道",
    "徐家井街道",
    "梅湾街道",
    "肖家园街道",
    "杨家桥街道",
    "浯溪街道",
    "白水镇",
    "黎家坪镇",
    "紫溪市镇",
    "泷泊镇",
    "舜陵街道",
    "塔峰镇",
    "龙泉镇",
    "沱江镇",
];

pub(crate) const ROADS: [&str; 12] = [
    "人民路",
    "解放路",
    "建设路",
    "湘江路",
    "潇水路",
    "舜皇大道",
    "零陵大道",
    "翠竹路",
    "珍珠路",
    "凤凰路",
    "中山路",
    "文昌路",
];

pub(crate) const REMARKS: [&str; 12] = [
    "低保户",
    "独生子女户",
    "复转军人",
    "外出务工",
    "随迁子女已入学",
    "户主",
    "残疾人家庭成员",
    "已办理居住证",
    "材料齐全",
    "待复核",
    "迁入登记",
    "高龄补贴对象",
];
