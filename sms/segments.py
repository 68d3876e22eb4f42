"""How a text is cut into the parts that a network carries (3GPP TS 23.040 §9.2.3.24): pure, and exact to a unit."""

from typing import Literal, TypeAlias

from msgspec import Struct

from i18n.gsm7 import EXTENSION, code_units, septets
from sms.values import Encoding

ReferenceBits: TypeAlias = Literal[8, 16]

# A part holds 140 octets. More than one part costs each a header of 6 octets (reference of 8 bits) or 7 (of 16):
# what is left are (140 - header) * 8 // 7 septets, or (140 - header) // 2 units.
_SINGLE_GSM7, _SINGLE_UCS2 = 160, 70
_GSM7_ROOM: dict[int, int] = {8: 153, 16: 152}
_UCS2_ROOM: dict[int, int] = {8: 67, 16: 66}
_GSM7, _UCS2 = Encoding.GSM7, Encoding.UCS2
_ESCAPE = "\x1b"


class Segments(Struct, frozen=True, gc=False):
    """A text as it travels. `units`: septets or UTF-16 code units of the whole, headers not counted; `parts`: the
    text of each, in order, which put together are the text again."""

    encoding: Encoding
    units: int
    parts: tuple[str, ...]


def segment(text: str, reference_bits: ReferenceBits = 8) -> Segments:
    """The parts of a text, each filled as far as it goes, none ending inside an escape or a surrogate pair.

    One letter outside GSM-7 makes all of it UCS-2. `reference_bits`: the size of the reference by which a telephone
    puts parts together again. An empty text is one empty part: an SMS without words is still one that is paid for.
    """
    units = septets(text)
    if units is not None:
        if units <= _SINGLE_GSM7:
            return Segments(_GSM7, units, (text,))
        room = _GSM7_ROOM[reference_bits]
        return Segments(_GSM7, units, _even(text, room) if units == len(text) else _escaped(text, room))
    units = code_units(text)
    if units <= _SINGLE_UCS2:
        return Segments(_UCS2, units, (text,))
    room = _UCS2_ROOM[reference_bits]
    return Segments(_UCS2, units, _even(text, room) if units == len(text) else _paired(text, room))


def _even(text: str, room: int) -> tuple[str, ...]:
    """Every character is one unit."""
    return tuple([text[start : start + room] for start in range(0, len(text), room)])


def _escaped(text: str, room: int) -> tuple[str, ...]:
    """Cut where the escapes stand written out, so that a character is a septet."""
    for letter in EXTENSION:
        text = text.replace(letter, _ESCAPE + letter)
    parts, start = [], 0
    while start < len(text):
        end = start + room
        if end < len(text) and text[end - 1] == _ESCAPE:
            end -= 1
        parts.append(text[start:end].replace(_ESCAPE, ""))
        start = end
    return tuple(parts)


def _paired(text: str, room: int) -> tuple[str, ...]:
    """Cut in UTF-16, two octets a unit."""
    octets = text.encode("utf-16-be", "surrogatepass")
    parts, start = [], 0
    while start < len(octets):
        end = start + room * 2
        # The second half of a pair is 0xDC00 to 0xDFFF.
        if end < len(octets) and octets[end] & 0xFC == 0xDC and octets[end - 2] & 0xFC == 0xD8:
            end -= 2
        parts.append(octets[start:end].decode("utf-16-be", "surrogatepass"))
        start = end
    return tuple(parts)
