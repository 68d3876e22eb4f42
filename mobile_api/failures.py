"""What a failure within an operation is told as, and what of it is logged."""

import logging

from domain.errors import GuichetError
from mobile_api.problems import Problem, problem_of

_RETRY_SECONDS = 2

log = logging.getLogger("guichet.api")


def told(failure: Exception, operation: str) -> Problem:
    """The problem that a failure is told as. Its words may hold personal data: only its type and place are logged."""
    if isinstance(failure, TimeoutError):
        failure = Problem("too_slow", after_seconds=_RETRY_SECONDS)
    problem = failure if isinstance(failure, Problem) else None
    if problem is None and isinstance(failure, GuichetError):
        problem = problem_of(failure)
    if problem is None:
        log.error("%s broke: %s at %s", operation, type(failure).__name__, _place(failure))
        return Problem("ours")
    if problem.status >= 500:
        log.warning("%s: %s %s", operation, problem.code, problem.why)
    return problem


def _place(failure: BaseException) -> str:
    trace = failure.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"
