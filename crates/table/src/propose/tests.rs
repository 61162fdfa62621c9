use rules::catalogue::ItemClass;

use super::*;
use crate::{Plan, check, read::tests::file};

fn propose_text(text: &str) -> Proposal {
    propose(file(text.as_bytes()).path(), "永州市名录.csv").unwrap()
}

fn item<'a>(proposal: &'a Proposal, name: &str) -> &'a Item {
    proposal.items.iter().find(|it| it.name == name).unwrap()
}

fn people(count: u64) -> String {
    let mut text = String::from(
        "id_card,name,gender,birth_date,ethnic,region_code,mobile,address,reg_date,amount,remark\n",
    );
    for i in 0..count {
        let (year, month, date) = (1950 + i % 60, 1 + i % 12, 1 + i % 28);
        let digits = format!("431102{year}{month:02}{date:02}{:03}", i % 1000);
        let check = char::from(value::identity_check(digits.as_bytes()).unwrap());
        let gender = if i % 2 == 1 { "男" } else { "女" };
        let name = ["王小明", "李伟", "欧阳娜娜", "奉玉芳"][i as usize % 4];
        let region = ["431102", "431103", "431121"][i as usize % 3];
        text.push_str(&format!(
            "{digits}{check},{name},{gender},{year}-{month:02}-{date:02},瑶族,{region},139{:08},零陵区人民路{i}号,\
             2020-01-{date:02},{i}.50,{}\n",
            i * 7919 % 100_000_000,
            if i % 3 == 0 { "" } else { "低保户" }
        ));
    }
    text
}

#[test]
fn a_register_of_people_is_understood() {
    let proposal = propose_text(&people(800));
    assert_eq!((proposal.rows_seen, proposal.title.as_str()), (800, "永州市名录"));
    let facts = |name| {
        let it = item(&proposal, name);
        (it.title.as_str(), it.kind, it.semantic, it.class)
    };
    use ItemClass as C;
    use ItemType as T;
    use Semantic as S;
    assert_eq!(
        facts("id_card"),
        ("公民身份号码", T::Text, S::IdentityNumber, C::Identifier)
    );
    assert_eq!(facts("name"), ("姓名", T::Text, S::PersonName, C::Identifier));
    assert_eq!(facts("gender"), ("性别", T::Text, S::Gender, C::Quasi));
    assert_eq!(facts("birth_date"), ("出生日期", T::Date, S::Plain, C::Quasi));
    assert_eq!(
        facts("region_code"),
        ("区划代码", T::Text, S::DivisionCode, C::Quasi)
    );
    assert_eq!(facts("mobile"), ("手机号码", T::Text, S::Mobile, C::Identifier));
    assert_eq!(facts("address"), ("住址", T::Text, S::Address, C::Identifier));
    assert_eq!(facts("amount"), ("金额", T::Money, S::Plain, C::Sensitive));
    assert_eq!(facts("remark"), ("备注", T::Memo, S::Plain, C::Plain));
    let key: Vec<&str> = proposal
        .items
        .iter()
        .filter(|it| it.is_key)
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(key, ["id_card"]);
    assert!(!item(&proposal, "remark").is_required && item(&proposal, "name").is_required);
    let region = item(&proposal, "region_code");
    assert!(region.is_condition);
    assert_eq!(region.codes[0].label, "零陵区");
    assert_eq!(
        proposal
            .cross_rules
            .iter()
            .map(CrossRule::label)
            .collect::<Vec<_>>()
            .len(),
        3
    );
}

#[test]
fn samples_of_personal_items_are_masked() {
    let proposal = propose_text(&people(100));
    for name in ["id_card", "name", "mobile", "address", "amount"] {
        let samples = &item(&proposal, name).samples;
        assert!(
            !samples.is_empty() && samples.iter().all(|it| it.contains('*')),
            "{name}: {samples:?}"
        );
    }
    assert!(
        item(&proposal, "birth_date")
            .samples
            .iter()
            .all(|it| !it.contains('*'))
    );
}

