//! Every file is read back by a reader that is not its writer.

use std::{collections::HashMap, io::Cursor};

use ::parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::Field,
};
use calamine::{Data, Reader, Xlsx};
use rules::catalogue::Semantic;
use serde_json::Value;

use super::*;

type Row = Vec<Option<String>>;

fn item(name: &str, kind: ItemType) -> Item {
    Item {
        name: name.to_owned(),
        title: format!("{name}的名称"),
        kind,
        ..Item::default()
    }
}

fn items() -> Vec<Item> {
    vec![
        item("名称", ItemType::Text),
        Item {
            semantic: Semantic::DivisionCode,
            ..item("区划", ItemType::Integer)
        },
        item("人数", ItemType::Integer),
        Item {
            scale: Some(2),
            ..item("金额 (元)", ItemType::Money)
        },
        item("是否在用", ItemType::Boolean),
        item("item", ItemType::Date),
    ]
}

/// What tries to be a formula, a quote, a tag, a line, a number it is not.
fn rows() -> Vec<Row> {
    let rows: &[[&str; 6]] = &[
        [
            "=HYPERLINK(\"http://x\",\"点\")",
            "431103",
            "7",
            "1.50",
            "是",
            "2024-01-31",
        ],
        ["a,\"b\"\r\n<c> & 'd'\t]]>", "011103", "-12", "-0.05", "0", ""],
        [
            "+1",
            "431103001002",
            "12345678901234567890",
            "0.10",
            "不详",
            "2024",
        ],
        ["", "", "", "", "", ""],
        ["😀 %_\\ {}[]", "1e5", "007", "10-19", "TRUE", "_x0041_"],
    ];
    let value = |it: &&str| (!it.is_empty()).then(|| (*it).to_owned());
    rows.iter().map(|row| row.iter().map(value).collect()).collect()
}

fn file_of(format: FileFormat, items: &[Item], rows: Vec<Row>) -> (Vec<u8>, Written) {
    let mut file = Vec::new();
    let header = Header {
        title: "测试 <\"数据\"> & 集",
        items,
        typed: &[],
    };
    let written = write(format, &header, rows.into_iter().map(Ok), &mut file).unwrap();
    (file, written)
}

fn file(format: FileFormat) -> Vec<u8> {
    file_of(format, &items(), rows()).0
}

#[test]
fn what_was_written_is_counted_and_hashed_and_the_same_on_any_day() {
    for format in FileFormat::ALL {
        let (file, written) = file_of(*format, &items(), rows());
        assert_eq!(written.bytes, file.len() as u64, "{format:?}");
        assert_eq!(written.rows, 5);
        assert_eq!(written.sha256, hex::encode(Sha256::digest(&file)));
        assert_eq!(file_of(*format, &items(), rows()).0, file, "{format:?}");
    }
}

#[test]
fn rows_that_cannot_be_read_end_the_file_with_an_error() {
    for format in FileFormat::ALL {
        let header = Header {
            title: "x",
            items: &items(),
            typed: &[],
        };
        let rows = rows()
            .into_iter()
            .map(Ok)
            .chain([Err(io::Error::other("cut off"))]);
        let error = write(*format, &header, rows, &mut Vec::new()).unwrap_err();
        assert!(matches!(error, WriteError::Io(_)), "{format:?}: {error}");
    }
}

#[test]
fn csv_has_every_value_as_it_is() {
    let file = file(FileFormat::Csv);
    assert!(!file.starts_with("\u{feff}".as_bytes()));
    let mut reader = ::csv::Reader::from_reader(file.as_slice());
    let names: Vec<String> = items().into_iter().map(|it| it.name).collect();
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), names);
    let read: Vec<Row> = reader
        .records()
        .map(|it| {
            it.unwrap()
                .iter()
                .map(|it| (!it.is_empty()).then(|| it.to_owned()))
                .collect()
        })
        .collect();
    assert_eq!(read, rows());
    assert!(file.ends_with(b"\r\n"));
}

#[test]
fn a_csv_of_one_column_keeps_its_empty_rows() {
    let one = [item("x", ItemType::Text)];
    let (file, _) = file_of(
        FileFormat::Csv,
        &one,
        vec![vec![None], vec![Some("a".into())], vec![None]],
    );
    let read = ::csv::Reader::from_reader(file.as_slice()).records().count();
    assert_eq!(read, 3);
}

