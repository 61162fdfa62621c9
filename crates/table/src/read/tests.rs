use std::io::Write;

use rules::catalogue::Item;
use tempfile::NamedTempFile;

use super::*;
use crate::{Encoding, sniff};

pub(crate) fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

type Rows = Vec<Vec<String>>;

/// The header and the rows of a file; a row that is no text is a single "?".
fn read(bytes: &[u8], name: &str) -> Result<(Vec<String>, Rows), ReadError> {
    let file = file(bytes);
    let sniffed = sniff(file.path(), name)?;
    let mut reader = Reader::open(file.path(), &sniffed, &Columns::Discover)?;
    let columns = reader.columns().to_vec();
    let mut record = Record::default();
    let mut rows = Vec::new();
    while reader.next(&mut record)? {
        let text = record.text().filter(|_| record.flaw.is_none());
        let fields = |text: Text<'_>| (0..record.width).map(|i| text.field(i).to_owned()).collect();
        rows.push(text.map_or_else(|| vec!["?".to_owned()], fields));
    }
    Ok((columns, rows))
}

fn rows(text: &str) -> Rows {
    read(text.as_bytes(), "a.csv").unwrap().1
}

fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect();
    match encoding {
        Encoding::Utf8 => text.into(),
        Encoding::Utf8Bom => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Encoding::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
        Encoding::Utf16Le => utf16(u16::to_le_bytes),
        Encoding::Utf16Be => utf16(u16::to_be_bytes),
    }
}

#[test]
fn every_encoding_is_found_and_read_the_same() {
    let text = "编号,姓名,备注\n1,王小明,\"低保户，待复核\"\n2,𠮷田,\"一行\n两行\"\n";
    let expected = read(text.as_bytes(), "a.csv").unwrap();
    assert_eq!(expected.1[1], ["2", "𠮷田", "一行\n两行"]);
    for &encoding in Encoding::ALL {
        let bytes = encode(text, encoding);
        let found = sniff(file(&bytes).path(), "a.csv").unwrap();
        assert_eq!(
            (found.encoding, found.separator),
            (Some(encoding), Some(',')),
            "{encoding:?}"
        );
        assert_eq!(read(&bytes, "a.csv").unwrap(), expected, "{encoding:?}");
    }
    let marked = |mark: &[u8], encoding| [mark, &encode(text, encoding)].concat();
    assert_eq!(
        read(&marked(b"\xff\xfe", Encoding::Utf16Le), "a.csv").unwrap(),
        expected
    );
    assert_eq!(
        read(&marked(b"\xfe\xff", Encoding::Utf16Be), "a.csv").unwrap(),
        expected
    );
}

#[test]
fn long_files_are_read_whole_whatever_their_encoding() {
    let mut text = String::from("编号,姓名,备注\r\n");
    for i in 0..60_000 {
        text.push_str(&format!("{i},欧阳小{},\"引\"\"号\"\"，逗,号\"\r\n", i % 7));
    }
    assert!(1 << 21 < text.len());
    for encoding in [Encoding::Utf8, Encoding::Gb18030, Encoding::Utf16Be] {
        let (_, rows) = read(&encode(&text, encoding), "a.csv").unwrap();
        assert_eq!(rows.len(), 60_000, "{encoding:?}");
        assert_eq!(
            rows[59_999],
            ["59999", "欧阳小2", "引\"号\"，逗,号"],
            "{encoding:?}"
        );
        assert!(
            rows.iter().zip(0..).all(|(row, i)| row[0] == i.to_string()),
            "{encoding:?}"
        );
    }
}

#[test]
fn bytes_of_another_encoding_spoil_only_their_row() {
    let mut bytes = "a,b\n1,湖南省\n2,".as_bytes().to_vec();
    bytes.extend_from_slice(&encode("湖南省", Encoding::Gb18030));
    bytes.extend_from_slice("\n3,湖南省\n4,\u{fffd}\n5,一\0二\n6,永州市\n".as_bytes());
    let (_, rows) = read(&bytes, "a.csv").unwrap();
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 2, 1, 1, 2]);
    let mut bytes = encode("a,b\n1,湖南省\n2,x\n3,湖南省\n4,永州\n", Encoding::Gb18030);
    let at = bytes.iter().position(|b| *b == b'x').unwrap();
    bytes[at] = 0xff;
    let (_, rows) = read(&bytes, "a.csv").unwrap();
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 2, 2]);
}

