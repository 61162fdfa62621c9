use std::{cell::RefCell, fmt::Write as _};

use rules::catalogue::{Code, CrossRule, Item, ItemType, Semantic};
use rules::delivery::Dimension;

use super::*;
use crate::value;

/// The register of people that the checks are tried on; the shape of the city's population register.
pub(crate) fn population() -> Content {
    let item = |name: &str, title: &str, kind, semantic, length| Item {
        name: name.into(),
        title: title.into(),
        kind,
        semantic,
        length,
        is_required: true,
        ..Item::default()
    };
    let codes = |values: &[&str]| {
        values
            .iter()
            .map(|it| Code {
                code: (*it).into(),
                label: (*it).into(),
            })
            .collect::<Vec<_>>()
    };
    let text = |name, title, length| item(name, title, ItemType::Text, Semantic::Plain, Some(length));
    let of = |name, title, semantic, length| item(name, title, ItemType::Text, semantic, Some(length));
    let items = vec![
        Item {
            is_key: true,
            ..of("id_card", "公民身份号码", Semantic::IdentityNumber, 18)
        },
        of("name", "姓名", Semantic::PersonName, 50),
        of("gender", "性别", Semantic::Gender, 1),
        item("birth_date", "出生日期", ItemType::Date, Semantic::Plain, None),
        Item {
            codes: codes(&["汉族", "瑶族", "苗族"]),
            ..text("ethnic", "民族", 10)
        },
        Item {
            codes: codes(&["431102", "431103"]),
            ..of("region_code", "区划代码", Semantic::DivisionCode, 6)
        },
        of("address", "住址", Semantic::Address, 200),
        of("mobile", "手机号码", Semantic::Mobile, 11),
        Item {
            codes: codes(&["未婚", "已婚", "离异", "丧偶"]),
            ..text("marital", "婚姻状况", 2)
        },
        item("reg_date", "登记日期", ItemType::Date, Semantic::Plain, None),
        item("amount", "金额", ItemType::Money, Semantic::Plain, Some(16)),
        Item {
            is_required: false,
            kind: ItemType::Memo,
            ..text("remark", "备注", 500)
        },
    ];
    Content {
        items,
        cross_rules: population_rules(),
        ..Content::default()
    }
}

fn population_rules() -> Vec<CrossRule> {
    let name = String::from;
    vec![
        CrossRule::BirthMatchesIdentity {
            identity: name("id_card"),
            birth: name("birth_date"),
        },
        CrossRule::GenderMatchesIdentity {
            identity: name("id_card"),
            gender: name("gender"),
        },
        CrossRule::NotBefore {
            earlier: name("birth_date"),
            later: name("reg_date"),
        },
    ]
}

fn identity(digits: &str) -> String {
    format!(
        "{digits}{}",
        char::from(value::identity_check(digits.as_bytes()).unwrap())
    )
}

/// A good row about person number `i`.
fn person(i: u64) -> Vec<String> {
    let born = format!("{}{:02}{:02}", 1950 + i % 60, 1 + i % 12, 1 + i % 28);
    let digits = format!("431102{born}{:03}", i % 1000);
    let is_male = i % 2 == 1;
    let birth = format!("{}-{}-{}", &born[..4], &born[4..6], &born[6..]);
    let remark = ["", "低保户", "登记为\"户主\"，待复核", "两\n行, 见附件"][i as usize % 4];
    [
        identity(&digits).as_str(),
        "王小明",
        if is_male { "男" } else { "女" },
        &birth,
        "瑶族",
        "431103",
        "湖南省永州市零陵区人民路1号",
        "13974600001",
        "已婚",
        "2020-01-01",
        "1234.50",
        remark,
    ]
    .map(str::to_owned)
    .to_vec()
}

fn line(row: &[String]) -> String {
    let quoted: Vec<String> = row
        .iter()
        .map(|it| {
            let needs = it.contains([',', '"', '\n']);
            if needs {
                format!("\"{}\"", it.replace('"', "\"\""))
            } else {
                it.clone()
            }
        })
        .collect();
    format!("{}\n", quoted.join(","))
}

