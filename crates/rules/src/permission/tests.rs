use super::*;
use crate::procedure::NEW;

fn org(id: &str, kind: OrgKind, level: Level, authority: &str) -> Org {
    Org {
        id: id.into(),
        name: id.to_owned(),
        kind,
        level,
        region: String::new(),
        credit_code: String::new(),
        front_code: "307021".to_owned(),
        authority: authority.into(),
        confirmer: format!("{authority}-confirmer").as_str().into(),
    }
}

fn agency(id: &str) -> Org {
    org(id, OrgKind::Agency, Level::City, "city")
}

fn county_agency(id: &str, county: &str) -> Org {
    org(id, OrgKind::Agency, Level::County, county)
}

fn authority(id: &str, level: Level) -> Org {
    org(id, OrgKind::Authority, level, id)
}

fn actor(role: Role, org: &Org) -> Actor {
    Actor {
        user: "u".into(),
        name: "张".to_owned(),
        org: org.clone(),
        roles: vec![role],
    }
}

fn is_allowed(role: Role, org: &Org, action: Action, subject: &Subject<'_>) -> bool {
    may(&actor(role, org), action, subject).is_ok()
}

#[test]
fn every_act_has_exactly_one_rule() {
    for action in Action::ALL {
        assert_eq!(
            RULES.iter().filter(|it| it.action == *action).count(),
            1,
            "{action:?}"
        );
        assert!(!rule(*action).by.is_empty());
    }
}

/// Whether an act only reads.
fn reads(action: Action) -> bool {
    use Action::*;
    matches!(
        action,
        SearchCatalogue
            | SeeEntry
            | SeeDelivery
            | SeeCase
            | SeeGrant
            | SeeUsage
            | SeeReceipt
            | ReadEvidence
            | SeeCalendar
            | SeeOpening
            | SeeAgreement
            | SeeProducts
            | SeeNotices
            | OwnAccount
    )
}

#[test]
fn yongzhou_art06_auditors_read_and_never_act_and_see_no_refused_rows() {
    for rule in RULES {
        let is_auditors = rule.by.iter().any(|(who, _)| *who == Who::Person(Role::Auditor));
        assert!(!is_auditors || reads(rule.action), "{:?}", rule.action);
    }
}

#[test]
fn yongzhou_art06_administrators_see_neither_entries_nor_cases_nor_grants_nor_data() {
    use Action::*;
    let theirs = [
        ManagePeople,
        ManageOrgs,
        SeeCalendar,
        LoadCalendar,
        SeeExpiry,
        SeeNotices,
        ManageMail,
        OwnAccount,
    ];
    for rule in RULES {
        let is_theirs = rule
            .by
            .iter()
            .any(|(who, _)| *who == Who::Person(Role::Administrator));
        assert_eq!(is_theirs, theirs.contains(&rule.action), "{:?}", rule.action);
    }
}

#[test]
fn yongzhou_art06_a_countys_authority_acts_for_its_own_county_only() {
    let (city, one, two) = (
        authority("city", Level::City),
        authority("one", Level::County),
        authority("two", Level::County),
    );
    let (civil, county_civil) = (agency("civil"), county_agency("county-civil", "one"));
    let reviews = |reviewer: &Org, provider: &Org| {
        is_allowed(
            Role::Reviewer,
            reviewer,
            Action::ReviewEntry,
            &Subject::entry(provider, &[], false),
        )
    };
    assert!(reviews(&one, &county_civil));
    assert!(!reviews(&two, &county_civil));
    assert!(!reviews(&one, &civil));
    assert!(reviews(&city, &civil));
    // Art. 11: the authority of the same level, so the city does not publish for a county.
    assert!(!reviews(&city, &county_civil));
}

