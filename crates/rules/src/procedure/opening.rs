//! 开放审查: a release on its way to the public.
//!
//! Home of 《永州市政务大数据管理办法》 art. 31. What a release may hold is in `release`. The articles set no limit of days.

use super::{Ask, Procedure, moves};
use crate::{law::Regulation::Yongzhou, words};

words! {
    /// Where a release's review stands.
    pub enum State {
        /// With the secrecy reviewer.
        Reviewing = "reviewing" "保密审查中",
        /// Passed; the release is made from the plan as it was reviewed.
        Released = "released" "审查通过",
        /// Sent back to the one who prepared it.
        Returned = "returned" "已退回",
        /// Taken back by the one who prepared it.
        Withdrawn = "withdrawn" "已撤回",
    }
}

words! {
    /// What may be done.
    pub enum Step {
        /// The provider hands the plan in.
        Submit = "submit" "提交保密审查",
        /// The reviewer lets it out.
        Release = "release" "审查通过",
        /// The reviewer does not.
        Return = "return" "退回修改",
        /// The provider takes it back.
        Withdraw = "withdraw" "撤回",
    }
}

const REMARK: &[Ask] = &[Ask::Text {
    name: "words",
    label: "审查意见",
    required: true,
}];
const REASON: &[Ask] = &[Ask::Text {
    name: "reason",
    label: "退回的理由",
    required: true,
}];

/// Why one who prepared a release does not review it (art. 31): the review is a second person's.
pub const SECOND_PERSON: &str = "方案由您本人编制，保密审查应由本单位另一名负责人办理。";

/// The whole procedure. That the reviewer is not the one who prepared it holds beyond the table.
pub const PROCEDURE: Procedure = Procedure {
    name: "opening",
    label: "开放审查",
    states: State::WORDS,
    steps: Step::WORDS,
    closed: &[State::Released.word(), State::Withdrawn.word()],
    moves: moves![
        Submit   by Compiler     from [new Returned]       to Reviewing cites Yongzhou.art(22);
        Release  by ProviderHead from [Reviewing]          to Released  cites Yongzhou.art(31), asks REMARK;
        Return   by ProviderHead from [Reviewing]          to Returned  cites Yongzhou.art(31), asks REASON;
        Withdraw by Compiler     from [Reviewing Returned] to Withdrawn cites Yongzhou.art(22);
    ],
    clocks: &[],
};

#[cfg(test)]
mod tests {
    use super::PROCEDURE;
    use crate::people::Office::*;

    #[test]
    fn yongzhou_art31_nothing_is_released_without_a_review() {
        assert!(
            PROCEDURE
                .permit("", "release", &[ProviderHead, Compiler])
                .is_err()
        );
        assert!(PROCEDURE.permit("returned", "release", &[ProviderHead]).is_err());
        assert!(PROCEDURE.permit("reviewing", "release", &[ProviderHead]).is_ok());
        assert!(
            PROCEDURE
                .permit("reviewing", "release", &[Compiler, Authority])
                .is_err()
        );
    }

    #[test]
    fn yongzhou_art31_what_was_returned_is_reviewed_again() {
        let again = PROCEDURE.permit("returned", "submit", &[Compiler]).unwrap();
        assert_eq!(again.to.name, "reviewing");
    }
}
