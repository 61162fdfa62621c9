//! The pages, one module for each noun.

pub mod admin;
pub mod agreements;
pub mod applicants;
pub mod cases;
pub mod confirm;
pub mod deliveries;
pub mod entries;
pub mod evidence;
pub mod grants;
pub mod help;
pub mod home;
pub mod notices;
pub mod opening;
pub mod problem;
pub mod products;
pub mod requests;
pub mod sign_in;
pub mod systems;

use app::{Refused, Status};

use crate::{problem::Problem, ui::Form};

/// Puts a refusal at the fields of the form it is about; what is not about the form goes to its own page.
pub(crate) fn take(form: &mut Form, refused: Refused) -> Result<(), Problem> {
    match refused.status {
        Status::Invalid if refused.fields.is_empty() => form.wrong("", refused.words),
        Status::Invalid => {
            for (field, words) in refused.fields {
                form.wrong(&field, words);
            }
        }
        Status::Conflict | Status::TooLarge => form.wrong("", refused.words),
        _ => return Err(refused.into()),
    }
    Ok(())
}

/// What was just done, named in the address that a post leads to. Only known names are shown.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Done {
    /// The name of the act.
    #[serde(default)]
    pub done: String,
}

impl Done {
    /// Whether it was the act called `name`.
    pub fn is(&self, name: &str) -> bool {
        self.done == name
    }
}
