"""What a pack says about a ministry that speaks SPDCI 1.0 and G2P Connect (data)."""

from enum import StrEnum

from msgspec import Struct

Path = str  # a JMESPath expression


class Lookup(StrEnum):
    """How a person is found: among those enrolled (Integrated Beneficiary Registry), by a search, or not at all."""

    ENROLLED = "enrolled"
    SEARCH = "search"
    NONE = "none"


class AskBy(StrEnum):
    """What disbursements are asked for by: their ids as the registry's record holds them, or the reference itself."""

    REFERENCE_ID_LIST = "reference_id_list"
    TRANSACTION_ID = "transaction_id"
    CORRELATION_ID = "correlation_id"


class SpdciService(Struct, frozen=True, forbid_unknown_fields=True):
    """One of our services there. Empty: any programme, any register."""

    programme: str = ""
    reg_type: str = ""


class SpdciPaths(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the operations stand, under the base address."""

    enrolled: str = "registry/sync/enrolled"
    search: str = "registry/sync/search"
    disbursed: str = "disburse/sync/txn/status"


class SpdciConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The value that she is looked up by is her application's reference; `id_type` and `id_field` name it there.

    `identifier` picks the ids that a record found says it is of: one without the reference is somebody else's, and is
    left out (empty: not looked at). `ids` picks the ids of the disbursements. `states`: added to the standard's four.
    `status`, `applications`: whether, and by what, it also tells how an application stands, with `enrolments` added to
    the standard's words.
    """

    sender_id: str
    services: dict[str, SpdciService]
    receiver_id: str = ""
    sender_uri: str = ""
    version: str = "1.0.0"
    signature: str = ""
    zone: str = "UTC"
    currency: str = ""
    lookup: Lookup = Lookup.ENROLLED
    ask_by: AskBy = AskBy.REFERENCE_ID_LIST
    id_type: str = "APPLICATION_ID"
    id_field: str = "person_identifier"
    programme_field: str = "programme_identifier.program.programme_identifier"
    response_entity: str = "Member"
    paths: SpdciPaths = SpdciPaths()
    identifier: Path = (
        "[identifier[].identifier_value, member.identifier[].identifier_value, member.member_identifier, "
        "member.demographic_info.person.identifier_value][]"
    )
    ids: Path = "disbursements[].reference_id"
    states: dict[str, str] = {}
    applications: bool = False
    status: Path = "member.programme_identifier.[enrolment_status, enrollment_status][] | [0]"
    enrolments: dict[str, str] = {}
