"""One request to a provider over HTTP: a whole answer, or what its absence means for the message."""

from collections.abc import Mapping

from domain.deadline import Deadline
from services.backends.wire import AnswerTooLong, NotReached, RawAnswer, Wire, WireError
from sms.values import NotSent, Unanswered

CONNECT_SECONDS = 3.0
LONGEST_ANSWER = 64 * 1024


async def ask(
    wire: Wire, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: Deadline
) -> RawAnswer | NotSent | Unanswered:
    """Sends once, within the deadline. Only what was certainly never written is `NotSent`."""
    left = deadline.remaining()
    if left <= 0:
        return NotSent("no time left")
    try:
        return await wire.send(
            method, url, headers, body, connect=min(CONNECT_SECONDS, left), total=left, cap=LONGEST_ANSWER
        )
    except NotReached as error:
        return NotSent(f"not reached: {error.why}")
    except AnswerTooLong as error:
        return Unanswered(f"status {error.status}, an endless answer")
    except WireError as error:
        return Unanswered(error.why)


def failure(answer: RawAnswer) -> NotSent | Unanswered:
    """What a status that is no success means, whoever answered: the provider, or a proxy on the way.

    500, 502 and 504 may come from a proxy after the request went on: the message may be on its way. Redirections
    are never followed: the key would go where they point.
    """
    status = answer.status
    why = f"status {status}"
    if status in (429, 503):
        return NotSent(why, after_seconds=retry_after(answer.headers.get("retry-after", "")))
    if status == 408 or (status >= 500 and status != 501):
        return Unanswered(why)
    # Also redirections, 404 and their like: the address is wrong, for every message.
    return NotSent(why, account=True)


def is_html(answer: RawAnswer) -> bool:
    """A page for people: some proxy's, whatever its status says. The provider never saw the message."""
    return "html" in answer.headers.get("content-type", "").lower() or bytes(answer.body[:64]).lstrip()[:1] == b"<"


def retry_after(text: str) -> float | None:
    """Seconds (RFC 9110 §10.2.3), at most an hour; None for a date or nothing."""
    return min(float(text), 3600.0) if text.isascii() and text.isdigit() and len(text) < 8 else None
