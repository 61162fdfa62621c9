//! What has an address, and what stands in the places of a route that name it.

use super::oracle::{Circle, Reader, may_know};

/// What kind of thing an address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Entry,
    Case,
    Delivery,
    Grant,
    Agreement,
    Request,
    Product,
    System,
    Key,
    Person,
    Org,
    Notice,
    Receipt,
    /// An open set, by its name in addresses or by its id.
    Set,
    /// An open set by its name alone: what of an id is like some text is chance, and searches look for what is like it.
    SetName,
    /// An edition of an open list: agency, kind and number.
    Edition,
    /// An agency as the portal shows it.
    Place,
    /// A theme as the portal shows it.
    Theme,
}

/// One thing with an address.
#[derive(Clone, Debug)]
pub struct Thing {
    /// What it is.
    pub kind: Kind,
    /// How addresses name it.
    pub id: String,
    /// What it is in the story.
    pub place: &'static str,
    /// Who may know that it is there.
    pub circle: Circle,
}

impl Thing {
    /// Whether `reader` may know that it is there.
    pub fn is_known_to(&self, reader: Reader) -> bool {
        may_know(reader, self.circle)
    }

    /// How an address would name something of this kind that never was, as long and as well-formed.
    pub fn never(&self) -> String {
        match self.kind {
            Kind::Receipt => "999999".to_owned(),
            Kind::Edition => "org-water/unconditional/7".to_owned(),
            Kind::Set | Kind::SetName if self.id.contains('-') => {
                let (department, _) = self.id.rsplit_once('-').unwrap_or_default();
                format!("{department}-909090")
            }
            Kind::Set => "01jd0000000000000000000000".to_owned(),
            Kind::Org | Kind::Place => "org-nowhere".to_owned(),
            Kind::Person => "user-nobody".to_owned(),
            Kind::Theme => "theme-00000000".to_owned(),
            _ => "01JD0000000000000000000000".to_owned(),
        }
    }
}