/// One kind of defect: what it does to row `i`, and how the row must be judged.
type Defect = (fn(&mut Vec<String>), RowFault);

/// The defects of the reference generator.
const DEFECTS: &[Defect] = &[
    (
        |row| {
            row[0] = format!(
                "{}{}",
                &row[0][..17],
                if row[0].ends_with('1') { '2' } else { '1' }
            )
        },
        RowFault::IdentityCheck,
    ),
    (|row| row[0].truncate(17), RowFault::BadIdentity),
    (
        |row| {
            row[0] = identity(&format!("{}0230{}", &row[0][..10], &row[0][14..17]));
            row[3] = format!("{}-02-30", &row[0][6..10]);
        },
        RowFault::IdentityDate,
    ),
    (|row| row[3] = "1949-12-31".into(), RowFault::BirthMismatch),
    (
        |row| row[2] = if row[2] == "男" { "女" } else { "男" }.into(),
        RowFault::GenderMismatch,
    ),
    (|row| row[2] = "未知".into(), RowFault::BadGender),
    (|row| row[2] = "男性".into(), RowFault::BadGender),
    (|row| row[1] = String::new(), RowFault::Required),
    (|row| row[1] = "　".into(), RowFault::Required),
    (|row| row[4] = "火星族".into(), RowFault::NotInCodes),
    (|row| row[5] = "431121".into(), RowFault::NotInCodes),
    (|row| row[5] = "43110".into(), RowFault::NotInCodes),
    (|row| row[7] = format!("{}1", row[7]), RowFault::BadMobile),
    (|row| row[7] = format!("12{}", &row[7][2..]), RowFault::BadMobile),
    (|row| row[8] = "单身".into(), RowFault::NotInCodes),
    (|row| row[8] = String::new(), RowFault::Required),
    (|row| row[9] = "1935-12-31".into(), RowFault::DateOrder),
    (|row| row[10] = "12,345.60".into(), RowFault::BadType),
    (|row| row[10] = "1.234".into(), RowFault::TooPrecise),
    (|row| row[10] = "1e5".into(), RowFault::BadType),
    (|row| row[10] = "-1.00".into(), RowFault::Negative),
    (|row| row[6] = String::new(), RowFault::Required),
    (|row| row[11] = "备注".repeat(300), RowFault::TooLong),
    (|row| row[0] = person(1)[0].clone(), RowFault::DuplicateKey),
    (|row| row.truncate(9), RowFault::WrongWidth),
    (|row| row.push("多余列".into()), RowFault::WrongWidth),
    (|row| row[9] = "2020-02-30".into(), RowFault::NoSuchDate),
    (|row| row[6] = "湖南省永州市\u{1}".into(), RowFault::BadEncoding),
];

struct Outcome {
    checked: Checked,
    refusals: Vec<Vec<String>>,
    progress: Vec<Progress>,
}

fn run(bytes: &[u8], content: &Content, name: &str) -> Result<Outcome, ReadError> {
    let spool = tempfile::tempdir().unwrap();
    let path = spool.path().join("delivered");
    std::fs::write(&path, bytes).unwrap();
    let plan = Plan {
        content,
        spool_dir: spool.path(),
        timeliness: Some((1, 1)),
    };
    let mut written = Vec::new();
    let progress = RefCell::new(Vec::new());
    let checked = check(&path, name, &plan, &mut written, &|it| {
        progress.borrow_mut().push(it)
    })?;
    let text = written.strip_prefix("\u{feff}".as_bytes()).unwrap();
    let mut lines = csv::Reader::from_reader(text);
    let refusals = lines
        .records()
        .map(|it| it.unwrap().iter().map(str::to_owned).collect())
        .collect();
    Ok(Outcome {
        checked,
        refusals,
        progress: progress.into_inner(),
    })
}

fn header(content: &Content) -> String {
    let names: Vec<&str> = content.items.iter().map(|it| it.name.as_str()).collect();
    format!("{}\n", names.join(","))
}

