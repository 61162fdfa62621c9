use super::*;

/// An entry that lacks nothing.
fn townships() -> Content {
    let item = |name: &str, title: &str| Item {
        name: name.to_owned(),
        title: title.to_owned(),
        length: Some(20),
        is_required: true,
        ..Item::default()
    };
    Content {
        title: "乡级行政区划".to_owned(),
        summary: "全国乡级行政区划代码与名称。".to_owned(),
        class_path: vec!["部门".to_owned(), "民政".to_owned()],
        items: vec![
            Item {
                is_key: true,
                is_condition: true,
                ..item("code", "区划代码")
            },
            item("name", "名称"),
        ],
        share: ShareKind::Unconditional,
        usage_scope: "各级政务部门履职".to_owned(),
        open: OpenKind::Unconditional,
        person: "蒋英".to_owned(),
        phone: "0746-8000000".to_owned(),
        ..Content::default()
    }
}

fn fields(content: &Content) -> Vec<String> {
    content.gaps().into_iter().map(|it| it.field).collect()
}

fn article_of(content: &Content, field: &str) -> Option<Article> {
    content
        .gaps()
        .into_iter()
        .find(|it| it.field == field)
        .and_then(|it| it.cites)
}

#[test]
fn an_entry_that_says_everything_lacks_nothing() {
    assert_eq!(townships().gaps(), []);
}

#[test]
fn yongzhou_art02_a_state_or_work_secret_is_refused_even_as_a_draft() {
    for secrecy in [Secrecy::WorkSecret, Secrecy::StateSecret] {
        let content = Content {
            secrecy,
            ..townships()
        };
        let refused = content.refuse_secret().unwrap_err();
        assert_eq!(
            (refused.field.as_str(), refused.cites),
            ("secrecy", Some(Yongzhou.art(2)))
        );
        assert!(refused.words.contains(secrecy.label()));
        assert_eq!(fields(&content), ["secrecy"]);
    }
    assert_eq!(townships().refuse_secret(), Ok(()));
}

#[test]
fn yongzhou_art07_an_entry_names_the_person_responsible_and_how_to_reach_them() {
    let content = Content {
        person: " ".to_owned(),
        phone: String::new(),
        ..townships()
    };
    assert_eq!(fields(&content), ["person", "phone"]);
    assert_eq!(article_of(&content, "person"), Some(Yongzhou.art(7)));
}

#[test]
fn yongzhou_art07_the_telephone_number_can_be_dialled() {
    for good in [
        "0746-8350000",
        "+86 746 8350000",
        "8350000 分机 12",
        "（0746）8350000",
        "0746-8350000、13907460001",
    ] {
        let phone = good.to_owned();
        assert_eq!(fields(&Content { phone, ..townships() }), [""; 0], "{good}");
    }
    for bad in [
        "abc",
        "无",
        "123",
        "0746-8350000 李",
        "分机 12",
        "1234567890123456789012345",
    ] {
        let phone = bad.to_owned();
        assert_eq!(fields(&Content { phone, ..townships() }), ["phone"], "{bad}");
    }
}

#[test]
fn yongzhou_art11_an_entry_must_state_its_usage_scope_and_its_place_in_the_classification() {
    let content = Content {
        usage_scope: String::new(),
        class_path: vec![String::new()],
        ..townships()
    };
    assert_eq!(fields(&content), ["usage_scope", "class_path"]);
    assert_eq!(article_of(&content, "usage_scope"), Some(Yongzhou.art(11)));
}

#[test]
fn yongzhou_art14_an_entry_has_items_with_a_key_and_each_item_a_name_and_a_length() {
    assert_eq!(
        fields(&Content {
            items: vec![],
            ..townships()
        }),
        ["items"]
    );
    let mut content = townships();
    content.items[0].is_key = false;
    content.items[1].length = None;
    content.items[1].title = String::new();
    assert_eq!(fields(&content), ["items", "items.1.title", "items.1.length"]);
    assert_eq!(article_of(&content, "items"), Some(Yongzhou.art(14)));
}

#[test]
fn yongzhou_art14_two_items_of_one_name_and_a_rule_over_an_unknown_item_are_named() {
    let mut content = townships();
    content.items[1].name = "code".to_owned();
    content.cross_rules = vec![CrossRule::NotBefore {
        earlier: "code".to_owned(),
        later: "no-such".to_owned(),
    }];
    assert_eq!(fields(&content), ["items.1.name", "cross_rules"]);
}

#[test]
fn yongzhou_art17_an_entry_not_shared_with_all_gives_reason_and_legal_basis_and_a_conditional_one_its_conditions()
 {
    let conditional = Content {
        share: ShareKind::Conditional,
        ..townships()
    };
    assert_eq!(
        fields(&conditional),
        ["share_reason", "share_basis", "share_conditions"]
    );
    let not_shared = Content {
        share: ShareKind::NotShared,
        ..townships()
    };
    assert_eq!(fields(&not_shared), ["share_reason", "share_basis"]);
    assert_eq!(article_of(&not_shared, "share_basis"), Some(Yongzhou.art(17)));
}

#[test]
fn yongzhou_art23_an_entry_not_open_to_all_gives_reason_and_legal_basis_and_a_conditional_one_its_conditions()
{
    let conditional = Content {
        open: OpenKind::Conditional,
        ..townships()
    };
    assert_eq!(
        fields(&conditional),
        ["open_reason", "open_basis", "open_conditions"]
    );
    let not_open = Content {
        open: OpenKind::NotOpen,
        ..townships()
    };
    assert_eq!(fields(&not_open), ["open_reason", "open_basis"]);
    assert_eq!(article_of(&not_open, "open_reason"), Some(Yongzhou.art(23)));
}

#[test]
fn yongzhou_art23_an_entry_about_persons_is_open_to_all_only_where_it_says_how_it_is_de_identified() {
    for class in [ItemClass::Identifier, ItemClass::Sensitive] {
        let mut content = townships();
        content.items[1].class = class;
        assert_eq!(fields(&content), ["open_reason"]);
        assert_eq!(article_of(&content, "open_reason"), Some(Yongzhou.art(23)));
        content.open_reason = "姓名仅显示姓，其余个人信息项不开放。".to_owned();
        assert_eq!(fields(&content), [""; 0]);
    }
}

#[test]
fn what_is_not_renewed_within_its_cycle_is_behind() {
    let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    let last = day("2026-10-22");
    assert!(UpdateCycle::Daily.is_behind(last, day("2026-11-26")));
    assert!(!UpdateCycle::Daily.is_behind(last, day("2026-10-23")));
    assert!(!UpdateCycle::Monthly.is_behind(last, day("2026-11-22")));
    assert!(!UpdateCycle::Irregular.is_behind(last, day("2030-01-01")));
}

#[test]
fn yongzhou_art17_data_that_anybody_may_download_and_agencies_must_apply_for_is_pointed_out() {
    let mut entry = townships();
    assert!(entry.cautions().is_empty());
    entry.share = ShareKind::Conditional;
    let cautions = entry.cautions();
    assert_eq!((cautions.len(), cautions[0].field.as_str()), (1, "open"));
    assert!(cautions[0].words.contains("有条件共享") && cautions[0].words.contains("无条件开放"));
    entry.open = OpenKind::Conditional;
    assert!(entry.cautions().is_empty());
}
