"""Fields that every aggregator's SMS callbacks have, made safe to keep: ids, words, senders, dates."""

from datetime import UTC, datetime

from domain.digits import fold
from domain.errors import InvalidValue
from domain.msisdn import Msisdn

ID_LONGEST = 128
WORD_LONGEST = 32
REASON_LONGEST = 48
NETWORK_LONGEST = 8
_SENDER_LONGEST = 32
_DATES = (
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f%z",
)


def provider_id(text: str) -> str:
    """An id as it may be kept and looked up; "" where none came. Raises `InvalidValue` for an impossible one."""
    name = text.strip()
    if len(name) > ID_LONGEST or not name.isprintable():
        raise InvalidValue("an impossible id")
    return name


def required_id(text: str) -> str:
    """The same, where nothing can be done without it."""
    name = provider_id(text)
    if not name:
        raise InvalidValue("no id")
    return name


def word(text: str, longest: int = WORD_LONGEST) -> str:
    """A provider's own word, printable and bounded: it is stored and shown to operators."""
    return "".join(letter for letter in text.strip() if letter.isprintable())[:longest]


def network(text: str) -> str:
    """A network's code."""
    return word(fold(text), NETWORK_LONGEST)


def sender(text: str) -> str:
    """Who sent it: a number in E.164 form where it is one, else the text that came (a name, a short code).

    Raises `InvalidValue` where nobody is named.
    """
    try:
        return Msisdn.parse(text).e164
    except InvalidValue:
        name = word(text, _SENDER_LONGEST)
        if not name:
            raise InvalidValue("no sender") from None
        return name


def recipient(text: str) -> Msisdn | None:
    """The number that a report names, if it is one."""
    try:
        return Msisdn.parse(text)
    except InvalidValue:
        return None


def date(text: str) -> datetime | None:
    """A date as aggregators write it, UTC where they name no zone; None for anything else: it is for the record."""
    for form in _DATES:
        try:
            found = datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return None