#[test]
fn yongzhou_art06_a_countys_auditor_and_administrator_reach_their_county_and_the_citys_everything() {
    let (city_audit, county_audit) = (agency("audit"), county_agency("county-audit", "one"));
    let (civil, same, other) = (
        agency("civil"),
        county_agency("a", "one"),
        county_agency("b", "two"),
    );
    for (role, action) in [
        (Role::Auditor, Action::SeeCase),
        (Role::Administrator, Action::ManagePeople),
    ] {
        let reaches = |who: &Org, whom: &Org| {
            let subject = Subject {
                provider: Some(whom),
                ..Subject::org(whom)
            };
            is_allowed(role, who, action, &subject)
        };
        assert_eq!(
            [&civil, &same, &other].map(|it| reaches(&city_audit, it)),
            [true; 3]
        );
        assert_eq!(
            [&civil, &same, &other].map(|it| reaches(&county_audit, it)),
            [false, true, false]
        );
    }
    let whole = Subject::default();
    assert!(is_allowed(
        Role::Auditor,
        &city_audit,
        Action::ReadEvidence,
        &whole
    ));
    assert!(!is_allowed(
        Role::Auditor,
        &county_audit,
        Action::ReadEvidence,
        &whole
    ));
    assert!(!is_allowed(
        Role::Administrator,
        &county_audit,
        Action::LoadCalendar,
        &whole
    ));
}

#[test]
fn yongzhou_art06_a_county_is_offered_nothing_that_is_the_whole_citys() {
    let (city, county) = (authority("city", Level::City), authority("county", Level::County));
    let offered = |role, org: &Org, action| could(&actor(role, org), action);
    for (role, action) in [
        (Role::Auditor, Action::ReadEvidence),
        (Role::Administrator, Action::LoadCalendar),
    ] {
        assert!(
            offered(role, &city, action) && !offered(role, &county, action),
            "{action:?}"
        );
    }
    assert!(offered(Role::Auditor, &county, Action::SeeCase));
}

#[test]
fn yongzhou_art05_a_matter_within_one_county_is_settled_by_that_countys_authority() {
    let (city, one, two) = (
        authority("city", Level::City),
        authority("one", Level::County),
        authority("two", Level::County),
    );
    let (a, b) = (county_agency("a", "one"), county_agency("b", "one"));
    for action in [Action::DecideRequest, Action::DecideDispute] {
        let may = |it: &Org| is_allowed(Role::Reviewer, it, action, &Subject::between(&a, &b));
        assert_eq!([&city, &one, &two].map(may), [false, true, false]);
    }
}

#[test]
fn yongzhou_art18_a_matter_between_two_levels_or_two_counties_is_the_citys() {
    let (city, one, two) = (
        authority("city", Level::City),
        authority("one", Level::County),
        authority("two", Level::County),
    );
    let (civil, a, c) = (
        agency("civil"),
        county_agency("a", "one"),
        county_agency("c", "two"),
    );
    let deciders = |provider: &Org, consumer: &Org| {
        let subject = Subject::between(provider, consumer);
        [&city, &one, &two].map(|it| is_allowed(Role::Reviewer, it, Action::DecideDispute, &subject))
    };
    assert_eq!(deciders(&a, &c), [true, false, false]);
    assert_eq!(deciders(&a, &civil), [true, false, false]);
    assert_eq!(deciders(&civil, &a), [true, false, false]);
}

#[test]
fn yongzhou_art18_a_departments_clerk_applies_for_what_the_catalogue_lists() {
    let (civil, health) = (agency("civil"), agency("health"));
    let applies = |org: &Org, subject: &Subject<'_>| is_allowed(Role::Clerk, org, Action::Apply, subject);
    assert!(applies(&health, &Subject::entry(&civil, &[], true)));
    assert!(!applies(&health, &Subject::entry(&civil, &[], false)));
    assert!(!is_allowed(
        Role::Cataloguer,
        &health,
        Action::Apply,
        &Subject::entry(&civil, &[], true)
    ));
}

#[test]
fn yongzhou_art03_using_the_own_departments_data_is_not_sharing() {
    let (civil, health) = (agency("civil"), agency("health"));
    let entry = Subject::entry(&civil, &[], true);
    for action in [Action::Claim, Action::Apply] {
        assert!(is_allowed(Role::Clerk, &health, action, &entry));
        assert!(!is_allowed(Role::Clerk, &civil, action, &entry));
    }
}

