//! The table: every act, what it rests on, and who may do it to what.

use super::{
    Action,
    Ground::{self, Internal, Law},
    Reach::{self, *},
    Rule, Who,
};
use crate::{
    law::Regulation::Yongzhou,
    people::Role::{self, *},
};

const fn may(role: Role, reach: Reach) -> (Who, Reach) {
    (Who::Person(role), reach)
}

const fn system(reach: Reach) -> (Who, Reach) {
    (Who::System, reach)
}

const fn rule(action: Action, ground: Ground, sight: Option<Action>, by: &'static [(Who, Reach)]) -> Rule {
    Rule {
        action,
        ground,
        sight,
        by,
    }
}

const ENTRY: Option<Action> = Some(Action::SeeEntry);
const CASE: Option<Action> = Some(Action::SeeCase);
const GRANT: Option<Action> = Some(Action::SeeGrant);

/// Every rule, one for each act. Administrators keep accounts and calendar and see neither entries nor data; auditors
/// read and never act.
pub const RULES: &[Rule] = &[
    // Catalogue.
    rule(
        Action::SearchCatalogue,
        Law(Yongzhou.art(10)),
        None,
        &[
            may(Cataloguer, Everywhere),
            may(Engineer, Everywhere),
            may(Clerk, Everywhere),
            may(Head, Everywhere),
            may(Reviewer, Everywhere),
            may(Confirmer, Everywhere),
            may(Auditor, Everywhere),
        ],
    ),
    rule(
        Action::SeeEntry,
        Law(Yongzhou.art(10)),
        ENTRY,
        &[
            may(Cataloguer, OwnProvider),
            may(Cataloguer, CoCompiling),
            may(Cataloguer, Published),
            may(Engineer, OwnProvider),
            may(Engineer, Published),
            may(Clerk, Published),
            may(Head, OwnProvider),
            may(Head, CoCompiling),
            may(Head, Published),
            may(Reviewer, Jurisdiction),
            may(Reviewer, Published),
            may(Confirmer, Confirming),
            may(Confirmer, Published),
            may(Auditor, Territory),
            may(Auditor, Published),
            system(OwnProvider),
            system(Published),
        ],
    ),
    rule(
        Action::EditDraft,
        Law(Yongzhou.art(11)),
        ENTRY,
        &[may(Cataloguer, OwnProvider)],
    ),
    rule(
        Action::SubmitEntry,
        Law(Yongzhou.art(11)),
        ENTRY,
        &[may(Cataloguer, OwnProvider)],
    ),
    rule(
        Action::WithdrawEntry,
        Law(Yongzhou.art(11)),
        ENTRY,
        &[may(Cataloguer, OwnProvider)],
    ),
    rule(
        Action::RetireEntry,
        Law(Yongzhou.art(13)),
        ENTRY,
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::SignEntry,
        Law(Yongzhou.art(11)),
        ENTRY,
        &[may(Cataloguer, CoCompiling), may(Head, CoCompiling)],
    ),
    rule(
        Action::ConfirmShare,
        Law(Yongzhou.art(17)),
        ENTRY,
        &[may(Confirmer, Confirming)],
    ),
    rule(
        Action::ReviewEntry,
        Law(Yongzhou.art(11)),
        ENTRY,
        &[may(Reviewer, Jurisdiction)],
    ),
    // Delivery.
    rule(
        Action::Deliver,
        Law(Yongzhou.art(16)),
        ENTRY,
        &[may(Engineer, OwnProvider), system(OwnProvider)],
    ),
    rule(
        Action::SeeDelivery,
        Law(Yongzhou.art(14)),
        ENTRY,
        &[
            may(Cataloguer, OwnProvider),
            may(Engineer, OwnProvider),
            may(Head, OwnProvider),
            may(Reviewer, Jurisdiction),
            may(Auditor, Territory),
            system(OwnProvider),
        ],
    ),
    rule(
        Action::SeeRefusals,
        Law(Yongzhou.art(14)),
        ENTRY,
        &[
            may(Cataloguer, OwnProvider),
            may(Engineer, OwnProvider),
            system(OwnProvider),
        ],
    ),
    // Requests and disputes.
    rule(
        Action::Claim,
        Law(Yongzhou.art(18)),
        ENTRY,
        &[may(Clerk, Offered), may(Head, Offered)],
    ),
    rule(
        Action::Apply,
        Law(Yongzhou.art(18)),
        ENTRY,
        &[may(Clerk, Offered), may(Head, Offered)],
    ),
    rule(
        Action::WithdrawRequest,
        Law(Yongzhou.art(18)),
        CASE,
        &[may(Clerk, OwnConsumer), may(Head, OwnConsumer)],
    ),
    rule(
        Action::Opine,
        Law(Yongzhou.art(18)),
        CASE,
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::DecideRequest,
        Law(Yongzhou.art(18)),
        CASE,
        &[may(Reviewer, Jurisdiction)],
    ),
    rule(
        Action::RaiseDispute,
        Law(Yongzhou.art(18)),
        CASE,
        &[
            may(Clerk, OwnConsumer),
            may(Head, OwnConsumer),
            may(Head, OwnProvider),
        ],
    ),
    rule(
        Action::StateDispute,
        Law(Yongzhou.art(18)),
        CASE,
        &[
            may(Clerk, OwnConsumer),
            may(Head, OwnConsumer),
            may(Head, OwnProvider),
        ],
    ),
    rule(
        Action::DecideDispute,
        Law(Yongzhou.art(18)),
        CASE,
        &[may(Reviewer, Jurisdiction)],
    ),
    rule(
        Action::SeeCase,
        Internal("参与办理的各方和监督部门可以查看办件"),
        CASE,
        &[
            may(Cataloguer, OwnProvider),
            may(Cataloguer, CoCompiling),
            may(Engineer, OwnProvider),
            may(Clerk, OwnConsumer),
            may(Head, OwnProvider),
            may(Head, OwnConsumer),
            may(Head, CoCompiling),
            may(Reviewer, Jurisdiction),
            may(Confirmer, ConfirmingDraft),
            may(Auditor, Territory),
        ],
    ),
    // Grants and their use.
    rule(
        Action::SeeGrant,
        Law(Yongzhou.art(19)),
        GRANT,
        &[
            may(Cataloguer, OwnProvider),
            may(Engineer, OwnConsumer),
            may(Clerk, OwnConsumer),
            may(Head, OwnProvider),
            may(Head, OwnConsumer),
            may(Reviewer, Jurisdiction),
            may(Auditor, Territory),
            system(OwnConsumer),
        ],
    ),
    rule(
        Action::SeeUsage,
        Law(Yongzhou.art(19)),
        GRANT,
        &[
            may(Engineer, OwnConsumer),
            may(Clerk, OwnConsumer),
            may(Head, OwnProvider),
            may(Head, OwnConsumer),
            may(Reviewer, Jurisdiction),
            may(Auditor, Territory),
        ],
    ),
    rule(
        Action::SuspendGrant,
        Law(Yongzhou.art(19)),
        GRANT,
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::ResumeGrant,
        Law(Yongzhou.art(19)),
        GRANT,
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::TerminateGrant,
        Law(Yongzhou.art(19)),
        GRANT,
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::FileReport,
        Law(Yongzhou.art(19)),
        CASE,
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::NoteReport,
        Law(Yongzhou.art(19)),
        CASE,
        &[may(Reviewer, Jurisdiction)],
    ),
    // Corrections.
    rule(
        Action::Doubt,
        Law(Yongzhou.art(21)),
        GRANT,
        &[
            may(Clerk, OwnConsumer),
            may(Head, OwnConsumer),
            system(OwnConsumer),
        ],
    ),
    rule(
        Action::ExtendCorrection,
        Law(Yongzhou.art(21)),
        CASE,
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::CheckCorrection,
        Law(Yongzhou.art(21)),
        CASE,
        &[may(Cataloguer, OwnProvider), may(Engineer, OwnProvider)],
    ),
    // Opening, and what the public asks for.
    rule(
        Action::SeeOpening,
        Law(Yongzhou.art(24)),
        ENTRY,
        &[
            may(Cataloguer, OwnProvider),
            may(Engineer, OwnProvider),
            may(Head, OwnProvider),
            may(Reviewer, Jurisdiction),
            may(Auditor, Territory),
        ],
    ),
    rule(
        Action::PrepareRelease,
        Law(Yongzhou.art(22)),
        ENTRY,
        &[may(Cataloguer, OwnProvider)],
    ),
    rule(
        Action::ReviewSecrecy,
        Law(Yongzhou.art(31)),
        CASE,
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::WithdrawRelease,
        Law(Yongzhou.art(23)),
        ENTRY,
        &[may(Head, OwnProvider), may(Reviewer, Jurisdiction)],
    ),
    rule(
        Action::PublishOpenList,
        Law(Yongzhou.art(24)),
        None,
        &[may(Head, OwnOrg)],
    ),
    rule(
        Action::OpineOpenRequest,
        Law(Yongzhou.art(26)),
        CASE,
        &[may(Cataloguer, OwnProvider), may(Engineer, OwnProvider)],
    ),
    rule(
        Action::DecideOpenRequest,
        Law(Yongzhou.art(26)),
        CASE,
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::SeeApplicant,
        Law(Yongzhou.art(33)),
        CASE,
        &[
            may(Cataloguer, OwnProvider),
            may(Engineer, OwnProvider),
            may(Head, OwnProvider),
        ],
    ),
    rule(
        Action::SeeAgreement,
        Law(Yongzhou.art(26)),
        None,
        &[
            may(Cataloguer, OwnProvider),
            may(Head, OwnProvider),
            may(Reviewer, Territory),
            may(Auditor, Territory),
        ],
    ),
    rule(
        Action::SuspendAgreement,
        Law(Yongzhou.art(26)),
        Some(Action::SeeAgreement),
        &[may(Head, OwnProvider)],
    ),
    rule(
        Action::FollowUp,
        Law(Yongzhou.art(26)),
        Some(Action::SeeAgreement),
        // 市政务数据主管部门应定期跟踪: whoever provides the data.
        &[may(Reviewer, WholeCity)],
    ),
    rule(
        Action::WarnApplicants,
        Law(Yongzhou.art(33)),
        None,
        &[may(Reviewer, WholeCity)],
    ),
    rule(
        Action::SeeProducts,
        Law(Yongzhou.art(26)),
        None,
        &[
            may(Cataloguer, Everywhere),
            may(Head, Everywhere),
            may(Reviewer, Everywhere),
            may(Auditor, Everywhere),
        ],
    ),
    rule(
        Action::ManageProducts,
        Law(Yongzhou.art(26)),
        None,
        &[may(Reviewer, WholeCity)],
    ),
    // Objections.
    rule(
        Action::MarkObjection,
        Law(Yongzhou.art(34)),
        CASE,
        &[may(Reviewer, Jurisdiction)],
    ),
    rule(
        Action::DecideObjection,
        Law(Yongzhou.art(34)),
        CASE,
        &[may(Reviewer, Jurisdiction)],
    ),
    rule(
        Action::TransferObjection,
        Law(Yongzhou.art(34)),
        CASE,
        &[may(Reviewer, Jurisdiction)],
    ),
    rule(
        Action::DepartmentDecide,
        Law(Yongzhou.art(34)),
        CASE,
        &[may(Cataloguer, OwnProvider), may(Engineer, OwnProvider)],
    ),
    rule(
        Action::TellObjector,
        Law(Yongzhou.art(34)),
        CASE,
        &[may(Reviewer, Jurisdiction)],
    ),
    // Systems and their calls.
    rule(
        Action::SeeSystems,
        Internal("应用系统由其所属部门自行掌握"),
        None,
        &[may(Engineer, OwnOrg), may(Clerk, OwnOrg), may(Head, OwnOrg)],
    ),
    rule(
        Action::ManageSystems,
        Internal("密钥代表部门本身，只由该部门指定的工程师掌握"),
        None,
        &[may(Engineer, OwnOrg)],
    ),
    rule(Action::Call, Law(Yongzhou.art(19)), GRANT, &[system(OwnConsumer)]),
    // Evidence and oversight.
    rule(
        Action::SeeReceipt,
        Law(Yongzhou.art(19)),
        GRANT,
        &[
            may(Engineer, OwnConsumer),
            may(Clerk, OwnConsumer),
            may(Head, OwnProvider),
            may(Head, OwnConsumer),
            may(Auditor, Territory),
            system(OwnConsumer),
        ],
    ),
    rule(
        Action::ReadEvidence,
        Law(Yongzhou.art(6)),
        None,
        &[may(Auditor, WholeCity)],
    ),
    // Accounts and calendar.
    rule(
        Action::ManagePeople,
        Internal("账号由平台管理员统一管理，县级管理员只管本县"),
        None,
        &[may(Administrator, Territory)],
    ),
    rule(
        Action::ManageOrgs,
        Law(Yongzhou.art(7)),
        None,
        &[may(Administrator, Territory)],
    ),
    rule(
        Action::SeeCalendar,
        Internal("工作日历对所有工作人员公开"),
        None,
        &[
            may(Cataloguer, Everywhere),
            may(Engineer, Everywhere),
            may(Clerk, Everywhere),
            may(Head, Everywhere),
            may(Reviewer, Everywhere),
            may(Confirmer, Everywhere),
            may(Auditor, Everywhere),
            may(Administrator, Everywhere),
        ],
    ),
    rule(
        Action::LoadCalendar,
        Internal("节假日安排全市统一，由市级管理员载入"),
        None,
        &[may(Administrator, WholeCity)],
    ),
    rule(
        Action::SeeExpiry,
        Law(Yongzhou.art(41)),
        None,
        &[may(Administrator, Everywhere)],
    ),
    rule(
        Action::SeeNotices,
        Internal("每个人查看发给本人和本岗位的通知"),
        None,
        &[
            may(Cataloguer, Everywhere),
            may(Engineer, Everywhere),
            may(Clerk, Everywhere),
            may(Head, Everywhere),
            may(Reviewer, Everywhere),
            may(Confirmer, Everywhere),
            may(Auditor, Everywhere),
            may(Administrator, Everywhere),
        ],
    ),
    rule(
        Action::ManageMail,
        Internal("邮件由市级管理员统一设置"),
        None,
        &[may(Administrator, WholeCity)],
    ),
    rule(
        Action::OwnAccount,
        Internal("每个人管理自己的口令和登录"),
        None,
        &[
            may(Cataloguer, Everywhere),
            may(Engineer, Everywhere),
            may(Clerk, Everywhere),
            may(Head, Everywhere),
            may(Reviewer, Everywhere),
            may(Confirmer, Everywhere),
            may(Auditor, Everywhere),
            may(Administrator, Everywhere),
        ],
    ),
];
