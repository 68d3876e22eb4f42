"""Which delivery reports follow a message, in which order and when: pure."""

from dataclasses import dataclass

KINDS = frozenset(
    {
        "on_time", "before_answer", "doubled", "out_of_order", "interim", "contradictory", "never", "stuck",
        "expired", "failed", "rejected", "absent", "unknown_word", "unknown_id",
    }
)  # fmt: skip
_LOST = frozenset({"expired", "failed", "rejected", "absent"})
_STEP = 0.05  # seconds between two reports of one message


@dataclass(frozen=True, slots=True)
class Planned:
    """One report to come: `after` seconds from the answer (0: before it)."""

    after: float
    status: str
    reason: str = ""
    strange_id: bool = False


def arrives(kind: str) -> bool:
    """Whether the message reaches the phone."""
    return kind not in _LOST


def plan(kind: str, seconds: float, value: str = "") -> tuple[Planned, ...]:
    """The reports of one message; `value` is a `failureReason`, or the word of `unknown_word`."""
    success = Planned(seconds, "Success")
    match kind:
        case "before_answer":
            return (Planned(0, "Success"),)
        case "doubled":
            return (success, Planned(seconds + _STEP, "Success"))
        case "out_of_order":
            return (success, Planned(seconds + _STEP, "Sent"), Planned(seconds + 2 * _STEP, "Buffered"))
        case "interim":
            return (Planned(seconds / 3, "Sent"), Planned(2 * seconds / 3, "Buffered"), success)
        case "contradictory":
            return (success, Planned(seconds + _STEP, "Failed", value or "DeliveryFailure"))
        case "never":
            return ()
        case "stuck":
            return (Planned(seconds, "Sent"),)
        case "expired":
            return (Planned(seconds, "Expired"),)
        case "failed":
            return (Planned(seconds, "Failed", value or "DeliveryFailure"),)
        case "rejected":
            return (Planned(seconds, "Rejected", value or "UserInBlackList"),)
        case "absent":
            return (Planned(seconds, "AbsentSubscriber"),)
        case "unknown_word":
            return (Planned(seconds, value or "Mislaid"),)
        case "unknown_id":
            return (Planned(seconds, "Success", strange_id=True),)
        case _:
            return (success,)
