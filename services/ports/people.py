"""Persons, their numbers and languages, as use cases need them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.msisdn import Msisdn


class Binding(StrEnum):
    """How a number stands to a person (`decisions.md`)."""

    ACTIVE = "active"
    STALE = "stale"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Person:
    """Who calls: the person that an active or stale number stands for.

    `applicant` is the pseudonym by which ministries know her. `former_holder`: somebody else had the number
    before, so that a ministry's older record of it proves nothing. `last_seen`: the day of contact, UTC.
    `language_chosen`: she came herself and was spoken to in it; else it is what a ministry said of her.
    """

    id: UUID
    language: str
    binding: Binding
    has_account: bool
    applicant: str
    last_seen: datetime
    former_holder: bool = False
    language_chosen: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a person is reached, in which language, and how sure it is that the number is hers."""

    number: Msisdn
    language: str
    binding: Binding


class People(Protocol):
    """Persons, their numbers and languages."""

    async def by_number(self, number: Msisdn) -> Person | None: ...

    async def hold(self, number: Msisdn) -> Person | None:
        """As `by_number`; and until the unit of work ends nobody comes to doubt the number, or ends it."""
        ...

    async def greet(self, number: Msisdn, language: str, *, attested: bool = True, chosen: bool = True) -> Person:
        """The person behind the number, made on first contact; keeps the language and the day of contact.

        `chosen`: she said that it is hers. If not, one who is known keeps the language she has, and somebody new is
        asked for hers when she calls.
        Where the channel does not vouch for the number (`attested` is false), only the language: anybody may have
        written it, and it must keep no binding alive. A number that has been silent too long becomes stale here; it
        stays so until `confirm_number`.
        """
        ...

    async def meet(self, number: Msisdn, language: str) -> Person:
        """The person behind the number, made where nobody has it. Others gave it: neither the language of one who is
        known nor her day of contact changes."""
        ...

    async def by_applicant(self, applicant: str) -> UUID | None:
        """Whom ministries know by this pseudonym."""
        ...

    async def confirm_number(self, number: Msisdn, person: UUID, *, by_fact: bool = False) -> None:
        """The person proved that the number is still hers: a stale binding is active again.

        `by_fact`: by one that her ministry checked, so that a SIM swap before this day says nothing any more. A PIN
        does not count so: it may have been chosen after the swap (`services.sim_swaps`).
        """
        ...

    async def doubt_number(self, number: Msisdn) -> None:
        """Something says that the number may be another's by now: an active binding is stale until it is confirmed."""
        ...

    async def end_number(self, number: Msisdn, person: UUID) -> None:
        """The number is another's now, or was never hers."""
        ...

    async def had_holder(self, number: Msisdn) -> bool:
        """Whether a binding of the number was ever ended, or went with whoever was erased: what ministries know of it
        may be another's."""
        ...

    async def contact(self, person: UUID) -> Contact | None:
        """Her number, active or stale; None where she has none (any more)."""
        ...

    async def choose_language(self, person: UUID, language: str) -> None:
        """She wants to be spoken to in it."""
        ...

    async def forget(self, person: UUID) -> None:
        """Take back one who was made known by mistake: her row and her key. Erasing is `PersonalData.erase`."""
        ...
