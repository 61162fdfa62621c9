//! The items of a set, and what their columns hold: numbers, spread, the commonest values.

use app::portal::ColumnProfile;
use rules::catalogue::{Item, Semantic};
use web::words;

use crate::chart::{Bars, Ranks};

/// An item in the table of items.
pub struct ItemLine {
    /// As people read it.
    pub title: String,
    /// The header of its column, for programs.
    pub name: String,
    /// 数据类型.
    pub kind: &'static str,
    /// What its values must be.
    pub rules: String,
    /// What its codes mean: code and label.
    pub codes: Vec<(String, String)>,
    /// A word to the reader.
    pub note: String,
    /// What was done to it before the release.
    pub masked: Option<String>,
}

impl ItemLine {
    /// The line of an item.
    pub fn of(item: &Item, masked: &[(String, String)]) -> ItemLine {
        let mut rules = Vec::new();
        if item.is_key {
            rules.push("主键".to_owned());
        }
        if item.is_required {
            rules.push("必填".to_owned());
        }
        if let Some(length) = item.length {
            rules.push(match item.scale.filter(|it| *it > 0) {
                Some(scale) => format!("最长 {length} 位，小数 {scale} 位"),
                None => format!("最长 {length}"),
            });
        }
        if item.semantic != Semantic::Plain {
            rules.push(item.semantic.label().to_owned());
        }
        ItemLine {
            title: item.title.clone(),
            name: item.name.clone(),
            kind: item.kind.label(),
            rules: rules.join("，"),
            codes: item
                .codes
                .iter()
                .map(|it| (it.code.clone(), it.label.clone()))
                .collect(),
            note: item.note.clone(),
            masked: masked.iter().find(|it| it.0 == item.title).map(|it| it.1.clone()),
        }
    }
}

/// What one column holds.
pub struct ColumnLine {
    /// The item, as people read it.
    pub title: String,
    /// How much of it is there, and between which bounds.
    pub said: String,
    /// How its values are spread.
    pub bars: Option<Bars>,
    /// Its commonest values.
    pub ranks: Option<Ranks>,
    /// The same in numbers: value and rows.
    pub numbers: Vec<(String, String)>,
}

/// Values of a chart at most.
const TOP: usize = 6;

/// A line for each column of which there is something to say.
pub fn lines(items: &[Item], profile: &[ColumnProfile]) -> Vec<ColumnLine> {
    let lines = profile.iter().enumerate().filter_map(|(i, column)| {
        let item = items.iter().find(|it| it.name == column.item)?;
        Some(line(i, item, column))
    });
    lines.collect()
}

fn line(i: usize, item: &Item, column: &ColumnProfile) -> ColumnLine {
    let label = |value: &str| {
        let code = item.codes.iter().find(|it| it.code == value);
        code.map_or(value, |it| it.label.as_str()).to_owned()
    };
    let top: Vec<(String, u64)> = column
        .top
        .iter()
        .take(TOP)
        .map(|it| (label(&it.0), it.1))
        .collect();
    let is_spread = column.bins.len() > 1;
    let shown = if is_spread { &column.bins } else { &top };
    ColumnLine {
        title: item.title.clone(),
        said: match is_spread || column.distinct.is_some_and(|it| it as usize <= top.len()) || top.is_empty()
        {
            true => said(column),
            false => format!("{}；图为最常见的 {} 种", said(column), top.len()),
        },
        numbers: shown
            .iter()
            .map(|(value, rows)| (value.clone(), words::count(*rows)))
            .collect(),
        bars: is_spread.then(|| Bars {
            id: format!("column-{i}"),
            title: format!("{}的分布", item.title),
            unit: "行",
            bars: column.bins.clone(),
        }),
        ranks: (!is_spread && !top.is_empty()).then(|| Ranks {
            id: format!("column-{i}"),
            title: format!("{}最常见的值", item.title),
            unit: "行",
            bars: top,
            room: 14,
        }),
    }
}

fn said(column: &ColumnProfile) -> String {
    let mut said = vec![format!("有值 {} 行", words::count(column.filled))];
    match column.distinct {
        Some(distinct) => said.push(format!("{} 种不同的值", words::count(distinct))),
        None => said.push("一万种以上不同的值".to_owned()),
    }
    if let (Some(min), Some(max)) = (&column.min, &column.max) {
        said.push(format!("{min} 至 {max}"));
    }
    said.join("，")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::catalogue::Code;

    #[test]
    fn codes_are_charted_under_their_labels_and_numbers_by_their_spread() {
        let item = Item {
            name: "kind".into(),
            title: "类型".into(),
            codes: vec![Code {
                code: "1".into(),
                label: "小学".into(),
            }],
            ..Item::default()
        };
        let mut column = ColumnProfile {
            item: "kind".into(),
            filled: 3,
            distinct: Some(2),
            top: vec![("1".into(), 2)],
            ..ColumnProfile::default()
        };
        let line = &lines(std::slice::from_ref(&item), std::slice::from_ref(&column))[0];
        assert_eq!(line.numbers, [("小学".to_owned(), "2".to_owned())]);
        assert!(line.bars.is_none() && line.ranks.is_some());
        column.bins = vec![("0～9".into(), 1), ("10～19".into(), 2)];
        assert!(lines(&[item], &[column])[0].bars.is_some());
    }
}
