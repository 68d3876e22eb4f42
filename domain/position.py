"""A point on the earth, and how far it is from another."""

import math
from dataclasses import dataclass

from domain.errors import InvalidValue

# Mean radius (IUGG). The sphere is off by half a percent at most: nobody walks by it.
EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees by WGS 84: north and east positive. Raises `InvalidValue` for what is on no map."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise InvalidValue("not a position")

    @classmethod
    def parse(cls, text: str) -> "Position":
        """From `40.409,49.867`. Raises `InvalidValue`."""
        lat, _, lon = text.partition(",")
        try:
            return cls(float(lat), float(lon))
        except ValueError:
            raise InvalidValue("not a position") from None

    def metres_to(self, other: "Position") -> int:
        """By the great circle (haversine), in whole metres."""
        lat, other_lat = math.radians(self.lat), math.radians(other.lat)
        north, east = (other_lat - lat) / 2, math.radians(other.lon - self.lon) / 2
        square = math.sin(north) ** 2 + math.cos(lat) * math.cos(other_lat) * math.sin(east) ** 2
        return round(2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(square))))
