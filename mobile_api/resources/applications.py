"""Her applications: the list as last heard of, one as its ministry tells it now, and linking by a fact."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from domain.states import ApplicationState
from mobile_api.operations import Answer, Asked, Cache, Op, Output, Security, unforeseen
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.applications_shown import cursor, details, entry
from mobile_api.resources.applications_values import (
    REFERENCE,
    ApplicationDetails,
    ApplicationLinked,
    ApplicationList,
    ApplicationListed,
    LinkFactNeeded,
    LinkQuery,
    LinkWanted,
    NextStep,
    StateSeen,
    Step,
)
from mobile_api.shown import MOST_ITEMS, Amount, PageQuery
from services import links
from services.caller import Caller
from services.known_applications import ApplicationKnown, KnownPage, listed, shown
from services.outcomes import (
    AlreadyLinked,
    AskBirthDate,
    AskSlipKey,
    FactWrong,
    Linked,
    NotFound,
    PinNeeded,
    ReferenceMalformed,
    StateOnly,
    TooManyTries,
)
from services.pack_values import LinkFact

TAG = "applications"
_MOST_CHANGED = 50
_A_DAY = 24 * 3600


def caller_of(asked: Asked) -> Caller:
    """The citizen, spoken to in the language of the request."""
    return replace(asked.caller, language=asked.language)


async def list_applications(asked: Asked) -> Answer:
    """Hers, newest first, as last heard of."""
    query: PageQuery = asked.query
    page = await listed(asked.desk, asked.caller, min(query.limit, MOST_ITEMS), _before(query.cursor))
    if isinstance(page, PinNeeded):
        raise Problem("pin_needed")
    return Answer(ApplicationList(tuple(entry(asked, known) for known in page.items), cursor(page.next)))


async def changed(asked: Asked, ids: frozenset[str] | None) -> Mapping[str, Output]:
    """Those that changed, by reference; for None the newest."""
    page = await listed(asked.desk, asked.caller, MOST_ITEMS if ids else _MOST_CHANGED, wait=False)
    items = page.items if isinstance(page, KnownPage) else ()
    return {known.reference: entry(asked, known) for known in items if ids is None or known.reference in ids}


async def show_application(asked: Asked) -> Answer:
    """One of hers. Another's is answered like one that is not: for a bare reference there is `/status/{reference}`."""
    match await shown(asked.desk, caller_of(asked), asked.path["reference"]):
        case ApplicationKnown() as found:
            return Answer(details(asked, found))
        case StateOnly() | NotFound() | ReferenceMalformed():
            raise Problem("not_found")
        case PinNeeded():
            raise Problem("pin_needed")
        case TooManyTries():
            raise Problem("too_many_tries", after_seconds=_A_DAY)
        case other:
            raise unforeseen(other)


async def link_fact(asked: Asked) -> Answer:
    """By which fact an application is linked. No ministry is asked: an unknown reference is answered like any."""
    query: LinkQuery = asked.query
    match await links.begin(asked.desk, asked.caller, query.reference):
        case AskBirthDate():
            return Answer(LinkFactNeeded(LinkFact.BIRTH_DATE.value, False))
        case AskSlipKey():
            return Answer(LinkFactNeeded(LinkFact.SLIP_KEY.value, False))
        case AlreadyLinked():
            return Answer(LinkFactNeeded(None, True))
        case ReferenceMalformed():
            raise Problem("invalid_fields", errors=(FieldError("/reference", "invalid"),))
        case PinNeeded():
            raise Problem("pin_needed")
        case other:
            raise unforeseen(other)


async def link_application(asked: Asked) -> Answer:
    """Link it, if the fact is right."""
    wanted: LinkWanted = asked.body
    match await links.link(asked.desk, asked.caller, wanted.reference, wanted.fact):
        case Linked(reference=reference):
            return Answer(ApplicationLinked(reference))
        case FactWrong(tries=tries):
            raise Problem("fact_wrong", {"tries": tries})
        case TooManyTries():
            raise Problem("too_many_tries", after_seconds=_A_DAY)
        case NotFound():
            raise Problem("invalid_fields", errors=(FieldError("/reference", "invalid"),))
        case PinNeeded():
            raise Problem("pin_needed")
        case other:
            raise unforeseen(other)


def _before(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise Problem("invalid_fields", errors=(FieldError("/cursor", "invalid"),)) from None


_AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_LISTED = ApplicationListed(
    "40000014", "social_aid", "Targeted social aid", ApplicationState.IN_REVIEW, "in review", date(2026, 12, 14), _AT
)
_FOUND = ApplicationDetails(
    reference="40000014",
    service="social_aid",
    service_name="Targeted social aid",
    state=ApplicationState.ACTION_REQUIRED,
    state_name="waiting for you",
    ministry_word="Sent back",
    submitted_on=date(2026, 11, 20),
    due_on=None,
    amount=Amount("350.00", "AZN"),
    until=None,
    reason="",
    needs=("Proof of income",),
    pickup=None,
    history=(StateSeen(ApplicationState.RECEIVED, "received", date(2026, 11, 20)),),
    next_steps=(NextStep(Step.AMEND, "/api/v1/applications/40000014/amend"),),
    as_of=_AT,
    live=True,
)

OPS: tuple[Op, ...] = (
    Op(
        id="list_applications",
        method="GET",
        path="/applications",
        summary="Your applications, newest first",
        description="As last heard of: no ministry is waited for. What is older than some minutes is asked for anew "
        "behind your back, so that the next look shows it.",
        tag=TAG,
        act=list_applications,
        query=PageQuery,
        answers={200: ApplicationList},
        problems=("pin_needed",),
        security=Security.PERSON,
        assisted=True,
        cache=Cache.PRIVATE,
        examples={200: ApplicationList((_LISTED,), None)},
    ),
    Op(
        id="show_application",
        method="GET",
        path="/applications/{reference}",
        where={"reference": REFERENCE},
        summary="One application, as its ministry tells it now",
        description="One that is not yours is not found, and counts as a guess; its state alone tells "
        "`/status/{reference}`. While the ministry is away, the last that was heard (`live` is false).",
        tag=TAG,
        act=show_application,
        answers={200: ApplicationDetails},
        problems=("pin_needed", "too_many_tries", "ministry_unavailable"),
        security=Security.PERSON,
        assisted=True,
        cache=Cache.PRIVATE,
        examples={200: _FOUND},
    ),
    Op(
        id="application_link_fact",
        method="GET",
        path="/applications/link",
        summary="Which fact links an application to you",
        tag=TAG,
        act=link_fact,
        query=LinkQuery,
        answers={200: LinkFactNeeded},
        problems=("pin_needed",),
        security=Security.PERSON,
        examples={200: LinkFactNeeded(LinkFact.SLIP_KEY.value, False)},
    ),
    Op(
        id="link_application",
        method="POST",
        path="/applications/link",
        summary="Link an application by a fact that its ministry checks",
        description="Five tries a day, counted before they are compared.",
        tag=TAG,
        act=link_application,
        body=LinkWanted,
        answers={200: ApplicationLinked},
        problems=("pin_needed", "fact_wrong", "too_many_tries", "ministry_unavailable"),
        security=Security.PERSON,
        write=True,
        examples={"body": LinkWanted("40000014", "KX7PQ2"), 200: ApplicationLinked("40000014")},
    ),
)
