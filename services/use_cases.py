"""The visible table of everything a citizen can do, by the names that menus use."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

from domain.outcomes import Outcome
from services import (
    accounts,
    applications,
    apply,
    assisted_by_phone,
    assisted_claims,
    assisted_consents,
    assisted_sessions,
    catalogue,
    complaints,
    deliveries,
    links,
    messages,
    payments,
    pickups,
    pins,
    places,
    reports,
    resets,
    sending,
    stops,
    surveys,
    visits,
)
from services.caller import SECRET

UseCase = Callable[..., Awaitable[Outcome]]

USE_CASES: Mapping[str, UseCase] = {
    "agents.open": assisted_by_phone.open,
    "agents.ask": assisted_by_phone.ask,
    "agents.consent": assisted_by_phone.consent,
    "agents.resume": assisted_by_phone.resume,
    "agents.finish": assisted_sessions.finish,
    "assisted.state": assisted_sessions.state,
    "assisted.agree": assisted_consents.agree,
    "assisted.decline": assisted_consents.decline,
    "assisted.stop": assisted_sessions.stop_all,
    "assisted.claim": assisted_claims.claim,
    "accounts.recognise": accounts.recognise,
    "accounts.choose_language": accounts.choose_language,
    "accounts.state": accounts.state,
    "accounts.create": accounts.create,
    "accounts.close": accounts.close,
    "accounts.check_new_pin": pins.check_new_pin,
    "accounts.verify_pin": pins.verify_pin,
    "accounts.change_pin": pins.change_pin,
    "accounts.reset_state": resets.reset_state,
    "accounts.reset_fact": resets.reset_fact,
    "accounts.ask_reset": resets.ask_reset,
    "accounts.finish_reset": resets.finish_reset,
    "applications.find": applications.find,
    "applications.history": applications.history,
    "applications.fee": deliveries.fee,
    "applications.mine": applications.mine,
    "links.begin": links.begin,
    "links.link": links.link,
    "apply.services": apply.services,
    "apply.begin": apply.begin,
    "apply.consent": apply.consent,
    "apply.restart": apply.restart,
    "apply.keep": apply.keep,
    "apply.submit": apply.submit,
    "apply.reopen": apply.reopen,
    "apply.amend": apply.amend,
    "visits.services": visits.services,
    "visits.places": visits.places,
    "visits.places_in": visits.places_in,
    "visits.days": visits.days,
    "visits.times": visits.times,
    "visits.hold": visits.hold,
    "visits.book": visits.book,
    "visits.begin_for": visits.begin_for,
    "visits.mine": visits.mine,
    "visits.open": visits.open,
    "visits.move": visits.move,
    "visits.cancel": visits.cancel,
    "visits.other_days": visits.other_days,
    "pickups.find": pickups.find,
    "pickups.choices": pickups.choices,
    "pickups.point": pickups.point,
    "pickups.choose": pickups.choose,
    "places.regions": places.regions,
    "places.districts": places.districts,
    "places.within": places.within,
    "places.search": places.search,
    "places.search_area": places.search_area,
    "places.open": places.open,
    "places.services": places.services,
    "stops.regions": stops.regions,
    "stops.districts": stops.districts,
    "stops.near": stops.near,
    "stops.search": stops.search,
    "stops.promise": stops.promise,
    "stops.mine": stops.mine,
    "stops.open": stops.open,
    "stops.withdraw": stops.withdraw,
    "payments.of": payments.of,
    "payments.open": payments.open,
    "sending.pickup": sending.pickup,
    "sending.visit": sending.visit,
    "sending.answer": sending.answer,
    "messages.mine": messages.mine,
    "messages.open": messages.open,
    "surveys.begin": surveys.begin,
    "surveys.without_name": surveys.without_name,
    "surveys.answer": surveys.answer,
    "surveys.stop": surveys.stop,
    "complaints.services": complaints.services,
    "complaints.places": complaints.places,
    "complaints.check_reference": complaints.check_reference,
    "complaints.open": complaints.open,
    "reports.begin": reports.begin,
    "reports.choose": reports.choose,
    "reports.report": reports.report,
    "complaints.mine": complaints.mine,
    "complaints.show": complaints.show,
    "catalogue.services": catalogue.services,
    "catalogue.open": catalogue.open,
}

IMPERSONAL = frozenset(
    {
        "apply.services",
        "catalogue.open",
        "catalogue.services",
        "complaints.check_reference",
        "complaints.places",
        "complaints.services",
        "places.districts",
        "places.open",
        "places.regions",
        "places.search",
        "places.search_area",
        "places.services",
        "places.within",
        "reports.begin",
        "reports.choose",
        "stops.districts",
        "stops.near",
        "stops.regions",
        "stops.search",
        "visits.days",
        "visits.hold",
        "visits.places",
        "visits.places_in",
        "visits.services",
        "visits.times",
    }
)
"""Those that are the same for everybody: they look nobody up, and work while our own records are away."""


UNPROVEN = frozenset(
    {
        "accounts.recognise",
        "accounts.choose_language",
        "applications.find",
        "catalogue.open",
        "catalogue.services",
        "pickups.find",
        "places.districts",
        "places.open",
        "places.regions",
        "places.search",
        "places.search_area",
        "places.services",
        "places.within",
        "stops.districts",
        "stops.near",
        "stops.regions",
        "stops.search",
        "visits.days",
        "visits.places",
        "visits.places_in",
        "visits.services",
        "visits.times",
    }
)
"""Those that a channel may perform whose sender proves nothing (`Caller.attested`): none of them acts for a person,
and what they tell of an application is its state word."""


@cache
def outcomes_of(use_case: UseCase) -> tuple[type[Outcome], ...]:
    """Every outcome that it may have, from its annotation."""
    answer = get_type_hints(use_case)["return"]
    return get_args(answer) if get_origin(answer) in (Union, UnionType) else (answer,)


@cache
def parameters_of(use_case: UseCase) -> tuple[str, ...]:
    """What it must be given besides the desk and the caller."""
    return tuple(inspect.signature(use_case).parameters)[2:]


@cache
def secrets_of(use_case: UseCase) -> frozenset[str]:
    """Those of its parameters that no session, log or history may hold."""
    hints = get_type_hints(use_case, include_extras=True)
    return frozenset(name for name in parameters_of(use_case) if SECRET in get_args(hints[name]))
