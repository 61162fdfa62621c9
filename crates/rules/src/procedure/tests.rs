use super::{Office::*, *};

fn each() -> impl Iterator<Item = &'static Procedure> {
    Procedure::ALL.iter().copied()
}

#[test]
fn every_procedure_is_found_by_its_name_and_the_wired_ones_are_among_them() {
    for procedure in each() {
        assert_eq!(Procedure::find(procedure.name).unwrap().label, procedure.label);
    }
    assert!(Procedure::find("no-such-procedure").is_none());
    assert!(
        Procedure::WIRED
            .iter()
            .all(|it| Procedure::find(it.name).is_some())
    );
}

#[test]
fn every_state_is_reached_and_every_step_has_a_move() {
    for procedure in each() {
        for state in procedure.states {
            assert!(
                procedure.moves.iter().any(|it| it.to == *state),
                "{}: {state:?}",
                procedure.name
            );
        }
        for step in procedure.steps {
            assert!(
                procedure.moves.iter().any(|it| it.step == *step),
                "{}: {step:?}",
                procedure.name
            );
        }
    }
}

#[test]
fn every_procedure_can_be_opened_and_every_open_state_can_be_left() {
    for procedure in each() {
        assert!(
            procedure.moves.iter().any(|it| it.from.contains(&NEW)),
            "{}",
            procedure.name
        );
        for state in procedure.states.iter().filter(|it| !procedure.is_closed(it.name)) {
            let leaves = |it: &Move| it.from.contains(state) && it.to != *state;
            assert!(
                procedure.moves.iter().any(leaves),
                "{}: {state:?}",
                procedure.name
            );
        }
    }
}

#[test]
fn every_clock_speaks_of_steps_that_its_procedure_has() {
    for procedure in each() {
        for clock in procedure.clocks {
            let steps = [clock.starts_on, clock.met_by, clock.void_by].concat();
            for step in steps.iter().chain(&clock.extended_by) {
                assert!(procedure.steps.contains(step), "{}: {step:?}", procedure.name);
            }
            assert!(!clock.starts_on.is_empty() && !clock.met_by.is_empty() && !clock.limits.is_empty());
        }
    }
}

#[test]
fn the_next_steps_of_a_state_are_named_once_each_with_the_reason_where_one_may_not() {
    let request = Procedure::find("request").unwrap();
    let next = request.next("opined", &[Consumer]);
    let steps: Vec<(&str, bool)> = next.iter().map(|(it, may)| (it.step.name, may.is_ok())).collect();
    assert_eq!(steps, [("grant", false), ("refuse", false), ("withdraw", true)]);

    let dispute = Procedure::find("dispute").unwrap();
    let next = dispute.next("raised", &[ProviderHead]);
    let steps: Vec<(&str, bool)> = next.iter().map(|(it, may)| (it.step.name, may.is_ok())).collect();
    assert_eq!(steps, [("state", true), ("decide", false)]);
    assert_eq!(next[0].0.by, ProviderHead);
}

#[test]
fn a_step_that_no_procedure_has_is_refused_with_words_and_a_code() {
    let refused = Procedure::find("request")
        .unwrap()
        .permit("applied", "delete", &[Authority])
        .unwrap_err();
    assert_eq!((refused.code(), refused.cites()), ("no-such-step", None));
    assert!(refused.words().contains("没有这一办理步骤"));
}
