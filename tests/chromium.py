"""Debian's Chromium, driven by Playwright, for tests of pages."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright, expect

from sandbox.screenshots import FLAGS

PATIENCE = 30_000
"""Milliseconds: the machine may be busy. Only what never comes is waited for so long."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser; without Chromium the test is skipped, or fails where `GUICHET_TEST_REQUIRE` names it."""
    found = shutil.which("chromium")
    if found is None:
        if "chromium" in os.environ.get("GUICHET_TEST_REQUIRE", "").split(","):
            pytest.fail("chromium is required here: apt-get install chromium")
        pytest.skip("needs a real Chromium: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        await browser.close()
