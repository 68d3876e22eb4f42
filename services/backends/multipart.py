"""One file as a multipart/form-data body (RFC 7578). Pure."""

from collections.abc import Mapping

from services.backends.transport import Octets
from services.document_ports import Document

EXTENSIONS: Mapping[str, str] = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
_FIELD = "file"


def multipart(name: str, document: Document) -> Octets:
    """The body. `name`: of ours, without quotes; it is unique, so that the boundary made of it stands in no file."""
    boundary = f"guichet-{name}"
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{_FIELD}"; filename="{name}"\r\n'
        f"Content-Type: {document.media}\r\n\r\n"
    )
    body = head.encode("ascii") + document.octets + f"\r\n--{boundary}--\r\n".encode("ascii")
    return Octets(f'multipart/form-data; boundary="{boundary}"', body)
