"""Starts the process beside a worker."""

import asyncio
import socket
import sys
from collections.abc import Mapping

from gateway.settings import PREFIX
from sms.beside import Launch


def launcher(environment: Mapping[str, str], country: str) -> Launch:
    """It reads its settings from the worker's own environment; `country`: where the worker was told another."""
    given = {**environment, f"{PREFIX}COUNTRY": country}

    async def launch(its: socket.socket) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "gateway.claim_process", str(its.fileno()))
        return await asyncio.create_subprocess_exec(*command, env=given, pass_fds=[its.fileno()])

    return launch
