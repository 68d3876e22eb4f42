"""Starts the process beside a worker."""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping

from gateway.settings import PREFIX
from sms.beside import Launch


def launcher(environment: Mapping[str, str], country: str) -> Launch:
    """It reads its settings from the worker's own environment; `country`: where the worker was told another.

    It finds modules where the worker does and nowhere else: not in the folder that happens to be the current one.
    """
    given = {**environment, f"{PREFIX}COUNTRY": country, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    async def launch(its: socket.socket) -> asyncio.subprocess.Process:
        command = (sys.executable, "-P", "-m", "gateway.claim_process", str(its.fileno()))
        return await asyncio.create_subprocess_exec(*command, env=given, pass_fds=[its.fileno()])

    return launch
