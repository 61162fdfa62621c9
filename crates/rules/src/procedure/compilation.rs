//! 编目审核: an entry on its way into the catalogue.
//!
//! Home of 《永州市政务大数据管理办法》 art. 11 and art. 17. What an entry must *say* is in `catalogue`; here is who
//! signs, confirms and publishes it. The article sets no limit of days for any of it, so no clock runs.

use super::{Ask, Procedure, moves};
use crate::{
    catalogue::{CatalogueKind, Content, ShareKind},
    law::Regulation::Yongzhou,
    words,
};

words! {
    /// Where an entry stands.
    pub enum State {
        /// Being compiled.
        Draft = "draft" "草稿",
        /// With the departments that compile it together with the lead.
        Signing = "signing" "会签中",
        /// With the department designated to confirm share kinds.
        Confirming = "confirming" "共享类型审核确认中",
        /// With the authority of the level.
        Reviewing = "reviewing" "审核中",
        /// Sent back to the compiler, with reasons.
        Returned = "returned" "已退回修改",
        /// In the catalogue.
        Published = "published" "已发布",
        /// Thrown away before it ever was in the catalogue.
        Discarded = "discarded" "已删除",
    }
}

words! {
    /// What may be done.
    pub enum Step {
        /// The compiler hands it in.
        Submit = "submit" "提交审核",
        /// A co-compiling department agrees.
        Sign = "sign" "会签同意",
        /// The designated department confirms the share kind.
        Confirm = "confirm" "确认共享类型",
        /// A co-compiling or the designated department does not agree.
        Decline = "decline" "不同意",
        /// The authority sends it back, with a reason at each field.
        Return = "return" "退回修改",
        /// The authority publishes it.
        Publish = "publish" "审核通过并发布",
        /// The compiler takes it back.
        Withdraw = "withdraw" "撤回",
        /// The compiler throws a draft away that never was in the catalogue.
        Discard = "discard" "删除草稿",
    }
}

const REASON: &[Ask] = &[Ask::Text {
    name: "reason",
    label: "不同意的理由",
    required: true,
}];
const REMARK: &[Ask] = &[Ask::Text {
    name: "remark",
    label: "意见",
    required: false,
}];

/// The whole procedure. `submit` and `sign` lead where [`Route::after`] says.
pub const PROCEDURE: Procedure = Procedure {
    name: "compilation",
    label: "编目审核",
    states: State::WORDS,
    steps: Step::WORDS,
    closed: &[State::Published.word(), State::Discarded.word()],
    moves: moves![
        Submit   by Compiler   from [new Draft Returned]           to Reviewing  cites Yongzhou.art(11);
        Submit   by Compiler   from [new Draft Returned]           to Confirming cites Yongzhou.art(17);
        Submit   by Compiler   from [new Draft Returned]           to Signing    cites Yongzhou.art(11);
        Sign     by CoCompiler from [Signing]                      to Signing    cites Yongzhou.art(11), asks REMARK;
        Sign     by CoCompiler from [Signing]                      to Confirming cites Yongzhou.art(17), asks REMARK;
        Sign     by CoCompiler from [Signing]                      to Reviewing  cites Yongzhou.art(11), asks REMARK;
        Decline  by CoCompiler from [Signing]                      to Returned   cites Yongzhou.art(11), asks REASON;
        Confirm  by Confirmer  from [Confirming]                   to Reviewing  cites Yongzhou.art(17), asks REMARK;
        Decline  by Confirmer  from [Confirming]                   to Returned   cites Yongzhou.art(17), asks REASON;
        Publish  by Authority  from [Reviewing]                    to Published  cites Yongzhou.art(11), asks REMARK;
        Return   by Authority  from [Reviewing]                    to Returned   cites Yongzhou.art(11), asks &[Ask::FieldReasons];
        Withdraw by Compiler   from [Signing Confirming Reviewing] to Draft      cites Yongzhou.art(11);
        Discard  by Compiler   from [Draft Returned]               to Discarded  cites Yongzhou.art(11);
    ],
    clocks: &[],
};

/// Which offices an entry passes before the authority reviews it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Art. 11: a base or theme entry is signed by every department that compiles it with the lead.
    pub needs_signatures: bool,
    /// Art. 17: the designated department confirms the share kind.
    pub needs_confirmation: bool,
}

impl Route {
    /// The way of `content`, where `published` is the version now in the catalogue.
    pub fn of(content: &Content, published: Option<&Content>) -> Route {
        let is_joint = content.kind != CatalogueKind::Department && !content.co_compilers.is_empty();
        let is_limited = content.share != ShareKind::Unconditional;
        Route {
            needs_signatures: is_joint,
            needs_confirmation: is_limited || published.is_some_and(|it| narrows(it, content)),
        }
    }

    /// The state after `submit` or `sign`, where `unsigned` departments have not signed yet.
    pub fn after(self, unsigned: usize) -> State {
        if self.needs_signatures && unsigned > 0 {
            State::Signing
        } else if self.needs_confirmation {
            State::Confirming
        } else {
            State::Reviewing
        }
    }
}

