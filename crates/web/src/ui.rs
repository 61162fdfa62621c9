//! Components: small templates with typed fields, printed from page templates as `{{ … }}`.

use askama::filters::HtmlSafe;

mod form;
mod parts;

pub(crate) use form::described;
pub use form::{Checkboxes, Choice, Field, FileBox, Form, Radios, Select, Suggestions, TextArea, choices};
pub use parts::{
    Cite, ClockTag, Confirm, Empty, ErrorSummary, Notice, Pager, Pair, Pairs, Past, StateTag, Timeline, Tone,
    row_class,
};

/// Says of each component that what it prints is HTML and already escaped.
macro_rules! html {
    ($($Name:ty),+ $(,)?) => { $( impl HtmlSafe for $Name {} )+ };
}

html!(
    Checkboxes,
    Field,
    FileBox,
    Radios,
    Select,
    Suggestions,
    TextArea,
    Cite,
    ClockTag,
    Confirm,
    Empty,
    ErrorSummary,
    Notice,
    Pager,
    Pairs,
    StateTag,
    Timeline,
    crate::chart::Radar,
    crate::chart::Days,
);
