//! 有条件共享申请: a department asks for data that is shared on conditions.
//!
//! Home of 《永州市政务大数据管理办法》 art. 18 (二).

use super::{Ask, Office, Procedure, moves};
use crate::{
    clock::Clock,
    law::{Limit, Regulation::Yongzhou},
    words,
};

words! {
    /// Where a request stands.
    pub enum State {
        /// Handed in; the provider's opinion is awaited.
        Applied = "applied" "已申请",
        /// The provider has given its opinion; the authority decides.
        Opined = "opined" "提供部门已提出意见",
        /// Granted, with conditions.
        Granted = "granted" "同意共享",
        /// Refused, with reasons.
        Refused = "refused" "不予同意",
        /// Taken back by the user department.
        Withdrawn = "withdrawn" "已撤回",
    }
}

words! {
    /// What may be done.
    pub enum Step {
        /// The user department applies.
        Apply = "apply" "提交申请",
        /// The provider's head gives the provider's opinion.
        Opine = "opine" "提出意见",
        /// The authority grants.
        Grant = "grant" "同意并授权",
        /// The authority refuses.
        Refuse = "refuse" "不予同意",
        /// The user department takes it back.
        Withdraw = "withdraw" "撤回申请",
        /// The authority takes it up again, after a dispute was decided (art. 18, last paragraph).
        Reopen = "reopen" "重新办理",
    }
}

words! {
    /// The provider's opinion.
    pub enum Opinion {
        /// For the grant.
        Agree = "agree" "同意提供",
        /// Against it.
        Disagree = "disagree" "不同意提供",
    }
}

const OPINION: &[Ask] = &[
    Ask::Choice {
        name: "opinion",
        label: "意见",
        options: Opinion::WORDS,
    },
    Ask::Text {
        name: "words",
        label: "理由和说明",
        required: true,
    },
    Ask::Terms,
];
const TERMS: &[Ask] = &[
    Ask::Terms,
    Ask::Text {
        name: "words",
        label: "答复意见",
        required: false,
    },
];
const REASON: &[Ask] = &[Ask::Text {
    name: "reason",
    label: "不予同意的理由",
    required: true,
}];
const REMARK: &[Ask] = &[Ask::Text {
    name: "reason",
    label: "重新办理的缘由",
    required: true,
}];

/// Art. 18 (二): authority and provider give their opinion and answer within 10 working days of the application.
///
/// The clock is the authority's, which answers; the provider's opinion is given within it. A request that is taken up
/// again after a dispute counts as handed in on that day. A dispute itself stops nothing: no article says so.
pub const ANSWER: Clock = Clock {
    duty: "提出意见并反馈",
    owed_by: Office::Authority,
    starts_on: &[Step::Apply.word(), Step::Reopen.word()],
    extended_by: None,
    met_by: &[Step::Grant.word(), Step::Refuse.word()],
    void_by: &[Step::Withdraw.word()],
    limits: &[Limit::yongzhou(10, 0, Yongzhou.art(18))],
};

