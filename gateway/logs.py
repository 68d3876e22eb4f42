"""Logs: one line an event, to standard error; no number, name, PIN or message text ever enters one."""

import logging
import sys
from typing import Any

_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"


def set_up(level: str) -> None:
    """Everything at that level and above, in lines that nothing from outside can break or colour."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine(_LINE, "%Y-%m-%dT%H:%M:%S%z"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # SQL's own logger would print statements; its values are hidden, but it has nothing to say here.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


class _OneLine(logging.Formatter):
    """Escapes what could end a line or steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return "".join(char if char.isprintable() else repr(char)[1:-1] for char in super().format(record))

    def formatException(self, info: Any) -> str:  # noqa: N802 - logging's name
        """Where it happened, without the exception's own words: they may quote a citizen."""
        kind, _, trace = info
        steps = []
        while trace:
            steps.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
            trace = trace.tb_next
        return f"{kind.__name__} at " + " < ".join(reversed(steps[-4:]))
