"""VEMTAS's register of who receives social aid, and what was paid: SPDCI 1.0 and G2P Connect over HTTP.

Aid runs from the day it was asked for: a sum falls due each month, and what fell due before the decision is paid on its
day. Operations: `/registry/sync/search`, `/registry/sync/enrolled`, `/disburse/sync/txn/status`, `/token`.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import wire
from sandbox.ministries.clock import BAKU
from sandbox.ministries.dossier import Dossier, Phase
from sandbox.ministries.gate import Act, Gate
from sandbox.ministries.registry import Refused
from sandbox.ministries.site import Site
from sandbox.ministries.tokens import TokenDesk
from sandbox.ministries.wire import BadRequest, Json

PROGRAMME = "TSA"
_PAID = frozenset({Phase.GRANTED, Phase.CARD_READY, Phase.COLLECTED})


def vemtas_registry(site: Site) -> list[BaseRoute]:
    """The routes, over the applications that the ministry `vemtas` holds."""
    return Register(site).routes()


class Register:
    """Asked by POST alone; a token is not needed, but one that is given must be one of its own."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._tokens = TokenDesk(site.clock)

    def routes(self) -> list[BaseRoute]:
        def route(path: str, operation: str, act: Act) -> BaseRoute:
            return Route(path, Gate(self._site.hall, operation, act), methods=["POST"], name=operation)

        return [
            route("/registry/sync/search", "registry.search", self.search),
            route("/registry/sync/enrolled", "registry.enrolled", self.enrolled),
            route("/disburse/sync/txn/status", "disburse.status", self.status),
            route("/token", "token", self._tokens.token),
        ]

    async def search(self, request: Request) -> Response:
        message, header = await self._opened(request)
        asked = message.get("search_request")
        if not isinstance(asked, list) or not asked or not isinstance(asked[0], dict):
            raise BadRequest("search_request is missing")
        criteria = wire.group(asked[0], "search_criteria")
        query = wire.group(criteria, "query")
        found = self._records(str(query.get("value", ""))) if query.get("type") == "APPLICATION_ID" else []
        answer = self._found(str(asked[0].get("reference_id", "")), found)
        return self._closed(header, message, {"search_response": [answer]})

    async def enrolled(self, request: Request) -> Response:
        message, header = await self._opened(request)
        query = wire.group(wire.group(message, "enrolled_criteria"), "query")
        parts = query["$and"] if isinstance(query.get("$and"), list) else [query]
        wanted = {name: wire.group(part, name).get("eq") for part in parts for name in part}
        programmes = [value for name, value in wanted.items() if name.endswith("programme_identifier")]
        found = self._records(str(wanted.get("person_identifier", "")))
        if any(value != PROGRAMME for value in programmes):
            found = []
        return self._closed(header, message, {"search_response": [self._found("", found)]})

    async def status(self, request: Request) -> Response:
        message, header = await self._opened(request)
        asked = wire.group(message, "txnstatus_request")
        if asked.get("txn_type") != "disburse":
            raise BadRequest("txn_type is disburse here")
        values = wire.texts(asked.get("attribute_value"))
        if asked.get("attribute_type") == "reference_id_list":
            references = {value.partition("-")[0] for value in values}
            sums = [one for reference in sorted(references) for one in self._sums(reference)]
            found = [one for one in sums if one["reference_id"] in values]
        else:
            found = [one for value in values for one in self._sums(value)]
        return self._closed(header, message, {"disbursements_status": found})

    async def _opened(self, request: Request) -> tuple[Json, Json]:
        """The message of an envelope and its header."""
        if not self._tokens.takes(request.headers.get("authorization")):
            raise Refused(401, "err.unauthorized", "no such token")
        given = await wire.body(request)
        header, message = wire.group(given, "header"), wire.group(given, "message")
        for name in ("message_id", "message_ts", "action", "sender_id", "total_count"):
            if not header.get(name):
                raise BadRequest(f"header.{name} is missing")
        if not message.get("transaction_id"):
            raise BadRequest("message.transaction_id is missing")
        return message, header

    def _closed(self, header: Json, message: Json, answer: Json) -> Response:
        said: Json = {
            "version": "1.0.0",
            "message_id": header["message_id"],
            "message_ts": _stamp(self._site.clock.now()),
            "action": header["action"],
            "status": "succ",
            "total_count": 1,
            "sender_id": "vemtas-registry",
            "receiver_id": header["sender_id"],
        }
        ids = {
            "transaction_id": message["transaction_id"],
            "correlation_id": str(uuid5(NAMESPACE_URL, said["message_id"])),
        }
        return JSONResponse({"signature": "", "header": said, "message": ids | answer})

    def _found(self, reference: str, records: list[Json]) -> Json:
        return {
            "reference_id": reference,
            "timestamp": _stamp(self._site.clock.now()),
            "status": "succ",
            "data": {"version": "1.0.0", "reg_records": records},
        }

    def _dossier(self, reference: str) -> Dossier | None:
        """Of an application that was granted sums of money."""
        registry = self._site.registries["vemtas"]
        if not registry.holds(reference):
            return None
        dossier = registry.get(reference)
        granted = dossier.phase in _PAID and dossier.amount is not None and dossier.decided is not None
        return dossier if granted else None

    def _records(self, reference: str) -> list[Json]:
        dossier = self._dossier(reference)
        return [beneficiary(dossier, self._sums(reference))] if dossier else []

    def _sums(self, reference: str) -> list[Json]:
        dossier = self._dossier(reference)
        return disbursements(dossier, self._site.clock.now().astimezone(BAKU).date()) if dossier else []


