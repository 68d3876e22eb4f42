"""A PIN that was typed and did not prove who she is: the problem that is answered."""

from domain.outcomes import Outcome
from mobile_api.operations import refused
from mobile_api.problems import Problem
from services.outcomes import NoAccount, PinLocked, PinResetNeeded, PinWrong


def pin_refused(outcome: Outcome) -> Problem:
    """How often she may still try, how long she must wait, or what else she needs."""
    match outcome:
        case PinWrong(tries=tries):
            return Problem("pin_wrong", {"tries": tries})
        case PinLocked(minutes=minutes):
            return Problem("pin_locked", {"minutes": minutes}, after_seconds=minutes * 60)
    return refused(outcome, {PinResetNeeded: "pin_reset_needed", NoAccount: "no_account"})
