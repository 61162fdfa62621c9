//! What an applicant said in an application goes when he leaves; what the department did with it stays (art. 33).

use rules::ids::CaseId;
use store::{Write, cases, steps};

use super::decide::{read, save};
use crate::{Refused, applicants::ERASED, cases::engine::Said};

/// Erases the applicant's own words from his application: those of the form, of his steps, and his purpose in the terms.
/// What he asked for in numbers and items stays, as what the department decided on.
pub(crate) async fn erase_words(write: &mut Write, id: &CaseId) -> Result<(), Refused> {
    let mut case = cases::get(&mut *write, id).await?;
    let mut content = read(&case)?;
    let asked = &mut content.application;
    for words in [&mut asked.purpose, &mut asked.safeguards, &mut asked.frequency] {
        ERASED.clone_into(words);
    }
    save(write, &mut case, &content).await?;
    for step in steps::of_case(&mut *write, id).await? {
        let mut said: Said = serde_json::from_value(step.answers).map_err(Refused::internal)?;
        if step.org.is_none() && !said.words.is_empty() {
            ERASED.clone_into(&mut said.words);
        }
        if let Some(terms) = &mut said.terms {
            ERASED.clone_into(&mut terms.purpose_text);
        }
        let said = serde_json::to_value(said).map_err(Refused::internal)?;
        steps::set_answers(write, id, step.seq, &said).await?;
    }
    Ok(())
}
