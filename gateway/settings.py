"""Settings: typed, read once from the environment; a wrong one stops the start with one clear line."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from gateway import setting_values
from gateway.setting_values import IpNetwork

PREFIX = "GUICHET_"
DEMO_CALLBACK_SECRET = "demo"  # noqa: S105  # known to all, and refused by `serve` and `worker`
DEMO_EVENT_SECRET = "whsec_ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8="  # noqa: S105
DEMO_NOTIFY_SECRET = "de300000-de30-4de3-8de3-de30de30de30"  # noqa: S105
DEMO_ENCRYPTION_KEYS = "demo:Z3VpY2hldC1kZW1vbnN0cmF0aW9uLWtleS0zMi1iISE="


class SettingsError(ValueError):
    """A setting that is missing or wrong. The message is for the operator and holds no secret's value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the gateway; `docs/settings.md` is made from this class.

    Times are in seconds. Fields whose metadata says `secret` are never shown.
    """

    database_url: str = field(
        default="", metadata={"doc": "PostgreSQL, `postgresql://user:…@host/name`", "secret": True}
    )
    redis_url: str = field(
        default="",
        metadata={"doc": "Redis or Valkey, `redis://…`, `rediss://…` or `redis+sentinel://…`", "secret": True},
    )
    country: str = field(default="azerbaijan", metadata={"doc": "The pack: a name in `countries/`, or a folder"})
    callback_secrets: tuple[str, ...] = field(
        default=(),
        metadata={
            "doc": "Path secrets of the aggregators' callbacks; two while one is rotated out",
            "secret": True,
        },
    )
    callback_networks: tuple[IpNetwork, ...] = field(
        default=(), metadata={"doc": "Addresses that callbacks may come from (CIDR); empty: any"}
    )
    trusted_proxies: tuple[IpNetwork, ...] = field(
        default=(), metadata={"doc": "Proxies whose `X-Forwarded-For` is believed (CIDR)"}
    )
    encryption_keys: str = field(
        default="", metadata={"doc": "`id:base64,…` of 32 octets each; the first seals, all open", "secret": True}
    )
    event_secrets: tuple[tuple[str, str], ...] = field(
        default=(),
        metadata={
            "doc": "Secrets of ministries' events, `source=whsec_…,…`; a source named twice while one is rotated out",
            "secret": True,
        },
    )
    africastalking_username: str = field(
        default="", metadata={"doc": "Account at Africa's Talking; empty: no SMS goes that way"}
    )
    africastalking_api_key: str = field(default="", metadata={"doc": "That account's key", "secret": True})
    africastalking_base_url: str = field(
        default="",
        metadata={"doc": "Another address than Africa's Talking's own: an emulator's, on this machine"},
    )
    africastalking_emulator: bool = field(
        default=False, metadata={"doc": "`yes` lets that address be on another machine; it then gets the key"}
    )
    sim_swap_days: int = field(
        default=0,
        metadata={
            "doc": "Each active number's network is asked every so many days, through that account, whether the SIM "
            "card was changed; each question costs money. `0`: nobody is asked"
        },
    )
    sim_swap_questions: int = field(default=60, metadata={"doc": "Such questions a minute, at most, of each worker"})
    kannel_url: str = field(
        default="", metadata={"doc": "Kannel's smsbox, `http://host:13013`; empty: no SMS goes that way"}
    )
    kannel_username: str = field(default="", metadata={"doc": "Its `sendsms-user`"})
    kannel_password: str = field(default="", metadata={"doc": "That user's password", "secret": True})
    kannel_callback_url: str = field(
        default="",
        metadata={
            "doc": "Our doors as Kannel reaches them, `http://host:8000/kannel/<callback secret>`",
            "secret": True,
        },
    )
    smpp_host: str = field(default="", metadata={"doc": "An operator's SMSC (SMPP 3.4); empty: no SMS goes that way"})
    smpp_port: int = field(default=2775, metadata={"doc": "The port it listens on"})
    smpp_system_id: str = field(default="", metadata={"doc": "Account there, at most 15 characters"})
    smpp_password: str = field(default="", metadata={"doc": "Its password, at most 8 characters", "secret": True})
    smpp_system_type: str = field(default="", metadata={"doc": "What the operator wants there, at most 12 characters"})
    smpp_ids: str = field(
        default="text",
        metadata={
            "doc": "How it writes message ids in answers and receipts: `text` (alike), `decimal` or `hex` (but for "
            "leading zeros), `hex-then-decimal`, `decimal-then-hex`"
        },
    )
    smpp_window: int = field(default=10, metadata={"doc": "Parts that may wait for its answer at a time"})
    smtp_host: str = field(default="", metadata={"doc": "A server that takes mail (SMTP); empty: none is sent"})
    smtp_port: int = field(default=587, metadata={"doc": "The port it listens on; 465: TLS from the first octet"})
    smtp_username: str = field(default="", metadata={"doc": "Account there; empty: no login"})
    smtp_password: str = field(default="", metadata={"doc": "That account's password", "secret": True})
    smtp_starttls: bool = field(
        default=True, metadata={"doc": "`no` where the server is on this machine and knows no TLS"}
    )
    hop_deadline: float = field(default=4.0, metadata={"doc": "Seconds that a USSD hop may take in all"})
    ministry_deadline: float = field(default=2.5, metadata={"doc": "Seconds of a hop that ministries may take"})
    redis_deadline: float = field(
        default=0.5, metadata={"doc": "Seconds that Redis may take to answer; past them sessions stand in PostgreSQL"}
    )
    session_ttl: int = field(default=600, metadata={"doc": "Seconds that a session is kept after its last hop"})
    resume_window: int = field(
        default=600, metadata={"doc": "Seconds in which a dropped session can be taken up again"}
    )
    starts_per_hour: int = field(default=20, metadata={"doc": "Sessions that one number may start in an hour"})
    hops_in_flight: int = field(default=512, metadata={"doc": "Hops of one aggregator answered at a time, per process"})
    database_pool: int = field(
        default=20, metadata={"doc": "PostgreSQL connections per process, opened as needed and kept"}
    )
    pgbouncer: bool = field(
        default=False, metadata={"doc": "`yes` where PgBouncer stands before PostgreSQL (transaction pooling)"}
    )
    stop_delay: float = field(
        default=5.0,
        metadata={
            "doc": "Seconds that `serve` still takes calls after SIGTERM, while `/readyz` says 503: as long as the "
            "load balancer takes to notice"
        },
    )
    spool: str = field(
        default="",
        metadata={
            "doc": "A folder on a durable volume: SMS callbacks wait there while PostgreSQL is away; empty: they are "
            "answered 503"
        },
    )
    spool_entries: int = field(
        default=100_000, metadata={"doc": "Callbacks that may wait there; past them the answer is 503 again"}
    )
    claim_process: bool = field(
        default=True,
        metadata={
            "doc": "While its queue of SMS is long, `worker` starts a second process that claims and words messages; "
            "`no` where a worker has less than two cores"
        },
    )
    quiet_hours: bool = field(
        default=True, metadata={"doc": "`no`: SMS go out at night too, whatever the pack says (for trying things out)"}
    )
    operator: str = field(
        default="", metadata={"doc": "Who types commands, for the audit log; else the name of the system's user"}
    )
    traces_url: str = field(
        default="", metadata={"doc": "A collector of traces (OTLP over HTTP), `http://host:4318`; empty: none are made"}
    )
    traces_share: float = field(default=0.01, metadata={"doc": "How many of all hops are followed, 0 to 1"})
    log_level: str = field(default="info", metadata={"doc": "`debug`, `info`, `warning` or `error`"})

    @classmethod
    def read(
        cls, environment: Mapping[str, str], known_elsewhere: tuple[str, ...] = ()
    ) -> tuple["Settings", list[str]]:
        """The settings, and a warning a line for each unknown `GUICHET_*` variable.

        Raises `SettingsError` naming the first wrong one. `known_elsewhere` are names a pack declares.
        """
        values: dict[str, Any] = {}
        for item in fields(cls):
            raw = environment.get(PREFIX + item.name.upper())
            if raw is not None and raw.strip():
                values[item.name] = _parse(item.name, raw.strip())
        settings = cls(**values)
        return settings, _warnings(environment, known_elsewhere)

    def require_real(self, environment: Mapping[str, str] | None = None) -> None:
        """Refuse to serve without stores, or with the demonstration's secrets; raises `SettingsError`.

        `environment`: where the pack's own variables stand.
        """
        needed = ("database_url", "redis_url", "callback_secrets", "encryption_keys")
        missing = [f"{PREFIX}{name.upper()}" for name in needed if not getattr(self, name)]
        if missing:
            raise SettingsError(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set")
        # The demonstration's key is refused at any place and under any id: it would open what it once sealed.
        demo_key = DEMO_ENCRYPTION_KEYS.partition(":")[2]
        demo_event = any(secret == DEMO_EVENT_SECRET for _, secret in self.event_secrets)
        demo_notify = any(DEMO_NOTIFY_SECRET in value for value in (environment or {}).values())
        if (
            DEMO_CALLBACK_SECRET in self.callback_secrets
            or demo_key in self.encryption_keys
            or demo_event
            or demo_notify
        ):
            raise SettingsError("the demonstration's secrets are known to everybody: set your own")
        if any(len(secret) < 16 for secret in self.callback_secrets):
            raise SettingsError(f"{PREFIX}CALLBACK_SECRETS: a secret needs at least 16 characters")


def _parse(name: str, raw: str) -> Any:
    try:
        return _PARSERS[name](raw)
    except ValueError as wrong:
        raise SettingsError(f"{PREFIX}{name.upper()}: {wrong}") from None


_PARSERS: dict[str, Callable[[str], Any]] = {
    "database_url": setting_values.database_url,
    "redis_url": setting_values.redis_url,
    "country": str,
    "callback_secrets": setting_values.path_secrets,
    "callback_networks": setting_values.networks,
    "trusted_proxies": setting_values.networks,
    "encryption_keys": str,
    "event_secrets": setting_values.event_secrets,
    "africastalking_username": setting_values.word,
    "africastalking_api_key": setting_values.word,
    "africastalking_base_url": setting_values.base_url,
    "africastalking_emulator": setting_values.yes_or_no,
    "sim_swap_days": setting_values.between(0, 365, int),
    "sim_swap_questions": setting_values.between(1, 1000, int),
    "kannel_url": setting_values.base_url,
    "kannel_username": setting_values.word,
    "kannel_password": setting_values.word,
    "kannel_callback_url": setting_values.base_url,
    "smpp_host": setting_values.word,
    "smpp_port": setting_values.between(1, 65535, int),
    "smpp_system_id": setting_values.at_most(15),
    "smpp_password": setting_values.at_most(8),
    "smpp_system_type": setting_values.at_most(12),
    "smpp_ids": setting_values.id_form,
    "smpp_window": setting_values.between(1, 1000, int),
    "smtp_host": setting_values.word,
    "smtp_port": setting_values.between(1, 65535, int),
    "smtp_username": setting_values.word,
    "smtp_password": setting_values.word,
    "smtp_starttls": setting_values.yes_or_no,
    "hop_deadline": setting_values.between(0.5, 9.0, float),
    "ministry_deadline": setting_values.between(0.2, 8.0, float),
    "redis_deadline": setting_values.between(0.05, 8.0, float),
    "session_ttl": setting_values.between(60, 3600, int),
    "resume_window": setting_values.between(0, 3600, int),
    "starts_per_hour": setting_values.between(1, 10_000, int),
    "hops_in_flight": setting_values.between(1, 100_000, int),
    "database_pool": setting_values.between(1, 200, int),
    "pgbouncer": setting_values.yes_or_no,
    "stop_delay": setting_values.between(0, 60, float),
    "spool": setting_values.folder,
    "spool_entries": setting_values.between(1, 10_000_000, int),
    "claim_process": setting_values.yes_or_no,
    "quiet_hours": setting_values.yes_or_no,
    "operator": setting_values.word,
    "traces_url": setting_values.base_url,
    "traces_share": setting_values.between(0, 1, float),
    "log_level": setting_values.level,
}


def _warnings(environment: Mapping[str, str], known_elsewhere: tuple[str, ...]) -> list[str]:
    known = {PREFIX + item.name.upper() for item in fields(Settings)} | set(known_elsewhere)
    warnings = []
    for name in sorted(environment):
        # GUICHET_TEST_* belongs to the tests.
        if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "TEST_"):
            near = difflib.get_close_matches(name, known, n=1)
            warnings.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))
    return warnings
