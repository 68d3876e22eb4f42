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

    500, 502, 503 and 504 may come from a proxy after the request went on: the message may be on its way. Only a 503
    that says when to come again was meant for us. Redirections are never followed: the key would go where they point.
    """
    status, again = answer.status, answer.headers.get("retry-after", "")
    why = f"status {status}"
    if status == 429 or (status == 503 and again):
        return NotSent(why, after_seconds=retry_after(again))
    if status < 300 or status == 408 or (status >= 500 and status != 501):
        return Unanswered(why)
    # Also redirections, 400, 404 and their like: a setting is wrong, for every message.
    return NotSent(why, account=True)


def is_html(answer: RawAnswer) -> bool:
    """200 with a page for people: some proxy's; the provider never saw the message. Content types say nothing of it:
    Kannel calls its plain words HTML."""
    return answer.status == 200 and bytes(answer.body[:64]).lstrip()[:1] == b"<"


def retry_after(text: str) -> float | None:
    """Seconds (RFC 9110 §10.2.3), at most an hour; None for a date or nothing."""
    return min(float(text), 3600.0) if text.isascii() and text.isdigit() and len(text) < 8 else None
