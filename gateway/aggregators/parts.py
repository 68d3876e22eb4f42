"""A message handed over part by part, each with an id of its own."""

import asyncio
from collections.abc import Awaitable, Callable

from domain.deadline import Deadline
from sms.values import Accepted, NotSent, Outbound, SendReceipt, Unanswered

_PAUSE_SECONDS = 1.0


async def part_by_part(
    message: Outbound, deadline: Deadline, send_part: Callable[[int], Awaitable[SendReceipt]]
) -> SendReceipt:
    """Sends part 1, 2, …; each only after the one before was taken.

    What the first part meets is what the message met. After that a part is on its way to her: one that was certainly
    not sent is tried again while there is time, and if it never goes the whole is `Unanswered`, for it was half sent.
    """
    ids: list[str] = []
    for number in range(1, len(message.parts) + 1):
        receipt = await send_part(number)
        while ids and isinstance(receipt, NotSent) and deadline.remaining() > 2 * _PAUSE_SECONDS:
            await asyncio.sleep(_PAUSE_SECONDS)
            receipt = await send_part(number)
        if isinstance(receipt, Accepted):
            ids += receipt.provider_ids
        elif ids:
            return Unanswered(f"{len(ids)} of {len(message.parts)} parts were taken")
        else:
            return receipt
    return Accepted(tuple(ids))
