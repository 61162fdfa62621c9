//! Lists every file under `assets/`, and those that the inner and the public pages share, with its bytes, its type and a
//! content hash, so that its URL may be cached for ever. Every stylesheet begins with the shared tokens.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The file that every stylesheet begins with; it is no asset by itself.
const TOKENS: &str = "tokens.css";

fn main() {
    let home = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo says where the crate is"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo says where to write"));
    // The public pages list their assets with this same script.
    let (shared, prefix) = match env::var("CARGO_PKG_NAME").as_deref() {
        Ok("portal") => ("../web/shared", "/open/assets"),
        _ => ("shared", "/assets"),
    };
    let roots = [home.join("assets"), home.join(shared)];
    let tokens = fs::read(home.join(shared).join(TOKENS)).expect("the tokens can be read");
    let mut files = Vec::new();
    for root in &roots {
        // Watching the folder notices new files as well as edited ones.
        println!("cargo:rerun-if-changed={}", root.display());
        walk(root, root, &mut files);
    }
    files.sort();
    let mut table = String::from("&[\n");
    for (name, path) in files.into_iter().filter(|it| it.0 != TOKENS) {
        let mut bytes = fs::read(&path).expect("a listed asset can be read");
        if name.ends_with(".css") {
            bytes = [tokens.as_slice(), b"\n", &bytes].concat();
        }
        let url = format!("{prefix}/{:016x}/{name}", hash(&bytes));
        let kept = out.join("assets").join(&name);
        fs::create_dir_all(kept.parent().expect("a file lies in a folder")).expect("a folder can be made");
        fs::write(&kept, bytes).expect("an asset can be written");
        table += &format!(
            "    Asset {{ name: {name:?}, url: {url:?}, mime: {:?}, bytes: include_bytes!({kept:?}) }},\n",
            mime(&name)
        );
    }
    table += "]\n";
    fs::write(out.join("assets.rs"), table).expect("the table can be written");
}

/// Every file below `dir`: its name under `root`, and where it is.
fn walk(root: &Path, dir: &Path, files: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(dir).expect("the folder can be read") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            walk(root, &path, files);
            continue;
        }
        let name = path.strip_prefix(root).expect("below the root");
        files.push((name.to_string_lossy().replace('\\', "/"), path));
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
