//! One release for good, and one file of the newest: what a citation leads to.

use app::{
    City,
    portal::{self, Dataset, FileCard, ReleaseCard},
};
use askama::Template;
use axum::extract::{Path, State};
use web::{ui::Pairs, words};

use super::{ReleaseLine, download, href, permanent, uses};
use crate::{
    frame::{Frame, html},
    parts,
    problem::{Page, Problem},
    visit::Visit,
};

/// One release of a set.
#[derive(Template)]
#[template(path = "dataset/release.html")]
pub struct ReleasePage {
    /// What stands around it.
    pub frame: Frame,
    /// The set: address and title.
    pub set: (String, String),
    /// The release.
    pub release: ReleaseLine,
    /// Its files: address, format, size, digest.
    pub files: Vec<(String, &'static str, String, String)>,
    /// Where the newest release is, where this one is not it.
    pub newer: Option<i64>,
    /// How it is cited.
    pub citation: String,
}

/// One file of the newest release.
#[derive(Template)]
#[template(path = "dataset/resource.html")]
pub struct ResourcePage {
    /// What stands around it.
    pub frame: Frame,
    /// The set: address and title.
    pub set: (String, String),
    /// The file's format.
    pub label: &'static str,
    /// What may be done with such a file.
    pub about: &'static str,
    /// Where it is fetched.
    pub href: String,
    /// What is to be known of it.
    pub facts: Pairs,
    /// How its digest is checked.
    pub check: String,
    /// Where this very file stays for good.
    pub permanent: String,
}

fn frame(visit: &Visit, set: &Dataset, title: String) -> Frame {
    Frame::new(visit, title)
        .crumb("/open", "首页")
        .crumb("/dataset", "数据集")
        .crumb(href(&set.card.name), set.card.title.clone())
        .about(&set.card.summary)
}

/// GET /dataset/{name}/releases/{number}
pub async fn show(
    visit: Visit,
    Path((name, number)): Path<(String, String)>,
    State(city): State<City>,
) -> Page {
    let set = portal::dataset(&city, &name).await?;
    let release = set.releases.iter().find(|it| it.number.to_string() == number);
    let release = release.ok_or(Problem::NotFound)?;
    html(&release_page(&visit, &set, release))
}

pub(crate) fn release_page(visit: &Visit, set: &Dataset, release: &ReleaseCard) -> ReleasePage {
    let card = &set.card;
    let file = |it: &FileCard| {
        let href = permanent(&card.name, release.number, it.format);
        (href, it.format.label(), words::bytes(it.bytes), it.sha256.clone())
    };
    let newest = set.releases.iter().map(|it| it.number).max();
    ReleasePage {
        frame: frame(visit, set, format!("第 {} 版", release.number)),
        set: (href(&card.name), card.title.clone()),
        release: super::release(&card.name, release),
        files: release.files.iter().map(file).collect(),
        newer: newest.filter(|it| *it != release.number),
        citation: uses::citation(visit, set, release),
    }
}

/// GET /dataset/{name}/resource/{rid}
pub async fn resource(
    visit: Visit,
    Path((name, rid)): Path<(String, String)>,
    State(city): State<City>,
) -> Page {
    let set = portal::dataset(&city, &name).await?;
    let release = set.releases.first().ok_or(Problem::NotFound)?;
    let file = release
        .files
        .iter()
        .find(|it| it.rid == rid)
        .ok_or(Problem::NotFound)?;
    html(&resource_page(&visit, &set, release, file))
}

pub(crate) fn resource_page(
    visit: &Visit,
    set: &Dataset,
    release: &ReleaseCard,
    file: &FileCard,
) -> ResourcePage {
    let card = &set.card;
    let permanent = permanent(&card.name, release.number, file.format);
    ResourcePage {
        frame: frame(visit, set, format!("{} 文件", file.format.label())),
        set: (href(&card.name), card.title.clone()),
        label: file.format.label(),
        about: about(file.format),
        href: download(&card.name, file),
        facts: Pairs::new()
            .with(
                "版本",
                format!("第 {} 版，{} 发布", release.number, parts::day(release.at)),
            )
            .with("数据量", format!("{} 行", words::count(release.rows)))
            .with("大小", words::bytes(file.bytes))
            .with("媒体类型", file.format.mime())
            .with("SHA-256", file.sha256.clone()),
        check: uses::check(&card.name, release.number, file.format, &file.sha256),
        permanent,
    }
}

/// What may be done with files of a format.
fn about(format: rules::release::FileFormat) -> &'static str {
    use rules::release::FileFormat as F;
    match format {
        F::Csv => {
            "表格软件可以直接打开。文件以 UTF-8 编码，开头有字节顺序标记（BOM）；程序读取时可在地址后加 ?bom=0 取得没有标记的文件。编号等以 0 开头的值请按文本导入。"
        }
        F::Xlsx => "Excel、WPS 可以直接打开。编号类的列已按文本保存，不会丢失开头的 0。",
        F::Json => "一个 JSON 文档，供程序读取。",
        F::JsonLines => "每行一个 JSON 对象，适合逐行处理大文件。",
        F::Xml => "一个 XML 文档，供程序读取。",
        F::Parquet => "列式存储，适合 Python、R、DuckDB 等分析工具。",
    }
}
