//! 异议: someone outside government says data is wrong or harms them.
//!
//! Home of 《永州市政务大数据管理办法》 art. 34.

use super::{Ask, Office, Procedure, moves};
use crate::{
    clock::Clock,
    law::{Article, Limit, Regulation::Yongzhou},
    words,
    words::Word,
};

words! {
    /// Where an objection stands.
    pub enum State {
        /// With the authority.
        Received = "received" "已收到",
        /// With the authority, and the data is flagged as disputed.
        Marked = "marked" "已标注",
        /// With the department the data comes from.
        Transferred = "transferred" "已转交",
        /// Decided, and not yet told.
        Decided = "decided" "已决定",
        /// The objector has been told that the data will be put right, and it is not yet.
        Correcting = "correcting" "已告知，待更正",
        /// The objector has been told, and nothing is left to put right.
        Told = "told" "已告知",
    }
}

words! {
    /// What may be done.
    pub enum Step {
        /// The objection is filed.
        File = "file" "提出异议",
        /// The data is flagged as disputed.
        Mark = "mark" "异议标注",
        /// The authority decides, the data being its own to correct.
        Decide = "decide" "决定是否更正",
        /// The authority passes it to the department.
        Transfer = "transfer" "转交办理",
        /// The department decides, and tells the authority.
        DepartmentDecide = "department-decide" "部门决定是否更正",
        /// The authority tells the objector.
        Tell = "tell" "告知异议提出人",
        /// The data has been put right as was decided.
        Amend = "amend" "确认已更正",
    }
}

words! {
    /// What somebody objects to.
    pub enum ObjectionKind {
        /// The data is wrong.
        Error = "error" "数据错误",
        /// Something is missing.
        Omission = "omission" "数据遗漏",
        /// It gives away a trade secret.
        TradeSecret = "trade-secret" "侵犯商业秘密",
        /// It gives away what is private.
        Privacy = "privacy" "侵犯个人隐私",
    }
}

words! {
    /// What is decided on an objection.
    pub enum Outcome {
        /// The data will be put right, or what should not be open taken off.
        Correct = "correct" "予以更正",
        /// The data stands.
        Uphold = "uphold" "不予更正",
    }
}

const ART_34: Article = Yongzhou.art(34);

impl Outcome {
    /// Where telling the objector leads: what is to be put right stays open, and marked, until it is.
    pub fn after_telling(self, is_put_right: bool) -> State {
        match self {
            Outcome::Correct if !is_put_right => State::Correcting,
            Outcome::Correct | Outcome::Uphold => State::Told,
        }
    }
}

const fn clock(
    duty: &'static str,
    owed_by: Office,
    starts_on: &'static [Word],
    met_by: &'static [Word],
    void_by: &'static [Word],
    limits: &'static [Limit],
) -> Clock {
    Clock {
        duty,
        owed_by,
        starts_on,
        extended_by: None,
        met_by,
        void_by,
        limits,
    }
}

const FILE: &[Word] = &[Step::File.word()];
const MARK: &[Word] = &[Step::Mark.word()];
const DECIDE: &[Word] = &[Step::Decide.word()];
const TRANSFER: &[Word] = &[Step::Transfer.word()];
const DEPARTMENT_DECIDE: &[Word] = &[Step::DepartmentDecide.word()];

const ONE: &[Limit] = &[Limit::yongzhou(1, 0, ART_34)];
const TWO: &[Limit] = &[Limit::yongzhou(2, 0, ART_34)];
const FIVE: &[Limit] = &[Limit::yongzhou(5, 0, ART_34)];

/// Art. 34: the data is marked from the day the objection is received.
pub const TO_MARK: Clock = clock("异议标注", Office::Authority, FILE, MARK, &[], ONE);

/// Art. 34 (一): the authority decides what is its own to correct.
pub const TO_DECIDE: Clock = clock("决定是否更正", Office::Authority, FILE, DECIDE, TRANSFER, FIVE);

/// Art. 34 (二): the authority passes on what a department has to correct.
pub const TO_TRANSFER: Clock = clock("转交部门", Office::Authority, FILE, TRANSFER, DECIDE, TWO);

