"""Where ten invented buses and a train call, as an iCalendar feed (RFC 5545)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries.gate import Gate
from sandbox.ministries.site import Site


@dataclass(frozen=True, slots=True)
class Stop:
    """A unit's stop: on `first` (YYYYMMDD), and every so many weeks after it."""

    unit: str
    name: str
    square: str
    lat: float
    lon: float
    first: str
    weeks: int
    train: bool = False

    def event(self) -> list[str]:
        begins, ends = ("090000", "150000") if self.train else ("100000", "160000")
        return [
            "BEGIN:VEVENT",
            f"UID:{self.first}-{self.unit.split()[-2]}-{self.lat:.3f}@units.asan.example",
            "DTSTAMP:20261101T000000Z",
            f"DTSTART;TZID=Asia/Baku:{self.first}T{begins}",
            f"DTEND;TZID=Asia/Baku:{self.first}T{ends}",
            f"RRULE:FREQ=WEEKLY;INTERVAL={self.weeks}",
            f"SUMMARY:{self.unit}",
            f"LOCATION:{self.name} (demo)\\, {self.square}\\, {self.name}",
            f"GEO:{self.lat};{self.lon}",
            f"CATEGORIES:{'TRAIN' if self.train else 'BUS'}",
            "DESCRIPTION:Demonstration\\: invented",
            "END:VEVENT",
        ]


_SQUARE, _STATION = "Nümunə meydanı", "Dəmir yolu stansiyası"


def _bus(number: int, name: str, lat: float, lon: float, first: str) -> Stop:
    return Stop(f"ASAN avtobus {number} (demo)", name, _SQUARE, lat, lon, first, 2)


def _train(name: str, lat: float, lon: float, first: str) -> Stop:
    return Stop("ASAN qatar (demo)", name, _STATION, lat, lon, first, 4, train=True)


STOPS = (
    _bus(1, "İsmayıllı", 40.787, 48.152, "20261124"),
    _bus(2, "Ağsu", 40.570, 48.401, "20261125"),
    _bus(3, "Lerik", 38.774, 48.415, "20261126"),
    _bus(4, "Xaçmaz", 41.464, 48.806, "20261127"),
    _bus(5, "Zaqatala", 41.634, 46.643, "20261124"),
    _bus(6, "Göyçay", 40.653, 47.741, "20261202"),
    _bus(7, "Tovuz", 40.993, 45.629, "20261203"),
    _bus(8, "Beyləqan", 39.776, 47.619, "20261204"),
    _bus(9, "Neftçala", 39.377, 49.247, "20261201"),
    _bus(10, "Xızı", 40.911, 49.073, "20261202"),
    _train("Yevlax", 40.617, 47.150, "20261125"),
    _train("Kürdəmir", 40.345, 48.161, "20261202"),
    _train("Ağstafa", 41.119, 45.454, "20261209"),
)


def asan_units(site: Site) -> list[BaseRoute]:
    """`GET /units.ics`."""

    async def feed(request: Request) -> Response:
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ASAN (demo)//units//AZ", "CALSCALE:GREGORIAN"]
        lines += [line for stop in STOPS for line in stop.event()]
        lines.append("END:VCALENDAR")
        text = "".join(f"{_fold(line)}\r\n" for line in lines)
        return Response(text, media_type="text/calendar; charset=utf-8")

    return [Route("/units.ics", Gate(site.hall, "feed.get", feed), methods=["GET"], name="feed.get")]


def _fold(line: str) -> str:
    """At most 75 octets a line, never within a letter."""
    parts, room = [""], 75
    for letter in line:
        size = len(letter.encode())
        if size > room:
            parts.append("")
            room = 74
        parts[-1] += letter
        room -= size
    return "\r\n ".join(parts)
