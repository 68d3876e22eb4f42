"""What is looked up at Africa's Talking through its SDK: messages that we may have missed, and SIM swaps."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from domain.errors import GuichetError, InvalidValue
from domain.msisdn import Msisdn
from gateway.aggregators import sms_fields
from gateway.aggregators.africastalking.account import Account
from gateway.aggregators.africastalking.callbacks import NAME
from gateway.aggregators.africastalking.swaps import swap_answer
from services.swap_ports import NotTold, SwapAnswer
from sms.values import InboundSms, Listed

T = TypeVar("T")

_THREADS = 4


class LookupFailed(GuichetError):
    """The account could not be asked, or its answer was not understood; to be tried at the next round."""

    retry = True


class Lookups:
    """A `sms.ports.Fetcher` and a `services.swap_ports.SimSwap`.

    Threads and the SDK itself come with the first question.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        # Its own: the loop's default threads are few, and names are resolved on them.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="africastalking")

    async def received_since(self, last_id: str) -> Listed:
        """The next messages after that id, oldest first as they come; "" for the first. Raises `LookupFailed`.

        An entry that cannot be read is left out, but counts for the page's last id: it must not be asked for again.
        """
        return await self._asked(lambda: _messages(self._account, last_id))

    async def check(self, number: Msisdn) -> SwapAnswer:
        """The day of the last swap, or that it is told later, or not. Raises `LookupFailed`."""
        return await self._asked(lambda: _swap(self._account, number))

    def close(self) -> None:
        """Gives the threads back."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _asked(self, question: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, question)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            # `requests`' errors are OSErrors whose text holds addresses with keys: only the name goes on.
            raise LookupFailed(type(error).__name__) from None


def _messages(account: Account, last_id: str) -> Listed:
    from gateway.aggregators.africastalking.sdk import PooledSms

    told = PooledSms(account).fetch_messages(last_received_id=last_id or None)
    entries = told["SMSMessageData"]["Messages"]
    if not isinstance(entries, list):
        raise TypeError("no list of messages")
    found, last = [], ""
    for entry in entries:
        try:
            last = sms_fields.required_id(str(entry["id"]))
            found.append(_message(entry))
        except (InvalidValue, LookupError, TypeError, AttributeError):
            # One that no callback could have brought either.
            continue
    return Listed(tuple(found), last)


def _message(entry: dict[str, Any]) -> InboundSms:
    return InboundSms(
        provider=NAME,
        provider_id=sms_fields.required_id(str(entry["id"])),
        sender=sms_fields.sender(str(entry["from"])),
        to=sms_fields.word(str(entry.get("to") or "")),
        text=str(entry.get("text") or ""),
        sent_at=sms_fields.date(str(entry.get("date") or "")),
        network=sms_fields.network(str(entry.get("networkCode") or "")),
        link_id=sms_fields.provider_id(str(entry.get("linkId") or "")),
    )


def _swap(account: Account, number: Msisdn) -> SwapAnswer:
    from gateway.aggregators.africastalking.sdk import PooledInsights

    told = PooledInsights(account).check_sim_swap_state([number.e164])
    for entry in told["responses"]:
        # One number was asked for: the first that says anything.
        answer = swap_answer(entry)
        if not isinstance(answer, NotTold):
            return answer
    return NotTold()
