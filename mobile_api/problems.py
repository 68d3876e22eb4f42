"""What can go wrong, by stable codes: problem details (RFC 9457) in the caller's language, never echoing what was sent.

The words are messages: `problem.<code>` is the title, `problem.<code>_detail`, where there is one, says what to do.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from domain.errors import (
    DeadlineExceeded,
    GuichetError,
    InvalidValue,
    MinistryAmbiguous,
    MinistryBusy,
    MinistryError,
    MinistryRefused,
    StoreUnavailable,
)
from i18n.text import SlotError, SlotValue, Text
from i18n.translator import Translator
from mobile_api.quotas import Standing

log = logging.getLogger("guichet.api")

PROBLEM_JSON = b"application/problem+json"
DOCS = "/api/v1/docs"
QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
REDUCED_CAPACITY = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"

# Code to status. A new code: a line here, and its messages in the catalogs.
STATUS: Mapping[str, int] = MappingProxyType(
    {
        # the request itself
        "invalid_json": 400,
        "key_missing": 400,
        "key_malformed": 400,
        "body_incomplete": 400,
        "not_found": 404,
        "method_not_allowed": 405,
        "body_too_large": 413,
        "wrong_media_type": 415,
        "invalid_fields": 422,
        # repeating
        "key_reused": 422,
        "still_running": 409,
        "changed_meanwhile": 412,
        "version_needed": 428,
        # who asks
        "sign_in_needed": 401,
        "not_for_agents": 403,
        "agents_only": 403,
        # agents
        "not_an_agent": 403,
        "agent_limit": 429,
        "citizen_first": 409,
        "help_over": 410,
        "not_agreed": 403,
        "claim_wrong": 422,
        "claim_waits": 409,
        "one_device": 409,
        "call_back_later": 409,
        # references
        "reference_malformed": 422,
        "too_many_tries": 429,
        # visits and pickups
        "slot_taken": 409,
        "visit_refused": 422,
        "nothing_to_collect": 404,
        "choice_not_allowed": 409,
        "stops_full": 409,
        "cannot_tell": 409,
        # signing in
        "code_wrong": 422,
        "code_dead": 410,
        "session_ended": 401,
        "pin_needed": 403,
        "pin_wrong": 422,
        "pin_locked": 429,
        "pin_reset_needed": 403,
        "no_account": 409,
        # applications
        "consent_needed": 409,
        "already_pending": 409,
        "application_refused": 422,
        "form_unsupported": 409,
        "nothing_to_amend": 409,
        "fact_wrong": 422,
        "document_unreadable": 422,
        "documents_full": 409,
        # her numbers and consents
        "account_consent": 409,
        "number_taken": 409,
        "number_needed": 409,
        "number_too_new": 409,
        "numbers_full": 409,
        "email_off": 409,
        "email_needed": 409,
        # visits
        "application_needed": 422,
        # limits
        "too_many_requests": 429,
        "busy": 503,
        # what stands behind us
        "ours": 500,
        "not_saved": 503,
        "too_slow": 503,
        "ministry_unavailable": 503,
        "ministry_refused": 422,
        "being_processed": 503,
    }
)
_TYPES = {"too_many_requests": QUOTA_EXCEEDED, "busy": REDUCED_CAPACITY}
_RETRY_SECONDS = 5
_NO_VALUES: Mapping[str, SlotValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong where. `pointer`: RFC 6901, into the body; `fault`: the last part of `problem.field_<fault>`."""

    pointer: str
    fault: str


class Problem(Exception):
    """An answer that is a problem. `values` fill the detail's slots; `after_seconds` becomes Retry-After.

    `choices`: what may be chosen instead. `why` is for the log alone: a word of ours, never a value that was sent.
    """

    def __init__(
        self,
        code: str,
        values: Mapping[str, SlotValue] = _NO_VALUES,
        *,
        errors: tuple[FieldError, ...] = (),
        after_seconds: int | None = None,
        standing: Standing | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        choices: tuple[str, ...] = (),
        why: str = "",
    ) -> None:
        super().__init__(code)
        self.code, self.status = code, STATUS[code]
        self.values, self.errors, self.headers = values, errors, headers
        self.after_seconds, self.standing, self.why = after_seconds, standing, why
        self.choices = choices


class ProblemField(msgspec.Struct, frozen=True):
    """One entry of `errors`."""

    pointer: str
    detail: str


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True, rename={"kind": "type"}):
    """The body of a problem (RFC 9457 §3.1), with `code` for programs. `choices`: what may be chosen instead."""

    kind: str
    title: str
    status: int
    code: str
    detail: str = ""
    errors: tuple[ProblemField, ...] = ()
    choices: tuple[str, ...] = ()


def problem_of(failure: GuichetError) -> Problem:
    """The problem that a failure below us is told as."""
    match failure:
        case InvalidValue():
            return Problem("invalid_fields", why="InvalidValue")
        case StoreUnavailable():
            return Problem("not_saved", after_seconds=_RETRY_SECONDS, why="StoreUnavailable")
        case DeadlineExceeded():
            return Problem("too_slow", after_seconds=_RETRY_SECONDS, why="DeadlineExceeded")
        case MinistryAmbiguous():
            return Problem("being_processed", after_seconds=_RETRY_SECONDS, why=failure.ministry)
        case MinistryRefused():
            return Problem("ministry_refused", why=failure.ministry)
        case MinistryBusy():
            return Problem("ministry_unavailable", after_seconds=_RETRY_SECONDS, why=failure.ministry)
        case MinistryError():
            return Problem("ministry_unavailable", after_seconds=_RETRY_SECONDS, why=failure.ministry)
        case _:
            return Problem("ours", why=type(failure).__name__)


class ProblemWords:
    """Problems in words. Raises `TextError` at start-up for a code without a title."""

    def __init__(self, translator: Translator, languages: Iterable[str]) -> None:
        self._translator = translator
        for language in languages:
            for code in STATUS:
                translator.render(Text(f"problem.{code}"), language)

    def body(self, problem: Problem, language: str) -> bytes:
        """The JSON of a problem."""
        return msgspec.json.encode(
            ProblemDetails(
                kind=_TYPES.get(problem.code, f"{DOCS}#{problem.code}"),
                title=self._say(f"problem.{problem.code}", language),
                status=problem.status,
                code=problem.code,
                detail=self._detail(problem, language),
                errors=tuple(
                    ProblemField(error.pointer, self._say(f"problem.field_{error.fault}", language))
                    for error in problem.errors
                ),
                choices=problem.choices,
            )
        )

    def title(self, code: str, language: str) -> str:
        """What a code says, whatever it is about."""
        return self._say(f"problem.{code}", language)

    def _detail(self, problem: Problem, language: str) -> str:
        id = f"problem.{problem.code}_detail"
        if not self._translator.has(id):
            return ""
        try:
            return self._say(id, language, problem.values)
        except SlotError as wrong:
            # A fault of ours that must not take the problem itself from the caller.
            log.error("%s", wrong)
            return ""

    def _say(self, id: str, language: str, values: Mapping[str, Any] = _NO_VALUES) -> str:
        return self._translator.render(Text(id, values), language)
