"""The header that tells a telephone which part of which message this is (3GPP TS 23.040 §9.2.3.24.1)."""

from uuid import UUID


def header(message: UUID, parts: int, number: int) -> bytes:
    """Six octets: concatenation with an 8-bit reference, taken from the random end of the message's id."""
    return bytes((5, 0, 3, message.int & 0xFF, parts, number))
