"""The pages' files."""

import gzip
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "web"
PAGES = ("kiosk", "volunteer", "ops")


def compressed(page: str) -> int:
    """What a page weighs on the wire, with all that is shared and the words of every language. Octets."""
    files = [file for folder in (page, "shared") for file in (WEB / folder).rglob("*") if file.is_file()]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)
