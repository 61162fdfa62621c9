//! 有条件开放申请: somebody outside government asks for data that is opened on conditions.
//!
//! Home of 《永州市政务大数据管理办法》 art. 26.

use super::{Ask, Office, Procedure, moves};
use crate::{
    agreement::{FOLLOW_MONTHS, FOLLOW_MONTHS_MAX},
    clock::Clock,
    law::{Limit, Regulation::Yongzhou},
    words,
};

words! {
    /// Where a request stands.
    pub enum State {
        /// Handed in; with the department.
        Applied = "applied" "已申请",
        /// The department's handler has given an opinion; its head decides.
        Opined = "opined" "已提出处理意见",
        /// Opened to the applicant, with an agreement.
        Agreed = "agreed" "同意开放",
        /// Refused, with reasons.
        Refused = "refused" "不予开放",
        /// Taken back by the applicant.
        Withdrawn = "withdrawn" "已撤回",
    }
}

words! {
    /// What may be done.
    pub enum Step {
        /// The applicant applies.
        Apply = "apply" "提交申请",
        /// The department's handler gives an opinion.
        Opine = "opine" "提出处理意见",
        /// The department opens the data to the applicant.
        Agree = "agree" "同意并授权开放",
        /// The department does not.
        Refuse = "refuse" "不予开放",
        /// The applicant takes it back.
        Withdraw = "withdraw" "撤回申请",
    }
}

const OPINION: &[Ask] = &[Ask::Text {
    name: "words",
    label: "处理意见",
    required: true,
}];
const AGREEMENT: &[Ask] = &[
    Ask::Terms,
    Ask::Text {
        name: "conditions",
        label: "使用条件和安全要求",
        required: true,
    },
    Ask::Months {
        name: "follow_months",
        label: "跟踪了解开发利用情况的间隔",
        max: FOLLOW_MONTHS_MAX,
        usual: FOLLOW_MONTHS,
    },
    Ask::Text {
        name: "words",
        label: "答复意见",
        required: false,
    },
];
const REASON: &[Ask] = &[Ask::Text {
    name: "reason",
    label: "不予开放的理由",
    required: true,
}];

/// Art. 26: the department handles an application within 15 working days.
pub const HANDLE: Clock = Clock {
    duty: "处理有条件开放申请",
    owed_by: Office::Provider,
    starts_on: &[Step::Apply.word()],
    extended_by: None,
    met_by: &[Step::Agree.word(), Step::Refuse.word()],
    void_by: &[Step::Withdraw.word()],
    limits: &[Limit::yongzhou(15, 0, Yongzhou.art(26))],
};

/// The whole procedure. The head may decide without a handler's opinion: no article asks for one.
pub const PROCEDURE: Procedure = Procedure {
    name: "open_request",
    label: "有条件开放申请",
    states: State::WORDS,
    steps: Step::WORDS,
    closed: &[
        State::Agreed.word(),
        State::Refused.word(),
        State::Withdrawn.word(),
    ],
    moves: moves![
        Apply    by Applicant    from [new]            to Applied   cites Yongzhou.art(26);
        Opine    by Provider     from [Applied]        to Opined    cites Yongzhou.art(26), asks OPINION;
        Agree    by ProviderHead from [Applied Opined] to Agreed    cites Yongzhou.art(26), asks AGREEMENT;
        Refuse   by ProviderHead from [Applied Opined] to Refused   cites Yongzhou.art(26), asks REASON;
        Withdraw by Applicant    from [Applied Opined] to Withdrawn cites Yongzhou.art(26);
    ],
    clocks: &[HANDLE],
};

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Office::*, *};
    use crate::{
        calendar::Calendar,
        clock::{Colour, Done, Standing},
    };

    fn standing(history: &[(Step, Date)], today: Date) -> Option<Standing> {
        let history: Vec<Done> = history
            .iter()
            .map(|(step, on)| Done::new(step.name(), *on))
            .collect();
        HANDLE.standing(&history, &Calendar::built_in(), today)
    }

    #[test]
    fn yongzhou_art26_an_application_is_handled_within_fifteen_working_days_across_the_holidays() {
        // Sunday the 20th and Saturday the 10th of October are worked; the 25th and the National Day week are not.
        let applied = [(Step::Apply, date(2026, 9, 18))];
        let standing = standing(&applied, date(2026, 9, 18)).unwrap();
        assert_eq!(
            (standing.due, standing.cites),
            (date(2026, 10, 15), Yongzhou.art(26))
        );
    }

    #[test]
    fn yongzhou_art26_an_opinion_does_not_meet_the_clock_and_a_refusal_does() {
        let (apply, opine, refuse) = (
            (Step::Apply, date(2026, 3, 2)),
            (Step::Opine, date(2026, 3, 4)),
            (Step::Refuse, date(2026, 3, 9)),
        );
        assert!(standing(&[apply, opine], date(2026, 3, 9)).unwrap().is_open());
        let told = standing(&[apply, opine, refuse], date(2026, 4, 1)).unwrap();
        assert_eq!(told.colour, Colour::Met);
    }

    #[test]
    fn yongzhou_art26_the_departments_head_decides_and_a_refusal_gives_its_reason() {
        let refuse = PROCEDURE.permit("applied", "refuse", &[ProviderHead]).unwrap();
        assert!(matches!(refuse.asks, [Ask::Text { required: true, .. }]));
        assert!(
            PROCEDURE
                .permit("opined", "agree", &[Provider, Applicant, Authority])
                .is_err()
        );
        assert!(PROCEDURE.permit("opined", "withdraw", &[Applicant]).is_ok());
        assert!(PROCEDURE.permit("agreed", "withdraw", &[Applicant]).is_err());
    }
}
