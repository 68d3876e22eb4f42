"""SPDCI's envelope, and what its answers say: records found, disbursements, or a refusal. Pure but for ids and time.

The published answers differ from each other and from the servers that are in use, so each is read in all the shapes
that are known: `enrolled_response` or `search_response`, one or a list; statuses at the message or within
`txnstatus_response`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.errors import InvalidValue
from services.backends import reading
from services.backends.reading import Misread, needed, record, text
from services.backends.spdci_config import SpdciConfig
from services.values import Payment, PaymentState

# The standard's four words for any request, as they mean something for a payment.
STATES: Mapping[str, str] = {"rcvd": "pending", "pdng": "pending", "succ": "paid", "rjct": "failed"}
_LATER = frozenset({"rcvd", "pdng"})
_YES = frozenset({"true", "yes", "enrolled", "active", "1"})
_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch
_NOT_FOUND = re.compile(r"not_?found|no_?records?_?found").search


class Rejected(Exception):
    """`rjct`: carries the reason's code, or nothing."""


class AnswersLater(Exception):
    """The request was taken, the answer is for later: an asynchronous server behind a synchronous address."""


class Envelopes:
    """Wraps what is asked. `new_id`: a fresh id for each message, transaction and request."""

    def __init__(self, config: SpdciConfig, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._config, self._clock, self._new_id = config, clock, new_id

    def now(self) -> str:
        return self._clock.now().astimezone(UTC).isoformat(timespec="seconds")

    def id(self) -> str:
        return str(self._new_id())

    def of(self, action: str, message: Mapping[str, object]) -> dict[str, object]:
        header = {
            "version": self._config.version,
            "message_id": self.id(),
            "message_ts": self.now(),
            "action": action,
            "sender_id": self._config.sender_id,
            "sender_uri": self._config.sender_uri,
            "receiver_id": self._config.receiver_id,
            "total_count": 1,
            "is_msg_encrypted": False,
        }
        kept = {name: value for name, value in header.items() if value != ""}
        return {
            "signature": self._config.signature,
            "header": kept,
            "message": {"transaction_id": self.id(), **message},
        }


def message_of(answer: object) -> Mapping[str, object]:
    """The message of an answer whose header says that it is one; raises `Rejected`, `AnswersLater`, `Misread`."""
    given = record(answer, "answer")
    header = record(given.get("header"), "header")
    message = record(given.get("message"), "message")
    if message.get("ack_status") is not None:
        raise AnswersLater
    _judge(header)
    return message


def records_of(message: Mapping[str, object]) -> list[Mapping[str, object]] | None:
    """What was found, empty where it is only said that somebody is enrolled; None where nobody was found."""
    given = next((message[name] for name in ("enrolled_response", "search_response") if name in message), None)
    answers = _listed(given, "response")
    if not answers:
        raise Misread("response is missing")
    _judge(answers[0])
    if "data" in answers[0]:
        data = record(answers[0]["data"] or {}, "data")
        return _listed(data.get("reg_records"), "reg_records") or None
    said = answers[0].get("enrolled_status")
    enrolled = said if isinstance(said, bool) else text(said, "enrolled_status").lower() in _YES
    return [] if enrolled else None


class PaymentReader:
    """Knows the pack's words, zone and currency; raises `InvalidValue` for one that is none."""

    def __init__(self, config: SpdciConfig) -> None:
        self._currency = config.currency
        try:
            self._zone = ZoneInfo(config.zone)
            self._states = {word.lower(): PaymentState(state) for word, state in {**STATES, **config.states}.items()}
        except (OSError, ValueError, KeyError):
            raise InvalidValue("zone or states: one that is none") from None

    def payments(self, message: Mapping[str, object], ids: Sequence[str]) -> tuple[Payment, ...]:
        """The newest first. `ids`: those asked for, where they were: servers are known to tell more."""
        found = [self._payment(item) for item in _disbursements(message)]
        wanted = [payment for payment in found if not ids or payment.id in ids]
        return tuple(sorted(wanted, key=lambda payment: (payment.on or date.min, payment.id), reverse=True))

    def _payment(self, item: Mapping[str, object]) -> Payment:
        word = needed(item.get("status"), "disbursement status").lower()
        if word not in self._states:
            raise Misread("disbursement status is none of the pack's")
        state = self._states[word]
        amount = reading.money(item.get("amount"), item.get("currency_code") or self._currency, "amount")
        if amount is None:
            raise Misread("amount is missing")
        return Payment(
            id=needed(item.get("reference_id"), "reference_id"),
            state=state,
            amount=amount,
            on=reading.day(item.get("timestamp"), "timestamp", self._zone),
            reason=_code(item.get("status_reason_code")) if state is PaymentState.FAILED else "",
        )


def _disbursements(message: Mapping[str, object]) -> list[Mapping[str, object]]:
    given = message.get("disbursements_status")
    if given is None and "txnstatus_response" in message:
        given = record(message["txnstatus_response"], "txnstatus_response").get("txn_status")
        if isinstance(given, dict):
            given = given.get("disbursements_status", given)
    if given is None:
        raise Misread("disbursements_status is missing")
    return _listed(given, "disbursements_status")


def _listed(given: object, what: str) -> list[Mapping[str, object]]:
    """A list of objects, or one; some servers put null for what they do not know."""
    items = given if isinstance(given, list) else [given]
    return [record(item, what) for item in items if item is not None]


def _judge(said: Mapping[str, object]) -> None:
    status = text(said.get("status"), "status").lower()
    if status in _LATER:
        raise AnswersLater
    if status == "rjct":
        raise Rejected(_code(said.get("status_reason_code")))
    if status != "succ":
        raise Misread("status is none of the standard's")


def is_not_found(code: str) -> bool:
    """Whether a reason is this standard's word for an empty answer, of which it has several."""
    return _NOT_FOUND(code.lower()) is not None


def _code(value: object) -> str:
    """A reason's code; anything that is none is left out, since it could be anything."""
    return value if isinstance(value, str) and _CODE(value) else ""
