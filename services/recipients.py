"""Who is told of an event: the contact in it, else the one at the ministry, else the accounts linked to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.errors import InvalidValue
from domain.msisdn import Msisdn, takes_sms
from services.event_sources import EventRules
from services.events import ContactData
from services.ports import Binding, Person, Records


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person at one number, in her language. `sure`: the number stands for her without doubt."""

    person: UUID
    number: Msisdn
    language: str
    sure: bool


def usable(contact: ContactData | None, rules: EventRules) -> Msisdn | None:
    """The number of an event, where it is a mobile number of the pack's country: no other is ever written to."""
    if contact is None or not contact.msisdn:
        return None
    try:
        number = Msisdn.parse(contact.msisdn, rules.region)
    except InvalidValue:
        return None
    return number if takes_sms(number, rules.region) else None


async def recipients(
    records: Records,
    rules: EventRules,
    service: str,
    subject: str,
    contact: ContactData | None,
    registered: Msisdn | None,
    participant: str,
) -> Sequence[Recipient]:
    """`registered`: the contact at the ministry. `participant`: the pseudonym under which a visit was booked.

    The first that leads to anybody is taken. A number that was ended, or that somebody else has now, leads to nobody.
    """
    given = _language(contact, rules)
    for number in (usable(contact, rules), registered):
        if number is not None and takes_sms(number, rules.region):
            found = await _behind(records, number, given, rules.language, service, subject)
            if found is not None:
                return [found]
    persons = await records.links.holders(service, subject)
    booked_by = await records.people.by_applicant(participant) if participant else None
    everybody = dict.fromkeys([*persons, *([booked_by] if booked_by else [])])
    reached = [await reach(records, person) for person in everybody]
    # Two accounts may share a telephone: one message is enough.
    return list({found.number: found for found in reversed(reached) if found}.values())[::-1]


async def reach(records: Records, person: UUID) -> Recipient | None:
    """Her own number, if she has one (still)."""
    contact = await records.people.contact(person)
    if contact is None:
        return None
    return Recipient(person, contact.number, contact.language, contact.binding is Binding.ACTIVE)


async def _behind(
    records: Records, number: Msisdn, given: str | None, usual: str, service: str, subject: str
) -> Recipient | None:
    """Whoever has the number, made known where nobody does: a ministry's number counts as bound.

    In the language that she chose, else in the one that the event gives, else in the pack's `usual` one.
    """
    person = await records.people.by_number(number)
    if person is None:
        if await records.people.had_holder(number):
            return None
        person = await records.people.meet(number, given or usual)
    elif person.former_holder and not await _hers(records, person, service, subject):
        # The ministry may mean whoever had it before her.
        return None
    own = person.has_account or person.language_chosen
    language = person.language if own else given or person.language
    return Recipient(person.id, number, language, person.binding is Binding.ACTIVE)


async def _hers(records: Records, person: Person, service: str, subject: str) -> bool:
    return await records.links.proven(person.id, service, subject)


def _language(contact: ContactData | None, rules: EventRules) -> str | None:
    """The event's, where it is one of the pack's."""
    given = contact.language.partition("-")[0].lower() if contact else ""
    return given if given in rules.languages else None
