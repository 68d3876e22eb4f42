"""The settings as a command gets them: from the environment, with `--country` on top."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Mapping

from gateway.pack import find_pack, variables_of
from gateway.settings import Settings


def settings_for(arguments: argparse.Namespace, extra: Mapping[str, str] | None = None) -> Settings:
    """The settings; unknown `GUICHET_*` variables are warned of. Raises `SettingsError`."""
    environment = {**os.environ, **(extra or {})}
    settings, _ = Settings.read(environment)
    if arguments.country:
        settings = dataclasses.replace(settings, country=arguments.country)
    find_pack(settings.country)
    _, warnings = Settings.read(environment, variables_of(settings.country))
    for warning in warnings:
        print(f"guichet: {warning}", file=sys.stderr)
    return settings
