"""A report that a letter did not arrive (RFC 3464), read for the two things we need: which letter, and for how long.

Anybody may write to the mailbox where these come. What is believed is the letter's Message-ID, which nobody can guess
and only its readers know: a forged report does no more than turn somebody's own letters into SMS.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string, policy
from email.message import Message
from uuid import UUID

LONGEST = 1024 * 1024
"""Octets that are read of a report."""

_MESSAGE_ID = re.compile(r"<([0-9a-f]{32})@[^<>\s]{1,255}>")
_FULL = re.compile(r"[45]\.2\.2\b")
_FAILED = "failed"
_ORIGINALS = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A letter that a server gave back. `for_good`: the next would fare no better (but not where the mailbox is full,
    or where it was tried for days)."""

    letter: UUID
    for_good: bool


def read(octets: bytes) -> Bounce | None:
    """None for what reports no failure of a letter of ours: late ones, holidays, and whatever else comes."""
    report = message_from_bytes(octets[:LONGEST], policy=policy.compat32)
    failures = [status for action, status in _recipients(report) if action == _FAILED]
    letter = _letter(report)
    if not failures or letter is None:
        return None
    return Bounce(letter, any(status.startswith("5") and not _FULL.match(status) for status in failures))


def _recipients(report: Message) -> Iterator[tuple[str, str]]:
    """Action and status of each recipient that it tells of."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(block, Message) and (action := _said(block, "Action")):
                yield action.lower(), _said(block, "Status")


def _letter(report: Message) -> UUID | None:
    """By the letter as it was, or its headers, that comes along."""
    for part in report.walk():
        if part.get_content_type() in _ORIGINALS and (
            found := _MESSAGE_ID.search(_said(_original(part), "Message-ID"))
        ):
            return UUID(found[1])
    # Some send it back without; they say what they answer.
    answered = f"{_said(report, 'In-Reply-To')} {_said(report, 'References')}"
    found = _MESSAGE_ID.search(answered)
    return UUID(found[1]) if found else None


def _original(part: Message) -> Message:
    payload = part.get_payload()
    if isinstance(payload, list):
        return payload[0] if payload and isinstance(payload[0], Message) else Message()
    decoded = part.get_payload(decode=True)
    text = decoded.decode("ascii", "replace") if isinstance(decoded, bytes) else ""
    return message_from_string(text, policy=policy.compat32)


def _said(message: Message, header: str) -> str:
    """One line; "" where it says nothing."""
    return " ".join(str(message.get(header, "")).split())
