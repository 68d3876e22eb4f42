"""A social registry that speaks SPDCI 1.0, and G2P Connect for what is paid out, as the port `Payments`.

Sources: SPDCI 1.0.0 (`/registry/sync/search`, Integrated Beneficiary Registry `/registry/sync/enrolled`), G2P Connect
(`/disburse/sync/txn/status`). All are asked by POST and change nothing. Of a disbursement the accounts and names
of who pays and who is paid are never read.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import MinistryContract, MinistryRefused, MinistryUnavailable
from services.backends.reading import Misread, Pick, text
from services.backends.spdci_config import AskBy, Lookup, SpdciConfig, SpdciService
from services.backends.spdci_messages import (
    AnswersLater,
    Envelopes,
    PaymentReader,
    Rejected,
    is_not_found,
    message_of,
    records_of,
)
from services.backends.transport import Call, Transport
from services.values import Payment

_NOT_THERE = frozenset({404, 410})
_MOST_IDS = 60
_FOUND_TWICE_AT_MOST = 10
Record = Mapping[str, object]
T = TypeVar("T")


class SpdciRegistry:
    """Raises `InvalidValue` for a pick, zone or state that is none."""

    def __init__(self, transport: Transport, config: SpdciConfig, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._transport, self._config = transport, config
        self._envelopes = Envelopes(config, clock, new_id)
        self._payments = PaymentReader(config)
        self._ids = Pick(config.ids)
        self._identifier = Pick(config.identifier) if config.identifier else None

    async def of(self, service: str, reference: str, deadline: Deadline) -> Sequence[Payment] | None:
        ours = self._service(service)
        records: Sequence[Record] | None = ()
        if self._config.lookup is not Lookup.NONE:
            records = await self._looked_up(ours, reference, deadline)
        if records is None:
            return None
        if self._config.ask_by is not AskBy.REFERENCE_ID_LIST:
            return await self._disbursed(reference, (), deadline)
        ids = self._ids_of(records)
        return await self._disbursed(ids, ids, deadline) if ids else ()

    async def record(self, service: str, reference: str, deadline: Deadline) -> Record | None:
        """The one record of her; None where there is none."""
        records = await self._looked_up(self._service(service), reference, deadline)
        return records[0] if records else None

    async def _looked_up(self, ours: SpdciService, reference: str, deadline: Deadline) -> Sequence[Record] | None:
        if self._config.lookup is Lookup.SEARCH:
            message, path = self._search(ours, reference), self._config.paths.search
        else:
            message, path = self._enrolled(ours, reference), self._config.paths.enrolled
        answer = await self._asked("search", path, message, deadline)
        return None if answer is None else self._understood(lambda: self._hers(records_of(answer), reference))

    async def _disbursed(
        self, value: str | Sequence[str], ids: Sequence[str], deadline: Deadline
    ) -> Sequence[Payment] | None:
        request = {
            "reference_id": self._envelopes.id(),
            "txn_type": "disburse",
            "attribute_type": self._config.ask_by.value,
            "attribute_value": value,
        }
        message = {"txnstatus_request": request}
        answer = await self._asked("txn-status", self._config.paths.disbursed, message, deadline)
        return None if answer is None else self._understood(lambda: self._payments.payments(answer, ids))

    def _enrolled(self, ours: SpdciService, reference: str) -> dict[str, object]:
        query: dict[str, object] = {self._config.id_field: {"eq": reference}}
        if ours.programme:
            query[self._config.programme_field] = {"eq": ours.programme}
        criteria = {"query_type": "expression", "response_entity": self._config.response_entity, "query": query}
        return {"enrolled_criteria": criteria}

    def _search(self, ours: SpdciService, reference: str) -> dict[str, object]:
        criteria: dict[str, object] = {
            "version": self._config.version,
            "query_type": "idtype-value",
            "query": {"type": self._config.id_type, "value": reference},
            "pagination": {"page_size": _FOUND_TWICE_AT_MOST, "page_number": 1},
        }
        if ours.reg_type:
            criteria["reg_type"] = ours.reg_type
        request = {
            "reference_id": self._envelopes.id(),
            "timestamp": self._envelopes.now(),
            "search_criteria": criteria,
        }
        return {"search_request": [request]}

    async def _asked(
        self, action: str, path: str, message: Mapping[str, object], deadline: Deadline
    ) -> Mapping[str, object] | None:
        """The message of the answer; None for one that says "not found"."""
        call = Call(
            f"spdci.{action}", "POST", tuple(path.split("/")), body=self._envelopes.of(action, message), only_asks=True
        )
        answer = await self._transport.request(call, deadline)
        if answer.status in _NOT_THERE:
            return None
        if answer.status in (401, 407):
            raise MinistryContract(self._transport.ministry, "does not know us")
        if not answer.ok:
            raise MinistryRefused(self._transport.ministry, str(answer.status))
        return self._understood(lambda: message_of(answer.json))

    def _understood(self, read: Callable[[], T | None]) -> T | None:
        """What is read; None for a rejection that means "not found"."""
        try:
            return read()
        except Rejected as said:
            if is_not_found(str(said)):
                return None
            raise MinistryRefused(self._transport.ministry, str(said) or "rjct") from None
        except AnswersLater:
            raise MinistryUnavailable(self._transport.ministry, "answers later only") from None
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    def _hers(self, records: Sequence[Record] | None, reference: str) -> Sequence[Record] | None:
        """Looked through here too: a filter may be ignored there, and then everybody's are listed."""
        if self._identifier is None or not records:
            return records
        found = []
        for item in records:
            named = self._identifier(item)
            names = named if isinstance(named, list) else [named]
            if any(isinstance(name, str | int) and str(name) == reference for name in names):
                found.append(item)
        return found or None

    def _ids_of(self, records: Sequence[Record]) -> tuple[str, ...]:
        def read() -> tuple[str, ...]:
            picked = [found if isinstance(found, list) else [found] for found in map(self._ids, records)]
            known = [text(one, "disbursement id") for found in picked for one in found]
            return tuple(dict.fromkeys(filter(None, known)))[-_MOST_IDS:]

        return self._understood(read) or ()

    def _service(self, code: str) -> SpdciService:
        try:
            return self._config.services[code]
        except KeyError:
            raise MinistryContract(self._transport.ministry, "service is not one of this ministry's") from None
