"""HTTP messages as they come off a kept connection: with a Content-Length, one after the other."""


def first_whole(octets: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Head and body of the first, and what comes after it; None while it is not all there."""
    head, ended, rest = octets.partition(b"\r\n\r\n")
    if not ended:
        return None
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return (head, rest[:length], rest[length:]) if len(rest) >= length else None
