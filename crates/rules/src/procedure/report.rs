//! 使用违规报告: the provider stopped a grant, and the authority is told.
//!
//! Home of 《永州市政务大数据管理办法》 art. 19. The report is filed by the same act that suspends or terminates the
//! grant, so that none is forgotten.

use super::{Ask, Procedure, moves};
use crate::{law::Regulation::Yongzhou, words};

words! {
    /// Where a report stands.
    pub enum State {
        /// With the authority.
        Filed = "filed" "已报告",
        /// The authority has taken note.
        Noted = "noted" "已阅处",
    }
}

words! {
    /// What may be done.
    pub enum Step {
        /// Suspending or terminating the grant files it.
        File = "file" "报告使用违规",
        /// The authority takes note, and says what follows from it.
        Note = "note" "阅处",
    }
}

const NOTE: &[Ask] = &[Ask::Text {
    name: "remark",
    label: "阅处意见",
    required: false,
}];

/// The whole procedure.
pub const PROCEDURE: Procedure = Procedure {
    name: "report",
    label: "使用违规报告",
    states: State::WORDS,
    steps: Step::WORDS,
    closed: &[State::Noted.word()],
    moves: moves![
        File by ProviderHead from [new]   to Filed cites Yongzhou.art(19);
        Note by Authority    from [Filed] to Noted cites Yongzhou.art(19), asks NOTE;
    ],
    clocks: &[],
};

#[cfg(test)]
mod tests {
    use super::PROCEDURE;
    use crate::people::Office::*;

    #[test]
    fn yongzhou_art19_the_providers_head_files_the_report_and_the_authority_notes_it() {
        assert_eq!(
            PROCEDURE.permit("", "file", &[ProviderHead]).unwrap().to.name,
            "filed"
        );
        assert!(
            PROCEDURE
                .permit("", "file", &[Consumer, Provider, Authority])
                .is_err()
        );
        assert_eq!(
            PROCEDURE.permit("filed", "note", &[Authority]).unwrap().to.name,
            "noted"
        );
        assert!(PROCEDURE.permit("filed", "note", &[ProviderHead]).is_err());
    }
}
