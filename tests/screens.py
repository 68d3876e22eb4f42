"""What every answer to a hop must be, measured by the sandbox's own tables."""

import unicodedata

from sandbox.air import costs
from sandbox.countries import NETWORKS
from tests.phone import Answer

UNKNOWN_NETWORK = (160, 70)


def assert_well_formed(answer: Answer, network: str = "40001") -> str:
    """The screen of a hop: 200, `text/plain`, prefix, budget, no control or direction marks. Gives its text."""
    assert answer.status == 200, (answer.status, answer.body[:200])
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    body = answer.text
    assert body[:4] in ("CON ", "END "), body
    screen = body[4:]
    assert screen.strip(), "an empty screen"
    known = NETWORKS.get(network)
    septets, units = (known.septets, known.units) if known else UNKNOWN_NETWORK
    alphabet, prices, _ = costs(screen)
    assert sum(prices) <= (septets if alphabet == "GSM-7" else units), (alphabet, sum(prices), screen)
    strange = [char for char in screen if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn")]
    assert not strange, (strange, screen)
    assert "Traceback" not in screen
    return screen
