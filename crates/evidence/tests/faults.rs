//! What happens to the log: flipped bytes, torn writes, full disks, kills.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use evidence::{Log, OpenError, verify};

const ORIGIN: &str = "yongzhou.example/evidence";

fn open(root: &Path) -> Result<Log, OpenError> {
    Log::open(&root.join("evidence"), ORIGIN, &root.join("key"))
}

fn log_of(root: &Path, count: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = open(root).unwrap();
    runtime.block_on(async {
        for n in 0..count {
            log.append("call.query", format!("正文{n}").into_bytes())
                .await
                .unwrap();
        }
    });
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for path in files(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(path, target).unwrap();
    }
}

#[test]
fn any_one_byte_flipped_in_any_file_makes_verification_fail() {
    let root = tempfile::tempdir().unwrap();
    log_of(root.path(), 5);
    log_of(root.path(), 2);
    let dir = root.path().join("evidence");
    let vkey = fs::read_to_string(dir.join("vkey")).unwrap();
    let sound = verify(&dir, Some(&vkey));
    assert!(
        sound.is_sound() && (sound.entries, sound.signed) == (7, 7),
        "{sound}"
    );
    let mut flips = 0;
    for path in files(&dir) {
        let original = fs::read(&path).unwrap();
        for at in 0..original.len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut flipped = original.clone();
                flipped[at] ^= bit;
                fs::write(&path, flipped).unwrap();
                for vkey in [None, Some(vkey.as_str())] {
                    let report = verify(&dir, vkey);
                    assert!(!report.is_sound(), "{} byte {at} bit {bit:#x}", path.display());
                }
                flips += 1;
            }
        }
        fs::write(&path, original).unwrap();
    }
    assert!(flips > 5000, "only {flips} flips");
    assert!(verify(&dir, None).is_sound());
}

#[test]
fn flips_across_full_tiles_are_noticed_and_the_entry_is_named() {
    let root = tempfile::tempdir().unwrap();
    log_of(root.path(), 600);
    let dir = root.path().join("evidence");
    for path in files(&dir) {
        let original = fs::read(&path).unwrap();
        for at in (0..original.len()).step_by(331) {
            let mut flipped = original.clone();
            flipped[at] ^= 0x10;
            fs::write(&path, flipped).unwrap();
            let report = verify(&dir, None);
            assert!(!report.is_sound(), "{} byte {at}", path.display());
        }
        fs::write(&path, original).unwrap();
    }
    let flip = |name: &str, at: usize| {
        let path = dir.join(name);
        let original = fs::read(&path).unwrap();
        let mut flipped = original.clone();
        flipped[at] ^= 1;
        fs::write(&path, flipped).unwrap();
        let report = verify(&dir, None);
        fs::write(&path, original).unwrap();
        report.findings[0].clone()
    };
    let finding = flip("tile/0/001", 32 * 10 + 5);
    assert_eq!((finding.index, finding.offset), (Some(266), 32 * 10 + 5));
    let records = fs::read(dir.join("records")).unwrap();
    let body = "正文300".as_bytes();
    let at = records.windows(body.len()).position(|part| part == body).unwrap();
    let finding = flip("records", at);
    assert_eq!((finding.index, finding.file.as_str()), (Some(300), "records"));
    assert!(finding.offset <= at as u64 && at as u64 - finding.offset < 64);
    assert!(finding.to_string().starts_with("第 300 条"));
}