#[test]
fn json_has_exact_numbers_and_logical_values() {
    let text = String::from_utf8(file(FileFormat::Json)).unwrap();
    let read: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(read.len(), 5);
    assert_eq!(read[0]["名称"], "=HYPERLINK(\"http://x\",\"点\")");
    assert_eq!(read[0]["人数"], 7);
    assert_eq!(read[0]["是否在用"], true);
    assert_eq!(read[1]["名称"], "a,\"b\"\r\n<c> & 'd'\t]]>");
    assert_eq!(read[1]["区划"], "011103");
    assert_eq!(read[1]["是否在用"], false);
    assert!(read[3].as_object().unwrap().values().all(Value::is_null));
    assert_eq!(read[4]["人数"], "007");
    assert_eq!(read[4]["金额 (元)"], "10-19");
    // A reader that keeps digits finds all of them.
    for exact in [
        "\"金额 (元)\":1.50",
        "\"人数\":12345678901234567890",
        "\"金额 (元)\":-0.05",
    ] {
        assert!(text.contains(exact), "{exact}");
    }
}

#[test]
fn json_lines_are_the_same_objects_one_a_line() {
    let text = String::from_utf8(file(FileFormat::JsonLines)).unwrap();
    assert!(text.ends_with("}\n"));
    let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let array: Vec<Value> = serde_json::from_slice(&file(FileFormat::Json)).unwrap();
    assert_eq!(lines, array);
    let (empty, _) = file_of(FileFormat::Json, &items(), Vec::new());
    assert_eq!(
        serde_json::from_slice::<Vec<Value>>(&empty).unwrap(),
        Vec::<Value>::new()
    );
    assert!(file_of(FileFormat::JsonLines, &items(), Vec::new()).0.is_empty());
}

#[test]
fn keys_of_json_objects_stand_in_the_order_of_the_items() {
    let text = String::from_utf8(file(FileFormat::JsonLines)).unwrap();
    let first = text.lines().next().unwrap();
    let at: Vec<usize> = items()
        .iter()
        .map(|it| first.find(&format!("\"{}\":", it.name)).unwrap())
        .collect();
    assert!(at.is_sorted());
}

#[test]
fn a_sheet_has_text_for_codes_and_numbers_where_they_are_exact() {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file(FileFormat::Xlsx))).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let at = |row: u32, column: u32| sheet.get_value((row, column)).cloned().unwrap_or(Data::Empty);
    let text = |it: &str| Data::String(it.to_owned());
    assert_eq!(at(0, 3), text("金额 (元)"));
    assert_eq!(at(1, 0), text("=HYPERLINK(\"http://x\",\"点\")"));
    assert_eq!(at(1, 1), text("431103"));
    assert_eq!(at(1, 2), Data::Float(7.0));
    assert_eq!(at(1, 3), Data::Float(1.5));
    assert_eq!(at(1, 5), text("2024-01-31"));
    assert_eq!(at(2, 1), text("011103"));
    assert_eq!(at(2, 2), Data::Float(-12.0));
    assert_eq!(at(3, 2), text("12345678901234567890"));
    assert_eq!(at(4, 0), Data::Empty);
    assert_eq!(at(5, 0), text("😀 %_\\ {}[]"));
    assert_eq!(at(5, 2), text("007"));
    assert_eq!(at(5, 5), text("_x0041_"));
}

#[test]
fn a_second_sheet_says_in_chinese_what_the_columns_are() {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file(FileFormat::Xlsx))).unwrap();
    assert_eq!(book.sheet_names(), ["数据", "说明"]);
    let sheet = book.worksheet_range("说明").unwrap();
    let at = |row, column| sheet.get_value((row, column)).unwrap().to_string();
    assert_eq!(
        (at(0, 1), at(3, 0), at(3, 1)),
        ("中文名称".to_owned(), "人数".to_owned(), "人数的名称".to_owned())
    );
    assert_eq!(at(3, 2), "整型");
}

