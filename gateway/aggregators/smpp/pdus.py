"""Reading what an SMSC sends (SMPP 3.4 §4): pure, bounded, and nothing that it can send breaks the reader."""

import re
import struct
from dataclasses import dataclass, field

from domain.errors import InvalidValue
from i18n.gsm7 import BASIC, EXTENSION

HEADER_LENGTH = 16
LONGEST = 66_560
"""The longest PDU that is read: `message_payload` holds 64 KiB."""

_RECEIPTED_ID, _STATE, _PAYLOAD = 0x001E, 0x0427, 0x0424
_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER = 0x020C, 0x020E, 0x020F
_UDHI = 0x40
_RECEIPT_TYPES = frozenset({0x04, 0x20})  # delivery receipt; intermediate notification (§5.2.12)
# §5.2.28.
_STATES = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD",
}  # fmt: skip
_EXTENDED = {code: letter for letter, code in EXTENSION.items()}


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of how many an inbound message is, by the sender's reference."""

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A `deliver_sm`: a receipt where `receipt` is true, else somebody's SMS."""

    source: str
    destination: str
    octets: bytes
    coding: int
    receipt: bool
    part: Part | None = None
    receipted_id: str = ""
    state: str = ""

    @property
    def text(self) -> str:
        return decoded(self.octets, self.coding)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt's text says (appendix B is a habit, not a rule): `id`, `stat`, `err`."""

    id: str
    state: str
    error: str


@dataclass(slots=True)
class _Reader:
    octets: bytes
    at: int = field(default=HEADER_LENGTH)

    def byte(self) -> int:
        return self.take(1)[0]

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.octets):
            raise InvalidValue("a PDU that ends too early")
        self.at += count
        return self.octets[self.at - count : self.at]

    def text(self) -> str:
        end = self.octets.find(b"\0", self.at)
        if end < 0:
            raise InvalidValue("a PDU with an endless field")
        found, self.at = self.octets[self.at : end], end + 1
        return found.decode("ascii", "replace")

    def options(self) -> dict[int, bytes]:
        found = {}
        while self.at + 4 <= len(self.octets):
            tag, length = struct.unpack("!HH", self.take(4))
            found[tag] = self.take(length)
        return found


def read_delivery(pdu: bytes) -> Delivery:
    """The body of a `deliver_sm` (§4.6.1). Raises `InvalidValue` where it cannot be followed."""
    reader = _Reader(pdu)
    reader.text()
    reader.take(2)
    source = reader.text()
    reader.take(2)
    destination = reader.text()
    esm_class = reader.byte()
    reader.take(2)
    reader.text()
    reader.text()
    reader.take(2)
    coding = reader.byte()
    reader.byte()
    short = reader.take(reader.byte())
    options = reader.options()
    octets = short or options.get(_PAYLOAD, b"")
    part, octets = _parted(esm_class, octets, options)
    return Delivery(
        source=source,
        destination=destination,
        octets=octets,
        coding=coding,
        receipt=esm_class & 0x3C in _RECEIPT_TYPES,
        part=part,
        receipted_id=options.get(_RECEIPTED_ID, b"").rstrip(b"\0").decode("ascii", "replace"),
        state=_STATES.get((options.get(_STATE) or b"\0")[0], ""),
    )


def read_id(pdu: bytes) -> str:
    """The id in a `submit_sm_resp` (§4.4.2); "" where it has no body, as an error's may."""
    return pdu[HEADER_LENGTH:].split(b"\0")[0].decode("ascii", "replace")


def read_receipt(delivery: Delivery) -> Receipt:
    """What was reported of which message: the optional parameters first, then the text."""
    text = delivery.text

    def said(name: str) -> str:
        found = re.search(rf"(?:^|\s){name}:(\S{{1,64}})", text, re.IGNORECASE)
        return found[1] if found else ""

    return Receipt(delivery.receipted_id or said("id"), delivery.state or said("stat").upper(), said("err"))


def decoded(octets: bytes, coding: int) -> str:
    """A text by its data coding (§5.2.19); what cannot be read becomes U+FFFD."""
    if coding == 8:
        return octets.decode("utf-16-be", "replace")
    if coding in (1, 3):
        return octets.decode("latin-1")
    return _septets(octets)


def encoded(text: str) -> bytes:
    """A text of GSM-7 letters as SMPP carries it: an octet a septet."""
    return b"".join(
        bytes((0x1B, EXTENSION[letter])) if letter in EXTENSION else bytes((BASIC.index(letter),)) for letter in text
    )


def _septets(octets: bytes) -> str:
    letters = []
    codes = iter(octets)
    for code in codes:
        if code == 0x1B:
            letters.append(_EXTENDED.get(next(codes, 0), " "))
        else:
            letters.append(BASIC[code] if code < 128 else "\N{REPLACEMENT CHARACTER}")
    return "".join(letters)


def _parted(esm_class: int, octets: bytes, options: dict[int, bytes]) -> tuple[Part | None, bytes]:
    """The part by its header (3GPP TS 23.040 §9.2.3.24) or by the `sar` parameters, and the octets of the text."""
    if esm_class & _UDHI and octets:
        length = octets[0] + 1
        return _by_header(octets[1:length]), octets[length:]
    if all(options.get(tag) for tag in (_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER)):
        reference, total, number = (
            int.from_bytes(options[tag], "big") for tag in (_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER)
        )
        return _checked(reference, total, number), octets
    return None, octets


def _by_header(elements: bytes) -> Part | None:
    at = 0
    while at + 2 <= len(elements):
        kind, length = elements[at], elements[at + 1]
        data = elements[at + 2 : at + 2 + length]
        if (kind, len(data)) in ((0, 3), (8, 4)):
            return _checked(int.from_bytes(data[:-2], "big"), data[-2], data[-1])
        at += 2 + length
    return None


def _checked(reference: int, total: int, number: int) -> Part | None:
    return Part(reference, total, number) if total > 1 and 1 <= number <= total <= 255 else None
