//! Files of releases: whole or in part, with their digest, under the newest and under permanent addresses (art. 25).

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Cursor, Read, Seek, SeekFrom},
    ops::RangeInclusive,
    sync::{LazyLock, Mutex},
    time::SystemTime,
};

use app::{
    City, Refused,
    portal::{self, Dataset, FileCard},
};
use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::IntoResponse,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use headers::{
    ETag, Header, HeaderMapExt, IfMatch, IfModifiedSince, IfNoneMatch, IfRange, IfUnmodifiedSince,
    LastModified,
};
use rules::release::FileFormat;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use super::links::segment;
use crate::{
    problem::{Page, Problem},
    routes::{Route, get},
    visit::Visit,
};

/// What spreadsheets know UTF-8 by.
const MARK: &[u8] = "\u{feff}".as_bytes();

pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/dataset/{name}/resource/{rid}/download/{file}", newest),
        get("/dataset/{name}/releases/{number}/{file}", permanent),
    ]
}

/// Whether a file of `format` is wanted with the byte order mark; `bom=0` leaves it out.
fn has_mark(query: Option<&str>, format: FileFormat) -> bool {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let said = pairs.filter(|it| it.0 == "bom").last();
    let is_off = said.is_some_and(|it| ["0", "false", "no", "off"].contains(&it.1.to_lowercase().as_str()));
    format == FileFormat::Csv && !is_off
}

