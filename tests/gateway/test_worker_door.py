"""The worker's own door: operators see that it lives, that it can work, and what it counts."""

import asyncio

from gateway.worker_door import open_door
from tests.whole import Whole


async def asked(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: worker\r\nconnection: close\r\n\r\n".encode())
    whole = (await reader.read()).decode()
    writer.close()
    return whole


async def test_a_worker_says_that_it_lives_and_what_it_counts(gateway_whole: Whole) -> None:
    await gateway_whole.parts.worker.round()
    async with open_door(gateway_whole.parts, "127.0.0.1", 0) as port:
        live, ready, page, other = await asyncio.gather(
            *(asked(port, path) for path in ("/livez", "/readyz", "/metrics", "/africastalking/demo/ussd"))
        )
    assert live.startswith("HTTP/1.1 200") and ready.startswith("HTTP/1.1 200")
    assert '"degraded":false' in ready
    assert 'guichet_sms_queued{due="now"} 0.0' in page
    assert 'guichet_worker_chores_total{chore="person keys under the newest key",result="done"} 1.0' in page
    assert 'result="broke"' not in page
    assert other.startswith("HTTP/1.1 404")
