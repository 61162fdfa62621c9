use jiff::civil::date;

use super::{CallRefusal::*, *};
use crate::catalogue::Item;

fn item(name: &str, is_key: bool, is_condition: bool) -> Item {
    Item {
        name: name.to_owned(),
        is_key,
        is_condition,
        ..Item::default()
    }
}

fn entry() -> Content {
    Content {
        items: vec![
            item("id", true, true),
            item("name", false, true),
            item("county", false, true),
            item("phone", false, false),
        ],
        ..Content::default()
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|it| (*it).to_owned()).collect()
}

fn terms() -> Terms {
    Terms {
        purpose: Purpose::Basis,
        purpose_text: "参保资格核对".to_owned(),
        items: names(&["id", "name", "county"]),
        filters: vec![],
        masks: BTreeMap::from([("name".to_owned(), Mask::Name)]),
        calls_per_day_max: 2,
        from: date(2026, 1, 1),
        until: date(2026, 12, 31),
    }
}

const CALL: Call<'_> = Call {
    operation: Operation::Query,
    purpose: Purpose::Basis,
    items: &[],
    conditions: &[],
    on: date(2026, 6, 1),
    calls_today: 0,
};

fn refusal(state: GrantState, call: &Call<'_>) -> Option<CallRefusal> {
    terms().permit(state, &entry(), call).err().map(|it| it.0)
}

#[test]
fn yongzhou_art19_a_call_within_the_grant_is_answered() {
    let (items, conditions) = (names(&["id", "county"]), names(&["id", "county"]));
    let call = Call {
        items: &items,
        conditions: &conditions,
        calls_today: 1,
        ..CALL
    };
    assert_eq!(refusal(GrantState::Active, &call), None);
}

#[test]
fn yongzhou_art19_use_for_another_purpose_is_refused() {
    let call = Call {
        purpose: Purpose::Reference,
        ..CALL
    };
    assert_eq!(refusal(GrantState::Active, &call), Some(WrongPurpose));
}

#[test]
fn yongzhou_art19_an_item_that_was_not_granted_is_refused_by_name() {
    let items = names(&["id", "phone"]);
    let refused = terms().permit(
        GrantState::Active,
        &entry(),
        &Call {
            items: &items,
            ..CALL
        },
    );
    assert_eq!(refused, Err((ItemNotGranted, "phone".to_owned())));
}

#[test]
fn yongzhou_art19_a_grant_serves_from_its_first_day_to_its_last() {
    let on = |on| refusal(GrantState::Active, &Call { on, ..CALL });
    assert_eq!(on(date(2025, 12, 31)), Some(NotYet));
    assert_eq!(on(date(2026, 1, 1)), None);
    assert_eq!(on(date(2026, 12, 31)), None);
    assert_eq!(on(date(2027, 1, 1)), Some(Expired));
}

#[test]
fn yongzhou_art19_a_suspended_or_terminated_grant_answers_nothing() {
    assert_eq!(refusal(GrantState::Suspended, &CALL), Some(GrantSuspended));
    assert_eq!(refusal(GrantState::Terminated, &CALL), Some(GrantTerminated));
}

#[test]
fn yongzhou_art19_the_calls_of_a_day_end_with_the_quota() {
    let after = |calls_today| refusal(GrantState::Active, &Call { calls_today, ..CALL });
    assert_eq!([1, 2].map(after), [None, Some(QuotaUsedUp)]);
}

#[test]
fn yongzhou_art19_only_declared_conditions_that_are_granted_and_clear_can_be_filtered_on() {
    let by = |name: &str, operation| {
        let conditions = names(&[name]);
        refusal(
            GrantState::Active,
            &Call {
                conditions: &conditions,
                operation,
                ..CALL
            },
        )
    };
    assert_eq!(by("county", Operation::Query), None);
    assert_eq!(by("id", Operation::Query), None);
    // Not a condition; not an item; a masked value could be guessed one filter at a time.
    for name in ["phone", "no-such", "name"] {
        assert_eq!(by(name, Operation::Query), Some(NotACondition), "{name}");
    }
    assert_eq!(by("name", Operation::Verify), None);
}

#[test]
fn yongzhou_art18_terms_that_the_entry_cannot_give_are_named() {
    assert_eq!(terms().faults(&entry()), Vec::<String>::new());
    let filter = |item: &str, values: &[&str]| RowFilter {
        item: item.to_owned(),
        values: names(values),
    };
    let bad = Terms {
        items: names(&["id", "no-such"]),
        filters: vec![filter("phone", &["1"]), filter("county", &[" "])],
        calls_per_day_max: 0,
        until: date(2025, 12, 31),
        ..terms()
    };
    assert_eq!(bad.faults(&entry()).len(), 5);
    assert_eq!(
        Terms {
            items: vec![],
            ..terms()
        }
        .faults(&entry())
        .len(),
        1
    );
}

#[test]
fn yongzhou_art04_the_terms_of_a_grant_know_no_price() {
    let terms = format!("{:?}", terms()).to_lowercase();
    for word in ["price", "fee", "charge", "cost", "cents", "yuan"] {
        assert!(!terms.contains(word), "{word}");
    }
}

#[test]
fn a_mask_is_offered_where_it_fits_what_the_values_mean() {
    use crate::catalogue::{Code, ItemClass, ItemType, Semantic};
    let fitting =
        |item: &Item| -> Vec<Mask> { Mask::ALL.iter().copied().filter(|it| it.fits(item)).collect() };
    let any = [Mask::Clear, Mask::Pseudonym, Mask::Hidden];
    let township = Item::default();
    assert_eq!(fitting(&township), any);
    let name = Item {
        semantic: Semantic::PersonName,
        class: ItemClass::Quasi,
        ..Item::default()
    };
    assert_eq!(
        fitting(&name),
        [Mask::Clear, Mask::Name, Mask::Pseudonym, Mask::Hidden]
    );
    let birth = Item {
        kind: ItemType::Date,
        class: ItemClass::Quasi,
        ..Item::default()
    };
    assert_eq!(
        fitting(&birth),
        [Mask::Clear, Mask::Year, Mask::Pseudonym, Mask::Hidden]
    );
    let undeclared = Item {
        class: ItemClass::Sensitive,
        ..Item::default()
    };
    assert_eq!(fitting(&undeclared).len(), Mask::ALL.len() - 1);
    let coded = Item {
        codes: vec![Code {
            code: "1".into(),
            label: "是".into(),
        }],
        ..undeclared
    };
    assert_eq!(fitting(&coded), any);
}
