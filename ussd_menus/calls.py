"""Performing what a menu calls: a use case, under the hop's deadline, in a unit of work of its own."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.deadline import Deadline
from domain.errors import GuichetError
from domain.msisdn import Msisdn
from domain.outcomes import Outcome
from services.caller import Caller
from services.desk import Desk
from services.outcomes import PinNeeded
from services.use_cases import IMPERSONAL, UNPROVEN, USE_CASES
from storage.unit_of_work import UnitOfWork
from ussd_menus.patience import within

log = logging.getLogger("guichet.ussd.calls")

DeskFor = Callable[[UnitOfWork, Deadline], Desk]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the conversation knows of its caller. `name`: the session, as whoever carries it calls it."""

    msisdn: Msisdn
    language: str
    verified: bool
    session: str
    channel: str = "ussd"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The call could not be made, or not to its end; `told` is the message id for the citizen."""

    told: str


class Calls:
    """Performs use cases for the conversation, which alone opens and commits their units of work."""

    def __init__(self, unit: Callable[[], UnitOfWork], desk_for: DeskFor) -> None:
        self.unit = unit
        self.desk_for = desk_for

    async def perform(
        self, use: str, arguments: Mapping[str, object], facts: Facts, deadline: Deadline
    ) -> Outcome | Failed:
        """What came of it. Whatever goes wrong becomes words: a conversation must go on."""
        try:
            return await within(deadline.check(), self.outcome(use, arguments, facts, deadline))
        except TimeoutError:
            return Failed("error.slow")
        except GuichetError as failure:
            log.warning("%s failed: %s", use, type(failure).__name__)
            return Failed(failure.told)
        except Exception as failure:
            # The text of an unknown exception may hold personal data: only its type and place are told.
            log.error("%s broke: %s at %s", use, type(failure).__name__, _place(failure))
            return Failed("error.ours")

    async def outcome(self, use: str, arguments: Mapping[str, object], facts: Facts, deadline: Deadline) -> Outcome:
        """The use case for whom the channel vouches for; what is not expected is raised."""
        async with self.unit() as work:
            desk = self.desk_for(work, deadline)
            known = use not in IMPERSONAL
            person = await desk.records.people.by_number(facts.msisdn) if known else None
            caller = Caller(facts.msisdn, person, facts.language, facts.verified, facts.channel, facts.session)
            if not caller.attested and use not in UNPROVEN:
                return PinNeeded()
            return await USE_CASES[use](desk, caller, **arguments)


def _place(failure: BaseException) -> str:
    trace = failure.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"
