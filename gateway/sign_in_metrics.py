"""What is counted of signing in: codes asked for, sent, withheld and tried. Words of ours only."""

from prometheus_client import CollectorRegistry, Counter


class SignInMetrics:
    """Fulfils `services.sign_in_ports.SignInObserver`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"guichet_sign_in_{name}_total", says, labels, registry=registry)

        self._sent = counter("codes_sent", "Codes put for sending")
        self._withheld = counter("codes_withheld", "Codes asked for and not sent, by why", "why")
        self._alarms = counter("limits_reached", "Limits over many callers that were reached: look who asks", "limit")
        self._verified = counter("codes_right", "Codes that signed somebody in")
        self._refused = counter("codes_refused", "Codes that were wrong or dead", "why")
        self._reused = counter("tokens_reused", "Sessions ended because a used refresh token came again")

    def code_put(self) -> None:
        self._sent.inc()

    def code_withheld(self, why: str) -> None:
        self._withheld.labels(why).inc()

    def limit_reached(self, limit: str) -> None:
        self._alarms.labels(limit).inc()

    def code_verified(self) -> None:
        self._verified.inc()

    def code_refused(self, why: str) -> None:
        self._refused.labels(why).inc()

    def token_reused(self) -> None:
        self._reused.inc()
