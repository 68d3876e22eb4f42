"""The chore that keeps the promise to tell of a bus or train."""

from functools import partial

from gateway.worker import Chore
from services.desk import Desk
from services.stop_news import tell_of_stops

_LOOK_SECONDS = 10.0


def stops_watched(desk: Desk) -> Chore:
    """Looks at the promises that are due."""
    return Chore("stops of buses and trains", partial(tell_of_stops, desk), _LOOK_SECONDS)
