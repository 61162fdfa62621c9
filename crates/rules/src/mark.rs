//! 标注: the note that data carries while it is doubted.
//!
//! Home of what 《永州市政务大数据管理办法》 art. 21 and art. 34 say about data under correction or objection.

use crate::{
    law::{Article, Regulation::Yongzhou},
    words,
};

words! {
    /// Why data is marked.
    pub enum MarkKind {
        /// A user agency doubts one value of one record, and the provider is checking it (art. 21).
        Correction = "correction" "校核中",
        /// Somebody outside objects to the data set (art. 34).
        Objection = "objection" "异议处理中",
    }
}

impl MarkKind {
    /// What whoever uses the data must know while the mark stands.
    pub const fn note(self) -> &'static str {
        match self {
            MarkKind::Correction => {
                "该数据项正在校核。办理业务的公民、法人和其他组织已经提供合法有效证明材料的，应照常办理，不得拒绝、推诿或者要求当事人办理信息更正手续。"
            }
            MarkKind::Objection => "该数据集收到异议，正在核查处理，请谨慎使用。",
        }
    }

    /// The article that demands the mark.
    pub const fn cites(self) -> Article {
        match self {
            MarkKind::Correction => Yongzhou.art(21),
            MarkKind::Objection => Yongzhou.art(34),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yongzhou_art21_the_note_tells_to_accept_valid_papers() {
        let note = MarkKind::Correction.note();
        assert!(note.contains("合法有效证明材料") && note.contains("照常办理"));
        assert_eq!(
            MarkKind::Correction.cites().to_string(),
            Yongzhou.art(21).to_string()
        );
    }
}