/// Whether `next` gives less than the unconditional entry `published` did: another share kind, fewer items, or a
/// usage scope in other words, since only a person can tell whether those are narrower (art. 17, art. 38 (一)).
pub fn narrows(published: &Content, next: &Content) -> bool {
    published.share == ShareKind::Unconditional
        && (next.share != ShareKind::Unconditional
            || published.items.iter().any(|it| next.item(&it.name).is_none())
            || published.usage_scope.trim() != next.usage_scope.trim())
}

#[cfg(test)]
mod tests {
    use super::{State::*, *};
    use crate::{
        catalogue::Item,
        people::Office::{self, *},
        procedure::Refusal,
    };

    fn permit(state: State, step: Step, office: Office) -> Result<&'static str, Refusal> {
        PROCEDURE
            .permit(state.name(), step.name(), &[office])
            .map(|it| it.to.name)
    }

    fn entry(share: ShareKind, items: &[&str]) -> Content {
        let item = |name: &&str| Item {
            name: (*name).to_owned(),
            ..Item::default()
        };
        Content {
            share,
            items: items.iter().map(item).collect(),
            ..Content::default()
        }
    }

    #[test]
    fn yongzhou_art11_a_department_entry_goes_straight_to_the_authority_of_its_level() {
        let route = Route::of(&entry(ShareKind::Unconditional, &["a"]), None);
        assert_eq!(route.after(0), Reviewing);
        assert_eq!(permit(Reviewing, Step::Publish, Authority), Ok("published"));
    }

    #[test]
    fn yongzhou_art11_a_base_entry_is_signed_by_every_co_compiling_department_first() {
        let base = Content {
            kind: CatalogueKind::Base,
            co_compilers: vec!["police".into(), "health".into()],
            ..entry(ShareKind::Unconditional, &["a"])
        };
        let route = Route::of(&base, None);
        assert_eq!(
            [2, 1, 0].map(|unsigned| route.after(unsigned)),
            [Signing, Signing, Reviewing]
        );
        let refused = permit(Signing, Step::Publish, Authority).unwrap_err();
        assert!(matches!(refused, Refusal::NotFromHere { .. }));
    }

    #[test]
    fn yongzhou_art11_only_the_authority_publishes_and_it_returns_with_a_reason_per_field() {
        let refused = permit(Reviewing, Step::Publish, Compiler).unwrap_err();
        assert_eq!(
            refused.words(),
            "“审核通过并发布”由政务数据主管部门办理（《永州市政务大数据管理办法》第十一条）。"
        );
        let found = PROCEDURE.permit("reviewing", "return", &[Authority]).unwrap();
        assert_eq!(
            (found.to, found.asks),
            (Returned.word(), &[Ask::FieldReasons][..])
        );
    }

    #[test]
    fn yongzhou_art11_a_returned_entry_is_handed_in_again_and_a_submitted_one_can_be_taken_back() {
        assert!(permit(Returned, Step::Submit, Compiler).is_ok());
        assert_eq!(permit(Reviewing, Step::Withdraw, Compiler), Ok("draft"));
        assert!(permit(Published, Step::Withdraw, Compiler).is_err());
    }

    #[test]
    fn yongzhou_art17_an_entry_not_shared_with_all_is_confirmed_by_the_designated_department() {
        for share in [ShareKind::Conditional, ShareKind::NotShared] {
            assert_eq!(Route::of(&entry(share, &["a"]), None).after(0), Confirming);
        }
        assert_eq!(permit(Confirming, Step::Confirm, Confirmer), Ok("reviewing"));
        assert_eq!(permit(Confirming, Step::Decline, Confirmer), Ok("returned"));
        assert!(permit(Confirming, Step::Confirm, Authority).is_err());
        assert!(permit(Confirming, Step::Publish, Authority).is_err());
    }

    #[test]
    fn yongzhou_art17_narrowing_an_unconditional_entry_needs_the_same_confirmation() {
        let published = entry(ShareKind::Unconditional, &["a", "b"]);
        let after = |next: &Content| Route::of(next, Some(&published)).after(0);
        assert_eq!(
            after(&entry(ShareKind::Unconditional, &["a", "b", "c"])),
            Reviewing
        );
        assert_eq!(after(&entry(ShareKind::Unconditional, &["a"])), Confirming);
        let scope = Content {
            usage_scope: "仅限市直部门".to_owned(),
            ..published.clone()
        };
        assert_eq!(after(&scope), Confirming);
    }

    #[test]
    fn yongzhou_art17_widening_a_conditional_entry_to_all_needs_no_confirmation() {
        let published = entry(ShareKind::Conditional, &["a", "b"]);
        let next = entry(ShareKind::Unconditional, &["a"]);
        assert_eq!(Route::of(&next, Some(&published)).after(0), Reviewing);
    }
}
