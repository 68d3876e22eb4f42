"""Files handed to a ministry: a multipart body is read, its files are counted and forgotten."""

from dataclasses import dataclass
from email import policy
from email.parser import BytesParser

from sandbox.ministries.wire import BadRequest


@dataclass(frozen=True, slots=True)
class Upload:
    """The name and size of an uploaded file; its content is not kept."""

    name: str
    size: int


def uploads(content_type: str, raw: bytes) -> list[Upload]:
    """The files of a multipart/form-data body (RFC 7578); raises `BadRequest`."""
    if not content_type.lower().startswith("multipart/form-data"):
        raise BadRequest("multipart/form-data is expected")
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + raw)
    found: list[Upload] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_filename()
        if name:
            content = part.get_payload(decode=True)
            found.append(Upload(name, len(content) if isinstance(content, bytes) else 0))
    if not found:
        raise BadRequest("no file in the body")
    return found
