//! The organisations and people of the demo city. Names of people are invented.

use app::{City, Ctx, Refused, orgs, orgs::NewOrg, people, people::NewUser};
use jiff::Timestamp;
use rules::{
    ids::{OrgId, UserId},
    people::{Actor, Level, Org, OrgKind, Role, Role::*},
};
use std::collections::BTreeMap;

/// The password of every demo account. Printed on purpose: the city is made up.
pub const PASSWORD: &str = "Yongzhou-2026";

struct OrgSeed {
    key: &'static str,
    name: &'static str,
    kind: OrgKind,
    region: &'static str,
    front: &'static str,
    /// Key of the authority of its level.
    authority: &'static str,
    /// Key of the department designated to confirm share kinds (art. 17).
    confirmer: &'static str,
}

const fn city(key: &'static str, name: &'static str, kind: OrgKind, front: &'static str) -> OrgSeed {
    OrgSeed {
        key,
        name,
        kind,
        region: "431100",
        front,
        authority: "shenpi",
        confirmer: "fuban",
    }
}

const fn dao(key: &'static str, name: &'static str, kind: OrgKind, front: &'static str) -> OrgSeed {
    OrgSeed {
        key,
        name,
        kind,
        region: "431124",
        front,
        authority: "dx-shenpi",
        confirmer: "dx-fuban",
    }
}

// 307021 is 湖南省 in the national tree; below it the sub-levels are the city's own: 11 永州, then the department.
const ORGS: [OrgSeed; 27] = [
    city("shenpi", "永州市行政审批服务局", OrgKind::Authority, "3070211101"),
    city("fuban", "永州市人民政府办公室", OrgKind::Agency, "3070211102"),
    city("minzheng", "永州市民政局", OrgKind::Agency, "3070211103"),
    city("gongan", "永州市公安局", OrgKind::Agency, "3070211104"),
    city("yibao", "永州市医疗保障局", OrgKind::Agency, "3070211105"),
    city(
        "renshe",
        "永州市人力资源和社会保障局",
        OrgKind::Agency,
        "3070211106",
    ),
    city("shichang", "永州市市场监督管理局", OrgKind::Agency, "3070211107"),
    city("jiaoyu", "永州市教育局", OrgKind::Agency, "3070211108"),
    city("weijian", "永州市卫生健康委员会", OrgKind::Agency, "3070211109"),
    city("huanjing", "永州市生态环境局", OrgKind::Agency, "3070211110"),
    city("jiaotong", "永州市交通运输局", OrgKind::Agency, "3070211111"),
    city("ziran", "永州市自然资源和规划局", OrgKind::Agency, "3070211112"),
    city("zhujian", "永州市住房和城乡建设局", OrgKind::Agency, "3070211113"),
    city("nongye", "永州市农业农村局", OrgKind::Agency, "3070211114"),
    city("shenji", "永州市审计局", OrgKind::Agency, "3070211115"),
    city(
        "shuiwu",
        "国家税务总局永州市税务局",
        OrgKind::Stationed,
        "3070211151",
    ),
    city(
        "gongshui",
        "永州市自来水有限公司",
        OrgKind::PublicService,
        "3070211171",
    ),
    city("caizheng", "永州市财政局", OrgKind::Agency, "3070211116"),
    city("wenlv", "永州市文化旅游广电体育局", OrgKind::Agency, "3070211117"),
    city("shuili", "永州市水利局", OrgKind::Agency, "3070211118"),
    city(
        "chengguan",
        "永州市城市管理和综合执法局",
        OrgKind::Agency,
        "3070211119",
    ),
    city("yingji", "永州市应急管理局", OrgKind::Agency, "3070211120"),
    city("sifa", "永州市司法局", OrgKind::Agency, "3070211121"),
    dao(
        "dx-shenpi",
        "道县行政审批服务局",
        OrgKind::Authority,
        "3070211124001",
    ),
    dao("dx-fuban", "道县人民政府办公室", OrgKind::Agency, "3070211124002"),
    dao("dx-minzheng", "道县民政局", OrgKind::Agency, "3070211124003"),
    dao("dx-jiaoyu", "道县教育局", OrgKind::Agency, "3070211124004"),
];

