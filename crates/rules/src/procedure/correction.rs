//! 校核: a department doubts data it received, and the provider checks it.
//!
//! Home of 《永州市政务大数据管理办法》 art. 21. Not to be mixed with 异议 (art. 34), which the public raises and the
//! authority owns.

use super::{Ask, Office, Procedure, moves};
use crate::{
    clock::Clock,
    law::{Limit, Regulation::Yongzhou},
    words,
};

words! {
    /// Where a correction stands.
    pub enum State {
        /// Being checked by the provider.
        Checking = "checking" "校核中",
        /// Checked: the data was wrong and has been put right.
        Corrected = "corrected" "已修正",
        /// Checked: the data stands.
        Upheld = "upheld" "维持原数据",
    }
}

words! {
    /// What may be done.
    pub enum Step {
        /// The consumer reports a doubt.
        Report = "report" "反馈疑义",
        /// The provider's head allows more time.
        Extend = "extend" "延长校核期限",
        /// The provider puts the data right.
        Correct = "correct" "修正",
        /// The provider finds nothing wrong.
        Uphold = "uphold" "维持",
    }
}

/// Art. 21: the longest extension, in working days.
///
/// Read here as 15 days *added*, 20 in all. The text also bears "15 in all"; the city's legal office is to confirm.
pub const EXTENSION_DAYS_MAX: u16 = 15;

/// Art. 21: checked within 5 working days; extended with the consent of the provider's head.
pub const CHECK: Clock = Clock {
    duty: "校核并反馈",
    owed_by: Office::Provider,
    starts_on: &[Step::Report.word()],
    extended_by: Some(Step::Extend.word()),
    met_by: &[Step::Correct.word(), Step::Uphold.word()],
    void_by: &[],
    limits: &[Limit::yongzhou(5, EXTENSION_DAYS_MAX, Yongzhou.art(21))],
};

const DOUBT: &[Ask] = &[Ask::Text {
    name: "text",
    label: "疑义或者明显错误",
    required: true,
}];
const MORE_TIME: &[Ask] = &[
    Ask::Days {
        name: "days",
        label: "延长的工作日数",
        max: EXTENSION_DAYS_MAX,
    },
    Ask::Text {
        name: "reason",
        label: "延长的理由",
        required: true,
    },
];
const RESULT: &[Ask] = &[Ask::Text {
    name: "text",
    label: "校核结果说明",
    required: true,
}];

/// The right value is optional: a provider who has delivered a batch since the doubt leaves it out.
const CORRECTION: &[Ask] = &[
    Ask::Text {
        name: "text",
        label: "校核结果说明",
        required: true,
    },
    Ask::Value {
        name: "value",
        label: "正确的值",
    },
];

/// The whole procedure.
pub const PROCEDURE: Procedure = Procedure {
    name: "correction",
    label: "校核",
    states: State::WORDS,
    steps: Step::WORDS,
    closed: &[State::Corrected.word(), State::Upheld.word()],
    moves: moves![
        Report  by Consumer     from [new]      to Checking  cites Yongzhou.art(21), asks DOUBT;
        Extend  by ProviderHead from [Checking] to Checking  cites Yongzhou.art(21), asks MORE_TIME;
        Correct by Provider     from [Checking] to Corrected cites Yongzhou.art(21), asks CORRECTION;
        Uphold  by Provider     from [Checking] to Upheld    cites Yongzhou.art(21), asks RESULT;
    ],
    clocks: &[CHECK],
};

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Office::*, *};
    use crate::{
        calendar::Calendar,
        clock::{Done, ExtensionTooLong, Reading::*},
        procedure::Refusal,
    };

    const FRIDAY: Date = date(2026, 3, 6);

    fn done(step: Step, on: Date) -> Done {
        Done::new(step.name(), on)
    }

    #[test]
    fn yongzhou_art21_checking_is_due_five_working_days_after_the_report() {
        let reading = CHECK.read(&[done(Step::Report, FRIDAY)], &Calendar::default());
        assert_eq!(reading, Ok(Due(date(2026, 3, 13))));
    }

    #[test]
    fn yongzhou_art21_an_extension_adds_at_most_fifteen_working_days() {
        let extended_by = |extra_days| {
            let extend = Done {
                extra_days,
                ..done(Step::Extend, date(2026, 3, 12))
            };
            CHECK.read(&[done(Step::Report, FRIDAY), extend], &Calendar::default())
        };
        assert_eq!(extended_by(15), Ok(Due(date(2026, 4, 3))));
        let refused = ExtensionTooLong {
            asked: 16,
            permitted: 15,
            cites: Yongzhou.art(21),
        };
        assert_eq!(extended_by(16), Err(refused));
        assert!(refused.to_string().contains("最长15个工作日"));
    }

    #[test]
    fn yongzhou_art21_only_the_providers_head_extends() {
        let refused = PROCEDURE.permit("checking", "extend", &[Provider]).unwrap_err();
        assert!(matches!(refused, Refusal::NotYours { by, .. } if by == [ProviderHead]));
    }

    #[test]
    fn yongzhou_art41_the_limit_lapses_five_years_after_publication() {
        let reading = |on| {
            CHECK
                .read(&[done(Step::Report, on)], &Calendar::default())
                .unwrap()
        };
        assert_ne!(reading(date(2027, 7, 17)), NotRunning);
        assert_eq!(reading(date(2027, 7, 18)), NotRunning);
    }
}