#[test]
fn separators_are_found_in_the_header() {
    for separator in [',', '\t', ';'] {
        let text = "编号,\"姓,名\"\n1,王\n".replacen(',', &separator.to_string(), 1);
        let text = text.replace("1,", &format!("1{separator}"));
        let (columns, rows) = read(text.as_bytes(), "a.csv").unwrap();
        assert_eq!(columns, ["编号", "姓,名"], "{separator:?}");
        assert_eq!(rows, [["1", "王"]], "{separator:?}");
    }
    assert_eq!(rows("a\n1\n"), [["1"]]);
}

#[test]
fn quotes_line_ends_and_empty_lines_are_read_as_spreadsheets_write_them() {
    assert_eq!(rows("a,b\r\n1,\"x\"\"y\"\r\n"), [["1", "x\"y"]]);
    assert_eq!(rows("a,b\n1,\"\"\n2,\n"), [["1", ""], ["2", ""]]);
    assert_eq!(rows("a,b\n\n1,2\n\r\n3,4"), [["1", "2"], ["3", "4"]]);
    assert_eq!(rows("a,b\r1,2\r3,4"), [["1", "2"], ["3", "4"]]);
    assert_eq!(rows("a,b\n1, \"x\" \n"), [["1", " \"x\" "]]);
    assert_eq!(rows("a,b\n1,x\"y\n"), [["1", "x\"y"]]);
    assert_eq!(rows("\u{feff} a ,b\n1,\"2\r\n3\"\n"), [["1", "2\r\n3"]]);
}

#[test]
fn ragged_rows_keep_their_width() {
    let widths: Vec<usize> = rows("a,b,c\n1,2\n1,2,3,4\n1,2,\n").iter().map(Vec::len).collect();
    assert_eq!(widths, [2, 4, 3]);
}

#[test]
fn a_quote_that_is_not_closed_is_named_by_its_line() {
    let line = |text: &str| match read(text.as_bytes(), "a.csv") {
        Err(ReadError::UnclosedQuote { line }) => line,
        other => panic!("{other:?}"),
    };
    assert_eq!(line("a,b\n1,x\n2,\"y\n3,z\n"), 3);
    // The next quote of the file ends the value in a place where no value ends.
    assert_eq!(line("a,b\n1,\"x\ny\"\n2,\"y\n3,\"z\"\n4,u\n"), 4);
    assert_eq!(line("\"a,b\n1,2\n"), 1);
    let long = format!("a,b\n1,\"x\n{}", "2,y\n".repeat(3 << 20));
    assert_eq!(line(&long), 2);
}

#[test]
fn text_after_a_closing_quote_refuses_the_row_and_no_other() {
    assert_eq!(rows("a,b\n1,\"x\"y\n2,z\n"), [vec!["?"], vec!["2", "z"]]);
}

#[test]
fn a_line_that_never_ends_is_no_row() {
    let long = format!("a,b\n1,{}", "x".repeat(6 << 20));
    assert!(matches!(
        read(long.as_bytes(), "a.csv"),
        Err(ReadError::RecordTooLong { line: 2 })
    ));
}

