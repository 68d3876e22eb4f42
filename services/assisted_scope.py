"""What an agent may do with a citizen's consent, by the names that menus use. The rest is for the citizen's own hands.

Never among them: PINs and accounts, the number, where something is collected, consents, what was sent to her, and
what is held about her.
"""

from domain.outcomes import Outcome
from services.caller import Caller
from services.desk import Desk
from services.outcomes import KnownCaller, PinNeeded
from services.use_cases import USE_CASES

BESIDE = frozenset(
    {
        "accounts.recognise",
        "accounts.state",
        "applications.fee",
        "applications.find",
        "applications.mine",
        "apply.amend",
        "apply.begin",
        "apply.consent",
        "apply.keep",
        "apply.reopen",
        "apply.restart",
        "apply.services",
        "apply.submit",
        "catalogue.open",
        "catalogue.services",
        "links.begin",
        "links.link",
        "places.districts",
        "places.open",
        "places.regions",
        "places.search",
        "places.search_area",
        "places.services",
        "places.within",
        "visits.begin_for",
        "visits.book",
        "visits.cancel",
        "visits.days",
        "visits.hold",
        "visits.mine",
        "visits.move",
        "visits.open",
        "visits.other_days",
        "visits.places",
        "visits.places_in",
        "visits.services",
        "visits.times",
    }
)


async def perform(desk: Desk, caller: Caller, use: str, arguments: dict[str, object]) -> Outcome:
    """The use case for her, or `PinNeeded`: that is for her own telephone."""
    if use == "accounts.recognise":
        spoken = caller.person.language if caller.person else caller.language
        return KnownCaller(spoken, caller.has_account)
    if use not in BESIDE:
        return PinNeeded()
    return await USE_CASES[use](desk, caller, **arguments)
