"""The messages on every phone: in memory, and no more of them than memory can hold."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Literal

from sandbox.messaging.parts import Measured
from sandbox.ministries.wire import Json

Way = Literal["in", "out"]
_A_PHONE = 50
_PHONES = 2000


@dataclass(slots=True)
class Sms:
    """One message as a phone knows it; `way` is the phone's: `in` came to it, `out` was written on it.

    `state`: `on its way`, `arrived`, `lost`; of one written on the phone `sending`, `sent` or `not taken`.
    """

    number: int
    msisdn: str
    way: Way
    other: str
    text: str
    measured: Measured
    at: str
    state: str
    message_id: str = ""
    network: str = ""
    reports: str = ""

    def shown(self) -> Json:
        return {
            "id": self.number,
            "way": self.way,
            "from": self.other if self.way == "in" else self.msisdn,
            "to": self.msisdn if self.way == "in" else self.other,
            "at": self.at,
            "text": self.text,
            "alphabet": self.measured.alphabet,
            "units": self.measured.units,
            "parts": self.measured.parts,
            "state": self.state,
        }


class Mailbox:
    """Fifty messages a phone, two thousand phones; what was not used for longest is forgotten first."""

    def __init__(self, phones: int = _PHONES, a_phone: int = _A_PHONE) -> None:
        self._most, self._a_phone = phones, a_phone
        self._phones: OrderedDict[str, deque[Sms]] = OrderedDict()

    def keep(self, sms: Sms) -> None:
        kept = self._phones.setdefault(sms.msisdn, deque(maxlen=self._a_phone))
        kept.append(sms)
        self._phones.move_to_end(sms.msisdn)
        while len(self._phones) > self._most:
            self._phones.popitem(last=False)

    def of(self, msisdn: str) -> list[Sms]:
        """All that is known of a phone, the newest first: also what is on its way or was lost."""
        return list(reversed(self._phones.get(msisdn, ())))

    def seen(self, msisdn: str) -> list[Sms]:
        """What the phone itself shows."""
        return [sms for sms in self.of(msisdn) if sms.way == "out" or sms.state == "arrived"]

    def everything(self) -> list[Sms]:
        return [sms for kept in self._phones.values() for sms in kept]

    def clear(self) -> None:
        self._phones.clear()
