"""Documents added to an application: photographs and PDF files, kept sealed until the ministry has them."""

from datetime import UTC, datetime
from typing import NoReturn

from mobile_api.operations import Answer, Asked, Op, Output, Security
from mobile_api.problems import Problem
from mobile_api.resources.applications_values import REFERENCE
from services import documents
from services.document_ports import DocumentState, KeptDocument
from services.outcomes import PinNeeded

LONGEST = 5 * 1024 * 1024
_TAKEN = ("image/jpeg", "image/png", "application/pdf")


class DocumentShown(Output, frozen=True):
    """A document. `state`: `kept` - sealed here, the ministry has not got it yet; `handed_over` - it has; `refused` -
    it does not want it; `lapsed` - it did not take it within seven days: add it again. `size`: in octets."""

    id: str
    media: str
    size: int
    state: DocumentState
    added_at: datetime

    @classmethod
    def of(cls, kept: KeptDocument) -> "DocumentShown":
        return cls(kept.id.hex, kept.media, kept.size, kept.state, kept.added_at)


class DocumentList(Output, frozen=True):
    """Earliest first."""

    items: tuple[DocumentShown, ...]
    next: None = None


async def add_document(asked: Asked) -> Answer:
    """Add one."""
    added = await documents.add(asked.desk, asked.caller, asked.path["reference"], asked.body)
    if not isinstance(added, KeptDocument):
        _refuse(added)
    return Answer(DocumentShown.of(added), 201)


async def list_documents(asked: Asked) -> Answer:
    """Those of one application."""
    found = await documents.listed(asked.desk, asked.caller, asked.path["reference"])
    if isinstance(found, documents.NotHers | PinNeeded):
        _refuse(found)
    return Answer(DocumentList(tuple(DocumentShown.of(kept) for kept in found)))


def _refuse(
    came: documents.NotHers | documents.NoDocument | documents.TooMany | PinNeeded,
) -> NoReturn:
    match came:
        case documents.NotHers():
            raise Problem("not_found")
        case documents.NoDocument():
            raise Problem("document_unreadable")
        case documents.TooMany():
            raise Problem("documents_full")
        case PinNeeded():
            raise Problem("pin_needed")


_EXAMPLE = DocumentShown(
    "0192d3c0a1b27c3d8e4f5a6b7c8d9e0f",
    "image/jpeg",
    182_044,
    DocumentState.HANDED_OVER,
    datetime(2026, 11, 23, 6, 0, tzinfo=UTC),
)

OPS: tuple[Op, ...] = (
    Op(
        id="list_documents",
        method="GET",
        path="/applications/{reference}/documents",
        where={"reference": REFERENCE},
        summary="Documents that you added to an application",
        tag="applications",
        act=list_documents,
        answers={200: DocumentList},
        problems=("pin_needed", "ministry_unavailable"),
        security=Security.PERSON,
        assisted=True,
        examples={200: DocumentList((_EXAMPLE,))},
    ),
    Op(
        id="add_document",
        method="POST",
        path="/applications/{reference}/documents",
        where={"reference": REFERENCE},
        summary="Add a document to an application",
        description="One file of at most 5 MiB; its first octets say what it is. The same file again is the one that "
        "is there.",
        tag="applications",
        act=add_document,
        upload=_TAKEN,
        most_octets=LONGEST,
        answers={201: DocumentShown},
        problems=("pin_needed", "document_unreadable", "documents_full", "ministry_unavailable"),
        security=Security.PERSON,
        write=True,
        assisted=True,
        examples={201: _EXAMPLE},
    ),
)
