"""The pages' files: light, complete in every language, readable, and served so that nothing else gets in."""

import json
import re
import tomllib
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from gateway.doors.web import web_routes
from tests.read_once import load_pack
from tests.web.files import PAGES, WEB, compressed
from tests.whole import served

ROOT = WEB.parent
PACKS = sorted(path.parent.name for path in (ROOT / "countries").glob("*/pack.yaml"))
SLOT = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_weighs_less_than_a_photograph(page: str) -> None:
    assert 0 < compressed(page) < 100_000


@pytest.mark.parametrize("folder", ["shared/words", "volunteer/words"])
@pytest.mark.parametrize("pack", PACKS)
def test_every_language_of_every_pack_has_every_word(pack: str, folder: str) -> None:
    english = _words(f"{folder}/en.json")
    for language in load_pack(pack).languages:
        words = _words(f"{folder}/{language}.json")
        assert words.keys() == english.keys(), language
        for name, said in words.items():
            assert _slots(said) == _slots(english[name]), (language, name)
            assert len(said) == len(english[name]) if isinstance(said, list) else said.strip(), (language, name)


@pytest.mark.parametrize("language", ["az", "fr"])
def test_the_operations_page_has_every_word_in_the_languages_that_it_has(language: str) -> None:
    english, words = _words("ops/words/en.json"), _words(f"ops/words/{language}.json")
    assert words.keys() == english.keys()
    assert all(_slots(said) == _slots(english[name]) and said.strip() for name, said in words.items())


def _words(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((WEB / path).read_text())
    return found


def _slots(said: str | list[str]) -> set[str]:
    return set(SLOT.findall(str(said)))


@pytest.mark.parametrize("page", PAGES)
def test_no_word_is_missing_and_none_is_left_over(page: str) -> None:
    scripts = {path: path.read_text() for folder in (*PAGES, "shared") for path in (WEB / folder).rglob("*.js")}
    used = " ".join(scripts.values())
    known = {name for folder in ("shared", "volunteer", "ops") for name in _words(f"{folder}/words/en.json")}
    said = {name for text in scripts.values() for name in re.findall(r"\bwords(?:\(\))?\.(\w+)", text)}
    assert said - known - {"js"} == set()
    own = _words(f"{'shared' if page == 'kiosk' else page}/words/en.json")
    begun = re.findall(r"`(\w+_)\$\{", used)
    idle = {name for name in own if not re.search(rf"\b{name}\b", used) and not name.startswith(tuple(begun))}
    assert idle == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("over", "under"),
    [
        ("ink", "paper"), ("ink", "card"), ("ink", "soft"), ("quiet", "paper"), ("quiet", "card"), ("on-deep", "deep"),
        ("bad", "bad-soft"), ("deep", "card"), ("on-drill", "drill"), ("quiet", "edge"),
    ],
)  # fmt: skip
def test_text_stands_out(scheme: str, over: str, under: str) -> None:
    """WCAG 2.2, 1.4.3; of what is pressed no more, 3 suffice."""
    styles = (WEB / "shared/page.css").read_text().split("prefers-color-scheme: dark")
    colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]{6})", styles[scheme == "dark"]))
    light, dark = sorted((_luminance(colours[over]), _luminance(colours[under])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= (3 if under == "edge" else 4.5)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_nothing_from_elsewhere_and_nothing_inline() -> None:
    for file in WEB.rglob("*"):
        if file.suffix in (".html", ".js", ".css"):
            text = file.read_text().replace("http://www.w3.org/", "")
            assert not re.search(r"https?://|innerHTML|\bstyle=|\son\w+=\"|eval\(", text), file
            assert len(text.splitlines()) < 250, file


def test_pages_come_compressed_with_their_headers_and_nothing_from_above_them() -> None:
    with served(Starlette(routes=web_routes())) as url:
        script = _got(url, "/kiosk/kiosk.js", {"Accept-Encoding": "gzip"})
        assert (script.status, script.headers["Content-Encoding"]) == (200, "gzip")
        policy = script.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert _got(url, "/kiosk").headers["Location"].endswith("/kiosk/")
        assert _got(url, "/volunteer/manifest.webmanifest").headers["Content-Type"] == "application/manifest+json"
        for path in ("/kiosk/../../pyproject.toml", "/kiosk/%2e%2e/%2e%2e/pyproject.toml", "/web/%2e%2e/README.md"):
            assert _got(url, path).status == 404
        seen = {"If-None-Match": _got(url, "/kiosk/").headers["ETag"]}
        assert _got(url, "/kiosk/", seen).status == 304


def _got(url: str, path: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    connection = HTTPConnection(url.removeprefix("http://"))
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_an_installed_gateway_serves_them_too() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert "web*" in tools["packages"]["find"]["include"]
    kinds = {pattern.removeprefix("**/*") for pattern in tools["package-data"]["web"]}
    assert {file.suffix for file in own_files()} <= kinds


def own_files() -> list[Path]:
    return [path for folder in (*PAGES, "shared") for path in (WEB / folder).rglob("*") if path.is_file()]


def test_what_works_offline_is_all_there() -> None:
    """The service worker's list is the files; the words of the pack's languages it finds out by itself."""
    worker = (WEB / "volunteer/worker.js").read_text()
    listed = re.findall(r"'([\w./-]+)'", worker.partition("const FILES = [")[2].partition("]")[0])
    shared = {f"/web/{path.name}" for path in (WEB / "shared").iterdir() if path.is_file()}
    own = {path.name for path in (WEB / "volunteer").iterdir() if path.is_file()} - {"index.html", "worker.js"}
    assert sorted(listed) == sorted(shared | own | {"./"})


def test_a_page_without_files_is_left_out(tmp_path: Path) -> None:
    assert web_routes(tmp_path) == []
