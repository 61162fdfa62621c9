//! Lists every file under `assets/` with its bytes, its type and a content hash, so that its URL may be cached for ever.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

fn main() {
    let root =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo says where the crate is")).join("assets");
    // Watching the folder notices new files as well as edited ones.
    println!("cargo:rerun-if-changed=assets");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    // The public pages list their own assets with this same script.
    let prefix = match env::var("CARGO_PKG_NAME").as_deref() {
        Ok("portal") => "/open/assets",
        _ => "/assets",
    };
    let mut table = String::from("&[\n");
    for file in files {
        let bytes = fs::read(&file).expect("a listed asset can be read");
        let name = file
            .strip_prefix(&root)
            .expect("under assets")
            .to_string_lossy()
            .replace('\\', "/");
        let url = format!("{prefix}/{:016x}/{name}", hash(&bytes));
        table += &format!(
            "    Asset {{ name: {name:?}, url: {url:?}, mime: {:?}, bytes: include_bytes!({file:?}) }},\n",
            mime(&name)
        );
    }
    table += "]\n";
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo says where to write")).join("assets.rs");
    fs::write(out, table).expect("the table can be written");
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the folder can be read") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            walk(&path, files)
        } else {
            files.push(path)
        }
    }
}

/// FNV-1a: it only has to change when the bytes do.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
