//! How programs get at a set, and how it is cited: examples that run as they stand.

use app::portal::{Dataset, Op, ReleaseCard};
use rules::release::FileFormat;
use web::ui::{Choice, choices};

use super::{download, href, permanent};
use crate::{parts, visit::Visit};

/// Examples and the citation of one set.
pub struct Uses {
    /// The address of the query interface.
    pub endpoint: String,
    /// The items that a query may name.
    pub items: Vec<Choice>,
    /// A condition as a query writes it.
    pub example: String,
    /// The comparisons that a condition may have: word and meaning.
    pub ops: String,
    /// A query with curl.
    pub curl: String,
    /// The whole file with curl; empty where there is no such file.
    pub curl_file: String,
    /// The whole file with Python; empty where there is no such file.
    pub python: String,
    /// Rows with Python.
    pub python_rows: String,
    /// How the set is cited.
    pub citation: String,
    /// The descriptor of the data package.
    pub package: String,
    /// The set in RDF: address and name of each form.
    pub rdf: Vec<(String, &'static str)>,
}

impl Uses {
    /// For the newest release of a set.
    pub fn of(visit: &Visit, set: &Dataset, release: &ReleaseCard) -> Uses {
        let name = &set.card.name;
        let endpoint = format!("/api/open/v1/datasets/{}/rows", web::words::encoded(name));
        let absolute = format!("{}{endpoint}", visit.origin);
        let base = href(name);
        let csv = release.files.iter().find(|it| it.format == FileFormat::Csv);
        let csv = csv.map(|it| format!("{}{}?bom=0", visit.origin, download(name, it)));
        Uses {
            items: choices(set.items.iter().map(|it| (it.name.as_str(), it.title.as_str()))),
            example: set
                .items
                .first()
                .map_or(String::new(), |it| format!("{}:contains:1", it.name)),
            ops: Op::ALL
                .iter()
                .map(|it| format!("{}（{}）", it.name(), it.label()))
                .collect::<Vec<_>>()
                .join("、"),
            curl: format!("curl '{absolute}?limit=5'"),
            curl_file: csv
                .as_ref()
                .map_or(String::new(), |url| format!("curl -o {name}.csv '{url}'")),
            python: csv.as_ref().map_or(String::new(), |url| python_file(url)),
            python_rows: python_rows(&absolute),
            citation: citation(visit, set, release),
            package: format!("{base}/datapackage.json"),
            rdf: [("ttl", "Turtle"), ("rdf", "RDF/XML"), ("jsonld", "JSON-LD")]
                .map(|(ending, label)| (format!("{base}.{ending}"), label))
                .to_vec(),
            endpoint,
        }
    }
}

fn python_file(url: &str) -> String {
    format!(
        "import csv, io, urllib.request\n\nwith urllib.request.urlopen(\"{url}\") as answer:\n    rows = list(csv.DictReader(io.TextIOWrapper(answer, \"utf-8\")))\n\nprint(len(rows), rows[0])"
    )
}

fn python_rows(url: &str) -> String {
    format!(
        "import json, urllib.request\n\nwith urllib.request.urlopen(\"{url}?limit=5\") as answer:\n    page = json.load(answer)\n\nprint(page)"
    )
}

/// Who, what, which release, where for good, when fetched (art. 26).
pub(crate) fn citation(visit: &Visit, set: &Dataset, release: &ReleaseCard) -> String {
    format!(
        "{}. {}（第 {} 版）[数据集]. 永州市政务数据开放平台，{} 发布. {}{}/releases/{}. 获取日期：{}.",
        set.card.org.title,
        set.card.title,
        release.number,
        parts::day(release.at),
        visit.origin,
        href(&set.card.name),
        release.number,
        visit.today(),
    )
}

/// How a file's digest is checked on one's own machine.
pub(crate) fn check(name: &str, number: i64, format: FileFormat, sha256: &str) -> String {
    let path = permanent(name, number, format);
    let file = path.rsplit('/').next().unwrap_or_default();
    format!("echo '{sha256}  {file}' | sha256sum -c")
}
