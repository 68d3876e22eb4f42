"""`python -m sandbox.screenshots`: walk the transcripts on the handset page in Chromium, photograph every screen.

Needs Debian's `chromium` and the `playwright` package, and a gateway and a sandbox that run (`make demo`).
Exit status 1 when a screen came with a warning (too long, spoilt letters, lost session).
"""

import argparse
import asyncio
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from sandbox.transcripts import Transcript, read_all

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PARTS = {"screen": ".glass", "phone": ".shell", "page": "body"}
_SETTLED = ".lcd.dialog, .lcd.ended"
_START_AGAIN = {"resume_offer": "2"}


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph: where it lies, what was typed before it, and what the page said of the screen."""

    transcript: Transcript
    file: str
    typed: str
    screen: str
    alphabet: str
    units: str
    warnings: str


@dataclass(frozen=True, slots=True)
class Walk:
    """How to walk: which sandbox and door, what to photograph, and how a number is given its language."""

    sandbox: str
    door: str
    part: str
    out: Path
    language_dial: str
    languages: tuple[str, ...]


async def photograph(walk: Walk, transcripts: Sequence[Transcript]) -> list[Shot]:
    """Walk all transcripts, one after another: some of them move what the next one reads."""
    from playwright.async_api import async_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("needs Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        shots = await photograph_with(browser, walk, transcripts)
        await browser.close()
    return shots


async def photograph_with(browser: "Browser", walk: Walk, transcripts: Sequence[Transcript]) -> list[Shot]:
    """The same in a browser that runs already."""
    shots: list[Shot] = []
    walked: set[str] = set()
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900}, device_scale_factor=1.5, reduced_motion="reduce"
    )
    page = await context.new_page()
    for at, transcript in enumerate(transcripts, 1):
        print(f"[{at}/{len(transcripts)}] {transcript.language}/{transcript.name}", flush=True)
        shots += await _walk_one(walk, page, transcript, walked)
    await context.close()
    return shots


async def _walk_one(walk: Walk, page: "Page", transcript: Transcript, walked: set[str]) -> list[Shot]:
    await page.goto(f"{walk.sandbox}/handset")
    await page.locator("#number option").first.wait_for(state="attached")
    transcript = await _untold(page, transcript, walked)
    await _speak(walk, transcript)
    await _choose_caller(walk, page, transcript)
    folder = walk.out / transcript.language / transcript.name
    folder.mkdir(parents=True, exist_ok=True)
    shots: list[Shot] = []
    for number, typed in enumerate(transcript.inputs, 1):
        if not await _type(page, typed):
            break
        again = _START_AGAIN.get(await page.locator("#screen-name").inner_text())
        if number == 1 and again is not None:
            await _type(page, again)
        file = folder / f"{number:02}.png"
        await page.locator(PARTS[walk.part]).screenshot(path=file)
        shots.append(await _shot(walk, page, transcript, file, typed))
    await page.keyboard.press("Escape")
    return shots


async def _type(page: "Page", typed: str) -> bool:
    """Type and send; a code dials anew. False when the conversation is already over."""
    ended = await page.locator(".lcd.ended").count() > 0
    if ended:
        if not typed.startswith("*"):
            return False
        await page.locator("#left").click()
    await page.locator("#entry").fill(typed)
    await page.locator("#call").click()
    await page.locator(_SETTLED).wait_for(timeout=15_000)
    return True


async def _untold(page: "Page", transcript: Transcript, walked: set[str]) -> Transcript:
    """The transcript with a number that no walk has told anything yet, unless it must be that one: the page
    offers it because a ministry knows it, or an account is its own."""
    msisdn = transcript.headers.get("msisdn")
    options = await page.locator("#number option").all()
    offered = {await option.get_attribute("value") for option in options}
    if msisdn is None or msisdn in offered or "account" in transcript.headers:
        return transcript
    while msisdn in walked | offered:
        msisdn = f"+{int(msisdn) + 1}"
    walked.add(msisdn)
    return replace(transcript, headers={**transcript.headers, "msisdn": msisdn})


async def _choose_caller(walk: Walk, page: "Page", transcript: Transcript) -> None:
    headers = transcript.headers
    msisdn = headers.get("msisdn")
    if msisdn is not None:
        if await page.locator(f'#number option[value="{msisdn}"]').count():
            await page.locator("#number").select_option(msisdn)
        else:
            await page.locator("#number").select_option("other")
            await page.locator("#other").fill(msisdn)
    if "network" in headers:
        await page.locator("#network").select_option(headers["network"])
    await page.locator("#door").select_option(headers.get("door", walk.door))


async def _speak(walk: Walk, transcript: Transcript) -> None:
    """Give the number its language through the menu itself, unless the transcript is of a first call."""
    headers = transcript.headers
    if "msisdn" not in headers or headers.get("caller") == "new" or transcript.language not in walk.languages:
        return
    api = f"{walk.sandbox}/handset/api"
    async with aiohttp.ClientSession() as client:
        asked = {"msisdn": headers["msisdn"], "code": walk.language_dial}
        async with client.post(f"{api}/dial", json=asked) as answer:
            turn = await answer.json()
        if not turn["screen"]["goes_on"]:
            return
        key = str(walk.languages.index(transcript.language) + 1)
        async with client.post(f"{api}/answer", json={"session": turn["session"], "input": key}):
            pass
        async with client.post(f"{api}/hangup", json={"session": turn["session"]}):
            pass


async def _shot(walk: Walk, page: "Page", transcript: Transcript, file: Path, typed: str) -> Shot:
    async def said(id_: str) -> str:
        return (await page.locator(f"#{id_}").inner_text()).strip()

    return Shot(
        transcript, file.relative_to(walk.out).as_posix(), typed, await said("screen-name"),
        await said("alphabet"), await said("units"), await said("warnings"),
    )  # fmt: skip


def contact_sheet(shots: Sequence[Shot]) -> str:
    """Return one HTML page with every photograph, a row a transcript."""
    rows, last = [], None
    for shot in shots:
        title = f"{shot.transcript.language} / {shot.transcript.name}"
        if title != last:
            rows.append(f"<h2>{escape(title)}</h2>")
            last = title
        bad = f'<b class="bad">{escape(shot.warnings)}</b>' if shot.warnings else ""
        rows.append(
            f'<figure><img src="{escape(shot.file)}" alt="{escape(shot.screen)}" loading="lazy">'
            f"<figcaption>&gt; {escape(shot.typed)}<br>{escape(shot.screen)} · {escape(shot.alphabet)} "
            f"{escape(shot.units)}{bad}</figcaption></figure>"
        )
    return _SHEET.replace("ROWS", "\n".join(rows)).replace("COUNT", str(len(shots)))


_SHEET = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every screen</title>
<style>
:root { color-scheme: light dark; }
body { margin: 2rem; font: 14px/1.4 system-ui, sans-serif; }
h2 { margin: 2rem 0 .5rem; font-size: 1rem; }
figure { display: inline-block; width: 15rem; margin: 0 1rem 1rem 0; vertical-align: top; }
img { width: 100%; border-radius: .7rem; }
.bad { display: block; color: #c22; }
</style>
<h1>Every screen (COUNT)</h1>
<p>Demonstration: invented people and amounts.</p>
ROWS
</html>
"""


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m sandbox.screenshots", description=__doc__.split("\n")[0])
    made.add_argument("--sandbox", default="http://127.0.0.1:8001", metavar="URL")
    made.add_argument("--out", type=Path, default=Path("screenshots"))
    made.add_argument("--transcripts", type=Path, default=Path("tests/transcripts"))
    made.add_argument("--door", choices=("africastalking", "flares"), default="africastalking")
    made.add_argument("--part", choices=tuple(PARTS), default="screen", help="what to photograph")
    made.add_argument("--language-dial", default="*123*6*2#", help="the direct dial to the choice of language")
    made.add_argument("--languages", default="az,en,fr", help="the languages in the order of that choice")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Photograph, write `index.html`, and say what was wrong."""
    asked = _parser().parse_args(argv)
    transcripts = read_all(asked.transcripts)
    if not transcripts:
        print(f"no transcripts in {asked.transcripts}", file=sys.stderr)
        return 1
    walk = Walk(
        asked.sandbox.rstrip("/"), asked.door, asked.part, asked.out,
        asked.language_dial, tuple(asked.languages.split(",")),
    )  # fmt: skip
    shots = asyncio.run(photograph(walk, transcripts))
    (walk.out / "index.html").write_text(contact_sheet(shots), encoding="utf-8")
    bad = [shot for shot in shots if shot.warnings]
    for shot in bad:
        print(f"{shot.file}: {shot.warnings}", file=sys.stderr)
    print(f"{len(shots)} screens of {len(transcripts)} transcripts in {walk.out / 'index.html'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
