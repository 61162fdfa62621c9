use super::*;

fn now() -> Timestamp {
    "2026-03-10T00:00:00Z".parse().unwrap()
}

fn read(text: &str) -> Filter {
    parse(text, now()).unwrap_or_else(|words| panic!("{text}: {words}"))
}

fn is(field: Field, text: &str) -> Filter {
    let pieces = text
        .chars()
        .map(|c| match c {
            '*' => Piece::AnyMany,
            c => Piece::One(c),
        })
        .collect();
    Filter::Is(
        field,
        Pattern {
            pieces,
            is_anywhere: false,
        },
    )
}

#[test]
fn what_clients_send_is_understood() {
    use Field::*;
    assert_eq!(read("organization:x"), is(Organization, "x"));
    assert_eq!(read("organization:\"x\""), is(Organization, "x"));
    assert_eq!(read("owner_org:org-civil"), is(OwnerOrg, "org-civil"));
    assert_eq!(read("res_format:CSV"), is(Format, "csv"));
    assert_eq!(read("*:*"), Filter::All);
    assert_eq!(read(""), Filter::All);
    assert_eq!(
        read("-organization:x"),
        Filter::Not(Box::new(is(Organization, "x")))
    );
    let both = |a, b| Filter::Every(vec![a, b]);
    assert_eq!(
        read("organization:x AND tags:y"),
        both(is(Organization, "x"), is(Tags, "y"))
    );
    assert_eq!(
        read("+organization:x +tags:\"交通\""),
        both(is(Organization, "x"), is(Tags, "交通"))
    );
    assert_eq!(
        read("organization:x tags:y"),
        both(is(Organization, "x"), is(Tags, "y"))
    );
    let either = Filter::Some(vec![is(Organization, "a"), is(Organization, "b")]);
    assert_eq!(read("organization:a OR organization:b"), either);
    assert_eq!(read("organization:(a OR b)"), either);
    assert_eq!(
        read("(organization:a || organization:b) && state:active"),
        both(either, is(State, "active"))
    );
    assert_eq!(read("公交"), Filter::Words("公交".to_owned()));
}

#[test]
fn a_date_range_is_read_with_its_bounds() {
    let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let week: Timestamp = "2026-03-03T00:00:00Z".parse().unwrap();
    assert_eq!(
        read("metadata_modified:[2026-01-01T00:00:00Z TO *]"),
        Filter::Between(Field::Modified, Some((from, true)), None)
    );
    assert_eq!(
        read("metadata_modified:{2026-01-01T00:00:00.000Z TO *}"),
        Filter::Between(Field::Modified, Some((from, false)), None)
    );
    let last = Filter::Between(Field::Modified, Some((week, true)), Some((now(), true)));
    assert_eq!(read("metadata_modified:[NOW-7DAY TO NOW]"), last);
    assert_eq!(read("metadata_modified:[NOW-7DAYS TO NOW]"), last);
}

#[test]
fn anything_else_is_refused_and_never_half_understood() {
    for text in [
        "nosuch:x",
        "organization:a OR tags:b AND name:c",
        "organization:a OR +tags:b",
        "organization:a OR -tags:b",
        "title:x^2",
        "title:x~",
        "(organization:a",
        "organization:a)",
        "organization:\"a",
        "tags:[a TO b]",
        "metadata_modified:2026-01-01",
        "metadata_modified:[yesterday TO *]",
        "metadata_modified:[NOW/DAY TO *]",
        "metadata_modified:[公公公公 TO *]",
        "metadata_modified:[NOW-99999YEARS TO *]",
        "metadata_modified:[NOW-99999999DAYS TO *]",
        "metadata_modified:[NOW公 TO *]",
        "AND organization:a",
        "organization:",
        "organization:tags:x",
        "()",
        "{!term f=x}y",
        "a/b",
    ] {
        assert!(parse(text, now()).is_err(), "{text}: {:?}", parse(text, now()));
    }
    assert!(parse(&"(".repeat(5000), now()).is_err());
}

#[test]
fn wildcards_match_anywhere_they_stand() {
    let matches = |filter: &str, value: &str| match read(filter) {
        Filter::Is(_, pattern) => pattern.matches(value),
        other => panic!("{other:?}"),
    };
    assert!(matches("title:*公交*", "永州市公交站点"));
    assert!(!matches("title:*地铁*", "永州市公交站点"));
    assert!(matches("title:公交", "永州市公交站点"));
    assert!(matches("title:\"公交 站点\"", "城区公交 站点表"));
    assert!(matches("name:3070*-0001", "307021431100-0001"));
    assert!(!matches("name:3070", "307021431100-0001"));
    assert!(matches("name:?a*b*c", "xaZZbYYc"));
    assert!(matches("tags:*", "交通"));
    assert!(matches("name:a\\*b", "a*b"));
    assert!(!matches("name:a\\*b", "axb"));
}