#[test]
fn the_file_keeps_to_what_is_proposed_for_it() {
    let text = people(800);
    let file = file(text.as_bytes());
    let proposal = propose(file.path(), "a.csv").unwrap();
    let content = rules::catalogue::Content {
        items: proposal.items,
        cross_rules: proposal.cross_rules,
        ..Default::default()
    };
    let spool = tempfile::tempdir().unwrap();
    let plan = Plan {
        content: &content,
        spool_dir: spool.path(),
        timeliness: None,
    };
    let checked = check(file.path(), "a.csv", &plan, std::io::sink(), &|_| {}).unwrap();
    assert_eq!((checked.rows, checked.refused), (800, 0));
}

#[test]
fn codes_stay_text_and_only_counts_are_numbers() {
    let mut text = String::from("code,name,zip,population,ratio,is_town,status,year\n");
    for i in 0..300 {
        text.push_str(&format!(
            "4311{i:05},{}镇,0{i:05},{},{}.{},{},{},{}\n",
            ["白水", "黎家坪", "文富市"][i % 3],
            i * i,
            i % 90,
            i % 7,
            ["是", "否"][i % 2],
            ["01", "02", "03"][i % 3],
            2000 + i % 20,
        ));
    }
    let proposal = propose_text(&text);
    let kind = |name| (item(&proposal, name).kind, item(&proposal, name).length);
    assert_eq!(kind("code"), (ItemType::Text, Some(9)));
    assert_eq!(kind("zip"), (ItemType::Text, Some(6)));
    assert_eq!(kind("population").0, ItemType::Integer);
    assert_eq!(kind("ratio").0, ItemType::Decimal);
    assert_eq!(kind("is_town").0, ItemType::Boolean);
    assert_eq!(kind("status"), (ItemType::Text, Some(2)));
    assert_eq!(kind("year"), (ItemType::Text, Some(4)));
    assert_eq!(item(&proposal, "status").codes.len(), 3);
    assert!(item(&proposal, "status").is_condition);
    let code = item(&proposal, "code");
    assert!(code.is_key && code.is_condition && code.semantic == Semantic::DivisionCode);
    let name = item(&proposal, "name");
    assert_eq!((name.title.as_str(), name.semantic), ("名称", Semantic::Plain));
    assert!(proposal.items.iter().all(|it| it.class == ItemClass::Plain));
}

#[test]
fn a_few_bad_rows_do_not_spoil_a_proposal() {
    let mut text = people(1500);
    // A key twice, a bad value in each column, a row of another width.
    let again = text.lines().nth(5).unwrap().to_owned();
    text.push_str(&format!("{again}\n"));
    text.push_str("43110219500101000,,未知,1950-02-30,火星族,零陵区,110,,昨天,1.234,备注备注\nx,y\n");
    let clean = propose_text(&people(1500));
    let dirty = propose_text(&text);
    for (clean, dirty) in clean.items.iter().zip(&dirty.items) {
        let facts = |it: &Item| {
            (
                it.kind,
                it.semantic,
                it.length,
                it.scale,
                it.is_key,
                it.is_required,
                it.codes.len(),
            )
        };
        assert_eq!(facts(clean), facts(dirty), "{}", clean.name);
    }
    assert_eq!(clean.cross_rules, dirty.cross_rules);
}

#[test]
fn a_key_must_tell_all_rows_apart() {
    let mut text = String::from("serial_no,kind\n");
    for i in 0..120_000 {
        text.push_str(&format!("S{:06},{}\n", if i == 119_999 { 0 } else { i }, i % 5));
    }
    let proposal = propose_text(&text);
    assert!(
        proposal.items.iter().all(|it| !it.is_key),
        "the last row repeats the first"
    );
    assert_eq!(proposal.rows_seen, 120_000);
}

#[test]
fn headers_get_chinese_titles() {
    for (header, title) in [
        ("户主姓名", "户主姓名"),
        ("school_name", "学校名称"),
        ("projectStatus", "项目状态"),
        ("areaCode", "县级区划代码"),
        ("XQQ_17", "XQQ_17"),
    ] {
        assert_eq!(dictionary::title(header), title);
    }
    assert_eq!(title("C:\\数据\\乡镇街道名录.xlsx"), "乡镇街道名录");
    assert_eq!(title("townships.csv"), "");
}

#[test]
fn columns_without_a_name_are_called_after_their_place() {
    let proposal = propose_text("编号,\n1,x\n2,y\n");
    assert_eq!(proposal.items[1].name, "第2列");
}

