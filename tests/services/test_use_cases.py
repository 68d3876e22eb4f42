"""The table of use cases holds what menus are checked against."""

import inspect

import services.outcomes
import services.outcomes_assisted
import services.outcomes_feedback
from domain.outcomes import Outcome
from services.use_cases import IMPERSONAL, USE_CASES, outcomes_of, parameters_of, secrets_of
from services.values import ServiceInfo


def test_every_use_case_names_its_outcomes_and_parameters():
    for name, use_case in USE_CASES.items():
        assert inspect.iscoroutinefunction(use_case) and use_case.__doc__, name
        outcomes = outcomes_of(use_case)
        assert outcomes and all(issubclass(outcome, Outcome) for outcome in outcomes), name
        assert list(inspect.signature(use_case).parameters)[:2] == ["desk", "caller"]


def test_every_outcome_comes_of_some_use_case():
    declared = {
        kind
        for module in (services.outcomes, services.outcomes_assisted, services.outcomes_feedback)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Outcome) and kind is not Outcome
    }
    assert declared == {outcome for use_case in USE_CASES.values() for outcome in outcomes_of(use_case)}


def test_every_pin_is_a_secret_and_nothing_else_is():
    for name, use_case in USE_CASES.items():
        assert secrets_of(use_case) == {"pin"} & set(parameters_of(use_case)), name


async def test_what_is_the_same_for_everybody_leaves_no_record(town):
    town.ministry.details = ServiceInfo("passport")
    given = {"service": "passport", "place_id": "centre-1", "day_id": "2026-11-25", "slot": "passport/s0"}
    given |= {"subject": "7001", "kind": "any", "region": "", "district": "", "words": "cen", "at": ""}
    for name in IMPERSONAL:
        use_case = USE_CASES[name]
        await use_case(town.desk(), await town.caller(), **{key: given[key] for key in parameters_of(use_case)})
    assert (town.store.persons, town.store.guessed, town.store.confirmed) == ({}, {}, {})


def test_a_use_case_that_writes_takes_the_confirm_token():
    writing = {name for name, use_case in USE_CASES.items() if "confirm" in parameters_of(use_case)}
    assert writing == {
        "apply.submit", "apply.amend", "visits.book", "visits.move", "visits.cancel", "pickups.choose",
        "complaints.open", "reports.report",
    }  # fmt: skip