/// A register of 5,000 rows, every seventh with a defect, and the fault that each must have.
fn defective() -> (String, BTreeMap<u64, RowFault>) {
    let mut text = header(&population());
    let mut truth = BTreeMap::new();
    for i in 1..=5000u64 {
        let mut row = person(i);
        if i % 7 == 0 {
            let (spoil, fault) = DEFECTS[(i / 7) as usize % DEFECTS.len()];
            let is_late = fault == RowFault::DuplicateKey;
            spoil(&mut row);
            if is_late {
                // A whole later row for a key already used.
                row[2..4].clone_from_slice(&person(1)[2..4]);
            }
            truth.insert(i, fault);
        }
        text.push_str(&line(&row));
    }
    (text, truth)
}

#[test]
fn every_defect_is_refused_with_its_kind_named_and_no_good_row_is() {
    let (text, truth) = defective();
    let Outcome {
        checked,
        refusals,
        progress,
    } = run(text.as_bytes(), &population(), "a.csv").unwrap();
    let mut found = BTreeMap::new();
    for line in &refusals {
        found
            .entry(line[0].parse().unwrap())
            .or_insert(RowFault::parse(&line[4]).unwrap());
    }
    assert_eq!(found, truth);
    assert_eq!(checked.rows, 5000);
    assert_eq!(checked.refused, truth.len() as u64);
    assert_eq!(checked.accepted, checked.rows - checked.refused);
    assert_eq!(checked.by_fault.values().sum::<u64>(), checked.refused);
    assert_eq!(checked.sorted.rows(), checked.accepted);
    let last = progress.last().unwrap();
    assert_eq!((last.rows, last.refused), (5000, checked.refused));
    assert_eq!(
        (last.bytes_done, last.bytes_all),
        (text.len() as u64, text.len() as u64)
    );
}

