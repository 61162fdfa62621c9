//! The sets that a product names as its sources: found however people name them, and cited (art. 26).

use std::collections::HashMap;

use jiff::civil::Date;
use rules::{catalogue::OpenKind, product};
use store::{
    Write,
    agreements::{self, Filter},
    open_sets::{self, Standing},
    orgs,
    products::Source,
};

use super::Maker;
use crate::{
    City, Refused,
    portal::{self, name_of},
};

/// Agreements of one applicant looked at, at most.
const AGREEMENTS_MAX: u32 = 1_000;

/// Sets offered at most; others can be named all the same.
const SETS_MAX: usize = 2_000;

/// A set that a form offers to be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetToName {
    /// Its title; the code where several sets have the same.
    pub words: String,
    /// Who provides it, and whether it is the maker's by agreement.
    pub about: String,
}

/// The sets that a product may have used, for the form to offer: those of the maker's own agreements, then what anybody
/// downloads.
pub async fn sets_to_name(city: &City, maker: Maker<'_>) -> Result<Vec<SetToName>, Refused> {
    let agreed = match maker.applicant() {
        None => Vec::new(),
        Some(applicant) => {
            let filter = Filter {
                applicant: Some(applicant),
                ..Filter::default()
            };
            agreements::list(city.store.read(), &filter, None, AGREEMENTS_MAX).await?
        }
    };
    let is_agreed = |id: &str| agreed.iter().any(|it| it.agreement.entry.as_str() == id);
    let mut all = portal::all(city, None, SETS_MAX).await?;
    all.retain(|it| it.kind == OpenKind::Unconditional || is_agreed(&it.id));
    all.sort_by(|a, b| (!is_agreed(&a.id), &a.title).cmp(&(!is_agreed(&b.id), &b.title)));
    let mut titles: HashMap<&str, usize> = HashMap::new();
    for it in &all {
        *titles.entry(it.title.as_str()).or_default() += 1;
    }
    let sets = all.iter().map(|it| SetToName {
        words: match titles[it.title.as_str()] {
            1 => it.title.clone(),
            _ => it.name.clone(),
        },
        about: match is_agreed(&it.id) {
            true => format!("{}，开放利用协议", it.org.title),
            false => it.org.title.clone(),
        },
    });
    Ok(sets.collect())
}

/// What somebody typed or pasted, without the address around it.
fn bare(typed: &str) -> &str {
    let typed = typed.trim();
    let Some((_, after)) = typed.split_once("/dataset/") else {
        return typed;
    };
    after.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The open set that `typed` means: its name or id, its code in either form, its address, or its title. Otherwise what
/// to say.
async fn meant(city: &City, write: &mut Write, typed: &str) -> Result<Result<Standing, String>, Refused> {
    let typed = bare(typed);
    let mut ids = vec![typed.to_owned(), name_of(typed)];
    let all = portal::all(city, None, usize::MAX).await?;
    let named: Vec<_> = all.iter().filter(|it| it.title == typed).collect();
    if 1 < named.len() {
        let names: Vec<&str> = named.iter().map(|it| it.name.as_str()).collect();
        return Ok(Err(format!(
            "有{}个开放数据集名为“{typed}”，请改填其中一个的代码：{}。",
            names.len(),
            names.join("、")
        )));
    }
    ids.extend(named.iter().map(|it| it.id.clone()));
    for id in ids {
        if let Some(set) = open_sets::standing_one(&mut *write, &id).await? {
            return Ok(Ok(set));
        }
    }
    Ok(Err(format!(
        "没有找到开放数据集“{typed}”。请从列表中选择，或者填写数据集的名称、信息资源代码或者网址。"
    )))
}

/// The sources with their citations. Only open sets are sources; a day to come is none. What is wrong is told at its
/// line: `sources.0.set`, `sources.0.day`.
pub(super) async fn cited(
    city: &City,
    write: &mut Write,
    named: &[(String, Date)],
    today: Date,
) -> Result<Vec<Source>, Refused> {
    let mut sources = Vec::new();
    let mut faults = Vec::new();
    for (i, (typed, acquired_on)) in named.iter().enumerate() {
        if today < *acquired_on {
            faults.push((format!("sources.{i}.day"), "获取日期不得晚于今天。".to_owned()));
        }
        match meant(city, write, typed).await? {
            Err(words) => faults.push((format!("sources.{i}.set"), words)),
            Ok(set) => sources.push(source(write, set, *acquired_on).await?),
        }
    }
    if faults.is_empty() {
        return Ok(sources);
    }
    let mut refused = Refused::invalid("bad-product", "所利用的数据集有误，请按提示修改。");
    refused.fields = faults;
    Err(refused)
}

async fn source(write: &mut Write, set: Standing, acquired_on: Date) -> Result<Source, Refused> {
    let provider = orgs::get(&mut *write, &set.set.org).await?.org;
    let citation = product::citation(product::Source {
        provider: &provider.name,
        title: &set.content.title,
        code: &set.code,
        acquired_on,
    });
    Ok(Source {
        entry: set.set.entry,
        acquired_on,
        citation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_as_good_as_the_name_in_it() {
        for typed in [
            "3070211171-000003",
            " https://data.example.org/dataset/3070211171-000003?x=1#rows ",
            "/dataset/3070211171-000003/files",
        ] {
            assert_eq!(bare(typed), "3070211171-000003", "{typed}");
        }
        assert_eq!(bare(" 分行业用水量（有条件开放） "), "分行业用水量（有条件开放）");
    }
}
