//! Offline verification of a whole log: every byte of every file, with bounded memory.
//!
//! The tree is built here again, hash by hash, and shares no code with the writer's.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufReader, Read},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    disk,
    hash::{Hash, empty_root, node_hash},
    note::{Checkpoint, Signer, Verifier},
    record::{Next, Scan, Whole},
    tile::{TileId, WIDTH},
};

/// Something wrong in the log's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The first entry concerned, where one is.
    pub index: Option<u64>,
    /// The file, relative to the log's directory.
    pub file: String,
    /// The byte in the file.
    pub offset: u64,
    /// What is wrong, in Chinese.
    pub words: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding {
            file, offset, words, ..
        } = self;
        match self.index {
            Some(index) => write!(to, "第 {index} 条：文件 {file}，第 {offset} 字节起：{words}"),
            None => write!(to, "文件 {file}，第 {offset} 字节起：{words}"),
        }
    }
}

/// What a verification saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Complete entries read.
    pub entries: u64,
    /// How many entries the signed checkpoint covers.
    pub signed: u64,
    /// The root over the signed entries, base64.
    pub root: String,
    /// Entries whose body was blanked.
    pub blanked: u64,
    /// Bytes of an unfinished last write behind the last entry; none of it was ever acknowledged.
    pub unfinished_bytes: u64,
    /// Whether a process was writing the log meanwhile; what it added since is not looked at.
    pub is_live: bool,
    /// What is wrong; empty when the log holds.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether the whole log holds.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// Entries that no checkpoint covers yet: whole, but not yet proved to anybody.
    pub fn unsigned(&self) -> u64 {
        self.entries.saturating_sub(self.signed)
    }

    fn find(&mut self, index: Option<u64>, file: &Path, offset: u64, words: impl Into<String>) {
        let file = file.display().to_string();
        self.findings.push(Finding {
            index,
            file,
            offset,
            words: words.into(),
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_sound() {
            writeln!(
                to,
                "证据日志完整：共 {} 条，已签名 {} 条",
                self.entries, self.signed
            )?;
            writeln!(to, "根哈希 {}", self.root)?;
        } else {
            writeln!(to, "证据日志不完整：发现 {} 处问题", self.findings.len())?;
            for finding in &self.findings {
                writeln!(to, "  {finding}")?;
            }
        }
        if self.unsigned() > 0 {
            writeln!(
                to,
                "尚未签名 {} 条（内容完整，下一个检查点将覆盖）",
                self.unsigned()
            )?;
        }
        if self.blanked > 0 {
            writeln!(to, "正文已按期清除 {} 条（证明仍然有效）", self.blanked)?;
        }
        if self.unfinished_bytes > 0 {
            writeln!(
                to,
                "末尾有未写完的 {} 字节（从未确认，下次启动时清除）",
                self.unfinished_bytes
            )?;
        }
        Ok(())
    }
}

/// Reads and checks everything in `dir`. Without `vkey` the key beside the log is taken, which proves only that the
/// log agrees with itself.
pub fn verify(dir: &Path, vkey: Option<&str>) -> Report {
    let mut report = Report {
        is_live: is_live(dir),
        ..Report::default()
    };
    let vkey = check_key(dir, vkey, &mut report);
    let Some(checkpoint) = check_note(dir, vkey.as_deref(), &mut report) else {
        return report;
    };
    report.signed = checkpoint.size;
    report.root = STANDARD.encode(checkpoint.root);
    let mut reading = Reading::new(dir, checkpoint, &mut report);
    match reading.records() {
        Ok(true) => {
            reading.finish();
            let walked = Walk {
                dir,
                vkey: vkey.as_deref(),
                report: &mut report,
            }
            .all();
            if let Err(error) = walked {
                report.find(None, Path::new("."), 0, format!("目录读不出来：{error}"));
            }
        }
        Ok(false) => {}
        Err(error) => report.find(None, Path::new(disk::RECORDS), 0, format!("读不出来：{error}")),
    }
    report
}

/// Whether a process holds the log.
fn is_live(dir: &Path) -> bool {
    let lock = File::open(dir.join(disk::LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

/// The key to verify with; the one beside the log must be the same.
fn check_key(dir: &Path, vkey: Option<&str>, report: &mut Report) -> Option<String> {
    let path = Path::new(disk::VKEY);
    let text = match fs::read_to_string(dir.join(path)) {
        Ok(text) => text,
        Err(error) => {
            report.find(None, path, 0, format!("公钥文件读不出来：{error}"));
            return vkey.map(str::to_owned);
        }
    };
    let beside = text
        .strip_suffix('\n')
        .and_then(|text| Verifier::parse(text).ok());
    match (beside, vkey) {
        (Some(beside), given) if beside.vkey() + "\n" == text => {
            let given = given.map(str::trim);
            if given.is_some_and(|given| given != beside.vkey()) {
                report.find(None, path, 0, "日志目录里的公钥与给定的公钥不同");
            }
            Some(given.map_or_else(|| beside.vkey(), str::to_owned))
        }
        (_, given) => {
            report.find(None, path, 0, "公钥文件格式不对，或被改动");
            given.map(str::to_owned)
        }
    }
}

/// The signed checkpoint.
fn check_note(dir: &Path, vkey: Option<&str>, report: &mut Report) -> Option<Checkpoint> {
    let path = Path::new(disk::CHECKPOINT);
    let opened = Verifier::parse(vkey?)
        .map_err(|error| error.0)
        .and_then(|verifier| {
            let note = fs::read_to_string(dir.join(path)).map_err(|error| format!("读不出来：{error}"))?;
            let checkpoint = verifier.open(&note).map_err(|error| error.0)?;
            // Origin, size, root, empty line, one signature: nothing else may stand in the file.
            if note.lines().count() == 5 {
                Ok(checkpoint)
            } else {
                Err("检查点里有多余的行".to_owned())
            }
        });
    opened.map_err(|words| report.find(None, path, 0, words)).ok()
}

struct Reading<'a> {
    dir: &'a Path,
    checkpoint: Checkpoint,
    report: &'a mut Report,
    /// Perfect subtrees side by side, largest first, with their heights.
    stack: Vec<(u32, Hash)>,
    /// At each level the hashes of the tile being filled.
    rows: Vec<Vec<Hash>>,
    /// Partial tiles of the checkpoint that are not there; well if the full one is.
    owed: Vec<TileId>,
    offsets: Option<BufReader<File>>,
}

impl<'a> Reading<'a> {
    fn new(dir: &'a Path, checkpoint: Checkpoint, report: &'a mut Report) -> Reading<'a> {
        let offsets = File::open(dir.join(disk::OFFSETS)).ok().map(BufReader::new);
        Reading {
            dir,
            checkpoint,
            report,
            stack: Vec::new(),
            rows: Vec::new(),
            owed: Vec::new(),
            offsets,
        }
    }

    /// Reads all entries; false when damage ended the reading.
    fn records(&mut self) -> io::Result<bool> {
        let path = Path::new(disk::RECORDS);
        let file = File::open(self.dir.join(path))?;
        let mut scan = Scan::new(&file, 0, 0, file.metadata()?.len());
        self.at_size(0);
        loop {
            match scan.step()? {
                Next::Whole(whole) => self.entry(&whole),
                Next::Damaged(damage) => {
                    self.report
                        .find(Some(scan.index()), path, damage.offset, damage.words);
                    return Ok(false);
                }
                Next::Torn(bytes) => {
                    self.report.unfinished_bytes = bytes;
                    break;
                }
                Next::End => break,
            }
            if !self.report.findings.is_empty() {
                // One changed byte spoils all that is above it in the tree; the first place is the one to look at.
                return Ok(false);
            }
        }
        let found = self.report.entries;
        if found < self.checkpoint.size {
            let words = format!("日志被截短：已签名 {} 条，只有 {found} 条", self.checkpoint.size);
            self.report.find(Some(found), path, scan.offset(), words);
            return Ok(false);
        }
        Ok(true)
    }

    fn entry(&mut self, whole: &Whole) {
        self.report.entries += 1;
        self.report.blanked += u64::from(whole.is_blanked);
        if whole.index.is_multiple_of(WIDTH as u64) {
            self.offset_of(whole);
        }
        let (mut height, mut hash) = (0, whole.hash);
        loop {
            if height % 8 == 0 {
                self.add_to_tile(height / 8, hash);
            }
            match self.stack.pop() {
                Some((beside, left)) if beside == height => hash = node_hash(&left, &hash),
                other => {
                    self.stack.extend(other);
                    break;
                }
            }
            height += 1;
        }
        self.stack.push((height, hash));
        self.at_size(whole.index + 1);
    }

    /// Compares where the entry begins with what `offsets` says; missing places behind the last are made again.
    fn offset_of(&mut self, whole: &Whole) {
        let mut bytes = [0; 8];
        let Some(offsets) = &mut self.offsets else { return };
        if offsets.read_exact(&mut bytes).is_err() {
            self.offsets = None;
        } else if u64::from_be_bytes(bytes) != whole.offset {
            let at = whole.index / WIDTH as u64 * 8;
            self.report.find(
                Some(whole.index),
                Path::new(disk::OFFSETS),
                at,
                "条目位置与记录不一致",
            );
        }
    }

    fn add_to_tile(&mut self, level: u32, hash: Hash) {
        let level = level as usize;
        if self.rows.len() == level {
            self.rows.push(Vec::with_capacity(WIDTH));
        }
        self.rows[level].push(hash);
        if self.rows[level].len() < WIDTH {
            return;
        }
        let row = std::mem::take(&mut self.rows[level]);
        let covered = self.report.entries >> (8 * (level + 1));
        let id = TileId {
            level: level as u8,
            index: covered - 1,
            width: WIDTH,
        };
        let is_signed = self.report.entries <= self.checkpoint.size;
        let is_there = self.tile(id, &row);
        let is_owed = self
            .owed
            .iter()
            .any(|owed| (owed.level, owed.index) == (id.level, id.index));
        if !is_there && (is_signed || is_owed) {
            self.report.find(
                Some(crate::open::first_entry(id, 0)),
                &id.path(),
                0,
                "已签名的哈希瓦片不见了",
            );
        }
        self.owed
            .retain(|owed| (owed.level, owed.index) != (id.level, id.index));
        self.partials(id, &row);
    }

    /// Compares a tile with its file; false when there is no file.
    fn tile(&mut self, id: TileId, row: &[Hash]) -> bool {
        let path = id.path();
        let held = match fs::read(self.dir.join(&path)) {
            Ok(held) => held,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return false,
            Err(error) => {
                self.report.find(None, &path, 0, format!("读不出来：{error}"));
                return true;
            }
        };
        let expected = row.concat();
        if held != expected {
            let differs = held.iter().zip(&expected).position(|(a, b)| a != b);
            let at = differs.unwrap_or(held.len().min(expected.len()));
            let entry = crate::open::first_entry(id, at.min(id.width * 32 - 1));
            self.report
                .find(Some(entry), &path, at as u64, "哈希瓦片与条目不一致");
        }
        true
    }

    /// Compares all partial forms of a tile of which `row` is known.
    fn partials(&mut self, id: TileId, row: &[Hash]) {
        let Ok(files) = fs::read_dir(self.dir.join(id.partials())) else {
            return;
        };
        for file in files.flatten() {
            let path = id.partials().join(file.file_name());
            if let Some(partial) = TileId::parse(&path).filter(|partial| partial.width <= row.len()) {
                self.tile(partial, &row[..partial.width]);
            }
        }
    }

    /// At the checkpoint's size the root must be the signed one, and the partial tiles be there.
    fn at_size(&mut self, size: u64) {
        if size != self.checkpoint.size {
            return;
        }
        let root = match self.stack.split_last() {
            None => empty_root(),
            Some(((_, last), rest)) => rest
                .iter()
                .rev()
                .fold(*last, |right, (_, left)| node_hash(left, &right)),
        };
        if root != self.checkpoint.root {
            let words = format!("前 {size} 条的根哈希与签名的不一致");
            self.report.find(None, Path::new(disk::CHECKPOINT), 0, words);
        }
        for (level, row) in self.rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            let index = size >> (8 * (level + 1));
            let id = TileId {
                level: level as u8,
                index,
                width: row.len(),
            };
            if !self.dir.join(id.path()).exists() {
                self.owed.push(id);
            }
        }
    }

    /// What can only be said at the end: the tiles at the edge.
    fn finish(&mut self) {
        for (level, row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            let index = self.report.entries >> (8 * (level + 1));
            self.partials(
                TileId {
                    level: level as u8,
                    index,
                    width: WIDTH,
                },
                &row,
            );
        }
        for id in std::mem::take(&mut self.owed) {
            let full = TileId { width: WIDTH, ..id };
            if !(self.report.is_live && self.dir.join(full.path()).exists()) {
                self.report.find(None, &id.path(), 0, "已签名的哈希瓦片不见了");
            }
        }
    }
}

/// Looks at every file of the directory: each must belong to the log and be one that was compared.
struct Walk<'a> {
    dir: &'a Path,
    vkey: Option<&'a str>,
    report: &'a mut Report,
}