async fn newest(
    State(city): State<City>,
    visit: Visit,
    Path((name, rid, file)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Page {
    let set = portal::dataset(&city, &name).await?;
    let release = set.releases.first().ok_or(Problem::NotFound)?;
    let card = release
        .files
        .iter()
        .find(|it| it.rid == rid && ends_so(&file, it.format));
    let card = card.ok_or(Problem::NotFound)?;
    let asked = Asked {
        city: &city,
        visit: &visit,
        set: &set,
        number: None,
        card,
        at: release.at,
        has_mark: has_mark(query.as_deref(), card.format),
    };
    asked.answer(&method, &headers).await
}

async fn permanent(
    State(city): State<City>,
    visit: Visit,
    Path((name, number, file)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Page {
    let set = portal::dataset(&city, &name).await?;
    let number: i64 = number.parse().map_err(|_| Problem::NotFound)?;
    let release = set
        .releases
        .iter()
        .find(|it| it.number == number)
        .ok_or(Problem::NotFound)?;
    let card = release
        .files
        .iter()
        .find(|it| ends_so(&file, it.format))
        .ok_or(Problem::NotFound)?;
    let asked = Asked {
        city: &city,
        visit: &visit,
        set: &set,
        number: Some(number),
        card,
        at: release.at,
        has_mark: has_mark(query.as_deref(), card.format),
    };
    asked.answer(&method, &headers).await
}

/// The ending decides; what stands before it is for people.
fn ends_so(file: &str, format: FileFormat) -> bool {
    file.rsplit_once('.')
        .is_some_and(|it| it.1.eq_ignore_ascii_case(format.extension()))
}

/// A file that somebody asked for.
struct Asked<'a> {
    city: &'a City,
    visit: &'a Visit,
    set: &'a Dataset,
    number: Option<i64>,
    card: &'a FileCard,
    at: jiff::Timestamp,
    has_mark: bool,
}

/// What of a file is sent.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Some(RangeInclusive<u64>),
    /// No byte of the file is in what was asked for.
    None,
}

impl Part {
    /// Whether a download begins with it. What follows is the same download.
    fn is_beginning(&self) -> bool {
        match self {
            Part::Whole => true,
            Part::Some(range) => *range.start() == 0,
            Part::None => false,
        }
    }
}

impl Asked<'_> {
    async fn answer(self, method: &Method, asked: &HeaderMap) -> Page {
        let has_mark = self.has_mark;
        let length = self.card.bytes + if has_mark { MARK.len() as u64 } else { 0 };
        let tag = if has_mark {
            format!("\"{}-bom\"", self.card.sha256)
        } else {
            format!("\"{}\"", self.card.sha256)
        };
        let tag: ETag =
            decoded(&tag).ok_or_else(|| Problem::Internal("a digest that is no tag".to_owned()))?;
        let modified = LastModified::from(SystemTime::from(self.at));
        let mut headers = HeaderMap::new();
        headers.typed_insert(tag.clone());
        headers.typed_insert(modified);
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        self.say_marks(&mut headers);
        if is_another(asked, &tag, modified) {
            return Ok((StatusCode::PRECONDITION_FAILED, headers).into_response());
        }
        if is_known(asked, &tag, modified) {
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.card.format.mime()),
        );
        headers.insert(header::CONTENT_DISPOSITION, self.disposition());
        if *method == Method::HEAD {
            // Nothing leaves, so nothing is counted; the digest of a marked file is known once it was sent.
            let digest = if has_mark {
                known_digest(&self.card.sha256)
            } else {
                Some(self.card.sha256.clone())
            };
            say_digest(&mut headers, digest.as_deref());
            headers.insert(header::CONTENT_LENGTH, length.into());
            return Ok((headers, Body::empty()).into_response());
        }
        let part = part(asked, &tag, modified, length);
        if part == Part::None {
            let range = HeaderValue::from_str(&format!("bytes */{length}"));
            headers.insert(
                header::CONTENT_RANGE,
                range.map_err(|it| Problem::Internal(it.to_string()))?,
            );
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
        let file = portal::file(self.city, &self.set.card.name, self.number, self.card.format).await?;
        if part.is_beginning() {
            portal::downloaded(self.city, &file, self.visit.now);
        }
        let digest = if has_mark {
            marked_digest(&file.file, &file.sha256).await?
        } else {
            file.sha256.clone()
        };
        say_digest(&mut headers, Some(&digest));
        let mark = if has_mark { MARK } else { &[] };
        send(file.file, mark, length, part, headers)
    }

    /// A file under objection or correction says so (art. 21, art. 34); the words are on its page.
    fn say_marks(&self, headers: &mut HeaderMap) {
        if !self.set.marks.is_empty() {
            headers.insert("x-yishu-marks", self.set.marks.len().into());
        }
    }

    fn disposition(&self) -> HeaderValue {
        let plain = format!("{}.{}", self.set.card.name, self.card.format.extension());
        let full = format!(
            "{}.{}",
            self.set.card.title.replace(['/', '\\'], "-"),
            self.card.format.extension()
        );
        let text = format!(
            "attachment; filename=\"{}\"; filename*=UTF-8''{}",
            segment(&plain),
            segment(&full)
        );
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
    }
}

fn decoded<H: Header>(text: &str) -> Option<H> {
    let value = HeaderValue::from_str(text).ok()?;
    H::decode(&mut [&value].into_iter()).ok()
}

/// Whether the client goes on with a file that is not this one any more: it must begin anew.
fn is_another(asked: &HeaderMap, tag: &ETag, modified: LastModified) -> bool {
    if let Some(same) = asked.typed_get::<IfMatch>() {
        return !same.precondition_passes(tag);
    }
    let since = asked.typed_get::<IfUnmodifiedSince>();
    since.is_some_and(|it| !it.precondition_passes(SystemTime::from(modified)))
}

/// Whether the client has this file already.
fn is_known(asked: &HeaderMap, tag: &ETag, modified: LastModified) -> bool {
    if let Some(none) = asked.typed_get::<IfNoneMatch>() {
        return !none.precondition_passes(tag);
    }
    let since = asked.typed_get::<IfModifiedSince>();
    since.is_some_and(|it| !it.is_modified(SystemTime::from(modified)))
}

/// One range is answered with that part; several, and nonsense, with the whole, as the protocol allows.
fn part(asked: &HeaderMap, tag: &ETag, modified: LastModified, length: u64) -> Part {
    let Some(range) = asked.get(header::RANGE).and_then(|it| it.to_str().ok()) else {
        return Part::Whole;
    };
    let is_old = asked.contains_key(header::IF_RANGE)
        && asked
            .typed_get::<IfRange>()
            .is_none_or(|it| it.is_modified(Some(tag), Some(&modified)));
    if is_old {
        return Part::Whole;
    }
    match http_range_header::parse_range_header(range) {
        Err(_) => Part::Whole,
        Ok(ranges) => match ranges.validate(length) {
            Ok(ranges) if ranges.len() == 1 => Part::Some(ranges[0].clone()),
            Ok(_) => Part::Whole,
            Err(_) => Part::None,
        },
    }
}

/// Sends a file with `mark` before it.
fn send(mut file: File, mark: &'static [u8], length: u64, part: Part, mut headers: HeaderMap) -> Page {
    let fault = |it: &dyn std::fmt::Display| Problem::Internal(it.to_string());
    let (status, from, to) = match part {
        Part::Some(range) => {
            let (from, to) = (*range.start(), *range.end());
            let said =
                HeaderValue::from_str(&format!("bytes {from}-{to}/{length}")).map_err(|it| fault(&it))?;
            headers.insert(header::CONTENT_RANGE, said);
            (StatusCode::PARTIAL_CONTENT, from, to + 1)
        }
        Part::Whole | Part::None => (StatusCode::OK, 0, length),
    };
    let before = mark.len() as u64;
    let head = &mark[from.min(before) as usize..to.min(before) as usize];
    file.seek(SeekFrom::Start(from.saturating_sub(before)))
        .map_err(|it| fault(&it))?;
    let rest = to.saturating_sub(before)
        - from
            .max(before)
            .saturating_sub(before)
            .min(to.saturating_sub(before));
    headers.insert(header::CONTENT_LENGTH, (to - from).into());
    let file = AsyncReadExt::take(tokio::fs::File::from_std(file), rest);
    let body = AsyncReadExt::chain(Cursor::new(head), file);
    let body = Body::from_stream(ReaderStream::with_capacity(body, 128 << 10));
    Ok((status, headers, body).into_response())
}

fn say_digest(headers: &mut HeaderMap, sha256: Option<&str>) {
    let bytes = sha256.and_then(|it| hex::decode(it).ok());
    let said = bytes.and_then(|it| HeaderValue::from_str(&format!("sha-256=:{}:", STANDARD.encode(it))).ok());
    if let Some(said) = said {
        headers.insert("repr-digest", said);
    }
}

/// Digests of files with the mark before them, by the digest of the file. Contents never change under a digest.
static MARKED: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);