#[test]
fn yongzhou_art10_the_catalogue_is_one_for_the_city_and_its_counties() {
    let (civil, county_civil) = (agency("civil"), county_agency("county-civil", "one"));
    for (reader, provider) in [(&civil, &county_civil), (&county_civil, &civil)] {
        assert!(is_allowed(
            Role::Clerk,
            reader,
            Action::SearchCatalogue,
            &Subject::default()
        ));
        assert!(is_allowed(
            Role::Clerk,
            reader,
            Action::SeeEntry,
            &Subject::entry(provider, &[], true)
        ));
    }
}

#[test]
fn yongzhou_art19_only_the_providers_head_stops_a_grant_and_only_of_the_own_data() {
    let (civil, health, other) = (agency("civil"), agency("health"), agency("other"));
    let subject = Subject::between(&civil, &health);
    for action in [Action::SuspendGrant, Action::ResumeGrant, Action::TerminateGrant] {
        assert!(is_allowed(Role::Head, &civil, action, &subject));
        assert!(!is_allowed(Role::Head, &health, action, &subject));
        assert!(!is_allowed(Role::Head, &other, action, &subject));
        assert!(!is_allowed(Role::Engineer, &civil, action, &subject));
    }
}

#[test]
fn yongzhou_art19_another_agencys_grant_reads_as_not_existing() {
    let (civil, health, other) = (agency("civil"), agency("health"), agency("other"));
    let subject = Subject::between(&civil, &health);
    let denied = |role, org: &Org, action| may(&actor(role, org), action, &subject).unwrap_err();
    for action in [Action::SeeGrant, Action::SeeUsage, Action::TerminateGrant] {
        let denied = denied(Role::Head, &other, action);
        assert!(denied.hides && denied.cites.is_none());
        assert_eq!(denied.words(), nothing("该授权"));
    }
    let told = denied(Role::Clerk, &health, Action::TerminateGrant);
    assert!(!told.hides);
    assert_eq!(
        told.words(),
        "您不能办理“终止授权”。可以办理的是：部门负责人（本单位提供的数据），依据是《永州市政务大数据管理办法》第十九条。"
    );
}

#[test]
fn yongzhou_art16_data_is_delivered_by_the_providers_engineer_or_its_own_systems() {
    let (civil, health) = (agency("civil"), agency("health"));
    let entry = Subject::entry(&civil, &[], true);
    assert!(is_allowed(Role::Engineer, &civil, Action::Deliver, &entry));
    assert!(!is_allowed(Role::Clerk, &civil, Action::Deliver, &entry));
    assert!(!is_allowed(Role::Engineer, &health, Action::Deliver, &entry));
    assert!(system_may(&civil, Action::Deliver, &entry).is_ok());
    assert!(system_may(&health, Action::Deliver, &entry).is_err());
}

#[test]
fn yongzhou_art19_a_system_calls_under_its_own_agencys_grants_alone() {
    let (civil, health) = (agency("civil"), agency("health"));
    let subject = Subject::between(&civil, &health);
    assert!(system_may(&health, Action::Call, &subject).is_ok());
    assert!(system_may(&civil, Action::Call, &subject).unwrap_err().hides);
    assert!(system_may(&civil, Action::ReviewEntry, &Subject::entry(&civil, &[], true)).is_err());
}

#[test]
fn yongzhou_art11_a_draft_is_seen_by_those_who_compile_sign_confirm_review_and_oversee_it() {
    let (civil, police, other) = (agency("civil"), agency("police"), agency("other"));
    let (city, confirmer) = (authority("city", Level::City), agency("city-confirmer"));
    let signers = [police.id.clone()];
    let draft = Subject::entry(&civil, &signers, false);
    let sees = |role, org: &Org| is_allowed(role, org, Action::SeeEntry, &draft);
    assert!(sees(Role::Cataloguer, &civil) && sees(Role::Head, &police));
    assert!(sees(Role::Reviewer, &city) && sees(Role::Confirmer, &confirmer));
    assert!(!sees(Role::Cataloguer, &other) && !sees(Role::Clerk, &civil) && !sees(Role::Confirmer, &other));
}