#[test]
fn accepted_rows_come_out_whole_and_in_the_order_of_their_keys() {
    let (text, truth) = defective();
    let mut sorted = run(text.as_bytes(), &population(), "a.csv")
        .unwrap()
        .checked
        .sorted;
    let mut expected: Vec<Vec<String>> = (1..=5000)
        .filter(|i| !truth.contains_key(i))
        .map(person)
        .collect();
    expected.sort();
    let mut rows = Vec::new();
    while let Some(row) = sorted.next_row().unwrap() {
        rows.push(
            (0..row.width())
                .map(|i| row.get(i).to_owned())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(rows, expected);
}

#[test]
fn the_same_rows_pass_in_every_form_and_column_order() {
    let content = population();
    let rows: Vec<Vec<String>> = (1..=50).map(person).collect();
    let mut csv = String::new();
    let titles: Vec<&str> = content.items.iter().rev().map(|it| it.title.as_str()).collect();
    writeln!(csv, "{}", titles.join("\t")).unwrap();
    let mut json = String::new();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, titles.clone()).unwrap();
    for (at, row) in (1..).zip(&rows) {
        let reversed: Vec<String> = row.iter().rev().cloned().collect();
        csv.push_str(&line(&reversed).replace("\",", "\"\t").replace(',', "\t"));
        let pairs = content.items.iter().zip(row).filter(|it| !it.1.is_empty());
        let object: serde_json::Map<_, _> = pairs
            .map(|(item, value)| (item.name.clone(), value.clone().into()))
            .collect();
        writeln!(json, "{}", serde_json::to_string(&object).unwrap()).unwrap();
        sheet.write_row(at, 0, reversed).unwrap();
    }
    // Tabs took the place of all commas, those inside values too.
    let csv = csv.replace("两\n行\t", "两\n行,");
    for (name, bytes) in [
        ("a.csv", encoding_rs::GB18030.encode(&csv).0.into_owned()),
        ("a.jsonl", json.into_bytes()),
        ("a.xlsx", workbook.save_to_buffer().unwrap()),
    ] {
        let Outcome {
            mut checked,
            refusals,
            ..
        } = run(&bytes, &content, name).unwrap();
        assert_eq!(
            (checked.accepted, refusals.len()),
            (50, 0),
            "{name}: {refusals:?}"
        );
        let mut expected = rows.clone();
        expected.sort();
        for row in &expected {
            let found = checked.sorted.next_row().unwrap().unwrap();
            assert_eq!((0..12).map(|i| found.get(i)).collect::<Vec<_>>(), *row, "{name}");
        }
    }
}

#[test]
fn every_fault_of_a_row_has_its_line() {
    let content = population();
    let mut row = person(3);
    (row[1], row[7], row[10]) = (" ".into(), "110".into(), "=1+1".into());
    let text = header(&content) + &line(&row);
    let refusals = run((text + &line(&person(4))).as_bytes(), &content, "a.csv")
        .unwrap()
        .refusals;
    let lines: Vec<String> = refusals.iter().map(|it| it.join("|")).collect();
    assert_eq!(
        lines,
        [
            "1|姓名（name）| |必填项为空|required",
            "1|手机号码（mobile）|110|手机号码不正确|bad-mobile",
            "1|金额（amount）|'=1+1|与数据类型不符|bad-type",
        ]
    );
}

#[test]
fn a_row_of_another_encoding_names_the_item_at_fault() {
    let content = population();
    let mut bytes = (header(&content) + &line(&person(1))).into_bytes();
    let spoiled = line(&person(2));
    let (before, after) = spoiled.split_once("湖南省").unwrap();
    bytes.extend_from_slice(before.as_bytes());
    bytes.extend_from_slice(&encoding_rs::GB18030.encode("湖南省").0);
    bytes.extend_from_slice(after.as_bytes());
    let refusals = run(&bytes, &content, "a.csv").unwrap().refusals;
    assert_eq!(refusals.len(), 1);
    assert_eq!(
        (refusals[0][0].as_str(), refusals[0][1].as_str()),
        ("2", "住址（address）")
    );
    assert_eq!(refusals[0][4], "bad-encoding");
}

#[test]
fn values_are_kept_in_one_form_and_blank_ones_as_none() {
    let content = population();
    let mut row = person(1);
    row[0] = "11010519491231002x".into();
    (row[2], row[3], row[9], row[11]) = ("女".into(), "19491231".into(), "20200101".into(), " 　".into());
    let text = header(&content) + &line(&row);
    let Outcome {
        mut checked,
        refusals,
        ..
    } = run(text.as_bytes(), &content, "a.csv").unwrap();
    assert_eq!(refusals, Vec::<Vec<String>>::new());
    let kept = checked.sorted.next_row().unwrap().unwrap();
    let values = [0, 3, 9, 11].map(|i| kept.get(i));
    assert_eq!(values, ["11010519491231002X", "1949-12-31", "2020-01-01", ""]);
}

#[test]
fn a_file_without_rows_or_with_another_header_is_refused_whole() {
    let content = population();
    let code = |text: String| run(text.as_bytes(), &content, "a.csv").err().map(|e| e.code());
    assert_eq!(code(header(&content)), Some("no-rows"));
    assert_eq!(
        code(header(&content).replace("mobile", "phone") + &line(&person(1))),
        Some("header-mismatch")
    );
    let open = header(&content) + &line(&person(1)) + "\"" + &line(&person(5)) + &line(&person(9));
    assert_eq!(code(open), Some("unclosed-quote"));
}

#[test]
fn a_value_that_the_reader_rejects_is_one_fault() {
    let content = population();
    // The only row: its name is given twice, its mobile number is a list.
    let json = "{\"name\":null,\"name\":null,\"mobile\":[1]}\n";
    let Outcome {
        checked, refusals, ..
    } = run(json.as_bytes(), &content, "a.jsonl").unwrap();
    let of = |name: &str| -> Vec<&str> {
        refusals
            .iter()
            .filter(|it| it[1].contains(name))
            .map(|it| it[4].as_str())
            .collect()
    };
    assert_eq!(of("name"), ["required"]);
    assert_eq!(of("mobile"), ["bad-type"]);
    assert_eq!((checked.rows, checked.refused), (1, 1));
}

#[test]
fn scores_are_counted_over_all_rows() {
    let content = population();
    let mut bad_mobile = person(2);
    bad_mobile[7] = "110".into();
    let mut no_name = person(3);
    no_name[1] = String::new();
    let mut strange = person(5);
    strange[4] = "火星族".into();
    let text = [
        line(&person(1)),
        line(&bad_mobile),
        line(&no_name),
        line(&strange),
        "x,y\n".into(),
    ]
    .concat();
    let checked = run((header(&content) + &text).as_bytes(), &content, "a.csv")
        .unwrap()
        .checked;
    let part = |dimension, code: &str| {
        let score = checked
            .scores
            .iter()
            .find(|it| it.dimension == dimension)
            .unwrap();
        let part = score.parts.iter().find(|it| it.code == code).unwrap();
        (part.good, part.all)
    };
    // Four rows of twelve items; no name, and one remark in four is empty by itself (none of these).
    let filled = 4 * 12 - 1;
    assert_eq!(part(Dimension::Validity, "0101"), (filled - 1, filled + 12));
    assert_eq!(part(Dimension::Validity, "0105"), (15, 16));
    assert_eq!(part(Dimension::Completeness, "0201"), (43, 44));
    assert_eq!(part(Dimension::Completeness, "0202"), (3, 5));
    assert_eq!(part(Dimension::Accuracy, "0302"), (filled, filled));
    assert_eq!(part(Dimension::Accuracy, "0304"), (1, 1));
    assert_eq!(part(Dimension::Accuracy, "0305"), (filled - 1, filled));
    assert_eq!(part(Dimension::Consistency, "0402"), (12, 12));
    assert_eq!(part(Dimension::Timeliness, "0502"), (1, 1));
    assert_eq!(part(Dimension::Accessibility, "0602"), (1, 5));
}

#[test]
fn no_bytes_whatever_make_a_check_or_a_proposal_panic() {
    let content = population();
    let mut seed = 20_260_101u64;
    let mut next = move |below: usize| {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (seed >> 33) as usize % below
    };
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook
        .add_worksheet()
        .write_row(0, 0, ["id_card", "name"])
        .unwrap();
    let sheet = workbook.save_to_buffer().unwrap();
    let text = (header(&content) + &(1..=8).map(|i| line(&person(i))).collect::<String>()).into_bytes();
    let json = br#"{"id_card":"11010519491231002X","name":"\u738b","amount":1.5,"remark":null}"#.to_vec();
    let utf16: Vec<u8> = String::from_utf8_lossy(&text)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let gb = encoding_rs::GB18030
        .encode(&String::from_utf8_lossy(&text))
        .0
        .into_owned();
    let sources = [text, json, sheet, utf16, gb, vec![0; 300]];
    for turn in 0..600 {
        let mut bytes = sources[turn % sources.len()].clone();
        for _ in 0..=next(12) {
            let at = next(bytes.len());
            match next(8) {
                0 => bytes[at] = next(256) as u8,
                1 => bytes[at] = b"\",\n\r\t{}\\=-\0\xff\xef"[next(13)],
                2 => bytes.truncate(at + 1),
                3 => drop(bytes.remove(at)),
                4..7 => bytes.insert(at, next(256) as u8),
                _ => bytes.extend_from_within(at..),
            }
            if bytes.is_empty() {
                bytes.push(b'x');
            }
        }
        for name in ["a.csv", "a.json"] {
            match run(&bytes, &content, name) {
                Ok(it) => assert_eq!(it.checked.accepted, it.checked.sorted.rows()),
                Err(e) => assert!(!e.words().is_empty() && !e.is_internal(), "{e}"),
            }
        }
        let file = crate::read::tests::file(&bytes);
        let _ = crate::propose(file.path(), "a.csv");
    }
}

#[test]
fn a_header_with_a_name_twice_is_refused() {
    let content = population();
    let spool = tempfile::tempdir().unwrap();
    let plan = Plan {
        content: &content,
        spool_dir: spool.path(),
        timeliness: None,
    };
    let file = crate::read::tests::file(b"id_card,name,name\n1,a,b\n");
    let refused = check(file.path(), "a.csv", &plan, std::io::sink(), &|_| {}).unwrap_err();
    assert_eq!(refused.code(), "header-mismatch");
    assert_eq!(refused.words(), "表头中“name”出现了两次，请改名后重新上传。");
}
