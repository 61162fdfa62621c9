//! The addresses that machine interfaces hand out, and how instants are written in each of them.

use app::portal::{Card, OrgRef};
use jiff::{Timestamp, tz::TimeZone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rules::release::FileFormat;

/// What stays as it is in one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One part of an address, percent-encoded.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Makes absolute addresses; every one begins with the origin by which the client came.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// Scheme and host, such as `https://data.example.gov.cn`.
    pub origin: String,
}

impl Links {
    pub fn new(origin: &str) -> Links {
        Links {
            origin: origin.trim_end_matches('/').to_owned(),
        }
    }

    /// Any path of this host.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The page of a set, which is also its identifier in RDF.
    pub fn dataset(&self, name: &str) -> String {
        self.at(&format!("/dataset/{}", segment(name)))
    }

    /// The page of one file, which is also its identifier in RDF.
    pub fn resource(&self, name: &str, rid: &str) -> String {
        format!("{}/resource/{}", self.dataset(name), segment(rid))
    }

    /// Where a program downloads a file of the newest release: the very bytes that its digest and length tell of.
    pub fn download(&self, name: &str, rid: &str, format: FileFormat) -> String {
        format!(
            "{}/download/{}{}",
            self.resource(name, rid),
            file_name(name, format),
            unmarked(format)
        )
    }

    /// Where a program downloads a file of one release for good.
    pub fn release(&self, name: &str, number: i64, format: FileFormat) -> String {
        format!(
            "{}/releases/{number}/{}{}",
            self.dataset(name),
            file_name(name, format),
            unmarked(format)
        )
    }

    /// The rows of a set through the query interface.
    pub fn rows(&self, name: &str) -> String {
        self.at(&format!("/api/open/v1/datasets/{}/rows", segment(name)))
    }

    pub fn org(&self, org: &OrgRef) -> String {
        self.at(&format!("/organization/{}", segment(&org.name)))
    }

    pub fn theme(&self, name: &str) -> String {
        self.at(&format!("/group/{}", segment(name)))
    }

    /// Where the terms of use are told.
    pub fn terms(&self) -> String {
        self.at("/open/help")
    }

    /// Where one applies for a set that is opened on conditions.
    pub fn application(&self, card: &Card) -> String {
        self.dataset(&card.name)
    }
}

/// Programs want CSV without the byte order mark that spreadsheets need; the digest is of the file without it.
fn unmarked(format: FileFormat) -> &'static str {
    if format == FileFormat::Csv { "?bom=0" } else { "" }
}

/// The name a file has in its address.
pub(crate) fn file_name(name: &str, format: FileFormat) -> String {
    format!("{}.{}", segment(name), format.extension())
}

/// `2026-01-01T00:00:00.000000`, in UTC and without a sign that it is: how CKAN writes instants.
pub(crate) fn naive(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S.%6f")
        .to_string()
}

/// `2026-01-01T08:00:00+08:00`, the city's time.
pub(crate) fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(jiff::tz::offset(8)))
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_each_interface_wants_them() {
        let at: Timestamp = "2026-01-01T18:30:05.25Z".parse().unwrap();
        assert_eq!(naive(at), "2026-01-01T18:30:05.250000");
        assert_eq!(local(at), "2026-01-02T02:30:05+08:00");
    }

    #[test]
    fn nothing_in_a_name_breaks_out_of_its_segment() {
        assert_eq!(segment("a/b?c#公"), "a%2Fb%3Fc%23%E5%85%AC");
        assert_eq!(
            file_name("307021000000-000001", FileFormat::JsonLines),
            "307021000000-000001.jsonl"
        );
    }
}
