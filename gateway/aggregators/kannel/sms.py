"""Sending by an HTTP gateway: our own parts, one request and one unguessable name each."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from domain.deadline import Deadline
from gateway.aggregators.kannel.dialect import Coding, HttpGateway, Meaning, Octets
from gateway.aggregators.parts import part_by_part
from gateway.aggregators.sms_wire import ask, failure, is_html, retry_after
from gateway.aggregators.udh import header
from services.backends.wire import RawAnswer, Wire
from sms.values import Accepted, Mode, NotSent, Outbound, Refusal, Refused, SendReceipt, Unanswered

_MEANINGS: Mapping[Meaning, SendReceipt] = {
    Meaning.ROUTE: NotSent("no route"),
    Meaning.ACCOUNT: NotSent("account", account=True),
    Meaning.REFUSED: Refused(Refusal.OTHER),
}


class HttpGatewayProvider:
    """A `sms.ports.Provider` for one gateway of the kind.

    `callback_url`: our own doors as the gateway reaches them, up to and with the secret; it reports to
    `<callback_url>/delivery-reports`.
    """

    def __init__(
        self,
        gateway: HttpGateway,
        url: str,
        username: str,
        password: str,
        callback_url: str,
        wire: Wire,
        mode: Mode = Mode.LIVE,
    ) -> None:
        self.name = gateway.name
        self.mode = mode
        self._gateway = gateway
        self._url = url + gateway.path
        self._credentials = {"username": username, "password": password}
        self._reports = f"{callback_url}/delivery-reports"
        self._wire = wire

    async def send(self, message: Outbound, deadline: Deadline) -> SendReceipt:
        return await part_by_part(message, deadline, lambda number: self._send_part(message, number, deadline))

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def _send_part(self, message: Outbound, number: int, deadline: Deadline) -> SendReceipt:
        query = urlencode(self._fields(message, number), quote_via=quote)
        if self._gateway.method == "GET":
            answer = await ask(self._wire, "GET", f"{self._url}?{query}", {}, None, deadline)
        else:
            headers = {"content-type": "application/x-www-form-urlencoded"}
            answer = await ask(self._wire, "POST", self._url, headers, query.encode(), deadline)
        if not isinstance(answer, RawAnswer):
            return answer
        return self._receipt(answer, message.part_ids[number - 1])

    def _fields(self, message: Outbound, number: int) -> dict[str, str | bytes]:
        gateway = self._gateway
        coding = gateway.codings[message.encoding]
        ours: dict[str, str | bytes] = {
            **self._credentials,
            "to": message.to.e164 if gateway.plus else message.to.e164[1:],
            "sender": message.sender,
            "validity": str(max(1, message.valid_seconds // gateway.validity_unit)),
            "report_url": f"{self._reports}?id={message.part_ids[number - 1]}{gateway.report_template}",
        }
        if len(message.parts) > 1:
            ours["udh"] = header(message.id, len(message.parts), number)
        named = {gateway.fields[name]: value for name, value in ours.items() if name in gateway.fields}
        text = message.parts[number - 1]
        return {**gateway.constants, **named, **coding.fields, coding.text: _octets(coding, text)}

    def _receipt(self, answer: RawAnswer, part_id: str) -> SendReceipt:
        body = bytes(answer.body).decode("utf-8", "replace").strip()
        rule = next((rule for rule in self._gateway.rules if rule.fits(answer.status, body)), None)
        if rule is None:
            if answer.status >= 300:
                return failure(answer)
            # A success in words we do not know, or in those of some proxy.
            return NotSent("a page of HTML") if is_html(answer) else Unanswered("an answer that is not understood")
        if rule.meaning is Meaning.TAKEN:
            return self._accepted(body, part_id)
        if rule.meaning is Meaning.BUSY:
            return NotSent("busy", after_seconds=retry_after(answer.headers.get("retry-after", "")))
        return _MEANINGS[rule.meaning]

    def _accepted(self, body: str, part_id: str) -> SendReceipt:
        if not self._gateway.id:
            return Accepted((part_id,))
        found = re.search(self._gateway.id, body)
        return Accepted((found[1],)) if found else Unanswered("taken without an id")


def _octets(coding: Coding, text: str) -> bytes | str:
    if coding.octets is Octets.HEX_UTF16BE:
        return text.encode("utf-16-be").hex()
    return text.encode(coding.octets.value)
