//! 办件: lists, one case's page, and the form of a step — the same for every procedure.

pub mod dispute;
pub mod list;
pub mod matter;
pub mod show;
pub mod step;
pub mod terms;

use app::cases::CaseLine;
use rules::clock::Colour;

use crate::ui::{StateTag, Tone};

/// Where a case stands, as a tag.
pub(crate) fn state_tag(line: &CaseLine) -> StateTag {
    let tone = match (line.is_closed, line.colour) {
        (true, _) => Tone::Grey,
        (false, Some(Colour::Red)) => Tone::Red,
        (false, Some(Colour::Amber)) => Tone::Amber,
        (false, _) => Tone::Accent,
    };
    StateTag::new(line.state.label, tone)
}

/// From whom a case comes and to whom it goes: a report on how data was used comes from the provider, an objection
/// from outside.
pub(crate) fn between(line: &CaseLine) -> String {
    let provider = &line.provider_name;
    match (line.procedure.name, &line.consumer_name) {
        ("report", Some(consumer)) => format!("{provider} → {consumer}"),
        ("objection", _) => format!("公众 → {provider}"),
        (_, Some(consumer)) => format!("{consumer} → {provider}"),
        (_, None) => provider.clone(),
    }
}