/// So many digests are kept; then it begins anew.
const MARKED_MAX: usize = 10_000;

fn known_digest(sha256: &str) -> Option<String> {
    MARKED.lock().ok()?.get(sha256).cloned()
}

/// The digest of the file with the mark before it.
async fn marked_digest(file: &File, sha256: &str) -> Result<String, Problem> {
    if let Some(known) = known_digest(sha256) {
        return Ok(known);
    }
    let fault = |it: io::Error| Problem::from(Refused::from(it));
    let mut file = file.try_clone().map_err(fault)?;
    let work = tokio::task::spawn_blocking(move || {
        let mut hasher = Sha256::new();
        hasher.update(MARK);
        let mut buffer = vec![0; 128 << 10];
        file.seek(SeekFrom::Start(0))?;
        loop {
            match Read::read(&mut file, &mut buffer)? {
                0 => return Ok(hex::encode(hasher.finalize())),
                n => hasher.update(&buffer[..n]),
            }
        }
    });
    let digest = work
        .await
        .map_err(|it| Problem::from(Refused::internal(it)))?
        .map_err(fault)?;
    if let Ok(mut marked) = MARKED.lock() {
        if marked.len() >= MARKED_MAX {
            marked.clear();
        }
        marked.insert(sha256.to_owned(), digest.clone());
    }
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>()
    }

    fn modified() -> LastModified {
        let at: jiff::Timestamp = "2026-03-02T09:00:00.75Z".parse().unwrap();
        LastModified::from(SystemTime::from(at))
    }

    #[test]
    fn a_range_is_answered_where_the_file_is_still_the_same() {
        let tag: ETag = decoded("\"abc\"").unwrap();
        let of = |pairs: &[(&'static str, &str)]| part(&asked(pairs), &tag, modified(), 100);
        assert_eq!(of(&[]), Part::Whole);
        assert_eq!(of(&[("range", "bytes=10-19")]), Part::Some(10..=19));
        assert_eq!(of(&[("range", "bytes=90-")]), Part::Some(90..=99));
        assert_eq!(of(&[("range", "bytes=-5")]), Part::Some(95..=99));
        assert_eq!(of(&[("range", "bytes=90-500")]), Part::Some(90..=99));
        assert_eq!(of(&[("range", "bytes=100-")]), Part::None);
        assert_eq!(of(&[("range", "lines=1-2")]), Part::Whole);
        assert_eq!(of(&[("range", "bytes=0-1,5-6")]), Part::Whole);
        assert_eq!(
            of(&[("range", "bytes=0-1"), ("if-range", "\"abc\"")]),
            Part::Some(0..=1)
        );
        assert_eq!(
            of(&[("range", "bytes=0-1"), ("if-range", "\"old\"")]),
            Part::Whole
        );
        assert_eq!(
            of(&[("range", "bytes=0-1"), ("if-range", "W/\"abc\"")]),
            Part::Whole
        );
        assert_eq!(
            of(&[
                ("range", "bytes=0-1"),
                ("if-range", "Mon, 02 Mar 2026 09:00:00 GMT")
            ]),
            Part::Some(0..=1)
        );
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let tag: ETag = decoded("\"abc\"").unwrap();
        let known = |pairs: &[(&'static str, &str)]| is_known(&asked(pairs), &tag, modified());
        assert!(known(&[("if-none-match", "\"x\", \"abc\"")]));
        assert!(known(&[("if-none-match", "*")]));
        assert!(!known(&[("if-none-match", "\"x\"")]));
        assert!(known(&[("if-modified-since", "Mon, 02 Mar 2026 09:00:00 GMT")]));
        assert!(!known(&[("if-modified-since", "Mon, 02 Mar 2026 08:00:00 GMT")]));
        assert!(!known(&[
            ("if-none-match", "\"x\""),
            ("if-modified-since", "Mon, 02 Mar 2026 09:00:00 GMT")
        ]));
    }

    #[test]
    fn a_client_that_goes_on_with_another_file_is_told() {
        let tag: ETag = decoded("\"abc\"").unwrap();
        let another = |pairs: &[(&'static str, &str)]| is_another(&asked(pairs), &tag, modified());
        assert!(!another(&[]));
        assert!(!another(&[("if-match", "\"x\", \"abc\"")]));
        assert!(!another(&[("if-match", "*")]));
        assert!(another(&[("if-match", "\"x\"")]));
        assert!(another(&[("if-match", "W/\"abc\"")]));
        assert!(!another(&[(
            "if-unmodified-since",
            "Mon, 02 Mar 2026 09:00:00 GMT"
        )]));
        assert!(another(&[(
            "if-unmodified-since",
            "Mon, 02 Mar 2026 08:59:59 GMT"
        )]));
    }

    #[test]
    fn only_the_part_that_a_download_begins_with_is_counted() {
        assert!(Part::Whole.is_beginning() && Part::Some(0..=9).is_beginning());
        assert!(!Part::Some(1..=9).is_beginning() && !Part::None.is_beginning());
    }

    #[tokio::test]
    async fn every_part_of_a_marked_file_is_that_part_of_mark_and_file() {
        let content = b"code,name\r\n1,\xe5\x85\xac\r\n";
        let whole = [MARK, content].concat();
        let length = whole.len() as u64;
        let path = std::env::temp_dir().join(format!("portal-download-{}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        for from in 0..length {
            for to in from..length {
                let file = File::open(&path).unwrap();
                let answer = send(file, MARK, length, Part::Some(from..=to), HeaderMap::new()).unwrap();
                let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
                    .await
                    .unwrap();
                assert_eq!(&bytes[..], &whole[from as usize..=to as usize], "{from}-{to}");
            }
        }
        std::fs::remove_file(&path).unwrap();
    }
}
