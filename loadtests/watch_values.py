"""One look at the processes: needs none of them to be read."""

from dataclasses import dataclass, field

PARTS = ("gateway", "worker", "sandbox", "postgresql", "redis", "crowd")


@dataclass(slots=True)
class Sample:
    """At `second`: by part MB of memory and share of one core; connections, None where the stores are not
    processes of ours; the open files and sockets of gateway and worker; the queue of SMS."""

    second: float
    memory: dict[str, float] = field(default_factory=dict)
    cores: dict[str, float] = field(default_factory=dict)
    postgresql: int | None = None
    redis: int | None = None
    queued: float = 0.0
    oldest: float = 0.0
    handles: int | None = None