#[test]
fn what_is_no_table_is_said_to_be_none() {
    let code = |bytes: &[u8], name: &str| read(bytes, name).err().map(|e| e.code());
    assert_eq!(code(b"", "a.csv"), Some("empty-file"));
    assert_eq!(code(b" \n\n", "a.csv"), Some("empty-file"));
    assert_eq!(code(b"\xef\xbb\xbf", "a.csv"), Some("empty-file"));
    assert_eq!(code(b"%PDF-1.7 ...", "a.pdf"), Some("unknown-file-type"));
    assert_eq!(
        code(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls"),
        Some("old-spreadsheet")
    );
    assert_eq!(code(b"PK\x03\x04 not a zip", "a.xlsx"), Some("bad-spreadsheet"));
    assert_eq!(code(b"[{\"a\":1}]", "a.json"), Some("unknown-file-type"));
    assert_eq!(code(b"a,b", "a.json"), Some("bad-json"));
    assert_eq!(code(b"\x00\x01\x02\x03\x00\x05", "a.csv"), Some("not-text"));
    let junk: Vec<u8> = (0..50_000u32)
        .map(|i| (i.wrapping_mul(2654435761) >> 13) as u8)
        .collect();
    assert_eq!(code(&junk, "a.csv"), Some("not-text"));
    let mut zeros = b"a,b\n1,2\n".to_vec();
    zeros.extend_from_slice(&[0; 5000]);
    assert_eq!(code(&zeros, "a.csv"), Some("not-text"));
}

#[test]
fn a_file_over_the_limit_is_refused_unread() {
    let file = NamedTempFile::new().unwrap();
    file.as_file().set_len(crate::FILE_BYTES_MAX + 1).unwrap();
    assert!(matches!(
        sniff(file.path(), "a.csv"),
        Err(ReadError::TooLarge { .. })
    ));
}

#[test]
fn json_lines_are_rows_whatever_the_order_of_their_keys() {
    let text = "{\"a\":\"001\",\"b\":1.50}\n\n{\"b\":null,\"a\":\"x\\ny\"}\r\n{\"c\":true,\"a\":\"z\"}";
    let (columns, rows) = read(text.as_bytes(), "a.jsonl").unwrap();
    assert_eq!(columns, ["a", "b", "c"]);
    assert_eq!(rows, [["001", "1.50", ""], ["x\ny", "", ""], ["z", "", "true"]]);
}

#[test]
fn a_json_line_that_is_none_refuses_its_row() {
    let text =
        "{\"a\":1}\n{\"a\":\n{\"a\":[1]}\n{\"a\":1,\"a\":2}\n{\"a\":\"\\u0000\"}\n{\"a\":2} x\n{\"a\":3}\n";
    let (_, rows) = read(text.as_bytes(), "a.jsonl").unwrap();
    assert_eq!(rows, [["1"], ["?"], ["?"], ["?"], ["?"], ["?"], ["3"]]);
}

#[test]
fn a_json_key_of_no_item_is_named() {
    let file = file(b"{\"a\":1}\n{\"a\":2,\"xm\":\"x\"}\n");
    let sniffed = sniff(file.path(), "a.jsonl").unwrap();
    let items = [Item {
        name: "id".into(),
        title: "a".into(),
        ..Item::default()
    }];
    let mut reader = Reader::open(file.path(), &sniffed, &Columns::Items(&items)).unwrap();
    let mut record = Record::default();
    assert!(reader.next(&mut record).unwrap());
    assert_eq!(record.field(0), b"1");
    match reader.next(&mut record) {
        Err(ReadError::HeaderMismatch { unexpected, .. }) => assert_eq!(unexpected, ["xm"]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_digest_is_of_the_file_as_it_came() {
    let bytes = encode("编号\n1\n", Encoding::Utf16Le);
    let file = file(&bytes);
    let sniffed = sniff(file.path(), "a.csv").unwrap();
    let reader = Reader::open(file.path(), &sniffed, &Columns::Discover).unwrap();
    use sha2::Digest;
    assert_eq!(
        reader.sha256().unwrap(),
        hex::encode(sha2::Sha256::digest(&bytes))
    );
}

fn sheet(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

#[test]
fn cells_of_a_sheet_are_read_as_people_see_them() {
    use rust_xlsxwriter::{ExcelDateTime, Format};
    let bytes = sheet(|sheet| {
        sheet
            .write_row(0, 0, ["编号", "日期", "时间", "数", "备注"])
            .unwrap();
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let time = Format::new().set_num_format("yyyy/m/d hh:mm:ss");
        sheet.write_string(1, 0, "001").unwrap();
        sheet
            .write_with_format(1, 1, ExcelDateTime::from_ymd(2024, 2, 29).unwrap(), &date)
            .unwrap();
        let instant = ExcelDateTime::from_ymd(2024, 2, 29)
            .unwrap()
            .and_hms(8, 30, 59)
            .unwrap();
        sheet.write_with_format(1, 2, instant, &time).unwrap();
        sheet.write_number(1, 3, 1200.0).unwrap();
        sheet.write_number(3, 0, 431_103.0).unwrap();
        sheet.write_number(3, 3, 0.1 + 0.2).unwrap();
        sheet.write_boolean(3, 4, true).unwrap();
        sheet.write_string(4, 0, "宽").unwrap();
        sheet.write_string(4, 9, "多").unwrap();
    });
    let (columns, rows) = read(&bytes, "a.xlsx").unwrap();
    assert_eq!(columns, ["编号", "日期", "时间", "数", "备注"]);
    assert_eq!(rows[0], ["001", "2024-02-29", "2024-02-29 08:30:59", "1200", ""]);
    assert_eq!(rows[1], ["431103", "", "", "0.3", "true"]);
    assert_eq!(rows[2].len(), 10);
}

#[test]
fn rows_of_a_sheet_have_the_numbers_that_people_see() {
    let bytes = sheet(|sheet| {
        sheet.write_string(0, 0, "永州市乡镇街道名录").unwrap();
        sheet.write_row(1, 0, ["代码", "名称"]).unwrap();
        sheet.write_row(2, 0, ["1", "a"]).unwrap();
        sheet.write_row(5, 0, ["2", "b"]).unwrap();
    });
    let file = file(&bytes);
    let mut reader = Reader::open(
        file.path(),
        &sniff(file.path(), "a.xlsx").unwrap(),
        &Columns::Discover,
    )
    .unwrap();
    assert_eq!(
        reader.columns(),
        ["代码", "名称"],
        "a title above the header is passed over"
    );
    let mut record = Record::default();
    let mut numbers = Vec::new();
    while reader.next(&mut record).unwrap() {
        numbers.push(record.number);
    }
    assert_eq!(numbers, [1, 4]);
}

#[test]
fn a_large_sheet_is_read_whole() {
    let bytes = sheet(|sheet| {
        sheet.write_row(0, 0, ["编号", "名称"]).unwrap();
        for i in 1..=5000u32 {
            sheet.write_number(i, 0, i).unwrap();
            sheet.write_string(i, 1, format!("第{i}号")).unwrap();
        }
    });
    let (_, rows) = read(&bytes, "a.xlsx").unwrap();
    assert_eq!((rows.len(), rows[4999][1].as_str()), (5000, "第5000号"));
}

/// The workbook with the text of its sheet changed, as by hand.
fn changed(bytes: &[u8], change: impl Fn(String) -> String) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for i in 0..from.len() {
        let part = from.by_index(i).unwrap();
        let name = part.name().to_owned();
        let mut text = std::io::read_to_string(part).unwrap();
        if name.contains("worksheets/") {
            text = change(text);
        }
        to.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        to.write_all(text.as_bytes()).unwrap();
    }
    to.finish().unwrap().into_inner()
}

#[test]
fn a_cell_beyond_the_edge_of_a_sheet_is_refused_and_one_at_the_edge_takes_no_room() {
    let bytes = sheet(|sheet| {
        sheet.write_row(0, 0, ["编号", "名称"]).unwrap();
        sheet.write_row(1, 0, ["1", "a"]).unwrap();
    });
    for beyond in ["XFE2", "ZZZZZZZ2", "A1048577", "ZZZZZZZ99999999999"] {
        let made = changed(&bytes, |it| it.replace("r=\"B2\"", &format!("r=\"{beyond}\"")));
        assert!(read(&made, "a.xlsx").is_err(), "{beyond}");
    }
    let edge = changed(&bytes, |it| it.replace("r=\"B2\"", "r=\"XFD2\""));
    let (_, rows) = read(&edge, "a.xlsx").unwrap();
    assert_eq!(rows[0].len(), 16_384);
}

#[test]
fn a_long_number_that_a_spreadsheet_rounded_is_said_to_be_so() {
    let bytes = sheet(|sheet| {
        sheet.write_row(0, 0, ["公民身份号码"]).unwrap();
        sheet.write_number(1, 0, 431_102_198_001_010_017.0).unwrap();
        sheet.write_number(2, 0, 999_999_999_999_999.0).unwrap();
    });
    let file = file(&bytes);
    let sniffed = sniff(file.path(), "a.xlsx").unwrap();
    let mut reader = Reader::open(file.path(), &sniffed, &Columns::Discover).unwrap();
    let mut record = Record::default();
    assert!(reader.next(&mut record).unwrap());
    assert_eq!(record.flaw, Some((RowFault::DigitsLost, Some(0))));
    assert!(reader.next(&mut record).unwrap());
    assert_eq!(
        (record.flaw, record.field(0)),
        (None, "999999999999999".as_bytes())
    );
}

#[test]
fn an_empty_sheet_is_an_empty_file() {
    assert!(matches!(read(&sheet(|_| {}), "a.xlsx"), Err(ReadError::Empty)));
}

#[test]
fn headers_match_by_name_or_title_in_any_order() {
    let item = |name: &str, title: &str| Item {
        name: name.into(),
        title: title.into(),
        ..Item::default()
    };
    let items = [
        item("id_card", "公民身份号码"),
        item("name", "姓名"),
        item("remark", "备注"),
    ];
    let columns = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        resolve(&columns(&["备注", "id_card", "姓名"]), &items).unwrap(),
        [1, 2, 0]
    );
    match resolve(&columns(&["id_card", "公民身份号码", "xm", ""]), &items) {
        Err(ReadError::HeaderMismatch {
            missing,
            unexpected,
            doubled,
        }) => {
            assert_eq!(missing, ["姓名（name）", "备注（remark）"]);
            assert_eq!(unexpected, ["xm", "第4列（表头为空）"]);
            assert_eq!(doubled, ["公民身份号码"]);
        }
        other => panic!("{other:?}"),
    }
}