#[test]
fn a_sheet_takes_no_more_rows_than_it_has() {
    let one = [item("x", ItemType::Integer)];
    let header = Header {
        title: "x",
        items: &one,
        typed: &[],
    };
    let all = |count: u64| (0..count).map(|_| Ok([None]));
    let error = write(FileFormat::Xlsx, &header, all(XLSX_ROWS_MAX + 1), &mut Vec::new()).unwrap_err();
    assert!(matches!(error, WriteError::TooManyRows));
    assert!(error.words().contains("1048575行"));
    let written = write(FileFormat::Xlsx, &header, all(XLSX_ROWS_MAX), &mut Vec::new()).unwrap();
    assert_eq!(written.rows, XLSX_ROWS_MAX);
}

#[test]
fn a_sheet_refuses_a_value_longer_than_a_cell_and_more_items_than_columns() {
    let one = [item("x", ItemType::Memo)];
    let header = Header {
        title: "x",
        items: &one,
        typed: &[],
    };
    let long = |length| [Ok([Some("字".repeat(length))])];
    assert!(write(FileFormat::Xlsx, &header, long(32_767), &mut Vec::new()).is_ok());
    let error = write(FileFormat::Xlsx, &header, long(32_768), &mut Vec::new()).unwrap_err();
    assert!(
        matches!(
            error,
            WriteError::TooLong {
                row: 1,
                length: 32_768,
                ..
            }
        ),
        "{error}"
    );
    let many: Vec<Item> = (0..16_385)
        .map(|i| item(&i.to_string(), ItemType::Text))
        .collect();
    let header = Header {
        title: "x",
        items: &many,
        typed: &[],
    };
    let error = write(FileFormat::Xlsx, &header, long(1), &mut Vec::new()).unwrap_err();
    assert!(matches!(error, WriteError::TooManyItems(16_385)));
}

#[test]
fn xml_is_well_formed_and_has_every_value() {
    let text = String::from_utf8(file(FileFormat::Xml)).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("title"), Some("测试 <\"数据\"> & 集"));
    let rows_read: Vec<HashMap<String, Option<String>>> = root
        .children()
        .filter(|it| it.has_tag_name("row"))
        .map(|row| {
            let name = |it: &roxmltree::Node<'_, '_>| match it.tag_name().name() {
                "item" => it.attribute("name").unwrap().to_owned(),
                name => name.to_owned(),
            };
            row.children()
                .map(|it| (name(&it), it.text().map(str::to_owned)))
                .collect()
        })
        .collect();
    let wanted: Vec<HashMap<String, Option<String>>> = rows()
        .into_iter()
        .map(|row| items().into_iter().map(|it| it.name).zip(row).collect())
        .collect();
    assert_eq!(rows_read, wanted);
    assert!(text.contains("<人数>7</人数>"));
    assert!(text.contains("<item name=\"金额 (元)\">1.50</item>"));
}

#[test]
fn names_that_are_none_in_xml_and_characters_it_cannot_hold_do_no_harm() {
    let names = [
        "1a",
        "xml-x",
        "XMLx",
        "a b",
        "a:b",
        "",
        "-",
        "a\"><b",
        "姓名·别名",
        "_id",
        "a.b-c",
    ];
    let many: Vec<Item> = names.iter().map(|it| item(it, ItemType::Text)).collect();
    let nasty = "a\u{0}b\u{b}c\u{1f}d\u{fffe}e\r\nf\u{85}g";
    let row = names.iter().map(|_| Some(nasty.to_owned())).collect();
    let (file, _) = file_of(FileFormat::Xml, &many, vec![row]);
    let text = String::from_utf8(file).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let row = document.root_element().first_element_child().unwrap();
    let elements: Vec<_> = row.children().collect();
    assert_eq!(elements.len(), names.len());
    for (element, name) in elements.iter().zip(names) {
        assert_eq!(element.text(), Some("abcde\r\nf\u{85}g"), "{name}");
        let plain = ["姓名·别名", "_id", "a.b-c"].contains(&name);
        let shown = if plain {
            element.tag_name().name()
        } else {
            element.attribute("name").unwrap()
        };
        assert_eq!(shown, name);
    }
}

fn parquet_of(file: Vec<u8>) -> SerializedFileReader<bytes::Bytes> {
    SerializedFileReader::new(bytes::Bytes::from(file)).unwrap()
}

fn parquet_rows(reader: &SerializedFileReader<bytes::Bytes>) -> Vec<Row> {
    let value = |field: &Field| match field {
        Field::Null => None,
        Field::Str(text) => Some(text.clone()),
        other => panic!("not a text: {other:?}"),
    };
    reader
        .get_row_iter(None)
        .unwrap()
        .map(|it| {
            it.unwrap()
                .get_column_iter()
                .map(|(_, field)| value(field))
                .collect()
        })
        .collect()
}

