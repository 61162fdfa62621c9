//! The public side of the demo city: open sets with their releases and lists, applicants, objections, corrections.

mod applicants;
mod corrections;
mod downloads;
mod objections;
mod releases;
mod sets;

pub use applicants::{COMPANY, Opened, PERSON};
pub use objections::Objected;

use app::Refused;

use super::story::{Outcome, Teller};

/// What the public side leaves for `demo.json`.
pub struct Public {
    /// Applicants and their agreement.
    pub opened: Opened,
    /// Objections to follow.
    pub objected: Objected,
    /// The name in addresses of a set to look at.
    pub name: String,
    /// Its entry.
    pub entry: String,
}

/// Makes the public side, after everything inside has been told.
pub async fn tell(
    teller: &Teller<'_>,
    outcome: &mut Outcome,
    say: impl Fn(&str),
) -> Result<Public, Box<dyn std::error::Error>> {
    say("编制开放目录、归集数据、保密审查……");
    let made = teller.open_everything(outcome).await?;
    say(&format!("发布开放清单：{made} 个开放数据集……"));
    teller.publish_lists().await?;
    teller.take_back(&outcome.entries["loans"]).await?;
    say("申请人、开放利用协议与数据产品……");
    let opened = teller.applicants(outcome).await?;
    teller.downloads(outcome).await?;
    say("公众异议……");
    let objected = teller.objections(outcome).await?;
    let entry = outcome.entries["hotline"].clone();
    Ok(Public {
        name: teller.name_of(&entry).await?,
        entry: entry.0,
        opened,
        objected,
    })
}

impl Teller<'_> {
    /// The name in addresses of an open set.
    pub(super) async fn name_of(&self, entry: &rules::ids::EntryId) -> Result<String, Refused> {
        let set = app::portal::dataset(self.city, entry.as_str()).await?;
        Ok(set.card.name)
    }
}
