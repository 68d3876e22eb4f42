"""What a pack says about a ministry: where it is, its limits, and how its answers are read (data, no code).

Loaded with `msgspec.convert(yaml, MinistryConfig)`: an unknown or mistyped key is an error that names its path.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from services.backends.way_config import SignIn, Tls, XRoad

Seconds = Annotated[float, Meta(gt=0, le=60)]
Count = Annotated[int, Meta(ge=1, le=100_000)]
Path = str  # a JMESPath expression


class BreakerLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """When a ministry is left alone: `failures` in a row, or `rate` of the last `window` calls; then one probe."""

    failures: Count = 5
    window: Count = 20
    rate: Annotated[float, Meta(gt=0, le=1)] = 0.5
    open_seconds: Seconds = 10.0


class MinistryLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of our time and memory one ministry may take, in one process of the gateway."""

    connect: Seconds = 1.0
    total: Seconds = 2.5
    max_body: Annotated[int, Meta(ge=1024, le=16_777_216)] = 262_144
    max_depth: Annotated[int, Meta(ge=2, le=200)] = 32
    concurrency: Count = 32
    # A ministry that answers is through with so many within the 0.2 s; behind one that hangs nobody waits longer.
    queue: Annotated[int, Meta(ge=0, le=1000)] = 128
    queue_seconds: Seconds = 0.2
    # A read that failed within this time is tried once more, if enough of the deadline is left.
    fast_failure: Seconds = 0.5
    breaker: BreakerLimits = BreakerLimits()
    # Seconds for which what it tells everybody is remembered: what services ask of people, and its places.
    cache: Annotated[float, Meta(ge=0, le=604_800)] = 600.0


class MinistryAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """The one place that a ministry's calls go to. `headers` go with each call (secrets: from the environment).

    `through`: a mediator stands at `base_url`; `auth`: how we sign in; `tls`: other than the machine's own.
    """

    name: str
    base_url: str
    headers: dict[str, str] = {}
    limits: MinistryLimits = MinistryLimits()
    through: XRoad | None = None
    auth: SignIn | None = None
    tls: Tls | None = None

    def __repr__(self) -> str:
        return f"MinistryAddress({self.name!r})"


class ApplicationPicks(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an application's facts stand: JMESPath over `{file: the whole answer, data: its data object}`.

    The standard has no place for amount, dates or pickup; each ministry puts them into the free `data` object.
    `delivery` gives `{state, tracking, carrier, day, lastSeen}` (states: `values.DeliveryState`), `fee` gives
    `{amount, currency, reference, paid, until}`, `history` a list of `{day, state, word}`.
    `pickup` gives `{id, name, address, hours, availableFrom, availableUntil}`, `pickup_choices` a list of such;
    `reason`, the items of `needs` and `hours` may be texts or objects of texts by language.
    """

    phase: Path = "data.phase"
    submitted_on: Path = "file.registered || file.applicationData.created || file.created || data.submittedOn"
    due_on: Path = "data.dueOn"
    amount: Path = "data.amount"
    currency: Path = "data.currency"
    until: Path = "data.termUntil"
    reason: Path = "data.refusalReason"
    needs: Path = "data.needs"
    pickup: Path = "data.pickup"
    pickup_choices: Path = "data.pickupOptions"
    contact: Path = "data.phone"
    birth_date: Path = "data.birthDate"
    slip_key: Path = "data.slipKey"
    idempotency_key: Path = "data.idempotencyKey"
    # Not looked for unless a pack says where: they are words that a form's own answers may stand under.
    delivery: Path = "`null`"
    fee: Path = "`null`"
    history: Path = "`null`"


class InfoPicks(Struct, frozen=True, forbid_unknown_fields=True):
    """Under which `code` a `serviceBody` keeps what a citizen asks beforehand; `days` are working days.

    A document's code may carry a language, `required_document.az`: the n-th of each language are one document.
    """

    document: str = "required_document"
    fee: str = "fee"
    currency: str = "fee_currency"
    days: str = "processing_days"


class RegistrationService(Struct, frozen=True, forbid_unknown_fields=True):
    """One of our services at a ministry. `form_id` empty: the first of the ministry's forms for it.

    `contact_field` and `pickup_field`: under which name of the data object the applicant's number and the chosen
    pickup point are handed in; empty where the ministry takes none.
    """

    service_id: str
    form_id: str = ""
    title: str = ""
    picks: ApplicationPicks = ApplicationPicks()
    info: InfoPicks = InfoPicks()
    contact_field: str = "phone"
    pickup_field: str = "pickupChoice"


class RegistrationConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """A ministry that speaks GovStack Registration 0.1.1. `states`: see `govstack_registration.STATES`.

    `document_urls`: those that an application names; `uploaded`: the address of one, in the answer to its upload.
    The standard has no list of changes: `changed_since` is the query parameter by which a ministry gives one, `changed`
    where an item says when it changed.
    """

    client: str
    services: dict[str, RegistrationService]
    client_header: str = "Information-Mediator-Client"
    currency: str = ""
    region: str = ""
    zone: str = "UTC"
    states: dict[str, str] = {}
    single_data: Path = "applicationData.formData.data"
    list_data: Path = "additionalMeta.data"
    changed: Path = "additionalMeta.changed"
    document_urls: Path = "applicationData.documentUrls"
    uploaded: Path = "url || documentUrl || [0].url || [0].documentUrl"
    changed_since: str = "changedSince"


class QueryStyle(StrEnum):
    """How nested parameters are written, which OpenAPI leaves open for `form` + `explode`."""

    BRACKETS = "brackets"
    QRY_JSON = "qry_json"


class FieldCase(StrEnum):
    """How names are written: as published (`event_id`), or as on its branch that renames all (`eventId`)."""

    SNAKE = "snake"
    CAMEL = "camel"


class SchedulerConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """A ministry that speaks GovStack Scheduler 1.0.

    `services`: our code → its event category; `places`: our place id → its host entity id, where they differ.
    `zone`: of its date-times, which carry none. `share_contact`: whether it is given the citizen's number.
    `field_case`: of what it is asked; answers are read in both. `list_path`: the last part of the lists' paths.
    """

    requestor_id: str
    services: dict[str, str]
    zone: str
    request_token: str = ""
    places: dict[str, str] = {}
    client: str = ""
    client_header: str = "Information-Mediator-Client"
    style: QueryStyle = QueryStyle.BRACKETS
    field_case: FieldCase = FieldCase.SNAKE
    list_path: str = "list_details"
    participant_type: str = "subscriber"
    share_contact: bool = True
    alert_url: str = ""


class MinistryConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of a pack's `ministries.yaml`: the standard it speaks, its address, that standard's own part."""

    standard: str
    address: MinistryAddress
    settings: dict[str, object] = {}