#[test]
fn parquet_has_text_columns_and_says_what_they_mean() {
    let reader = parquet_of(file(FileFormat::Parquet));
    assert_eq!(parquet_rows(&reader), rows());
    let about = reader.metadata().file_metadata();
    let names: Vec<&str> = about
        .schema_descr()
        .columns()
        .iter()
        .map(|it| it.name())
        .collect();
    assert_eq!(
        names,
        items().iter().map(|it| it.name.as_str()).collect::<Vec<_>>()
    );
    let notes = about.key_value_metadata().unwrap();
    let note = |key: &str| {
        notes
            .iter()
            .find(|it| it.key == key)
            .unwrap()
            .value
            .clone()
            .unwrap()
    };
    assert_eq!(note("title"), "测试 <\"数据\"> & 集");
    let items: Vec<Value> = serde_json::from_str(&note("items")).unwrap();
    assert_eq!(items[2]["title"], "人数的名称");
    assert_eq!(items[2]["type"], "I");
}

#[test]
fn parquet_has_numbers_and_days_as_such_and_codes_as_text() {
    let text = |it: &str| Some(it.to_owned());
    let all = [
        item("名称", ItemType::Text),
        item("人数", ItemType::Integer),
        Item {
            scale: Some(2),
            ..item("金额", ItemType::Money)
        },
        item("日期", ItemType::Date),
        Item {
            semantic: Semantic::DivisionCode,
            ..item("区划", ItemType::Integer)
        },
        item("有前导零", ItemType::Integer),
    ];
    let rows: Vec<Row> = vec![
        vec![
            text("甲"),
            text("-12"),
            text("1.5"),
            text("2024-01-31"),
            text("431103"),
            text("007"),
        ],
        vec![text("乙"), None, text("-0.05"), None, None, text("7")],
    ];
    let types = typed(&all, rows.iter().map(Ok)).unwrap();
    let money = Typed::Decimal {
        precision: 3,
        scale: 2,
    };
    assert_eq!(
        types,
        [
            Typed::Text,
            Typed::Integer,
            money,
            Typed::Day,
            Typed::Text,
            Typed::Text
        ]
    );
    let header = Header {
        title: "x",
        items: &all,
        typed: &types,
    };
    let mut file = Vec::new();
    write(FileFormat::Parquet, &header, rows.into_iter().map(Ok), &mut file).unwrap();
    let reader = parquet_of(file);
    let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    let fields: Vec<&Field> = row.get_column_iter().map(|it| it.1).collect();
    assert_eq!(*fields[1], Field::Long(-12));
    assert!(matches!(fields[2], Field::Decimal(_)), "{:?}", fields[2]);
    assert_eq!(*fields[3], Field::Date(19_753));
    assert_eq!(*fields[4], Field::Str("431103".to_owned()));
    assert_eq!(*fields[5], Field::Str("007".to_owned()));
}

#[test]
fn a_row_group_of_parquet_is_bounded_and_no_row_falls_between_two() {
    let two = [item("n", ItemType::Integer), item("x", ItemType::Text)];
    let row = |n: u64| {
        vec![
            Some(n.to_string()),
            n.is_multiple_of(3).then(|| format!("值{}", n % 7)),
        ]
    };
    let all: Vec<Row> = (0..150_000).map(row).collect();
    let (file, _) = file_of(FileFormat::Parquet, &two, all.clone());
    let reader = parquet_of(file);
    let groups: Vec<i64> = reader
        .metadata()
        .row_groups()
        .iter()
        .map(|it| it.num_rows())
        .collect();
    assert_eq!(groups, [65_536, 65_536, 18_928]);
    assert_eq!(parquet_rows(&reader), all);
    let large: Vec<Row> = (0..80)
        .map(|n| vec![Some(n.to_string()), Some("x".repeat(1 << 20))])
        .collect();
    let reader = parquet_of(file_of(FileFormat::Parquet, &two, large.clone()).0);
    assert_eq!(reader.num_row_groups(), 3);
    assert_eq!(parquet_rows(&reader), large);
    let reader = parquet_of(file_of(FileFormat::Parquet, &two, Vec::new()).0);
    assert!(parquet_rows(&reader).is_empty());
}
