"""The simulated aggregator between the gateway and the phones: accepts, delivers, reports, and passes on answers."""

import json
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

from sandbox.countries import FIRST, Country, network_of
from sandbox.messaging import answers, reports
from sandbox.messaging.answers import TAKEN, Answered
from sandbox.messaging.mailbox import Mailbox, Sms, Way
from sandbox.messaging.parts import measure
from sandbox.ministries.wire import Json
from sandbox.postman import Postman
from sandbox.rules import Rules
from sandbox.subscribers import is_msisdn

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}
_WAITED = 1000  # answers of phones that can still be fetched


@dataclass(slots=True)
class Exchange:
    """`secret` stands in the gateway's callback paths; `report_seconds` is how long a message is on its way."""

    postman: Postman
    secret: str
    report_seconds: float = 0.4
    country: Country = FIRST
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    token: Callable[[], str] = lambda: secrets.token_hex(16)
    mailbox: Mailbox = field(default_factory=Mailbox)
    answer_rules: Rules = field(default_factory=lambda: Rules(answers.KINDS, ("number", "network")))
    report_rules: Rules = field(default_factory=lambda: Rules(reports.KINDS, ("number", "network")))
    blocked: set[str] = field(default_factory=set)
    # When a number got a new SIM card, as its network tells it; None: it does not tell.
    swaps: dict[str, str | None] = field(default_factory=dict)
    # They answer when they have looked, by a callback; else at once.
    swaps_later: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    written: deque[Json] = field(default_factory=lambda: deque(maxlen=_WAITED))
    # Of the messages' numbers: begun with the time, so that a sandbox started anew gives none twice.
    last_number: int = field(default_factory=lambda: int(time.time() * 10))

    def refuses_all(self, to: list[str]) -> str | None:
        """The answer to the request as a whole, if one was asked for."""
        for number in to:
            magic = answers.magic_answer(number)
            if magic in answers.WHOLE:
                return magic
            rule = self.answer_rules.draw(among=answers.WHOLE, number=number, network=network_of(number))
            if rule is not None:
                return rule.kind
        return None

    async def accept(self, sender: str, to: list[str], text: str, queued: bool) -> Json:
        """Take one text for many numbers; what is returned is the aggregator's answer."""
        parts, currency, price = measure(text).parts, self.country.currency, Decimal(self.country.price)
        answered: list[Answered] = []
        for number in to:
            code, without_id = self._code(number, queued)
            if code not in TAKEN:
                answered.append(Answered(number, code, "", "0"))
                continue
            message_id = f"ATXid_{self.token()}"
            await self._deliver(sender, number, text, message_id)
            self.counts["accepted"] += 1
            self.counts["parts"] += parts
            answered.append(Answered(number, code, "" if without_id else message_id, f"{currency} {price * parts}"))
        taken = sum(one.code in TAKEN for one in answered)
        return answers.whole(answered, f"{currency} {price * parts * taken}")

    def _code(self, number: str, queued: bool) -> tuple[int, bool]:
        """The status code of a recipient, and whether the answer withholds the message's id."""
        word = answers.magic_answer(number)
        if word is None:
            among = answers.KINDS - answers.WHOLE
            rule = self.answer_rules.draw(among=among, number=number, network=network_of(number))
            word = None if rule is None else rule.kind
        if word == answers.UNKNOWN:
            return answers.UNKNOWN_CODE, False
        if word is not None and word.isdecimal():
            return int(word), False
        if not is_msisdn(number):
            return 403, False
        if number in self.blocked:
            return 406, False
        return (102 if queued else 101), word == answers.NO_ID

    async def _deliver(self, sender: str, number: str, text: str, message_id: str) -> None:
        network = network_of(number)
        rule = self.report_rules.draw(number=number, network=network)
        kind = answers.MAGIC_REPORTS.get(number) or (rule.kind if rule else "on_time")
        seconds = self.report_seconds if rule is None or rule.seconds is None else rule.seconds
        sms = self._sms(number, "in", sender, text, "on its way", network)
        sms.message_id, sms.reports = message_id, kind
        for planned in reports.plan(kind, seconds, rule.value if rule else ""):
            named = f"ATXid_{self.token()}" if planned.strange_id else message_id
            if planned.after == 0:
                self._arrive(sms, kind)
                await self.postman.try_once(self._path("delivery-reports"), _report(sms, named, planned), _FORM)
            else:
                self._report_later(sms, named, planned)

        async def arrive() -> None:
            self._arrive(sms, kind)

        self.postman.soon(arrive, seconds)

    def _report_later(self, sms: Sms, named: str, planned: reports.Planned) -> None:
        body, path = _report(sms, named, planned), self._path("delivery-reports")
        self.postman.soon(lambda: self.postman.send(path, body, lambda: _FORM), planned.after)

    def _arrive(self, sms: Sms, kind: str) -> None:
        sms.state = "arrived" if reports.arrives(kind) else "lost"

    async def receive(self, msisdn: str, network: str, to: str, text: str) -> Sms:
        """An SMS that a phone sends: kept to be fetched, and posted until the gateway takes it."""
        sms = self._sms(msisdn, "out", to, text, "sending", network)
        at = self.now().astimezone(UTC)
        self.written.append(
            {
                "id": sms.number,
                "linkId": self.token(),
                "from": msisdn,
                "to": to,
                "text": text,
                "date": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }
        )
        fields = {**self.written[-1], "date": f"{at:%Y-%m-%d %H:%M:%S}", "networkCode": network}
        body = urlencode(fields).encode("ascii")
        self.counts["written"] += 1

        async def post() -> None:
            taken = await self.postman.send(self._path("sms"), body, lambda: _FORM)
            sms.state = "sent" if taken else "not taken"

        self.postman.soon(post, after=f"from {msisdn}")
        return sms

    def fetch(self, after: int, most: int = 100) -> list[Json]:
        """What phones wrote since the message `after`, the oldest first."""
        return [message for message in self.written if message["id"] > after][:most]

    def opt_out(self, msisdn: str, sender: str) -> None:
        """Block a number, and tell the gateway."""
        self.blocked.add(msisdn)
        body = urlencode({"senderId": sender, "phoneNumber": msisdn}).encode("ascii")
        self.postman.soon(lambda: self.postman.send(self._path("opt-outs"), body, lambda: _FORM))

    def tell_of_swap(self, told: Json) -> None:
        """What a network says to a question of before."""
        body = json.dumps(told).encode()
        path = self._path("sim-swaps")
        self.postman.soon(lambda: self.postman.send(path, body, lambda: _JSON), self.report_seconds)

    def clear(self) -> None:
        self.mailbox.clear()
        self.answer_rules.drop()
        self.report_rules.drop()
        self.blocked.clear()
        self.swaps.clear()
        self.swaps_later = True
        self.counts.clear()
        self.written.clear()

    def _sms(self, msisdn: str, way: Way, other: str, text: str, state: str, network: str) -> Sms:
        self.last_number += 1
        at = self.now().isoformat(timespec="milliseconds")
        sms = Sms(self.last_number, msisdn, way, other, text, measure(text), at, state, network=network)
        self.mailbox.keep(sms)
        return sms

    def _path(self, name: str) -> str:
        return f"/africastalking/{self.secret}/{name}"


def _report(sms: Sms, named: str, planned: reports.Planned) -> bytes:
    fields = {
        "id": named,
        "status": planned.status,
        "phoneNumber": sms.msisdn,
        "networkCode": sms.network,
        "retryCount": "0",
    }
    if planned.reason:
        fields["failureReason"] = planned.reason
    return urlencode(fields).encode("ascii")