#[test]
fn a_stranger_in_the_directory_and_a_missing_file_are_noticed() {
    let root = tempfile::tempdir().unwrap();
    log_of(root.path(), 300);
    let dir = root.path().join("evidence");
    fs::write(dir.join("tile/0/stranger"), "x").unwrap();
    assert!(!verify(&dir, None).is_sound());
    fs::remove_file(dir.join("tile/0/stranger")).unwrap();
    fs::create_dir_all(dir.join("tile/0/005.p")).unwrap();
    fs::write(dir.join("tile/0/005.p/1"), [0; 32]).unwrap();
    assert!(!verify(&dir, None).is_sound());
    fs::remove_file(dir.join("tile/0/005.p/1")).unwrap();
    assert!(verify(&dir, None).is_sound());
    for name in ["tile/0/000", "tile/0/001.p/44", "records", "checkpoint", "vkey"] {
        let held = fs::read(dir.join(name)).unwrap();
        fs::remove_file(dir.join(name)).unwrap();
        assert!(!verify(&dir, None).is_sound(), "{name}");
        fs::write(dir.join(name), held).unwrap();
    }
    assert!(!verify(&dir, Some("other+00000000+AAAA")).is_sound());
}

#[test]
fn a_torn_last_write_is_cut_and_counted_wherever_it_broke() {
    let root = tempfile::tempdir().unwrap();
    log_of(root.path(), 3);
    let whole = fs::read(root.path().join("evidence/records")).unwrap();
    // What was written after the last checkpoint and never finished: the beginning of another record.
    let scratch = tempfile::tempdir().unwrap();
    log_of(scratch.path(), 4);
    let longer = fs::read(scratch.path().join("evidence/records")).unwrap();
    let next = &longer[whole.len()..];
    for length in 1..next.len() {
        let broken = [&whole[..], &next[..length]].concat();
        fs::write(root.path().join("evidence/records"), broken).unwrap();
        let report = verify(&root.path().join("evidence"), None);
        assert!(
            report.is_sound() && report.unfinished_bytes == length as u64,
            "{report}"
        );
        let log = open(root.path()).unwrap();
        assert_eq!((log.cut_bytes(), log.size()), (length as u64, 3));
    }
    // Zeros are no unfinished write: a killed process leaves the room it had reserved. A byte in it is a change.
    let zeros = [&whole[..], &[0; 5000]].concat();
    fs::write(root.path().join("evidence/records"), &zeros).unwrap();
    let report = verify(&root.path().join("evidence"), None);
    assert!(report.is_sound() && report.unfinished_bytes == 0, "{report}");
    let mut changed = zeros.clone();
    changed[whole.len() + 4500] = 1;
    fs::write(root.path().join("evidence/records"), changed).unwrap();
    assert!(!verify(&root.path().join("evidence"), None).is_sound());
    fs::write(root.path().join("evidence/records"), zeros).unwrap();
    let log = open(root.path()).unwrap();
    assert_eq!((log.cut_bytes(), log.size()), (0, 3));
    drop(log);
    assert_eq!(fs::read(root.path().join("evidence/records")).unwrap(), whole);
}

