"""What a pack says of a ministry that has an API of its own taste: the settings of `mapped-1` (data, no code).

An operation that is left out is one that this ministry cannot do; a port without operations is not there.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from domain.states import ApplicationState
from services.backends.config import Path
from services.values import DeliveryState, PaymentState


class Outcome(StrEnum):
    """What a status, or a ministry's own code, means."""

    OK = "ok"
    NOT_FOUND = "not_found"
    NOT_YOURS = "not_yours"
    CONFLICT = "conflict"
    BUSY = "busy"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"


class AmountStyle(StrEnum):
    """How a ministry writes money: `1234.50`, `1.234,50`, or 123450 of the minor unit."""

    POINT = "point"
    COMMA = "comma"
    MINOR = "minor"


class BodyKind(StrEnum):
    """How a body goes: as JSON, form-encoded, or as one file (multipart) of a document."""

    JSON = "json"
    FORM = "form"
    FILE = "file"


class PagingKind(StrEnum):
    """How a list goes on: by `{page}`, by `{offset}`, by the query of a link, or by a `{cursor}`."""

    PAGE = "page"
    OFFSET = "offset"
    NEXT = "next"
    CURSOR = "cursor"


class Paging(Struct, frozen=True, forbid_unknown_fields=True):
    """`next`: where the answer keeps the link or the cursor. `more`: where it says that there is more; where left out,
    a page of fewer than `size` is the last. A list that does not end within `most` pages is a failure, not cut off; one
    of changes (`changed`) is worked through however long it is."""

    by: PagingKind
    size: Annotated[int, Meta(ge=1, le=10_000)] = 100
    first: Annotated[int, Meta(ge=0, le=1)] = 1
    most: Annotated[int, Meta(ge=1, le=200)] = 20
    next: Path = ""
    more: Path = ""


class Verdict(Struct, frozen=True, forbid_unknown_fields=True):
    """For answers that say in their body what went wrong, whatever the status: `at` is where the code stands.

    Nothing there, or one of `ok`: all is well. A code that `means` does not know: `otherwise`.
    """

    at: Path
    ok: list[str] = []
    means: dict[str, Outcome] = {}
    otherwise: Outcome = Outcome.REFUSED


Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Operation(Struct, frozen=True, forbid_unknown_fields=True):
    """One request and how its answer is read.

    `{values}` may stand in path, query, headers and body. `at`: where the record, or the list, stands. `nothing`: what
    it means that nothing stands there. `keeps`: values of the answer for the `joins`, which complete the record by
    other requests. `file_field`: the name of the file's part.
    """

    path: str
    method: Method = "GET"
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: Any = None
    body_as: BodyKind = BodyKind.JSON
    statuses: dict[Annotated[int, Meta(ge=200, le=599)], Outcome] = {}
    verdict: Verdict | None = None
    words: Path = ""
    at: Path = ""
    nothing: Literal["contract", "not_found"] = "contract"
    paging: Paging | None = None
    picks: dict[str, Path] = {}
    keeps: dict[str, Path] = {}
    joins: "dict[str, Operation]" = {}


class AccountOps(Struct, frozen=True, forbid_unknown_fields=True):
    """For ministries that know people by an account of theirs: found, or opened once; then it is `{account}`."""

    find: Operation
    create: Operation | None = None


class ApplicationsOps(Struct, frozen=True, forbid_unknown_fields=True):
    """The port Applications."""

    get: Operation | None = None
    of_applicant: Operation | None = None
    changed: Operation | None = None
    form: Operation | None = None
    submit: Operation | None = None
    amend: Operation | None = None
    choose_pickup: Operation | None = None
    attach: Operation | None = None
    info: Operation | None = None


class AppointmentsOps(Struct, frozen=True, forbid_unknown_fields=True):
    """The port Appointments."""

    slots: Operation | None = None
    slot: Operation | None = None
    book: Operation | None = None
    move: Operation | None = None
    cancel: Operation | None = None
    of_participant: Operation | None = None


class GuideOps(Struct, frozen=True, forbid_unknown_fields=True):
    """The port Guide."""

    info: Operation | None = None
    places: Operation | None = None


class ReportsOps(Struct, frozen=True, forbid_unknown_fields=True):
    """The port ReportDesk."""

    kinds: Operation | None = None
    questions: Operation | None = None
    send: Operation | None = None
    number: Operation | None = None
    standing: Operation | None = None


class PaymentsOps(Struct, frozen=True, forbid_unknown_fields=True):
    """The port Payments."""

    of: Operation | None = None


class MappedInfo(Struct, frozen=True, forbid_unknown_fields=True):
    """What a citizen asks beforehand, where the ministry has no operation for it. `documents`: texts by language."""

    documents: list[dict[str, str]] = []
    fee: str = ""
    days: Annotated[int, Meta(ge=0, le=1000)] | None = None


class MappedService(Struct, frozen=True, forbid_unknown_fields=True):
    """One of our services there. `code`: the ministry's own, where it differs; `values`: more, as `{service.name}`.

    `form`: a JSON Schema, and `info`, stand here where the ministry has no operation for them.
    """

    code: str = ""
    values: dict[str, str] = {}
    form: Any = None
    info: MappedInfo | None = None


class MappedConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """A ministry with an API of its own. What stands here is for all its operations.

    `dates`, `moments`: as `strftime` writes them, or `unix`, `unix_ms`; ISO 8601 where left out. `states` and the like:
    the ministry's codes to ours; one that is not there is `unknown`, with the ministry's word kept. `places`: our id to
    the ministry's, where they differ. `references`: the mask of its numbers where they have letters, like
    `DB-####-######`: citizens type the digits alone, and we keep those (`mapped_references.py`).
    """

    services: dict[str, MappedService] = {}
    zone: str = "UTC"
    currency: str = ""
    region: str = ""
    dates: str = ""
    moments: str = ""
    amounts: AmountStyle = AmountStyle.POINT
    states: dict[str, ApplicationState] = {}
    delivery_states: dict[str, DeliveryState] = {}
    payment_states: dict[str, PaymentState] = {}
    places: dict[str, str] = {}
    references: str = ""
    headers: dict[str, str] = {}
    statuses: dict[Annotated[int, Meta(ge=200, le=599)], Outcome] = {}
    verdict: Verdict | None = None
    words: Path = ""
    account: AccountOps | None = None
    applications: ApplicationsOps | None = None
    appointments: AppointmentsOps | None = None
    guide: GuideOps | None = None
    reports: ReportsOps | None = None
    payments: PaymentsOps | None = None