#[test]
fn samples_of_people_are_masked_in_columns_that_were_not_recognised() {
    let mut text = String::from("身份证号,ref,联系人,school_name,lxdh,contact,住址\n");
    for i in 0..40 {
        // No check character is right, and half of the numbers are something else altogether.
        let identity =
            format!("4311021990{:02}07{i:03}Y", 1 + i % 12).replace('Y', ["X", "5", "", "ab"][i % 4]);
        text.push_str(&format!(
            "{identity},4311029003071{i:02},阿依古丽{i},永州市第{i}中学,0746-82222{i:02},{},零陵区人民路{i}号\n",
            if i % 3 == 0 { format!("139746000{i:02}") } else { "0无".to_owned() },
        ));
    }
    let proposal = propose_text(&text);
    for name in ["身份证号", "ref", "联系人", "lxdh", "住址"] {
        let it = item(&proposal, name);
        // A column of numbers says that the file is of people, and so does the rest something of them.
        let is_known = ["身份证号", "ref", "住址"].contains(&name);
        assert_eq!(it.class == ItemClass::Identifier, is_known, "{name}");
        assert!(
            !it.samples.is_empty() && it.samples.iter().all(|it| it.contains('*')),
            "{name}: {:?}",
            it.samples
        );
    }
    let contact = &item(&proposal, "contact").samples;
    assert!(
        contact.contains(&"139****0000".to_owned()) && contact.contains(&"0无".to_owned()),
        "{contact:?}"
    );
    assert!(
        item(&proposal, "school_name")
            .samples
            .iter()
            .all(|it| !it.contains('*'))
    );
}

#[test]
fn the_numbers_of_a_few_people_are_no_code_list_and_their_column_is_never_plain() {
    let mut text = String::from("sfz,经办,类别,身份证号\n");
    for i in 0..60 {
        let identity = ["431103900307123", "431103900307124"][i % 2];
        let clerk = ["王13974600001", "李13974600002", "无"][i % 3];
        text.push_str(&format!(
            "{identity},{clerk},{},{}\n",
            ["甲", "乙"][i % 2],
            ["无", "不详"][i % 2]
        ));
    }
    let proposal = propose_text(&text);
    for name in ["sfz", "经办", "身份证号"] {
        let it = item(&proposal, name);
        assert!(it.codes.is_empty(), "{name}: {:?}", it.codes);
        assert!(
            it.samples
                .iter()
                .all(|it| !it.contains("3974600") && !it.contains("1103900307")),
            "{name}: {:?}",
            it.samples
        );
    }
    assert_eq!(item(&proposal, "sfz").class, ItemClass::Identifier);
    assert_eq!(item(&proposal, "身份证号").class, ItemClass::Identifier);
    assert_eq!(item(&proposal, "类别").codes.len(), 2);
}

#[test]
fn a_header_with_a_name_twice_is_refused() {
    let refused = propose(file(b"code,name, code \n1,a,2\n").path(), "a.csv").unwrap_err();
    assert_eq!(refused.code(), "header-mismatch");
    assert_eq!(refused.words(), "表头中“code”出现了两次，请改名后重新上传。");
    assert!(
        propose(file(b"code,,\n1,a,2\n").path(), "a.csv").is_ok(),
        "unnamed columns differ"
    );
}

#[test]
fn a_text_that_is_no_table_is_refused_and_says_so() {
    let refused = |text: &str| {
        propose(file(text.as_bytes()).path(), "说明.csv")
            .unwrap_err()
            .words()
    };
    for text in [
        "# 用户手册\n\n第一步，登录平台，打开目录。\n第二步，上传样表。\n",
        "本平台用于编制目录,归集数据。\n请先登录。\n然后上传样表,核对信息项,提交审核。\n完。\n",
    ] {
        assert!(refused(text).contains("不像一张表"), "{text}");
    }
}

#[test]
fn rows_that_do_not_fit_the_header_are_counted_and_nothing_is_made_of_them() {
    let proposal = propose_text("code,name\n1,甲\n2,乙\n3,丙\n4\n5,丁,戊\n");
    assert_eq!((proposal.rows_seen, proposal.rows_ragged), (5, 2));
    assert!(!proposal.items[1].samples.iter().any(|it| it == "丁"));
}