#[test]
fn yongzhou_art17_the_designated_department_sees_what_it_confirms_and_no_matter_that_comes_of_it() {
    let (civil, health, confirmer) = (agency("civil"), agency("health"), agency("city-confirmer"));
    let sees = |subject: &Subject<'_>| is_allowed(Role::Confirmer, &confirmer, Action::SeeCase, subject);
    assert!(sees(&Subject::entry(&civil, &[], false)));
    // Applications, opening, objections and doubts are between others.
    assert!(!sees(&Subject::entry(&civil, &[], true)));
    assert!(!sees(&Subject::between(&civil, &health)));
}

#[test]
fn yongzhou_art40_a_public_service_company_takes_part_with_the_same_rules() {
    let water = org("water", OrgKind::PublicService, Level::City, "city");
    let civil = agency("civil");
    assert!(is_allowed(
        Role::Clerk,
        &water,
        Action::Apply,
        &Subject::entry(&civil, &[], true)
    ));
    assert!(is_allowed(
        Role::Cataloguer,
        &water,
        Action::SubmitEntry,
        &Subject::entry(&water, &[], false)
    ));
    assert!(is_allowed(
        Role::Head,
        &water,
        Action::TerminateGrant,
        &Subject::between(&water, &civil)
    ));
}

#[test]
fn yongzhou_art41_administrators_of_every_level_are_told_of_the_expiry() {
    for org in [agency("city-office"), county_agency("county-office", "one")] {
        assert!(is_allowed(
            Role::Administrator,
            &org,
            Action::SeeExpiry,
            &Subject::default()
        ));
    }
}

/// The organisations of a small city, each once.
fn orgs() -> Vec<Org> {
    vec![
        agency("civil"),
        agency("health"),
        agency("police"),
        agency("other"),
        agency("city-confirmer"),
        authority("city", Level::City),
        authority("one", Level::County),
        county_agency("county-civil", "one"),
    ]
}

#[test]
fn offices_and_permissions_agree_on_every_step_of_every_procedure_that_runs() {
    let (civil, health, signers) = (agency("civil"), agency("health"), [OrgId::from("police")]);
    for procedure in Procedure::WIRED {
        let subject = match procedure.name {
            "compilation" => Subject::entry(&civil, &signers, false),
            "report" | "opening" | "open_request" => Subject::entry(&civil, &[], true),
            "objection" => Subject {
                is_citys: true,
                ..Subject::entry(&civil, &[], true)
            },
            _ => Subject::between(&civil, &health),
        };
        let outside = [Office::Objector, Office::Applicant];
        for it in procedure.moves.iter().filter(|it| !outside.contains(&it.by)) {
            let action = Action::of(procedure, it).expect("every step of a procedure that runs is an act");
            let offices_of_act = procedure
                .moves
                .iter()
                .filter(|other| Action::of(procedure, other) == Some(action))
                .map(|other| other.by)
                .collect::<Vec<_>>();
            for (org, role) in orgs()
                .iter()
                .flat_map(|org| Role::ALL.iter().map(move |role| (org, *role)))
            {
                let actor = actor(role, org);
                let holds = offices(&actor, &subject)
                    .iter()
                    .any(|held| offices_of_act.contains(held));
                let may_act = may(&actor, action, &subject).is_ok();
                assert_eq!(
                    may_act, holds,
                    "{} {} by {role:?} of {}",
                    procedure.name, it.step.name, org.id
                );
                if may_act && !it.from.contains(&NEW) {
                    let sees = may(&actor, Action::SeeCase, &subject).is_ok();
                    assert!(sees, "{} {} acts on a case unseen", procedure.name, it.step.name);
                }
            }
        }
    }
}

#[test]
fn a_step_of_somebody_outside_is_no_act_of_any_account() {
    for procedure in Procedure::WIRED {
        for it in procedure.moves {
            let is_outside = matches!(it.by, Office::Objector | Office::Applicant);
            assert_eq!(
                Action::of(procedure, it).is_none(),
                is_outside,
                "{} {}",
                procedure.name,
                it.step.name
            );
        }
    }
}