struct PersonSeed {
    login: &'static str,
    name: &'static str,
    org: &'static str,
    roles: &'static [Role],
    /// What to try with this account, printed with it.
    tries: &'static str,
}

const fn person(
    login: &'static str,
    name: &'static str,
    org: &'static str,
    roles: &'static [Role],
    tries: &'static str,
) -> PersonSeed {
    PersonSeed {
        login,
        name,
        org,
        roles,
        tries,
    }
}

const DESK: &[Role] = &[Cataloguer, Engineer, Clerk];

#[rustfmt::skip] // A table: one person a line.
const PEOPLE: [PersonSeed; 50] = [
    person("minzheng", "陈静", "minzheng", DESK, "编目：上传样表新建目录、补充元数据、提交审核；归集：上传数据并查看质量得分"),
    person("minzheng.head", "周建国", "minzheng", &[Head], "对其他部门的共享申请提出提供部门意见；暂停或终止授权"),
    person("shenhe", "李文斌", "shenpi", &[Reviewer], "待办：审核目录（逐项退回、发布）、审批共享申请、协调争议、阅知使用违规报告"),
    person("shenpi", "蒋敏", "shenpi", DESK, "主管部门自己的目录：节假日安排"),
    person("yibao", "唐玉兰", "yibao", DESK, "检索目录，直接使用无条件共享数据，申请有条件共享数据；登记应用系统与密钥"),
    person("yibao.head", "蒋志强", "yibao", &[Head], "查看本部门的授权与办件"),
    person("gongan", "彭涛", "gongan", DESK, "向“常住人口户籍信息”归集数据，查看谁在使用、用了什么"),
    person("gongan.head", "王海东", "gongan", &[Head], "对人口数据的共享申请提出意见；暂停授权后再调用即被拒绝"),
    person("fuban", "曾敏", "fuban", &[Confirmer], "审核确认有条件共享、不予共享的理由与依据"),
    person("shenji", "肖国华", "shenji", &[Auditor], "只读查看目录、办件与存证日志，下载回执并离线验证"),
    person("renshe", "邓丽", "renshe", DESK, "人社局的系统以应用密钥调用网关（demo.json 中的 calls）"),
    person("renshe.head", "罗刚", "renshe", &[Head], "对社保数据的共享申请提出意见"),
    person("shichang", "黄杰", "shichang", DESK, "牵头编制基础数据目录，等待会同部门签署"),
    person("shichang.head", "刘超", "shichang", &[Head], "对市场主体数据的申请提出意见"),
    person("jiaoyu", "何慧", "jiaoyu", DESK, "查看已逾期的共享申请"),
    person("jiaoyu.head", "高明", "jiaoyu", &[Head], "查看本部门的授权"),
    person("weijian", "谭婷", "weijian", DESK, "共享申请被拒绝后提出争议"),
    person("weijian.head", "马平", "weijian", &[Head], "对卫健数据的申请提出意见"),
    person("huanjing", "林雪", "huanjing", DESK, "空气质量数据的归集"),
    person("jiaotong", "郭凯", "jiaotong", DESK, "公交线路站点的归集"),
    person("ziran", "盘志海", "ziran", &[Cataloguer, Engineer, Clerk, Head], "对不动产数据的申请提出意见"),
    person("zhujian", "奉军", "zhujian", DESK, "目录被退回后逐项修改"),
    person("nongye", "义秀英", "nongye", DESK, "授权被暂停的部门：下一次调用被拒绝"),
    person("shuiwu", "陶辉", "shuiwu", DESK, "驻永单位（第四十条）：会同签署基础数据目录"),
    person("gongshui", "贺鹏", "gongshui", DESK, "公共服务企业（第四十条）：供水用户数据"),
    person("daoxian", "欧阳伟", "dx-shenpi", &[Reviewer], "县级主管部门：只办理道县的目录与办件"),
    person("daoxian.fb", "杨慧", "dx-fuban", &[Confirmer], "县级指定部门：审核确认道县的共享类型"),
    person("daoxian.mz", "何桂英", "dx-minzheng", DESK, "县民政局：提交县级目录"),
    person("daoxian.jy", "何东", "dx-jiaoyu", DESK, "县教育局：使用市级数据"),
    person("shenpi.head", "于海涛", "shenpi", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("huanjing.head", "石磊", "huanjing", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("jiaotong.head", "龙建军", "jiaotong", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("ziran.head", "柏志华", "ziran", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("zhujian.head", "伍斌", "zhujian", &[Head], "有条件开放：决定申请、暂停或终止协议；保密审查"),
    person("nongye.head", "雷国平", "nongye", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("gongshui.head", "邹明", "gongshui", &[Head], "有条件开放：已逾期的申请；保密审查、发布开放清单"),
    person("daoxian.jy.head", "熊辉", "dx-jiaoyu", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("daoxian.mz.head", "廖平", "dx-minzheng", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("caizheng", "贺兰", "caizheng", DESK, "开放目录与开放方案：逐项定脱敏规则、提交保密审查"),
    person("caizheng.head", "申志刚", "caizheng", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("wenlv", "盘玉梅", "wenlv", DESK, "开放目录与开放方案：逐项定脱敏规则、提交保密审查"),
    person("wenlv.head", "欧阳刚", "wenlv", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("shuili", "义海", "shuili", DESK, "开放目录与开放方案：逐项定脱敏规则、提交保密审查"),
    person("shuili.head", "文建国", "shuili", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("chengguan", "周萍", "chengguan", DESK, "开放目录与开放方案：逐项定脱敏规则、提交保密审查"),
    person("chengguan.head", "徐鹏", "chengguan", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("yingji", "赵凯", "yingji", DESK, "开放目录与开放方案：逐项定脱敏规则、提交保密审查"),
    person("yingji.head", "孙东", "yingji", &[Head], "保密审查、发布开放清单、撤回开放数据"),
    person("sifa", "朱颖", "sifa", DESK, "开放目录与开放方案：逐项定脱敏规则、提交保密审查"),
    person("sifa.head", "曾超", "sifa", &[Head], "保密审查、发布开放清单、撤回开放数据"),
];

/// An account as `demo.json` prints it.
pub struct Account {
    /// What to type.
    pub login: &'static str,
    /// The roles, in words.
    pub role: String,
    /// The organisation's name.
    pub organisation: String,
    /// What to try.
    pub tries: &'static str,
}

/// Everybody, by login; and the organisations, by key.
pub struct Cast {
    actors: BTreeMap<&'static str, Actor>,
    orgs: BTreeMap<&'static str, Org>,
    /// Every account, for `demo.json`.
    pub accounts: Vec<Account>,
}

impl Cast {
    /// Founds the organisations and makes the accounts, as of `now`.
    pub async fn found(city: &City, now: Timestamp) -> Result<Cast, Refused> {
        let authority = new_org(&ORGS[0], 0, None, None);
        let admin_id =
            people::create_first_admin(city, "admin", "系统管理员", PASSWORD, authority, now).await?;
        let mut cast = Cast {
            actors: BTreeMap::new(),
            orgs: BTreeMap::new(),
            accounts: Vec::new(),
        };
        let founder = founder(city, admin_id, now).await?;
        cast.orgs.insert("shenpi", founder.actor.org.clone());
        cast.found_orgs(city, &founder).await?;
        cast.account(
            "admin",
            &founder.actor,
            "管理账号、机构与工作日历；装入下一年度节假日通知",
        );
        cast.actors.insert("admin", founder.actor.clone());
        for seed in &PEOPLE {
            cast.admit(city, &founder, seed).await?;
        }
        Ok(cast)
    }

    /// The context in which `login` acts at `now`.
    pub fn at(&self, login: &str, now: Timestamp) -> Ctx {
        Ctx {
            actor: self.actors[login].clone(),
            now,
        }
    }

    /// The organisation called `key`.
    pub fn org(&self, key: &str) -> &Org {
        &self.orgs[key]
    }

    async fn found_orgs(&mut self, city: &City, founder: &Ctx) -> Result<(), Refused> {
        // Authorities and designated departments first: the others name them.
        for (number, seed) in ORGS.iter().enumerate().skip(1) {
            let id_of = |key: &str| self.orgs.get(key).map(|it| it.id.clone());
            let (authority, confirmer) = (id_of(seed.authority), id_of(seed.confirmer));
            let id = orgs::create(city, founder, new_org(seed, number, authority, confirmer)).await?;
            self.learn(city, founder, seed.key, &id).await?;
            if seed.key == seed.confirmer {
                let authority = self.orgs[seed.authority].id.clone();
                orgs::designate(city, founder, &authority, &id).await?;
                self.learn(city, founder, seed.authority, &authority).await?;
            }
        }
        Ok(())
    }

    async fn learn(&mut self, city: &City, ctx: &Ctx, key: &'static str, id: &OrgId) -> Result<(), Refused> {
        let org = orgs::choices(city, ctx)
            .await?
            .into_iter()
            .find(|it| it.id == *id);
        self.orgs
            .insert(key, org.ok_or_else(|| Refused::not_found("机构"))?);
        Ok(())
    }

    async fn admit(&mut self, city: &City, founder: &Ctx, seed: &'static PersonSeed) -> Result<(), Refused> {
        let org = self.orgs[seed.org].clone();
        let new = NewUser {
            login: seed.login.to_owned(),
            name: seed.name.to_owned(),
            org: org.id.clone(),
            roles: seed.roles.to_vec(),
            password: PASSWORD.to_owned(),
            must_change_password: false,
        };
        let user = people::create(city, founder, new).await?;
        let actor = Actor {
            user,
            name: seed.name.to_owned(),
            org,
            roles: seed.roles.to_vec(),
        };
        self.account(seed.login, &actor, seed.tries);
        self.actors.insert(seed.login, actor);
        Ok(())
    }

    fn account(&mut self, login: &'static str, actor: &Actor, tries: &'static str) {
        let roles: Vec<&str> = actor.roles.iter().map(|it| it.label()).collect();
        let organisation = actor.org.name.clone();
        self.accounts.push(Account {
            login,
            role: roles.join("、"),
            organisation,
            tries,
        });
    }
}

async fn founder(city: &City, user: UserId, now: Timestamp) -> Result<Ctx, Refused> {
    let signed_in = people::sign_in(city, "admin", PASSWORD, now).await?;
    let session = people::session(city, &signed_in.token, now).await?;
    let actor = session.map(|it| it.actor).filter(|it| it.user == user);
    Ok(Ctx {
        actor: actor.ok_or_else(|| Refused::not_found("账号"))?,
        now,
    })
}

fn new_org(seed: &OrgSeed, number: usize, authority: Option<OrgId>, confirmer: Option<OrgId>) -> NewOrg {
    let is_own_authority = seed.kind == OrgKind::Authority;
    NewOrg {
        name: seed.name.to_owned(),
        kind: seed.kind,
        level: if seed.region == "431100" {
            Level::City
        } else {
            Level::County
        },
        region: seed.region.to_owned(),
        credit_code: credit_code(seed.kind, seed.region, number),
        front_code: seed.front.to_owned(),
        authority: if is_own_authority { None } else { authority },
        confirmer,
    }
}

/// A made-up credit code that checks: registration body and kind, division, organisation code, check character.
pub fn credit_code(kind: OrgKind, region: &str, number: usize) -> String {
    let head = if kind == OrgKind::PublicService {
        "91"
    } else {
        "11"
    };
    let organisation = format!("00{:06}", 650_000 + number * 37);
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = organisation
        .bytes()
        .zip(weights)
        .map(|(it, weight)| u32::from(it - b'0') * weight)
        .sum();
    let check = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + digit as u8),
    };
    let first_17 = format!("{head}{region}{organisation}{check}");
    format!("{first_17}{}", synthetic::credit_check(&first_17))
}
