"""How `guichet messages` shows messages, letters, events: numbers and addresses masked, texts never, times in UTC."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from mail.records.inspection import LetterSeen
from mail.records.outbox import CODE_TEXT
from mail.states import MailState
from services.records.event_inspection import EventSeen
from sms.records.inspection import RESEND_REASON, Reported, Seen

_WHY = {
    "queued": "waits to be handed over",
    "held": "waits: quiet hours, a pause or a spend cap",
    "sending": "is being handed over",
    "unknown": "was handed over and no answer came: a report is waited for",
    "sent": "the provider has it; no final report yet",
    "delivered": "arrived on the phone, says the provider",
    "undelivered": "did not arrive, says the provider",
    "failed": "could not be handed over",
    "expired": "no longer of use, or no final report came in time",
    "suppressed": "was not to be sent",
}

_WHY_LETTER = {
    MailState.QUEUED: "waits to be handed over",
    MailState.SENDING: "is being handed over",
    MailState.UNKNOWN: "may have been handed over, no answer came: it is looked at again",
    MailState.SENT: "the mail server has it; nobody reports that it was read",
    MailState.FAILED: "could not be handed over, or came back",
    MailState.EXPIRED: "was not handed over within its time",
    MailState.SUPPRESSED: "was not to be sent",
}
_WAITS_FOR_GO_ON = "waits: a pause"


def counted(count: int, what: str) -> str:
    """`1 event`, `2 events`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def instant(when: datetime) -> str:
    """To the second, and in which zone."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def message(seen: Seen) -> str:
    """A message in a line."""
    to = seen.to.masked if seen.to else "erased"
    sent = f", {counted(seen.parts, 'part')} by {seen.provider}" if seen.provider else ""
    return f"{instant(seen.created_at)} {seen.text_id} to {to}: {seen.state}{sent}  {seen.id}"


def letter(seen: LetterSeen) -> str:
    """A letter in a line."""
    to = seen.to.masked if seen.to else "an address that is forgotten"
    return f"{instant(seen.created_at)} {seen.text_id} by e-mail to {to}: {seen.state}  {seen.id}"


def letter_states(states: Mapping[MailState, int]) -> Sequence[str]:
    """How many letters are in which state, a line each; none where none are there."""
    return [f"letters {state.value:12} {states.get(state, 0):>10}" for state in MailState if states]


def event(seen: EventSeen) -> str:
    """An event in a line, with what came of it."""
    outcome = f", {seen.outcome}" if seen.outcome else ""
    came = f"{instant(seen.received_at)} {seen.type} from {seen.source}"
    return f"{came}: {seen.state}{outcome}, told {seen.told}  {seen.id}"


def dead_letter(seen: EventSeen) -> str:
    """An event that came to nothing, and why."""
    return f"{instant(seen.received_at)} {seen.type} from {seen.source}: {seen.outcome}  {seen.id}"


def explained(seen: Seen, reports: Sequence[Reported]) -> str:
    """A message with the reason of its state, what it repeats, and what providers said of it."""
    lines = [message(seen), f"    {_WHY.get(seen.state.value, '')}{f' ({seen.reason})' if seen.reason else ''}"]
    if seen.resend_of:
        reason = seen.tags.get(RESEND_REASON, "")
        lines.append(f"    sent again{f' ({reason})' if reason else ''}, after {seen.resend_of}")
    if seen.due_at:
        lines.append(f"    next look at {instant(seen.due_at)}")
    for report in reports:
        times = f" ({report.times} times)" if report.times > 1 else ""
        reason = f" {report.reason}" if report.reason else ""
        lines.append(
            f"    {instant(report.received_at)} {report.provider} said {report.word}{reason}{times}: {report.verdict}"
        )
    return "\n".join(lines)


def letter_explained(seen: LetterSeen) -> str:
    """A letter with the reason of its state, and where else it is told."""
    why = _WAITS_FOR_GO_ON if seen.paused else _WHY_LETTER[seen.state]
    lines = [letter(seen), f"    {why}{f' ({seen.reason})' if seen.reason else ''}"]
    if not seen.alone and seen.text_id != CODE_TEXT:
        lines.append("    an SMS tells it too")
    if seen.due_at and not seen.paused:
        lines.append(f"    next look at {instant(seen.due_at)}")
    return "\n".join(lines)
