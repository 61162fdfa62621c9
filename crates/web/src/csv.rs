//! Lists to take away: CSV that a spreadsheet opens, Chinese included.

use crate::frame::{Page, download};

/// A table in the making.
pub struct Csv(String);

impl Csv {
    /// Starts with the headings. The byte order mark makes spreadsheets read it as UTF-8.
    pub fn new(headings: &[&str]) -> Csv {
        let mut csv = Csv("\u{feff}".to_owned());
        csv.line(headings.iter().map(|it| (*it).to_owned()));
        csv
    }

    /// Adds a row.
    pub fn line(&mut self, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().map(|it| quoted(&it)).collect();
        self.0 += &values.join(",");
        self.0 += "\r\n";
    }

    /// The file as a download.
    pub fn download(self, name: &str) -> Page {
        download(name, "text/csv; charset=utf-8", self.0)
    }
}

/// Quotes where needed, and keeps a spreadsheet from reading a value as a formula.
fn quoted(value: &str) -> String {
    let is_formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']) && value.parse::<f64>().is_err();
    let value = if is_formula {
        format!("'{value}")
    } else {
        value.to_owned()
    };
    if value.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_a_formula_or_a_second_column() {
        assert_eq!(quoted("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(quoted("-3.5"), "-3.5");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