/// Art. 34 (二): the department decides, from the day it was passed on.
pub const TO_DEPARTMENT_DECIDE: Clock = clock(
    "部门决定",
    Office::Provider,
    TRANSFER,
    DEPARTMENT_DECIDE,
    &[],
    FIVE,
);

const TEXT: &[Ask] = &[Ask::Text {
    name: "text",
    label: "异议事项和理由",
    required: true,
}];
const DECISION: &[Ask] = &[
    Ask::Choice {
        name: "outcome",
        label: "是否更正",
        options: Outcome::WORDS,
    },
    Ask::Text {
        name: "decision",
        label: "决定的理由和更正情况",
        required: true,
    },
];
const ANSWER: &[Ask] = &[Ask::Text {
    name: "text",
    label: "告知内容",
    required: true,
}];

/// The whole procedure.
pub const PROCEDURE: Procedure = Procedure {
    name: "objection",
    label: "异议",
    states: State::WORDS,
    steps: Step::WORDS,
    closed: &[State::Told.word()],
    moves: moves![
        File             by Objector  from [new]         to Received    cites ART_34, asks TEXT;
        Mark             by Authority from [Received]        to Marked      cites ART_34;
        Decide           by Authority from [Received Marked] to Decided     cites ART_34, asks DECISION;
        Transfer         by Authority from [Received Marked] to Transferred cites ART_34;
        DepartmentDecide by Provider  from [Transferred]     to Decided     cites ART_34, asks DECISION;
        Tell             by Authority from [Decided]         to Told        cites ART_34, asks ANSWER;
        Tell             by Authority from [Decided]         to Correcting  cites ART_34, asks ANSWER;
        Amend            by Authority from [Correcting]      to Told        cites ART_34;
        Amend            by Provider  from [Correcting]      to Told        cites ART_34;
    ],
    clocks: &[TO_MARK, TO_DECIDE, TO_TRANSFER, TO_DEPARTMENT_DECIDE],
};

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::*;
    use crate::{
        calendar::Calendar,
        clock::{
            Done,
            Reading::{self, *},
        },
    };

    #[track_caller]
    fn readings(history: &[(Step, Date)], want: [Reading; 4]) {
        let history: Vec<Done> = history
            .iter()
            .map(|(step, on)| Done::new(step.name(), *on))
            .collect();
        // 2026-09-20, a Sunday, is worked in exchange for the National Day week.
        let calendar = Calendar::built_in();
        let got: Vec<Reading> = PROCEDURE
            .clocks
            .iter()
            .map(|it| it.read(&history, &calendar).unwrap())
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn yongzhou_art34_what_is_to_be_put_right_stays_open_until_it_is() {
        assert_eq!(Outcome::Correct.after_telling(false), State::Correcting);
        assert_eq!(Outcome::Correct.after_telling(true), State::Told);
        assert_eq!(Outcome::Uphold.after_telling(false), State::Told);
        assert!(!PROCEDURE.is_closed(State::Correcting.name()));
    }

    #[test]
    fn yongzhou_art34_three_clocks_start_on_filing_and_a_make_up_sunday_counts() {
        let [fri, sun, mon, thu] = [18, 20, 21, 24].map(|d| date(2026, 9, d));
        readings(&[(Step::File, fri)], [Due(sun), Due(thu), Due(mon), NotRunning]);
    }

    #[test]
    fn yongzhou_art34_a_transfer_voids_the_authoritys_decision_and_starts_the_departments() {
        let [fri, sun, mon] = [18, 20, 21].map(|d| date(2026, 9, d));
        // Friday the 25th is a holiday: the fifth working day after Monday the 21st is Tuesday the 29th.
        let last = date(2026, 9, 29);
        readings(
            &[(Step::File, fri), (Step::Mark, sun), (Step::Transfer, mon)],
            [
                Met { due: sun, on: sun },
                NotRunning,
                Met { due: mon, on: mon },
                Due(last),
            ],
        );
    }
}