/// The whole procedure.
pub const PROCEDURE: Procedure = Procedure {
    name: "request",
    label: "有条件共享申请",
    states: State::WORDS,
    steps: Step::WORDS,
    closed: &[
        State::Granted.word(),
        State::Refused.word(),
        State::Withdrawn.word(),
    ],
    moves: moves![
        Apply    by Consumer     from [new]            to Applied   cites Yongzhou.art(18);
        Opine    by ProviderHead from [Applied]        to Opined    cites Yongzhou.art(18), asks OPINION;
        Grant    by Authority    from [Opined]         to Granted   cites Yongzhou.art(18), asks TERMS;
        Refuse   by Authority    from [Opined]         to Refused   cites Yongzhou.art(18), asks REASON;
        Withdraw by Consumer     from [Applied Opined] to Withdrawn cites Yongzhou.art(18);
        Reopen   by Authority    from [Refused]        to Applied   cites Yongzhou.art(18), asks REMARK;
    ],
    clocks: &[ANSWER],
};

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Office::*, *};
    use crate::{
        calendar::Calendar,
        clock::{Colour, Done, Reading, Standing},
        procedure::Refusal,
    };

    fn standing(history: &[(Step, Date)], today: Date) -> Option<Standing> {
        let history: Vec<Done> = history
            .iter()
            .map(|(step, on)| Done::new(step.name(), *on))
            .collect();
        ANSWER.standing(&history, &Calendar::built_in(), today)
    }

    #[test]
    fn yongzhou_art18_a_request_is_answered_within_ten_working_days_of_the_application() {
        // The National Day week lies between; Saturday the 10th is worked.
        let applied = [(Step::Apply, date(2026, 9, 28))];
        let standing = standing(&applied, date(2026, 10, 1)).unwrap();
        assert_eq!(standing.due, date(2026, 10, 16));
        assert_eq!(
            (standing.colour, standing.cites),
            (Colour::Green, Yongzhou.art(18))
        );
    }

    #[test]
    fn yongzhou_art18_the_providers_opinion_does_not_stop_the_clock_and_the_answer_does() {
        let (apply, opine, grant) = (
            (Step::Apply, date(2026, 3, 2)),
            (Step::Opine, date(2026, 3, 4)),
            (Step::Grant, date(2026, 3, 16)),
        );
        assert!(standing(&[apply, opine], date(2026, 3, 16)).unwrap().is_open());
        assert_eq!(
            standing(&[apply, opine], date(2026, 3, 17)).unwrap().colour,
            Colour::Red
        );
        assert_eq!(
            standing(&[apply, opine, grant], date(2026, 4, 1)).unwrap().colour,
            Colour::Met
        );
    }

    #[test]
    fn yongzhou_art18_a_withdrawn_request_owes_nothing() {
        let history = [
            (Step::Apply, date(2026, 3, 2)),
            (Step::Withdraw, date(2026, 3, 3)),
        ];
        assert_eq!(standing(&history, date(2026, 4, 1)), None);
    }

    #[test]
    fn yongzhou_art18_a_request_taken_up_again_after_a_dispute_has_ten_working_days_anew() {
        let history = [
            (Step::Apply, date(2026, 3, 2)),
            (Step::Refuse, date(2026, 3, 6)),
            (Step::Reopen, date(2026, 3, 16)),
        ];
        assert_eq!(
            standing(&history, date(2026, 3, 16)).unwrap().due,
            date(2026, 3, 30)
        );
    }

    #[test]
    fn yongzhou_art18_the_provider_gives_its_opinion_before_the_authority_decides() {
        let refused = PROCEDURE.permit("applied", "grant", &[Authority]).unwrap_err();
        assert_eq!(
            refused.words(),
            "办件目前为“已申请”，不能办理“同意并授权”。请刷新办件页面，查看当前可以办理的步骤。"
        );
        assert!(PROCEDURE.permit("applied", "opine", &[ProviderHead]).is_ok());
        assert!(PROCEDURE.permit("opined", "grant", &[Authority]).is_ok());
    }

    #[test]
    fn yongzhou_art18_the_user_department_cannot_grant_its_own_request() {
        let refused = PROCEDURE.permit("opined", "grant", &[Consumer]).unwrap_err();
        assert!(matches!(refused, Refusal::NotYours { by, .. } if by == [Authority]));
    }

    #[test]
    fn yongzhou_art18_a_refusal_must_give_its_reason() {
        let found = PROCEDURE.permit("opined", "refuse", &[Authority]).unwrap();
        assert!(matches!(found.asks, [Ask::Text { required: true, .. }]));
    }

    #[test]
    fn yongzhou_art41_a_request_after_the_regulation_has_lapsed_has_no_limit() {
        let read = |on| {
            ANSWER
                .read(&[Done::new("apply", on)], &Calendar::built_in())
                .unwrap()
        };
        assert_ne!(read(date(2027, 7, 17)), Reading::NotRunning);
        assert_eq!(read(date(2027, 7, 18)), Reading::NotRunning);
    }
}
