"""What an event says of an application becomes what is known of it, for everybody whose it is."""

from collections.abc import Sequence

from services.desk import Desk
from services.event_cases import VISITS, Case, Finding
from services.event_order import state_of_type
from services.event_sources import EventRules
from services.events import EventType
from services.ports import LinkedBy, Records
from services.recipients import Recipient, usable
from services.values import Application, Pickup


async def happened(
    desk: Desk, rules: EventRules, records: Records, case: Case, finding: Finding, people: Sequence[Recipient]
) -> None:
    """Kept in the transaction that handles the event. `people`: who is told of it.

    Whoever is told since the ministry named her number, and holds it without doubt, has it among hers.
    """
    if case.type in VISITS:
        return await _visit_happened(records, case, finding, people)
    application = finding.application or _as_told(rules, case, finding)
    if application is None:
        return
    for person in people:
        if person.sure:
            await records.links.add(person.person, case.service, case.subject, LinkedBy.CONTACT)
    await records.known.happened(application, desk.today())


async def _visit_happened(records: Records, case: Case, finding: Finding, people: Sequence[Recipient]) -> None:
    starts, place = finding.facts.starts, finding.facts.place
    for person in people:
        if not person.sure:
            continue
        if case.type is EventType.APPOINTMENT_CANCELLED:
            await records.visits.drop(person.person, case.service, case.subject)
        elif starts is not None:
            place_id = place.id if place else ""
            await records.visits.happened(person.person, case.service, case.subject, starts, place_id)


def _as_told(rules: EventRules, case: Case, finding: Finding) -> Application | None:
    """What the event says by itself, where it tells a state."""
    state, facts = state_of_type(finding.told), finding.facts
    if state is None:
        return None
    return Application(
        reference=case.subject,
        service=case.service,
        state=state,
        due_on=facts.due,
        amount=facts.amount,
        until=facts.term_until,
        reason=facts.reason,
        needs=facts.needs,
        pickup=Pickup(facts.place, facts.available_from, facts.available_until) if facts.place else None,
        contact=usable(case.event.data.contact, rules),
    )
