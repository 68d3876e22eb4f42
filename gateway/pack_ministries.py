"""A pack's ministries, ready to be called; what is wrong with them is told with file and line."""

from collections.abc import Mapping

from domain.clock import Clock
from domain.errors import InvalidValue
from gateway import pack_lines
from gateway.pack import Pack, PackErrors
from services.backends.config import MinistryConfig
from services.backends.registry import Backend, MakeTransport, MinistryMap, backends
from services.backends.settings_mistakes import Mistaken
from services.backends.transport import Observer, Transport
from services.backends.wire import Wire

Configs = Mapping[str, MinistryConfig]


def backends_of(
    pack: Pack,
    configs: Configs,
    wire: Wire,
    clock: Clock,
    observer: Observer | None = None,
    transport: MakeTransport = Transport,
) -> dict[str, Backend]:
    """Each ministry by the name of its address; raises `PackErrors` with all that is wrong."""
    try:
        return backends(tuple(configs.values()), wire, clock, pack.services.due, observer, transport)
    except Mistaken as wrong:
        mistakes = pack_lines.by_key(pack.ministries, wrong.mistakes)
        raise PackErrors(pack_lines.told(pack.directory, mistakes)) from None


def ministries_of(
    pack: Pack,
    configs: Configs,
    wire: Wire,
    clock: Clock,
    observer: Observer | None = None,
    transport: MakeTransport = Transport,
) -> MinistryMap:
    """The port `Ministries` over all of them; raises `PackErrors`."""
    try:
        return MinistryMap(backends_of(pack, configs, wire, clock, observer, transport))
    except InvalidValue as wrong:
        raise PackErrors([f"{pack_lines.MINISTRIES}: {wrong}"]) from None
