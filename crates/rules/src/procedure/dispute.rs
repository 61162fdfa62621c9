//! 争议协调: the departments disagree about sharing, and the authority settles it.
//!
//! Home of 《永州市政务大数据管理办法》 art. 18, last paragraph. The article sets no limit of days.

use super::{Ask, Procedure, moves};
use crate::{law::Regulation::Yongzhou, words};

words! {
    /// Where a dispute stands.
    pub enum State {
        /// Raised by one side.
        Raised = "raised" "已提出",
        /// The other side, or both, have stated their view.
        Stated = "stated" "各方已陈述",
        /// Decided; both sides see the decision.
        Decided = "decided" "已作出处理决定",
    }
}

words! {
    /// What may be done.
    pub enum Step {
        /// Either side brings it to the authority.
        Raise = "raise" "提出争议",
        /// Either side states its view, as often as it needs to.
        State = "state" "陈述意见",
        /// The authority decides.
        Decide = "decide" "作出处理决定",
    }
}

const ABOUT: &[Ask] = &[Ask::Text {
    name: "text",
    label: "争议事项和理由",
    required: true,
}];
const VIEW: &[Ask] = &[Ask::Text {
    name: "text",
    label: "陈述意见",
    required: true,
}];
const DECISION: &[Ask] = &[
    Ask::Text {
        name: "decision",
        label: "处理决定和理由",
        required: true,
    },
    Ask::Tick {
        name: "reopens",
        label: "被拒绝的申请重新办理，期限重新起算",
    },
];

/// The whole procedure. The authority need not wait for a side that says nothing.
pub const PROCEDURE: Procedure = Procedure {
    name: "dispute",
    label: "争议协调",
    states: State::WORDS,
    steps: Step::WORDS,
    closed: &[State::Decided.word()],
    moves: moves![
        Raise  by Consumer     from [new]           to Raised  cites Yongzhou.art(18), asks ABOUT;
        Raise  by ProviderHead from [new]           to Raised  cites Yongzhou.art(18), asks ABOUT;
        State  by Consumer     from [Raised Stated] to Stated  cites Yongzhou.art(18), asks VIEW;
        State  by ProviderHead from [Raised Stated] to Stated  cites Yongzhou.art(18), asks VIEW;
        Decide by Authority    from [Raised Stated] to Decided cites Yongzhou.art(18), asks DECISION;
    ],
    clocks: &[],
};

#[cfg(test)]
mod tests {
    use super::PROCEDURE;
    use crate::people::Office::*;

    #[test]
    fn yongzhou_art18_either_side_raises_a_dispute_and_states_its_view() {
        for side in [Consumer, ProviderHead] {
            assert!(PROCEDURE.permit("", "raise", &[side]).is_ok());
            assert!(PROCEDURE.permit("raised", "state", &[side]).is_ok());
            assert!(PROCEDURE.permit("stated", "state", &[side]).is_ok());
        }
    }

    #[test]
    fn yongzhou_art18_only_the_authority_decides_a_dispute_and_only_once() {
        let refused = PROCEDURE
            .permit("stated", "decide", &[Consumer, ProviderHead])
            .unwrap_err();
        assert_eq!(
            refused.words(),
            "“作出处理决定”由政务数据主管部门办理（《永州市政务大数据管理办法》第十八条）。"
        );
        assert!(PROCEDURE.permit("raised", "decide", &[Authority]).is_ok());
        assert!(PROCEDURE.permit("decided", "decide", &[Authority]).is_err());
        assert!(PROCEDURE.is_closed("decided"));
    }

    #[test]
    fn yongzhou_art18_one_who_may_not_state_a_view_is_told_which_sides_may() {
        let refused = PROCEDURE.permit("raised", "state", &[Authority]).unwrap_err();
        assert!(refused.words().contains("使用部门或者提供部门负责人"));
    }
}
