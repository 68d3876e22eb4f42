"""What the aggregator answers to each recipient, and the numbers that call for a certain answer or report."""

from dataclasses import dataclass

from sandbox.ministries.faults import Kind
from sandbox.ministries.wire import Json

TAKEN = frozenset({100, 101, 102})
CODES: dict[int, str] = {
    100: "Processed",
    101: "Success",
    102: "Queued",
    401: "RiskHold",
    402: "InvalidSenderId",
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    405: "InsufficientBalance",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
    500: "InternalServerError",
    501: "GatewayError",
    502: "RejectedByGateway",
}
UNKNOWN_CODE = 599

# One recipient's answer is a code, or an oddity; one of the last three is the answer to the whole request.
NO_ID, UNKNOWN, NO_RECIPIENTS, NO_BALANCE, UNAUTHORISED = (
    "no_id",
    "unknown_code",
    "no_recipients",
    "insufficient_balance",
    "unauthorised",
)
WHOLE = frozenset({NO_RECIPIENTS, NO_BALANCE, UNAUTHORISED})
KINDS = frozenset({*map(str, CODES), NO_ID, UNKNOWN, *WHOLE})

# +994 50 900 0CCC: the status code CCC. +994 50 900 1NNN: a report. +994 50 900 2NNN: the answer as a whole.
_BY_CODE = "+994509000"
MAGIC_REPORTS: dict[str, str] = {
    f"+994509001{number:03}": word
    for number, word in enumerate(
        (
            "never", "failed", "expired", "rejected", "unknown_word", "doubled", "out_of_order", "before_answer",
            "unknown_id", "interim", "contradictory", "stuck", "absent",
        ),
        start=1,
    )
}  # fmt: skip
MAGIC_ANSWERS: dict[str, str] = {
    "+994509002001": NO_RECIPIENTS,
    "+994509002002": NO_BALANCE,
    "+994509002003": UNAUTHORISED,
    "+994509002004": NO_ID,
    "+994509002005": UNKNOWN,
}
MAGIC_FAULTS: dict[str, tuple[Kind, object]] = {
    "+994509002010": (Kind.WRONG_TYPE, "application/json; charset=utf-8"),
    "+994509002011": (Kind.DELAY, 5.0),
    "+994509002012": (Kind.HANG, None),
    "+994509002013": (Kind.DROP_AFTER_WRITE, None),
    "+994509002014": (Kind.CUT_AFTER_WRITE, None),
    "+994509002015": (Kind.TRUNCATED_JSON, None),
    "+994509002016": (Kind.HTML, 200),
    "+994509002017": (Kind.REDIRECT, None),
    "+994509002018": (Kind.STATUS, 500),
    "+994509002019": (Kind.STATUS, 503),
    "+994509002020": (Kind.STATUS, 429),
    "+994509002021": (Kind.EMPTY, None),
}


def magic_answer(number: str) -> str | None:
    """The answer that a magic number calls for."""
    code = number.removeprefix(_BY_CODE)
    if len(code) == 3 and code.isdecimal() and int(code) in CODES:
        return code
    return MAGIC_ANSWERS.get(number)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one recipient is answered; `message_id` is "" where the message was not taken."""

    number: str
    code: int
    message_id: str
    cost: str

    def shown(self) -> Json:
        """As it stands in `Recipients`; a message that was not taken has the id `None`, in letters."""
        return {
            "statusCode": self.code,
            "number": self.number,
            "status": CODES.get(self.code, "SomethingNew"),
            "cost": self.cost,
            "messageId": self.message_id or "None",
        }


def whole(answered: list[Answered], total: str) -> Json:
    """`SMSMessageData` of a request."""
    taken = sum(one.code in TAKEN for one in answered)
    message = f"Sent to {taken}/{len(answered)} Total Cost: {total}"
    return {"SMSMessageData": {"Message": message, "Recipients": [one.shown() for one in answered]}}


def silent(word: str) -> Json:
    """The failure that looks like success: 201, and nobody among the recipients."""
    message = "InsufficientBalance" if word == NO_BALANCE else "InvalidSenderId"
    return {"SMSMessageData": {"Message": message, "Recipients": []}}