def beneficiary(dossier: Dossier, sums: list[Json]) -> Json:
    """The Integrated Beneficiary Registry's `Beneficiary`, with the ids of what was paid (an extension)."""
    enrolment = {
        "programme": {"programme_identifier": PROGRAMME, "programme_name": dossier.service.name},
        "enrolment_date": str(dossier.decided),
        "enrolment_status": "Active",
        "benefits": {
            "benefit_type": "Cash",
            "benefit_value": f"AZN {dossier.amount:.2f}",
            "benefit_frequency": "Monthly",
        },
    }
    person = {
        "identifier_type": "APPLICATION_ID",
        "identifier_value": dossier.file_id,
        "name": {"first_name": dossier.application_name, "surname": ""},
        "birth_date": dossier.birth_date,
        "phone_number": dossier.phone,
    }
    return {
        "@type": "Beneficiary",
        "identifier": [{"identifier_type": "APPLICATION_ID", "identifier_value": dossier.file_id}],
        "member": {
            "member_identifier": f"M-{dossier.file_id}",
            "demographic_info": {"person": person},
            "programme_identifier": enrolment,
        },
        "disbursements": [{"reference_id": one["reference_id"]} for one in sums],
    }


def disbursements(dossier: Dossier, today: date) -> list[Json]:
    """All sums so far and the next one, the earliest first."""
    decided = dossier.decided or today
    sums: list[Json] = []
    for number in range(1, 25):
        due = _months_after(dossier.registered.astimezone(BAKU).date(), number)
        paid_on = max(due, decided)
        sums.append(_disbursement(dossier, number, paid_on, today))
        if paid_on > today:
            break
    return sums


def _disbursement(dossier: Dossier, number: int, on: date, today: date) -> Json:
    # The first sum of a card that had to be collected first came back.
    returned = dossier.demo and dossier.phase is Phase.COLLECTED and number == 1
    status = "pdng" if on > today else "rjct" if returned else "succ"
    shown: Json = {
        "reference_id": f"{dossier.file_id}-{number:03d}",
        "timestamp": _stamp(datetime.combine(on, time(9, 30), BAKU)),
        "status": status,
        "amount": f"{dossier.amount:.2f}",
        "currency_code": "AZN",
        "payer_fa": "treasury@demo.bank",
        "payer_name": "Demo treasury",
        "payee_fa": f"{dossier.file_id}@demo.bank",
        "payee_name": dossier.application_name,
    }
    if status == "rjct":
        shown |= {"status_reason_code": "rjct.payee_fa.invalid", "status_reason_message": "Card not active yet"}
    return shown


def _months_after(day: date, months: int) -> date:
    """The same day of that month, or its last one."""
    years, month = divmod(day.month - 1 + months, 12)
    first = day.replace(year=day.year + years, month=month + 1, day=1)
    return first + timedelta(days=min(day.day, monthrange(first.year, first.month)[1]) - 1)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
