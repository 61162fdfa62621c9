//! 申请人: who applies for conditional data on the open platform, and what is asked of him.
//!
//! Home of 《永州市政务大数据管理办法》 art. 33, with art. 26.

use jiff::SignedDuration;

use crate::words;

words! {
    /// Who an applicant is.
    pub enum Kind {
        /// 公民.
        Person = "person" "个人",
        /// 法人或者其他组织.
        Organisation = "organisation" "法人或其他组织",
    }
}

words! {
    /// 领域 (art. 26): what the data is to serve.
    pub enum Field {
        /// 创新发展.
        Innovation = "innovation" "创新发展",
        /// 城市治理.
        Governance = "governance" "城市治理",
        /// 社会服务.
        Service = "service" "社会服务",
        /// 等领域: research, teaching and whatever else serves the article's end.
        Other = "other" "其他（研究、教学等）",
    }
}

words! {
    /// What a letter with a one-time link is for. No article asks for these letters; they are measures by which art. 33
    /// keeps what applicants register from others.
    pub enum LinkKind {
        /// To confirm the address of a registration.
        Confirm = "confirm" "确认邮箱",
        /// To set a new password.
        Reset = "reset" "重设密码",
        /// To confirm the address that takes the place of the registered one.
        Move = "move" "更换邮箱",
        /// None: it tells whom an address belongs to that somebody registered it again.
        Known = "known" "重复注册提醒",
    }
}

impl LinkKind {
    /// How long the link is good. No article says it; the city's own policy.
    pub const fn open_for(self) -> SignedDuration {
        match self {
            LinkKind::Reset => SignedDuration::from_hours(1),
            LinkKind::Confirm | LinkKind::Move | LinkKind::Known => SignedDuration::from_hours(24),
        }
    }
}

/// Letters of one kind to one applicant within [`LINKS_SPAN`] at most: the city's own policy, as no article says it.
pub const LINKS_MAX: u64 = 3;

/// The span over which letters with links are counted.
pub const LINKS_SPAN: SignedDuration = SignedDuration::from_hours(1);

/// The edition of [`CONSENT`]; stored with each registration, so that it is known what was consented to.
pub const CONSENT_EDITION: &str = "2026-11";

/// 告知同意: what an applicant is told before registering; each is one line of the page.
pub const CONSENT: &[&str] = &[
    "收集目的：仅用于核实申请人身份、办理政务数据开放申请、签订开放利用协议和告知办理结果（《永州市政务大数据管理办法》第二十六条、第三十三条）。",
    "收集内容：姓名或名称、证件号码或统一社会信用代码、联系人、联系电话、电子邮箱、通信地址。除此之外不收集其他个人信息。",
    "保存方式：上述信息加密保存，不写入日志、网址、存证，不对外公开，不作他用。",
    "谁能查看：仅办理您的申请的工作人员可以查看，每次查看均留痕，您可以在“我的信息”中看到谁在何时查看过。",
    "您的权利：您可以随时查看、更正、导出所登记的信息，也可以注销账号；注销后个人信息立即永久删除，办件只保留不能识别您的记录。",
];

/// Where a person's full name stays with the applicant, this is what others read: the first character, the rest veiled.
pub fn masked(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_string() + &"*".repeat(characters.count().clamp(1, 2)),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yongzhou_art33_an_applicant_is_told_purpose_content_keeping_readers_and_rights_before_registering() {
        for said in ["收集目的", "收集内容", "保存方式", "谁能查看", "您的权利"] {
            assert_eq!(
                CONSENT.iter().filter(|it| it.starts_with(said)).count(),
                1,
                "{said}"
            );
        }
    }

    #[test]
    fn a_name_is_veiled_but_for_its_first_character() {
        assert_eq!(masked("唐小芳"), "唐**");
        assert_eq!(masked("李"), "李*");
        assert_eq!(masked("永州市某某科技有限公司"), "永**");
        assert_eq!(masked(""), "");
    }
}