#[test]
fn damage_elsewhere_is_refused_with_the_entrys_number() {
    let root = tempfile::tempdir().unwrap();
    log_of(root.path(), 40);
    let path = root.path().join("evidence/records");
    let original = fs::read(&path).unwrap();
    let body = "正文17".as_bytes();
    let at = original
        .windows(body.len())
        .position(|part| part == body)
        .unwrap();
    let mut flipped = original.clone();
    flipped[at] ^= 1;
    fs::write(&path, flipped).unwrap();
    let refused = open(root.path()).err().unwrap();
    assert!(
        matches!(refused, OpenError::Damaged { index: 17, .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("第 17 条"));
    // The last entry too: it was acknowledged, so it is not cut off as if it had never been.
    let mut flipped = original.clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(&path, flipped).unwrap();
    let refused = open(root.path()).err().unwrap();
    assert!(
        matches!(refused, OpenError::Damaged { index: 39, .. }),
        "{refused}"
    );
    // Signed entries that are missing are not an unfinished write either.
    for length in [original.len() - 1, original.len() / 2, 0] {
        fs::write(&path, &original[..length]).unwrap();
        let refused = open(root.path()).err().unwrap();
        assert!(
            matches!(refused, OpenError::Shortened { signed: 40, .. }),
            "{refused}"
        );
    }
    fs::write(&path, &original).unwrap();
    assert_eq!(open(root.path()).unwrap().size(), 40);
}

#[test]
fn a_log_that_contradicts_its_checkpoint_is_never_signed_again() {
    let (ours, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    log_of(ours.path(), 5);
    log_of(other.path(), 5);
    let (path, swapped) = (
        ours.path().join("evidence/records"),
        other.path().join("evidence/records"),
    );
    let original = fs::read(&path).unwrap();
    fs::copy(swapped, &path).unwrap();
    let refused = open(ours.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Checkpoint(_)), "{refused}");
    fs::write(&path, original).unwrap();
    let note = ours.path().join("evidence/checkpoint");
    fs::copy(other.path().join("evidence/checkpoint"), &note).unwrap();
    assert!(matches!(open(ours.path()), Err(OpenError::Checkpoint(_))));
    fs::remove_file(&note).unwrap();
    assert!(matches!(open(ours.path()), Err(OpenError::CheckpointMissing)));
    assert!(!note.exists());
}

#[test]
fn tiles_that_a_power_cut_took_are_made_again_and_wrong_ones_refused() {
    let root = tempfile::tempdir().unwrap();
    log_of(root.path(), 600);
    let dir = root.path().join("evidence");
    fs::remove_file(dir.join("tile/0/000")).unwrap();
    fs::write(dir.join("tile/0/001"), "").unwrap();
    fs::write(dir.join("offsets"), "").unwrap();
    drop(open(root.path()).unwrap());
    let report = verify(&dir, None);
    assert!(report.is_sound(), "{report}");
    let mut tile = fs::read(dir.join("tile/0/001")).unwrap();
    tile[100] ^= 1;
    fs::write(dir.join("tile/0/001"), tile).unwrap();
    let refused = open(root.path()).err().unwrap();
    assert!(
        matches!(refused, OpenError::Damaged { index: 259, .. }),
        "{refused}"
    );
}

#[test]
fn verification_of_a_running_log_is_sound_and_tells_what_is_not_signed_yet() {
    let root = tempfile::tempdir().unwrap();
    log_of(root.path(), 3);
    let dir = root.path().join("evidence");
    let copied = tempfile::tempdir().unwrap();
    copy(&dir, copied.path());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = open(root.path()).unwrap();
    runtime
        .block_on(async { log.append("call", vec![1]).await })
        .unwrap();
    let report = verify(&dir, None);
    assert!(
        report.is_sound() && report.is_live && report.entries == 4,
        "{report}"
    );
    drop(log);
    assert!(!verify(&dir, None).is_live);
    // As after a kill between the write and the next checkpoint.
    fs::copy(dir.join("records"), copied.path().join("records")).unwrap();
    let report = verify(copied.path(), None);
    assert!(
        report.is_sound() && (report.entries, report.unsigned()) == (4, 1),
        "{report}"
    );
    assert!(report.to_string().contains("尚未签名 1 条"));
}

/// Runs one of the ignored tests below in a process of its own.
fn child(test: &str, root: &Path, before: &str) -> std::process::Child {
    let script = format!("{before} exec \"$0\" --exact {test} --ignored --nocapture --test-threads 1");
    Command::new("bash")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env("EVIDENCE_ROOT", root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap()
}

fn child_root() -> PathBuf {
    std::env::var_os("EVIDENCE_ROOT")
        .map(PathBuf::from)
        .expect("only run by the test that needs it")
}

#[test]
#[ignore = "the process that another test kills"]
fn child_appends_until_killed() {
    let log = open(&child_root()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        for caller in 0..32 {
            let log = log.clone();
            tokio::spawn(async move {
                for n in 0.. {
                    let body = format!("{caller}-{n}-{}", "x".repeat(n % 700));
                    let index = log.append("call", body.clone().into_bytes()).await.unwrap();
                    println!("\nack {index} {body}");
                }
            });
        }
        std::future::pending::<()>().await;
    });
}

#[test]
fn whatever_was_acknowledged_before_a_kill_is_there_after_it() {
    let root = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeMap::new();
    for round in 0..6u64 {
        let mut child = child("child_appends_until_killed", root.path(), "");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let enough = 50 + round * 777;
        let mut seen = 0;
        while seen < enough {
            let line = lines
                .next()
                .expect("the child appends until it is killed")
                .unwrap();
            if let Some((index, body)) = parse_ack(&line) {
                acknowledged.insert(index, body);
                seen += 1;
            }
        }
        child.kill().unwrap();
        // What it still said before it died counts too.
        acknowledged.extend(lines.map_while(Result::ok).filter_map(|line| parse_ack(&line)));
        child.wait().unwrap();
        let killed = verify(&root.path().join("evidence"), None);
        assert!(killed.is_sound(), "before reopening: {killed}");
        let log = open(root.path()).unwrap();
        let records = log.read(0, usize::MAX).unwrap();
        for (index, body) in &acknowledged {
            assert_eq!(records[*index as usize].body, body.as_bytes(), "entry {index}");
        }
        drop(log);
        let report = verify(&root.path().join("evidence"), None);
        assert!(report.is_sound() && report.unsigned() == 0, "{report}");
    }
}

/// An acknowledgement; the last line may be cut in the middle, and then was not said.
fn parse_ack(line: &str) -> Option<(u64, String)> {
    let (index, body) = line.strip_prefix("ack ")?.split_once(' ')?;
    let (counted, filling) = body.rsplit_once('-')?;
    let n: usize = counted.rsplit_once('-')?.1.parse().ok()?;
    (filling.len() == n % 700).then_some(())?;
    Some((index.parse().ok()?, body.to_owned()))
}

#[test]
#[ignore = "the process whose disk another test fills"]
fn child_meets_a_full_disk() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = open(&child_root()).unwrap();
    let mut count = 0u64;
    let refused = loop {
        match runtime.block_on(log.append("call", vec![7; 5000])) {
            Ok(index) => assert_eq!(index, count),
            Err(error) => break error,
        }
        count += 1;
    };
    println!("\nfull {count} {}", refused.words());
    assert!(runtime.block_on(log.append("call", vec![7; 5000])).is_err());
    // A smaller one may still fit: nothing of the refused ones is in its way.
    assert_eq!(log.size(), count);
    std::io::stdin().read_line(&mut String::new()).unwrap();
    for n in 0..10 {
        assert_eq!(runtime.block_on(log.append("call", vec![8; 5000])), Ok(count + n));
    }
    println!("\nagain {}", log.size());
}

#[test]
fn a_full_disk_refuses_loses_nothing_and_the_log_goes_on_when_there_is_space() {
    let root = tempfile::tempdir().unwrap();
    // The limit on a file's size makes writes fail half-way, as a full disk does.
    let mut child = child(
        "child_meets_a_full_disk",
        root.path(),
        "trap '' XFSZ; ulimit -S -f 100;",
    );
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let full = lines
        .find(|line| line.starts_with("full "))
        .expect("the disk fills");
    let count: u64 = full.split(' ').nth(1).unwrap().parse().unwrap();
    assert!((10..20).contains(&count) && full.contains("磁盘空间"), "{full}");
    let raised = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--fsize=unlimited"])
        .status()
        .unwrap();
    assert!(raised.success());
    child.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    let again = lines
        .find(|line| line.starts_with("again "))
        .expect("the log goes on");
    assert_eq!(again, format!("again {}", count + 10));
    assert!(child.wait().unwrap().success());
    let report = verify(&root.path().join("evidence"), None);
    assert!(report.is_sound() && report.entries == count + 10, "{report}");
    let log = open(root.path()).unwrap();
    assert_eq!((log.cut_bytes(), log.size()), (0, count + 10));
}
