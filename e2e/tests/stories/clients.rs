//! The clients that others read a portal with, against the running demo: ckanapi, Frictionless, rdflib, a feed parser
//! and a site map parser, each from PyPI as `e2e/clients/install` put it below `target/testing/`.

use std::{path::Path, process::Command};

use e2e::City;

#[test]
fn yongzhou_art24_the_clients_that_others_use_read_the_whole_portal() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = here.join("../target/testing/clients/bin/python");
    assert!(
        python.exists(),
        "{} is missing; run `e2e/clients/install` or `./test`",
        python.display()
    );
    let city = City::start();
    let done = Command::new(python)
        .arg(here.join("clients/check_clients.py"))
        .arg(city.address())
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&done.stdout);
    println!("{said}");
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
}
