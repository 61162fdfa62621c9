//! Blanking a body in place. The intent is on disk first, so a crash half-way is finished when the log opens.

use std::{fs, fs::File, io, os::unix::fs::FileExt, path::Path};

use crate::{
    disk::{self, By},
    error::{OpenError, ReadError},
    log::Shared,
    record::{self, HEAD, Head, SALT, Whole},
};

/// Overwrites salt and body of entry `index` with zeros.
pub(crate) fn blank(shared: &Shared, index: u64) -> Result<(), ReadError> {
    // Whoever signs reads the records back, and must not meet one half blanked.
    let _unsigned_wait = shared.hold_signing();
    let whole = shared.read(index, 1)?.pop().ok_or(ReadError::Missing(index))?;
    if whole.is_blanked {
        return Ok(());
    }
    let bytes = blanked(&whole);
    let intent = [format!("{}\n", whole.offset).as_bytes(), &bytes].concat();
    disk::put(&shared.dir, By::Writer, Path::new(disk::BLANKING), &intent, true)?;
    finish(&shared.dir, &shared.records, whole.offset, &bytes)?;
    Ok(())
}

fn blanked(whole: &Whole) -> Vec<u8> {
    let head = Head {
        index: whole.index,
        leaf: whole.leaf_text.len(),
        body: whole.body.len(),
        is_blanked: true,
    };
    let zeros = vec![0; SALT + whole.body.len()];
    [
        &head.to_bytes()[..],
        whole.leaf_text.as_bytes(),
        &zeros,
        &whole.hash,
    ]
    .concat()
}

fn finish(dir: &Path, records: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    records.write_all_at(bytes, offset)?;
    records.sync_data()?;
    fs::remove_file(dir.join(disk::BLANKING))?;
    File::open(dir)?.sync_all()
}

/// Finishes what a crash interrupted.
pub(crate) fn recover(dir: &Path, records: &File) -> Result<(), OpenError> {
    let path = dir.join(disk::BLANKING);
    let intent = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(OpenError::io(&path))?,
    };
    let Some((offset, bytes)) = parse(&intent, records) else {
        return Err(OpenError::Damaged {
            index: 0,
            file: disk::BLANKING.to_owned(),
            offset: 0,
            words: "清除正文的中间文件内容不对".to_owned(),
        });
    };
    finish(dir, records, offset, bytes).map_err(OpenError::io(path))
}

/// The place and bytes of an intent that fits the record it is about.
fn parse<'a>(intent: &'a [u8], records: &File) -> Option<(u64, &'a [u8])> {
    let end = intent.iter().position(|byte| *byte == b'\n')?;
    let offset = std::str::from_utf8(&intent[..end]).ok()?.parse().ok()?;
    let bytes = &intent[end + 1..];
    let head = Head::parse(bytes.get(..HEAD)?).filter(|head| head.is_blanked)?;
    (bytes.len() == head.record_len()).then_some(())?;
    record::decode(&head, bytes, offset).ok()?;
    let mut leaf = vec![0; head.leaf];
    records.read_exact_at(&mut leaf, offset + HEAD as u64).ok()?;
    (leaf == bytes[HEAD..HEAD + head.leaf]).then_some((offset, bytes))
}
