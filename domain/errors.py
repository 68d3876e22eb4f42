"""The error tree: each failure knows whether to try again and what the citizen may be told.

    GuichetError
    ├── InvalidValue            a value from outside that does not parse
    ├── DeadlineExceeded        our own time ran out
    ├── StoreUnavailable        PostgreSQL or Redis cannot be reached
    └── MinistryError
        ├── MinistryUnavailable   not reached, 5xx, breaker open: nothing was done
        ├── MinistryBusy          429 or our own cap: nothing was done
        ├── MinistryRefused       the ministry will not do it, and says so (4xx)
        ├── MinistryContract      an answer that its standard does not allow
        └── MinistryAmbiguous     the request was written, no answer came: it may have been done

Expected results (not found, slot taken) are values, not errors: see `domain.outcomes`.
"""

from typing import ClassVar


class GuichetError(Exception):
    """A failure. `retry`: may the same call be made again at once? `told`: message id for the citizen."""

    retry: ClassVar[bool] = False
    told: ClassVar[str] = "error.ours"


class InvalidValue(GuichetError, ValueError):
    """A value from outside that does not parse; nothing was done with it."""

    told = "error.invalid"


class DeadlineExceeded(GuichetError):
    """The time given ran out before the call could be made."""

    told = "error.slow"


class StoreUnavailable(GuichetError):
    """A store of ours cannot be reached; nothing was saved."""

    retry = True
    told = "error.not_saved"


class MinistryError(GuichetError):
    """A call to a ministry that failed. Carries which ministry, never what was asked."""

    told = "error.ministry"

    def __init__(self, ministry: str, why: str = "") -> None:
        super().__init__(f"{ministry}: {why}" if why else ministry)
        self.ministry = ministry
        self.why = why


class MinistryUnavailable(MinistryError):
    """Not reached, or it answered 5xx, or its breaker is open: a read may be tried again."""

    retry = True


class MinistryBusy(MinistryError):
    """It answered 429, or our own cap for it is full."""

    told = "error.busy"


class MinistryRefused(MinistryError):
    """It understood and will not do it (4xx other than those its standard gives a meaning).

    `words` is the ministry's own sentence, for the citizen alone: it may repeat what she wrote, so it is no part
    of the error's text, which is logged.
    """

    told = "error.refused"

    def __init__(self, ministry: str, why: str = "", words: str = "") -> None:
        super().__init__(ministry, why)
        self.words = words


class MinistryHasOne(MinistryRefused):
    """It takes no second application: one of hers is open there already."""


class MinistryContract(MinistryError):
    """Its answer is not what its standard allows."""


class MinistryAmbiguous(MinistryError):
    """The request was written and no whole answer came: it may have been carried out."""

    told = "error.being_processed"
