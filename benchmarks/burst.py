"""How many invocations of a burst really run at the same time, held against what was asked for.

    python -m benchmarks.burst [--seconds S] [--plain]

The function is a server in a process of its own that answers each request after a second; it counts how many it has at
hand at the same time, which is the truth that the figure of the kit is held against. TLS is spoken with as many trusted
certificates as AWS's own bundle has, since reading these for each connection is what costs time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from time import monotonic, process_time

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runbook_lib.act.asked import Burst, prepared
from runbook_lib.act.burst import Plan, Salvo
from runbook_lib.act.consent import invocation_consent
from runbook_lib.act.outcome import Clock
from runbook_lib.act.overlap import intervals_of, overlap
from runbook_lib.act.sending import Sender, invoke_config
from runbook_lib.collect.connection import Connection, Credentials
from runbook_lib.model.progress import silent

_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:bench"
_SIZES = (10, 50, 200)


def main() -> None:
    """Print the figures of one run."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=1.0, help="how long each invocation takes")
    words.add_argument("--plain", action="store_true", help="without TLS")
    words.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    chosen = words.parse_args()
    if chosen.serve:
        asyncio.run(serve(chosen.serve, chosen.seconds, not chosen.plain))
        return
    with tempfile.TemporaryDirectory() as folder:
        certificate(Path(folder))
        if not chosen.plain:
            os.environ["AWS_CA_BUNDLE"] = str(Path(folder, "bundle.pem"))
        for count in _SIZES:
            with served(Path(folder), chosen.seconds, chosen.plain) as url:
                measure(url, count)


def measure(url: str, count: int) -> None:
    """One burst and what the client and the server saw of it."""
    request = prepared(Burst().invoke)
    given = invocation_consent(_ARN, times=count, payload_sha256=request.payload_sha256, timeout_s=60, memory_mb=128)
    keys = Credentials("AKIAFAKEFAKEFAKEFAKE", "fake-secret-access-key")
    clients = Connection("eu-west-1", endpoint_url=url, credentials=keys).clients()
    clock = Clock()
    sender = Sender(clients, given, request, invoke_config(60, count), clock)
    plan = Plan(count=count, concurrency=count, seconds=300, purpose="burst")
    began, spent = monotonic(), process_time()
    flights = Salvo(sender, plan, silent, Event()).fire()
    took, spent = monotonic() - began, process_time() - spent
    items = [sender.item(flight) for flight in flights]
    seen = [json.loads(item["ResponseHead"]) for item in items if "ResponseHead" in item]
    spread = max(row["came"] for row in seen) - min(row["came"] for row in seen) if seen else 0.0
    achieved = overlap(intervals_of(items, clock()))
    say(f"N = {count}", f"{len(seen)} answered in {took:.2f} s, {spent:.2f} s of processor time")
    say("  overlap by the client", f"{achieved} = {achieved / count:.0%} (target: at least 90%)")
    most = max((row["most"] for row in seen), default=0)
    say("  overlap by the server", f"{most} = {most / count:.0%}")
    say("  first to last arrival", f"{spread * 1000:.0f} ms")


@contextmanager
def served(folder: Path, seconds: float, plain: bool) -> Iterator[str]:
    """The URL of a server in a process of its own."""
    words = ["--serve", str(folder), "--seconds", str(seconds), *(["--plain"] if plain else [])]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.burst", *words], stdout=subprocess.PIPE, text=True)
    try:
        port = (server.stdout.readline() if server.stdout else "").strip()
        yield f"{'http' if plain else 'https'}://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
        if server.stdout:
            server.stdout.close()


async def serve(folder: Path, seconds: float, speaks_tls: bool) -> None:
    """Answer each request after so many seconds with when it came and the most that were at hand until then."""
    now = most = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                sizes = [
                    line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
                ]
                await reader.readexactly(int(sizes[0]) if sizes else 0)
                came = monotonic()
                now, most = now + 1, max(most, now + 1)
                await asyncio.sleep(seconds)
                body = json.dumps({"came": came, "most": most}).encode()
                now -= 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    context = None
    if speaks_tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "own.pem")
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def certificate(folder: Path) -> None:
    """A certificate for the loopback, with its key and beside all those that AWS's clients trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "benchmark")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "own.pem").write_bytes(private + text)
    (folder / "bundle.pem").write_bytes(text + Path(certifi.where()).read_bytes())


def say(what: str, figure: str) -> None:
    """One line of output."""
    sys.stdout.write(f"{what:32} {figure}\n")


if __name__ == "__main__":
    main()
