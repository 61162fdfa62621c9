//! How the four steps go, the words, and what the regulation says and the platform does about it.

use askama::Template;

use crate::{
    frame::{Frame, Page, html},
    session::Me,
    ui::{StateTag, Tone},
};

/// How the work goes.
#[derive(Template)]
#[template(path = "help.html")]
pub struct HelpPage {
    /// What stands around it.
    pub frame: Frame,
}

/// The articles and what the platform does.
#[derive(Template)]
#[template(path = "law.html")]
pub struct LawPage {
    /// What stands around it.
    pub frame: Frame,
}

fn frame(me: Option<&Me>, title: &str) -> Frame {
    match me {
        Some(me) => me.frame(title),
        None => Frame::public(title),
    }
}

/// GET /help
pub async fn help(me: Option<Me>) -> Page {
    html(&HelpPage {
        frame: frame(me.as_ref(), "使用帮助"),
    })
}

/// GET /law
pub async fn law(me: Option<Me>) -> Page {
    let frame = frame(me.as_ref(), "办法与平台").crumb("/help", "使用帮助");
    html(&LawPage { frame })
}

/// What the platform has of an article.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Has {
    Done,
    Part,
    Planned,
    NotCode,
}

impl Has {
    fn tag(self) -> StateTag {
        match self {
            Has::Done => StateTag::new("已实现", Tone::Green),
            Has::Part => StateTag::new("部分实现", Tone::Accent),
            Has::Planned => StateTag::new("规划中", Tone::Grey),
            Has::NotCode => StateTag::new("不由软件实现", Tone::Grey),
        }
    }
}

impl LawPage {
    fn articles(&self) -> Vec<(usize, &'static str, &'static str, StateTag)> {
        ARTICLES
            .iter()
            .enumerate()
            .map(|(i, (subject, does, has))| (i + 1, *subject, *does, has.tag()))
            .collect()
    }
}

use Has::{Done, NotCode, Part, Planned};

/// Every article: what it is about, and what the platform does.
#[rustfmt::skip] // A table: one article a line.
const ARTICLES: &[(&str, &str, Has)] = &[
    ("目的和依据", "说明办法的目的与上位依据。", NotCode),
    ("适用范围；国家秘密、工作秘密另行管理", "标记为国家秘密、工作秘密的数据一律拒绝录入，草稿也不保存。", Done),
    ("用语含义", "页面、接口和代码都使用办法的用语；使用本单位自己的数据不算共享。", Done),
    ("统筹规划、集约建设、安全可控、无偿使用", "共享没有任何收费；只申请必需的信息项、行和期限。", Part),
    ("市、县两级组织领导", "市级和县级分级办理，跨级、跨县的事项由市级主管部门办理。", Part),
    ("主管部门职责；监督部门", "主管部门按本级办理；监督审计账号只读，查阅行为本身留有存证。", Part),
    ("政务部门是责任主体", "每个目录有责任部门、责任人和电话；仍负责目录的机构不能删除。", Done),
    ("发展规划", "规划的编制、批准和公布。", Planned),
    ("政府投资政务信息化项目", "项目拟采集的数据与目录比对，能共享取得的不得重复采集。", Planned),
    ("统一目录管理，定期发布", "全市一个目录，分市、县两级；版本长期可查。", Part),
    ("基础、主题、部门目录；审核发布；使用范围和共享方式", "会同编制部门会签，主管部门审核，退回时逐字段写明理由；使用范围和共享方式必填。", Done),
    ("审核汇总；重复目录协调采集部门", "审核时列出可能重复的目录及相同信息项，由审核员判断。", Part),
    ("及时更新目录；15个工作日内更新并备案", "修订生成新版本，各版本及逐字段差异长期可查。", Part),
    ("数据质量六性；一数一源", "逐行校验，拒收行写明原因；每批按规范性、完整性、准确性、一致性、时效性、可访问性评分。", Part),
    ("同类数据不一致的协商与协调", "两个来源的比对和协调。", Planned),
    ("共享平台和数据中心", "通过页面、命令行和接口向数据中心归集。", Part),
    ("三种共享类型；理由、依据和审核确认", "有条件共享、不予共享须说明理由和依据并经指定部门审核确认；缩小无条件共享范围同样如此。", Done),
    ("共享的三种办理方式；10个工作日；争议协调", "无条件共享即时可用；有条件共享10个工作日内答复；争议由同级主管部门协调，双方都能看到结果。", Part),
    ("限于履职需要；暂停、终止并报告", "每次调用核对用途、信息项、行、期限和次数，先存证再应答；暂停或终止从下一次调用生效，同时报送主管部门。", Done),
    ("办事免提交；电子证照", "办事材料与共享数据、电子证照的对应。", Planned),
    ("校核：5个工作日，延长不超过15个工作日", "期限规则已编入平台，页面规划中。", Planned),
    ("开放前脱敏；保密审查", "脱敏规则、预览和风险度量。", Planned),
    ("三种开放类型；理由和依据", "有条件开放、不予开放须说明理由和依据；涉及个人隐私的不得无条件开放。", Part),
    ("开放平台和开放清单", "面向公众的开放门户。", Planned),
    ("无条件开放数据在线获取", "免登录检索、预览和下载。", Planned),
    ("有条件开放申请：15个工作日", "申请、协议与跟踪。", Planned),
    ("市场化运营", "授权运营登记。", Planned),
    ("合作与社会数据", "合作和外部数据来源登记。", Planned),
    ("安全管理制度", "目录已有数据分级；制度和等级保护登记规划中。", Planned),
    ("网信部门统筹共享网络安全", "检查和风险评估的跟踪。", Planned),
    ("保密审查机制；安全事件报告", "开放前保密审查；事件报告。", Planned),
    ("平台自身的安全保护", "存证防篡改、账号锁定已有；应急预案规划中。", Planned),
    ("申请用户信息保护", "随有条件开放实现。", Planned),
    ("异议：1、5、2、5个工作日", "期限规则已编入平台，页面规划中。", Planned),
    ("容灾备份、风险识别和演练", "备份演练和异常使用识别。", Planned),
    ("第三方评估和整改", "限期只读账号和整改跟踪。", Planned),
    ("监督管理人员的责任", "处分由有权机关作出；存证可随案移送。", Planned),
    ("九种应责令改正的情形", "由平台给出证据，由人决定；使用违规报告已实现。", Planned),
    ("泄密等情形的处理", "依照有关法律法规处理。", Planned),
    ("驻永单位、公共服务企业参照执行", "作为机构参照加入，规则和流程相同。", Done),
    ("施行日期和有效期", "期限按起算时有效的规定判断；届满前180天提醒系统管理员。", Done),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_the_law_has_all_41_articles() {
        assert_eq!(ARTICLES.len(), 41);
        let page = LawPage {
            frame: Frame::public("办法与平台"),
        }
        .render()
        .unwrap();
        assert!(page.contains(r#"id="art-41""#));
    }
}
