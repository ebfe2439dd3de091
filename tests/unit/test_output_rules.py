"""Who may decide on an output and what follows: every order of decisions, and that nobody learns another's before it is time."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from sightline.governance.outputs import Asked, Checked, MayNotCheck, OutputStepNotPossible, check_output_step, refuse_to_decide
from sightline.model.outputs import STATE_WORDS, OutputState, OutputStep, Verdict
from tests.support.partnership import NOW

RELEASE, RETURN = Verdict.RELEASE, Verdict.RETURN


def said(by: str, agency: str, verdict: Verdict = RELEASE, *, trained: bool = True) -> Checked:
    return Checked(by, agency, verdict, "read it all", trained, NOW)


def request(*checked: Checked, stopped: bool = False, steps: tuple[OutputStep, ...] = ()) -> Asked:
    return Asked("analyst", stopped, checked, steps)


def may(asked: Asked, by: str, agency: str, *, trained: bool = True) -> bool:
    try:
        refuse_to_decide(asked, by=by, agency=agency, trained=trained)
    except MayNotCheck:
        return False
    return True


@pytest.mark.parametrize("verdicts", [each for many in range(4) for each in product(Verdict, repeat=many)])
def test_two_who_say_the_same_settle_it_and_nobody_else_does(verdicts):
    asked = request(*(said(f"checker {n}", f"agency {n}", verdict) for n, verdict in enumerate(verdicts)))

    releases, returns = verdicts.count(RELEASE), verdicts.count(RETURN)
    expected = OutputState.WAITING
    if releases >= 2:
        expected = OutputState.RELEASED
    elif returns >= 2:
        expected = OutputState.RETURNED
    elif len(verdicts) == 2:
        expected = OutputState.DIFFERING
    assert asked.state is expected
    assert may(asked, "late", "late agency") is (expected in (OutputState.WAITING, OutputState.DIFFERING))


@pytest.mark.parametrize(
    ("by", "agency", "told"),
    [
        ("analyst", "csc", "You asked for this output"),
        ("bo", "", "names no agency"),
        ("ann", "housing", "You have decided"),
        ("bo", "police", "Somebody of your agency"),
    ],
)
def test_neither_the_requester_nor_the_same_person_or_agency_decides(by, agency, told):
    with pytest.raises(MayNotCheck, match=told):
        refuse_to_decide(request(said("ann", "police")), by=by, agency=agency, trained=True)


def test_of_any_two_who_release_one_is_trained():
    """Every way in which three can decide, in every order: no two untrained ones release together."""
    for trained in product((True, False), repeat=3):
        for order in permutations(range(3)):
            for verdicts in product(Verdict, repeat=3):
                asked = request()
                for n in order:
                    if may(asked, f"c{n}", f"a{n}", trained=trained[n]):
                        asked = request(*asked.checked, said(f"c{n}", f"a{n}", verdicts[n], trained=trained[n]))
                if asked.state is OutputState.RELEASED:
                    assert any(each.trained for each in asked.checked if each.verdict is RELEASE)


@pytest.mark.parametrize("trained", [True, False])
def test_a_refusal_for_lack_of_training_tells_nothing_of_what_the_first_decided(trained):
    answers = {may(request(said("ann", "police", verdict, trained=trained)), "bo", "csc", trained=False) for verdict in Verdict}

    assert answers == {trained}


def test_nobody_reads_a_decision_before_enough_are_in():
    first = request(said("ann", "police", RETURN))
    differing = request(said("ann", "police", RETURN), said("bo", "csc"))
    done = request(*differing.checked, said("cy", "housing"))

    assert [len(first.seen_by(who)) for who in ("ann", "bo", "protection")] == [1, 0, 0]
    assert first.told_to_requester() == ()
    assert [len(differing.seen_by(who)) for who in ("ann", "cy")] == [1, 0]
    assert len(differing.told_to_requester()) == 2
    assert len(done.seen_by("anybody")) == 3


@pytest.mark.parametrize("step", OutputStep)
def test_only_what_is_released_is_recalled_and_only_what_waits_is_taken_back(step):
    states = {
        OutputState.STOPPED: request(stopped=True),
        OutputState.WAITING: request(),
        OutputState.DIFFERING: request(said("a", "x"), said("b", "y", RETURN)),
        OutputState.RETURNED: request(said("a", "x", RETURN), said("b", "y", RETURN)),
        OutputState.RELEASED: request(said("a", "x"), said("b", "y")),
        OutputState.RECALLED: request(said("a", "x"), said("b", "y"), steps=(OutputStep.RECALL,)),
        OutputState.WITHDRAWN: request(steps=(OutputStep.WITHDRAW,)),
    }
    allowed = {OutputStep.RECALL: {OutputState.RELEASED}, OutputStep.WITHDRAW: {OutputState.WAITING, OutputState.DIFFERING}}
    assert states.keys() == set(OutputState) == STATE_WORDS.keys()
    for state, asked in states.items():
        assert asked.state is state
        if state in allowed[step]:
            check_output_step(asked, step)
        else:
            with pytest.raises(OutputStepNotPossible):
                check_output_step(asked, step)
