"""What the demonstration says when it is up: where to go, and its secrets."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.commands.demo_countries import DEFAULT, Seat
from gateway.demo_agent import PIN, numbers_of
from gateway.settings import DEMO_CALLBACK_SECRET, DEMO_EVENT_SECRET, DEMO_NOTIFY_SECRET

SECRETS = f"""The demonstration's secrets, known to everybody:
  events (POST /events)         {DEMO_EVENT_SECRET}
  callbacks (in their paths)    {DEMO_CALLBACK_SECRET}
  GOV.UK Notify's API           {DEMO_NOTIFY_SECRET}, see docs/notify.md"""


@dataclass(frozen=True, slots=True)
class Told:
    """Of whom: the command's arguments, the usual place of the stores, the first country and the further ones."""

    arguments: argparse.Namespace
    usual: Path
    country: str
    others: Sequence[Seat]


def welcome(told: Told, postgres: str, redis: str) -> str:
    """`postgres` and `redis`: what these are."""
    arguments = told.arguments
    handset = f"http://127.0.0.1:{arguments.sandbox_port}/handset"
    program = f"{Path(sys.executable).parent}/guichet"
    program = os.path.relpath(program) if program.startswith(str(Path.cwd())) else program
    gateway = f"http://127.0.0.1:{arguments.port}"
    number, _ = numbers_of(told.country)
    return f"""
Guichet demonstration: invented people, amounts and addresses.

  a telephone in your browser   {handset}{_others(told.others)}
  a telephone in this terminal  {program} menus play --gateway {gateway}
  a kiosk, a volunteer's page   {gateway}/kiosk/  {gateway}/volunteer/
  the operations page           {gateway}/ops/   (first {program}{_country(told)} staff add NAME --demo{_data(told)})
  the app's API                 {gateway}/api/v1/docs
  the gateway                   {gateway}   (/readyz, /metrics){_message(told, program)}

A volunteer who helps others: her number {number}, PIN {PIN} (*123#, then 6, 7, 1; docs/assisted.md).
Her code to sign in arrives in that number's inbox on the handset page.

{SECRETS}

On {postgres} and {redis}. Dial *123#. Stop with Ctrl-C.
"""


def _others(others: Sequence[Seat]) -> str:
    """The telephone's page has a menu of countries; each has a gateway of its own."""
    if not others:
        return ""
    names = ", ".join(f"{Path(seat.country).name.capitalize()} {seat.port}" for seat in others)
    return f"\n  further countries there       {names} (their gateways' ports)"


def _message(told: Told, program: str) -> str:
    """A reference of the first pack's."""
    if told.country != DEFAULT:
        return ""
    return f"\n  what became of a message      {program} messages why 41000035 --demo{_data(told)}"


def _country(told: Told) -> str:
    """Of whom, for commands; nothing for the usual one."""
    return "" if told.country == DEFAULT else f" --country {told.country}"


def _data(told: Told) -> str:
    """Where the stores live, for commands; nothing for the usual place."""
    return "" if told.arguments.data == told.usual else f" --data {told.arguments.data}"
