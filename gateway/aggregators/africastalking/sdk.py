"""The official SDK, made to keep its connections: imported late, because it takes its time.

Two seams of `africastalking` 2.0.3 are used, and a test fails if they move: `_init_service` sets the address,
`_make_request` makes the call (the SDK's own opens a connection and reads all CA certificates for each).
"""

import json
import threading
from typing import Any

import requests
from africastalking.Insights import InsightService
from africastalking.SMS import SMSService
from requests.adapters import HTTPAdapter

from gateway.aggregators.africastalking.account import Account

_TIMES = (3.05, 9.05)
_LONGEST = 1024 * 1024


class _Pooled:
    """One session a thread: `requests` does not promise that a session may be shared."""

    _threads = threading.local()

    def _make_request(
        self, url: str, method: str, headers: Any, data: Any, params: Any, callback: None = None, timeout: Any = _TIMES
    ) -> Any:
        """The decoded JSON, whatever the content type says. Raises `requests.RequestException` for anything else."""
        with self._session().request(
            method, url, headers=headers, data=data, params=params, timeout=timeout, allow_redirects=False, stream=True
        ) as response:
            if response.status_code not in (200, 201):
                raise requests.HTTPError(f"status {response.status_code}")
            body = b""
            for chunk in response.iter_content(65536):
                body += chunk
                if len(body) > _LONGEST:
                    raise requests.HTTPError("answer too long")
        return json.loads(body)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=0))
        return session


class PooledSms(_Pooled, SMSService):  # type: ignore[misc]
    """`fetch_messages` and `send` of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        super().__init__(account.username, account.api_key)

    def _init_service(self) -> None:
        self._baseUrl = self._contentUrl = self._account.api_url


class PooledInsights(_Pooled, InsightService):  # type: ignore[misc]
    """`check_sim_swap_state` of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        super().__init__(account.username, account.api_key)

    def _init_service(self) -> None:
        self._baseUrl = self._account.insights_url
