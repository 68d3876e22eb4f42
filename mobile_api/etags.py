"""Entity tags: which version of something a caller has (RFC 9110 §8.8.3, §13.1)."""

import hashlib
import re

from mobile_api.problems import Problem

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')


def of_body(body: bytes) -> str:
    """A weak tag: the same words may travel compressed or not."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def of_version(version: str) -> str:
    """A strong tag, of a version that a resource tells (visible ASCII without quotes)."""
    return f'"{version}"'


def in_language(version: str, language: str) -> str:
    """A version as it is shown in a language: other words are other octets, and a change of language is no 304."""
    return f"{version}.{language}"


def unchanged(if_none_match: bytes, etag: str) -> bool:
    """Whether the caller has it already (weak comparison)."""
    header = if_none_match.decode("latin-1")
    if header.strip() == "*":
        return True
    mine = etag.removeprefix("W/")
    return any(f'"{tag}"' == mine for _, tag in _TAG.findall(header))


def require(if_match: bytes | None, version: str, *, needed: bool = False) -> None:
    """Raises `Problem("changed_meanwhile")` where the caller acts on another version, in whichever language.

    Without the header: nothing, or where it is `needed` `Problem("version_needed")`.
    """
    if if_match is None:
        if needed:
            raise Problem("version_needed")
        return
    if not seen(if_match, version):
        raise Problem("changed_meanwhile")


def seen(if_match: bytes, version: str) -> bool:
    """Whether the caller acts on this version (strong comparison), in whichever language it was shown."""
    header = if_match.decode("latin-1")
    if header.strip() == "*":
        return True
    return any(not weak and version in (tag, tag.rpartition(".")[0]) for weak, tag in _TAG.findall(header))
