"""`assisted.yaml`: with what agents of the country help, and within which limits."""

from collections.abc import Container
from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from services.agent_values import AgentRules

_Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]
_Count = Annotated[int, Meta(ge=1, le=10_000)]


class AssistedFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`assisted.yaml`. Without it, or without purposes, nobody can be helped."""

    purposes: dict[_Code, tuple[str, ...]] = {}
    a_day: _Count = 30
    witnessed_a_day: Annotated[int, Meta(ge=0, le=10_000)] = 5
    pause_minutes: Annotated[int, Meta(ge=0, le=120)] = 2
    device_a_day: _Count = 60
    number_a_week: _Count = 4
    flag_a_day: _Count = 20
    flag_number_agents: _Count = 3
    flag_pair: _Count = 3
    flag_kmh: Annotated[int, Meta(ge=10, le=1_000)] = 120
    call_back_minutes: Annotated[int, Meta(ge=1, le=7 * 24 * 60)] = 30

    def rules(self) -> AgentRules:
        """The limits, for use cases."""
        return AgentRules(
            a_day=self.a_day,
            witnessed_a_day=self.witnessed_a_day,
            pause=timedelta(minutes=self.pause_minutes),
            device_a_day=self.device_a_day,
            number_a_week=self.number_a_week,
            flag_a_day=self.flag_a_day,
            flag_number_agents=self.flag_number_agents,
            flag_pair=self.flag_pair,
            most_kmh=self.flag_kmh,
            call_back=timedelta(minutes=self.call_back_minutes),
        )

    def opens(self) -> dict[str, frozenset[str]]:
        """Purpose to services."""
        return {purpose: frozenset(services) for purpose, services in self.purposes.items()}


def disagreements(file: AssistedFile, services: Container[str]) -> list[str]:
    """Services that a purpose names and the pack does not have."""
    return [
        f"assisted.yaml: purposes.{purpose}: {code!r} is not known"
        for purpose, codes in file.purposes.items()
        for code in codes
        if code not in services
    ]
