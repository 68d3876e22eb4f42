"""Sending by Africa's Talking: its form endpoint over the gateway's own HTTP client (why: `docs/decisions/0014`)."""

from urllib.parse import urlencode

from domain.deadline import Deadline
from gateway.aggregators.africastalking.account import Account
from gateway.aggregators.africastalking.answers import receipt
from gateway.aggregators.africastalking.callbacks import NAME
from gateway.aggregators.sms_wire import ask
from services.backends.wire import RawAnswer, Wire
from sms.values import Mode, Outbound, SendReceipt


class AfricasTalking:
    """A `sms.ports.Provider`. It takes the whole text, cuts it itself, and gives one id for all of it.

    `link_id` is not sent: it belongs to premium replies that cost the citizen, and ours never do.
    """

    name = NAME

    def __init__(self, account: Account, wire: Wire) -> None:
        self._account = account
        self._wire = wire
        self._url = f"{account.api_url}/messaging"
        self._headers = {
            "apiKey": account.api_key,
            "accept": "application/json",
            "content-type": "application/x-www-form-urlencoded",
        }

    @property
    def mode(self) -> Mode:
        return self._account.mode

    async def send(self, message: Outbound, deadline: Deadline) -> SendReceipt:
        form = {
            "username": self._account.username,
            "to": message.to.e164,
            "message": message.text,
            "from": message.sender,
            "bulkSMSMode": "1",
        }
        body = urlencode({name: value for name, value in form.items() if value}).encode()
        answer = await ask(self._wire, "POST", self._url, self._headers, body, deadline)
        return receipt(answer) if isinstance(answer, RawAnswer) else answer

    async def start(self) -> None: ...

    async def stop(self) -> None: ...