impl Walk<'_> {
    fn all(&mut self) -> io::Result<()> {
        let mut waiting = vec![self.dir.to_owned()];
        while let Some(at) = waiting.pop() {
            for item in fs::read_dir(&at)? {
                let item = item?;
                if item.file_type()?.is_dir() {
                    waiting.push(item.path());
                } else {
                    let path = item.path();
                    let path = path.strip_prefix(self.dir).unwrap_or(&path);
                    self.file(path, item.metadata().map_or(0, |data| data.len()));
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, length: u64) {
        let entries = self.report.entries;
        match path.to_str().unwrap_or_default() {
            disk::RECORDS | disk::CHECKPOINT | disk::VKEY => {}
            disk::OFFSETS => {
                let expected = entries.div_ceil(WIDTH as u64) * 8;
                if !self.report.is_live && (length > expected || !length.is_multiple_of(8)) {
                    self.report
                        .find(None, path, expected, "条目位置文件比日志长，或不完整");
                }
            }
            disk::LOCK if length == 0 => {}
            disk::BLANKING => {
                self.report
                    .find(None, path, 0, "一条正文的清除没有完成，请启动一次以完成它");
            }
            name if disk::TEMPORARY.contains(&name) => {}
            _ => match TileId::parse(path) {
                Some(id) => self.tile(path, id),
                None if self.is_own_key(path) => {}
                None => self.report.find(None, path, 0, "不属于证据日志的文件"),
            },
        }
    }

    fn tile(&mut self, path: &Path, id: TileId) {
        let shift = 8 * u32::from(id.level);
        let end = id
            .index
            .saturating_mul(WIDTH as u64)
            .saturating_add(id.width as u64);
        let covered = self.report.entries.checked_shr(shift).unwrap_or(0);
        if end > covered && !self.report.is_live {
            self.report.find(None, path, 0, "哈希瓦片超出日志的末尾");
        }
    }

    /// The signing key may lie in the log's directory; then it must be the log's.
    fn is_own_key(&self, path: &Path) -> bool {
        let text = fs::read_to_string(self.dir.join(path)).unwrap_or_default();
        Signer::parse(&text).is_ok_and(|signer| Some(signer.vkey().as_str()) == self.vkey)
    }
}
