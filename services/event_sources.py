"""What a pack says about who tells us what: each ministry's system, its services, its own words, and the waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from services.events import EventType


@dataclass(frozen=True, slots=True)
class Source:
    """One ministry's system. `name`: ours, by which its secrets are set and its messages are paid.

    `source`: what it writes as CloudEvents `source`. It may speak of `services` only. `types`: its own words for ours.
    `readable`: whether an application can be read again from it. `poll_seconds`: it cannot push, so it is asked.
    """

    name: str
    source: str
    services: tuple[str, ...]
    types: Mapping[str, EventType] = field(default_factory=dict)
    readable: bool = True
    poll_seconds: float | None = None

    def type_of(self, word: str) -> EventType | None:
        """Our type for its word; None for one that we do not know."""
        if word in self.types:
            return self.types[word]
        return EventType(word) if word in EventType._value2member_map_ else None

    def service_of(self, named: str | None) -> str | None:
        """The service where the event names it, or where there is only one."""
        if named in self.services:
            return named
        return self.services[0] if len(self.services) == 1 else None


@dataclass(frozen=True, slots=True)
class EventRules:
    """All of it. `language`: of the pack. `region`: the country whose mobile numbers may be written to.

    `patience`: how long an event about something unknown is tried; `ministry_patience`: while its ministry is away.
    `date_span`: dates of a pickup farther off than this are a mistake. `read_seconds`: for asking a ministry.
    """

    sources: Mapping[str, Source]
    language: str
    languages: frozenset[str]
    region: str
    patience: timedelta = timedelta(hours=24)
    ministry_patience: timedelta = timedelta(hours=72)
    date_span: timedelta = timedelta(days=366)
    read_seconds: float = 5.0

    def by_source(self, source: str) -> Source | None:
        """The system that writes this as CloudEvents `source`."""
        return next((known for known in self.sources.values() if known.source == source), None)