#[test]
fn yongzhou_art31_the_one_who_prepares_a_release_and_the_one_who_reviews_it_hold_different_offices() {
    let civil = agency("civil");
    let entry = Subject::entry(&civil, &[], true);
    assert!(is_allowed(
        Role::Cataloguer,
        &civil,
        Action::PrepareRelease,
        &entry
    ));
    assert!(!is_allowed(
        Role::Cataloguer,
        &civil,
        Action::ReviewSecrecy,
        &entry
    ));
    assert!(is_allowed(Role::Head, &civil, Action::ReviewSecrecy, &entry));
    assert!(!is_allowed(Role::Head, &civil, Action::PrepareRelease, &entry));
    assert!(!is_allowed(
        Role::Head,
        &agency("health"),
        Action::ReviewSecrecy,
        &entry
    ));
}

#[test]
fn yongzhou_art24_each_department_publishes_its_own_open_lists() {
    let (civil, health) = (agency("civil"), agency("health"));
    let publishes =
        |org: &Org, whose: &Org| is_allowed(Role::Head, org, Action::PublishOpenList, &Subject::org(whose));
    assert!(publishes(&civil, &civil));
    assert!(!publishes(&health, &civil));
    assert!(!is_allowed(
        Role::Cataloguer,
        &civil,
        Action::PublishOpenList,
        &Subject::org(&civil)
    ));
}

#[test]
fn yongzhou_art26_the_department_decides_an_application_and_the_authority_follows_up() {
    let (civil, city) = (agency("civil"), authority("city", Level::City));
    let entry = Subject::entry(&civil, &[], true);
    assert!(is_allowed(Role::Head, &civil, Action::DecideOpenRequest, &entry));
    assert!(!is_allowed(
        Role::Reviewer,
        &city,
        Action::DecideOpenRequest,
        &entry
    ));
    // The article names the city's authority: data of a county's department too is followed up by it.
    let one = authority("one", Level::County);
    let county = county_agency("county-civil", "one");
    for provider in [&civil, &county] {
        let entry = Subject::entry(provider, &[], true);
        assert!(is_allowed(Role::Reviewer, &city, Action::SeeAgreement, &entry));
        assert!(is_allowed(Role::Reviewer, &city, Action::FollowUp, &entry));
        assert!(!is_allowed(Role::Reviewer, &one, Action::FollowUp, &entry));
    }
    let entry = Subject::entry(&county, &[], true);
    assert!(is_allowed(Role::Reviewer, &one, Action::SeeAgreement, &entry));
}

#[test]
fn yongzhou_art33_only_those_who_handle_an_application_see_who_applies() {
    let (civil, health, city) = (agency("civil"), agency("health"), authority("city", Level::City));
    let entry = Subject::entry(&civil, &[], true);
    assert!(is_allowed(Role::Head, &civil, Action::SeeApplicant, &entry));
    assert!(!is_allowed(Role::Head, &health, Action::SeeApplicant, &entry));
    for role in [Role::Reviewer, Role::Auditor, Role::Administrator] {
        assert!(!is_allowed(role, &city, Action::SeeApplicant, &entry));
    }
}

#[test]
fn yongzhou_art34_an_objection_is_the_city_authoritys_whoever_provides_the_data() {
    let (city, one) = (authority("city", Level::City), authority("one", Level::County));
    let county = county_agency("county-civil", "one");
    let subject = Subject {
        is_citys: true,
        ..Subject::entry(&county, &[], true)
    };
    for action in [
        Action::MarkObjection,
        Action::DecideObjection,
        Action::TransferObjection,
        Action::TellObjector,
    ] {
        assert!(is_allowed(Role::Reviewer, &city, action, &subject));
        assert!(!is_allowed(Role::Reviewer, &one, action, &subject));
    }
    assert!(is_allowed(
        Role::Cataloguer,
        &county,
        Action::DepartmentDecide,
        &subject
    ));
}
