//! A delivery of a million rows, checked, scored, keyed and durable, against `sqlite3 .import` of the same file
//! into a table with the same primary key.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use synthetic::{HEADER, Population};

use crate::city::City;
use crate::report;

/// Measures both and prints the ratio.
pub fn run(city: &City, yishu: &Path, scratch: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    println!("归集:{rows} 行 × {} 列", HEADER.len());
    let file = scratch.join("population.csv");
    let mut faults = 0_u64;
    let mut to = BufWriter::new(File::create(&file)?);
    Population::new(rows, 5, 42).write_csv(&mut to, |_, it| faults += u64::from(it.fault.is_some()))?;
    to.flush()?;
    drop(to);
    report::line("文件大小", fs::metadata(&file)?.len() as f64 / 1_048_576.0, "MiB");
    report::line("其中不合格行", faults as f64, "行");

    let rowid = import(scratch, &file, "")?;
    let clustered = import(scratch, &file, " WITHOUT ROWID")?;
    let theirs = rowid.min(clustered);
    report::line("sqlite3 .import,主键表", rowid, "s");
    report::line("sqlite3 .import,主键聚簇表(WITHOUT ROWID)", clustered, "s");

    let ours = deliver(city, yishu, scratch, &file)?;
    report::line("yishu deliver:上传、校验、评分、建键、落盘", ours, "s");
    report::line("  每秒行数", rows as f64 / ours, "行/s");
    report::held_against("sqlite3 用时(较快者)÷ 一数用时", theirs / ours, 1.0, true);
    report::held_against("服务进程内存峰值 MiB", city.memory_mib_max()?, 512.0, false);
    Ok(())
}

/// Seconds that `sqlite3 .import` takes. It checks nothing but the key.
fn import(scratch: &Path, file: &Path, options: &str) -> Result<f64, Box<dyn Error>> {
    let database = scratch.join(format!("import{}.db", options.len()));
    let columns: Vec<String> = HEADER.iter().map(|it| format!("{it} TEXT")).collect();
    let create = format!(
        "CREATE TABLE population ({}, PRIMARY KEY (id_card)){options};",
        columns.join(", ")
    );
    let import = format!(".import --csv --skip 1 {} population", file.display());
    let since = Instant::now();
    // Its complaints about wrong rows are what it should print; its exit code then is 1.
    Command::new("sqlite3")
        .arg(&database)
        .args([&create, &import])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|_| "未找到 sqlite3。请先安装:apt-get install sqlite3")?;
    let seconds = since.elapsed().as_secs_f64();
    fs::remove_file(&database)?;
    Ok(seconds)
}

/// Seconds from the command's start to the loaded batch.
fn deliver(city: &City, yishu: &Path, scratch: &Path, file: &Path) -> Result<f64, Box<dyn Error>> {
    let call = city.call("deliver")?;
    let path = call["path"].as_str().ok_or("no path")?;
    let entry = path.split('/').nth(4).ok_or("no entry in the path")?;
    let key = call["headers"]["authorization"]
        .as_str()
        .ok_or("no key")?
        .trim_start_matches("Bearer ");
    let since = Instant::now();
    let status = Command::new(yishu)
        .args([
            "deliver",
            "--server",
            &format!("http://{}", city.address),
            "--entry",
            entry,
            "--key",
            key,
        ])
        .args(["--kind", "full", "--file"])
        .arg(file)
        .arg("--refusals")
        .arg(scratch.join("refused.csv"))
        .stdout(Stdio::null())
        .status()?;
    let seconds = since.elapsed().as_secs_f64();
    // 3: loaded, with refused rows beside it, as the file has on purpose.
    if !matches!(status.code(), Some(0 | 3)) {
        return Err(format!("yishu deliver: {status}").into());
    }
    Ok(seconds)
}
