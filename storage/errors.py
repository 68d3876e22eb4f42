"""Failures of the stores that are not mere absence: see `domain.errors` for the tree they hang on."""

from domain.errors import GuichetError, StoreUnavailable


class SealBroken(GuichetError):
    """A sealed value does not open: other row or column, changed octets, or a key that is not listed."""


class KeyMissing(SealBroken):
    """There is no key for this person: never made, or destroyed when she was erased."""


class NotSaved(StoreUnavailable):
    """A statement failed on the way, and whoever caught its error went on: nothing of the transaction was saved."""


class SpoolFailed(GuichetError):
    """The folder of the spool cannot be used: it is not there, not ours to write to, or its disk does not take it."""


class RedisRefused(GuichetError):
    """Redis answered a command with an error that is ours to mend (a wrong type, a script's fault)."""


class EmbeddedServerFailed(GuichetError):
    """An embedded server of the demo or the tests did not start."""
