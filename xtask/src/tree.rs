//! The files of the repository, read once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::source::Source;

/// Where the project's own files stand; everything else in the directory is not ours to judge.
const ROOTS: &[&str] = &["crates", "xtask", "bench", "e2e", "docs", ".ci"];

/// Kinds of files that are read.
const KINDS: &[&str] = &["rs", "toml", "md", "html", "css", "js", "sh"];

/// A text file.
#[derive(Debug)]
pub struct File {
    /// Its path from the root, with forward slashes.
    pub path: String,
    /// What it says.
    pub text: String,
    /// The text split, where it is Rust.
    pub source: Option<Source>,
}

/// All of them, in order of their paths.
#[derive(Debug)]
pub struct Tree {
    /// The files.
    pub files: Vec<File>,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the root")
        .to_owned()
}

impl Tree {
    /// Reads the repository.
    pub fn read() -> Tree {
        let mut paths = Vec::new();
        for dir in ROOTS {
            walk(&root().join(dir), &mut paths);
        }
        paths.sort();
        let files = paths.into_iter().filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let path = path
                .strip_prefix(root())
                .ok()?
                .to_string_lossy()
                .replace('\\', "/");
            Some(File::new(path, text))
        });
        Tree {
            files: files.collect(),
        }
    }

    /// The files of Rust source, with their split text.
    pub fn sources(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files.iter().filter_map(|it| Some((it, it.source.as_ref()?)))
    }

    /// The file at `path`; empty where there is none.
    pub fn text(&self, path: &str) -> &str {
        self.files
            .iter()
            .find(|it| it.path == path)
            .map_or("", |it| &it.text)
    }
}

impl File {
    /// A file of the repository.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> File {
        let (path, text) = (path.into(), text.into());
        let source = path.ends_with(".rs").then(|| Source::new(&text));
        File { path, text, source }
    }

    /// The module the file is, such as `rules::procedure::request`; a crate's `tests/` and examples by their file.
    pub fn module(&self) -> String {
        let path = self.path.strip_prefix("crates/").unwrap_or(&self.path);
        let path = path.trim_end_matches(".rs").replace("/src/", "/");
        let path = path
            .trim_end_matches("/lib")
            .trim_end_matches("/main")
            .trim_end_matches("/mod");
        path.replace('/', "::")
    }

    /// Whether the whole file is tests.
    pub fn is_test(&self) -> bool {
        let is_of_tests = |it: &str| it.contains("/tests/") || it.ends_with("/tests.rs");
        is_of_tests(&self.path) || self.path.starts_with("e2e/")
    }
}

fn walk(dir: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.filter_map(|it| Some(it.ok()?.path())) {
        if path.is_dir() {
            if path.file_name().is_none_or(|it| it != "target") {
                walk(&path, paths);
            }
        } else if path
            .extension()
            .is_some_and(|it| KINDS.iter().any(|kind| it == *kind))
        {
            paths.push(path);
        }
    }
}
