"""Adding documents to an application: kept sealed, handed to the ministry now or, while it is away, later."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, MinistryError, MinistryRefused
from domain.states import ApplicationState
from services.caller import Caller
from services.desk import Desk
from services.document_ports import Document, Documents, DocumentState, KeptDocument, WaitingDocument
from services.known_ports import Known
from services.outcomes import PinNeeded
from services.reading import read_own

LOG = logging.getLogger(__name__)

MOST = 10
"""Documents of one application."""
_OPEN = frozenset({ApplicationState.RECEIVED, ApplicationState.IN_REVIEW, ApplicationState.ACTION_REQUIRED})
_NOTHING = frozenset({DocumentState.REFUSED, DocumentState.LAPSED})
_CALL_SECONDS = 20.0
_BEGINS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"%PDF-", "application/pdf"))


@dataclass(frozen=True, slots=True)
class NotHers:
    """There is no such application of hers, or none that documents can be added to (any more)."""


@dataclass(frozen=True, slots=True)
class NoDocument:
    """Its first octets are of no kind that is taken."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """As many as there may be."""


def media_of(octets: bytes) -> str:
    """The media type that the octets begin as; "" for one that is not taken."""
    return next((media for begin, media in _BEGINS if octets.startswith(begin)), "")


async def add(
    desk: Desk, caller: Caller, reference: str, octets: bytes
) -> KeptDocument | NotHers | NoDocument | TooMany | PinNeeded:
    """Keep it, and hand it over if its ministry takes it now."""
    media = media_of(octets)
    if not media:
        return NoDocument()
    known = await _hers(desk, caller, reference)
    if not isinstance(known, Known) or caller.person is None:
        return NotHers() if known is None else PinNeeded()
    person, documents = caller.person.id, desk.records.documents
    there = [each for each in await documents.of(person, known.id) if each.state not in _NOTHING]
    if len(there) >= MOST:
        return TooMany()
    document = Document(media, octets)
    kept = await documents.keep(person, known.id, document)
    if kept.state is DocumentState.HANDED_OVER:
        return kept
    await desk.records.settle()
    waiting = WaitingDocument(kept.id, known.service, known.reference, document)
    state = await _hand_over(desk, waiting, desk.for_ministry())
    if state is DocumentState.KEPT:
        return kept
    await desk.records.documents.end(kept.id, state)
    return replace(kept, state=state)


async def listed(desk: Desk, caller: Caller, reference: str) -> Sequence[KeptDocument] | NotHers | PinNeeded:
    """Those of one of her applications."""
    known = await _hers(desk, caller, reference, any_state=True)
    if not isinstance(known, Known) or caller.person is None:
        return NotHers() if known is None else PinNeeded()
    return await desk.records.documents.of(caller.person.id, known.id)


async def hand_over_waiting(desk: Desk, limit: int = 20) -> int:
    """Hand over what ministries had no time for: the worker's work. Gives how many they have now.

    One that is away is not asked again in the same round, so that its documents hold up no other's.
    """
    handed, away = 0, set[str]()
    async with desk.open_records() as records:
        await records.documents.lapse()
        due = await records.documents.due(limit)
    for each in due:
        async with desk.open_records() as records:
            document = None if each.service in away else await records.documents.waiting(each.id)
        state = DocumentState.KEPT
        if document is not None:
            state = await _hand_over(desk, document, Deadline.after(_CALL_SECONDS, desk.clock))
            if state is DocumentState.KEPT:
                away.add(each.service)
        async with desk.open_records() as records:
            await _note(records.documents, each.id, state)
        handed += state is DocumentState.HANDED_OVER
    return handed


async def _note(documents: Documents, document: UUID, state: DocumentState) -> None:
    if state is DocumentState.KEPT:
        await documents.put_off(document)
    else:
        await documents.end(document, state)


async def _hers(desk: Desk, caller: Caller, reference: str, *, any_state: bool = False) -> Known | PinNeeded | None:
    application = await read_own(desk, caller, reference)
    if isinstance(application, PinNeeded):
        return application
    if application is None or caller.person is None or not (any_state or application.state in _OPEN):
        return None
    return await desk.records.known.get(caller.person.id, application.service, application.reference)


async def _hand_over(desk: Desk, waiting: WaitingDocument, deadline: Deadline) -> DocumentState:
    """What becomes of it; `KEPT` where its ministry is to be tried again."""
    ministry = desk.ministries.applications(waiting.service)
    try:
        taken = await ministry.attach(waiting.reference, waiting.document, waiting.id.hex, deadline)
    except MinistryRefused:
        LOG.info("document %s was refused", waiting.id)
        return DocumentState.REFUSED
    except (MinistryError, DeadlineExceeded) as failure:
        LOG.info("document %s waits: %s", waiting.id, type(failure).__name__)
        return DocumentState.KEPT
    return DocumentState.HANDED_OVER if taken else DocumentState.REFUSED
