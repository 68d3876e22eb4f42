"""Mutual TLS over real sockets: who shows no certificate gets nothing, and whom we do not know we tell nothing."""

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domain.clock import SystemClock
from domain.errors import InvalidValue, MinistryUnavailable
from services.backends.breaker import Breaker
from services.backends.config import MinistryAddress
from services.backends.transport import Transport
from services.backends.way import way_to
from services.backends.way_config import Tls
from services.backends.wire import HttpWire
from tests.services.backends.backends_under_test import LIMITS, no_longer_than
from tests.services.backends.test_transport import READ, ScriptedWire, answer


class Authority:
    """Signs certificates; all its files lie in `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(name, self.key, is_authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, days: int = 1) -> tuple[str, str]:
        """Paths of a certificate for this machine, and of its key; it ends in so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(name, key, is_authority=False, days=days)
        cert_file, key_file = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return str(cert_file), str(key_file)

    def _signed(
        self, name: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool, days: int = 1
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = subject if is_authority else self.certificate.subject
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(here, critical=False)
            .sign(self.key, hashes.SHA256())
        )


class Ministry:
    """Answers `{}` to whoever shows a certificate of its authority; counts the requests that reached it."""

    url: str

    def __init__(self) -> None:
        self.requests = 0

    async def hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
            await writer.drain()
        writer.close()


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("strangers"), "strangers")


@pytest.fixture
async def ministry(ours: Authority) -> AsyncIterator[Ministry]:
    async with serving(ours, days=1) as ministry:
        yield ministry


@contextlib.asynccontextmanager
async def serving(ours: Authority, days: int) -> AsyncIterator[Ministry]:
    """A ministry whose certificate ends in so many days."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*ours.issue("ministry", days))
    context.load_verify_locations(ours.file)
    context.verify_mode = ssl.CERT_REQUIRED
    ministry = Ministry()
    server = await asyncio.start_server(ministry.hold, "127.0.0.1", 0, ssl=context)
    # A client that shows no certificate is an error of the server's loop too: here it is what is wanted.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    ministry.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield ministry
    server.close()
    await server.wait_closed()


async def asked(ministry: Ministry, wire: HttpWire, tls: Tls | None) -> int:
    address = MinistryAddress("aid", ministry.url, limits=LIMITS, tls=tls)
    address, way = way_to(address, wire, SystemClock())
    transport = Transport(address, way, Breaker(LIMITS.breaker, SystemClock()))
    return (await transport.request(READ, no_longer_than(30))).status


async def test_whoever_shows_its_certificate_is_answered(ministry: Ministry, ours: Authority, wire: HttpWire) -> None:
    cert, key = ours.issue("guichet")
    assert await asked(ministry, wire, Tls(cert, key, str(ours.file))) == 200
    # The connection of one that signed in so is nobody else's.
    with pytest.raises(MinistryUnavailable):
        await asked(ministry, wire, Tls(ca=str(ours.file)))
    assert ministry.requests == 1


async def test_without_a_certificate_or_with_a_strangers_nothing_is_answered(
    ministry: Ministry, ours: Authority, strangers: Authority, wire: HttpWire
) -> None:
    for tls in (Tls(ca=str(ours.file)), Tls(*strangers.issue("intruder"), str(ours.file))):
        with pytest.raises(MinistryUnavailable):
            await asked(ministry, wire, tls)
    assert ministry.requests == 0


async def test_a_ministry_that_we_do_not_know_is_told_nothing(
    ministry: Ministry, ours: Authority, strangers: Authority, wire: HttpWire
) -> None:
    cert, key = ours.issue("guichet")
    for tls in (Tls(cert, key, str(strangers.file)), Tls(cert, key), None):
        with pytest.raises(MinistryUnavailable, match="Connector"):
            await asked(ministry, wire, tls)
    assert ministry.requests == 0


async def test_a_ministry_whose_certificate_has_ended_is_told_nothing(ours: Authority, wire: HttpWire) -> None:
    cert, key = ours.issue("guichet")
    async with serving(ours, days=-2) as ministry:
        with pytest.raises(MinistryUnavailable, match="Connector"):
            await asked(ministry, wire, Tls(cert, key, str(ours.file)))
    assert ministry.requests == 0


def test_files_that_cannot_be_used_stop_the_start(ours: Authority, tmp_path: Path) -> None:
    cert, key = ours.issue("guichet")
    empty = tmp_path / "empty"
    empty.write_text("")
    for tls in (Tls(str(tmp_path / "none"), key), Tls(cert, str(empty)), Tls(key=key), Tls(ca=str(empty))):
        with pytest.raises(InvalidValue, match="tls:") as caught:
            way_to(MinistryAddress("aid", "https://aid.test", tls=tls), HttpWire(), SystemClock())
        assert str(tmp_path) not in str(caught.value)
    with pytest.raises(InvalidValue, match="tls:"):
        way_to(MinistryAddress("aid", "https://aid.test", tls=Tls()), ScriptedWire(answer()), SystemClock())
