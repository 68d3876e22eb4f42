"""What every use case works with: the ministries, what is remembered, time, and the pack's rules."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import InvalidValue
from domain.ids import Ids
from domain.outcomes import Item
from i18n.text import Word
from services.agent_values import Assistance
from services.background import Background
from services.caller import Caller
from services.fingerprints import Fingerprints
from services.pack_values import ServiceConfig, ServicesConfig
from services.pin_vault import PinVault
from services.ports import Applications, Appointments, Ministries, Notices, Person, PlaceBook, Records
from services.values import Place

Answers: TypeAlias = Mapping[str, object]
# A service's code, or the word that shows it: a screen's variable may come back as either.
ServiceName: TypeAlias = str | Word

OpenRecords: TypeAlias = Callable[[], AbstractAsyncContextManager[Records]]


@dataclass(frozen=True, slots=True, repr=False)
class Desk:
    """One is made at start-up and given to each hop with its own `records` and `deadline` (see `at`).

    `open_records` opens a unit of work of its own, committed when left without an exception: for what goes on
    after the hop has ended. `background` runs it.
    """

    ministries: Ministries
    records: Records
    open_records: OpenRecords
    clock: Clock
    ids: Ids
    deadline: Deadline
    places: PlaceBook
    services: ServicesConfig
    pins: PinVault
    fingerprints: Fingerprints
    notices: Notices
    background: Background
    assistance: Assistance = field(default_factory=Assistance)

    def at(self, records: Records, deadline: Deadline) -> "Desk":
        """The same desk for one hop."""
        return replace(self, records=records, deadline=deadline)

    def today(self) -> date:
        """The day it is in the country."""
        return self.clock.now().astimezone(self.services.zone).date()

    def for_ministry(self) -> Deadline:
        """How long a ministry may take within this hop."""
        return self.deadline.within(self.services.ministry_seconds)

    def known_place(self, told: Place) -> Place:
        """A place that a ministry told of, with what the country's book says of it besides: its names, its hours."""
        known = self.places.get(told.id)
        if known is None:
            return told
        names, addresses = told.names or known.names, told.addresses or known.addresses
        return replace(told, names=names, addresses=addresses, hours=told.hours or known.hours)

    def service(self, name: ServiceName) -> ServiceConfig | None:
        """The pack's service of that code or word."""
        return self.services.get(service_code(name))

    def service_items(self, wanted: Callable[[ServiceConfig], bool]) -> tuple[Item, ...]:
        """The wanted services, in the pack's order."""
        chosen = (config.code for config in self.services.services.values() if wanted(config))
        return tuple(Item(code, {"service": service_word(code)}) for code in chosen)

    async def registry(self, service: str) -> Applications:
        """Where the service's applications are, about to be asked: the database connection is given back."""
        await self.records.settle()
        return self.ministries.applications(service)

    async def calendar(self, service: str) -> Appointments:
        """Where the service's visits are, about to be asked: the database connection is given back."""
        await self.records.settle()
        return self.ministries.appointments(service)

    async def person(self, caller: Caller) -> Person:
        """Who acts, made known if nobody had this number: never one for whom the number stands in doubt.

        A number that fell silent may be another's by now: whoever acts on it is somebody new, who inherits
        nothing. One with an account is asked for the PIN before (`Caller.must_prove`): that wakes it.
        """
        if caller.person is not None and caller.bound:
            return caller.person
        if caller.has_account:
            raise InvalidValue("a silent number acts before its PIN")
        if caller.person is not None:
            await self.records.people.end_number(caller.msisdn, caller.person.id)
        return await self.records.people.greet(caller.msisdn, caller.language, attested=caller.attested, chosen=False)


def service_code(name: ServiceName) -> str:
    """`social_aid`, from itself or from its word `service.social_aid`."""
    return (name.id if isinstance(name, Word) else name).removeprefix("service.")


def ministry_word(ministry: str) -> Word:
    """The name of whoever serves something, as people know it."""
    return Word(f"ministry.{ministry}")


def service_word(code: str) -> Word:
    """The word that shows a service."""
    return Word(f"service.{code}")
