"""Sockets that lead into the simulated VPC: the sandbox decides about each name, connection and answer.

`socket.socket` and name resolution ask the sandbox; TLS over such a socket needs no certificate. Whatever goes around
them is refused by an audit hook, which cannot be removed.
"""

from __future__ import annotations

import errno
import io
import socket
import sys
from collections.abc import Callable
from typing import Any

from runbook_lib.sandbox.running.child import clock

__all__ = ["SimulatedSocket", "ask_through", "shut", "take_over"]

_ask: list[Callable[[dict[str, Any]], dict[str, Any]]] = []
_tell: list[Callable[[dict[str, Any]], None]] = []
_BLOCKED = (
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "pty.spawn",
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyaddr",
    "socket.gethostbyname",
    "socket.sendmsg",
    "socket.sendto",
    "subprocess.Popen",
)
_ERRORS: dict[str, Callable[[], OSError]] = {
    "timeout": lambda: TimeoutError("timed out"),
    "reset": lambda: ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
    "refused": lambda: ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
    "unreachable": lambda: OSError(errno.ENETUNREACH, "Network is unreachable"),
}


def ask_through(ask: Callable[[dict[str, Any]], dict[str, Any]], tell: Callable[[dict[str, Any]], None]) -> None:
    """Use these to question the sandbox and to tell it something."""
    _ask[:], _tell[:] = [ask], [tell]


def take_over(ssl: Any) -> None:
    """Replace sockets, name resolution and TLS in this process."""
    setattr(socket, "socket", SimulatedSocket)  # noqa: B010 - a class, which mypy would not let be assigned
    setattr(socket, "getaddrinfo", _getaddrinfo)  # noqa: B010
    socket.gethostbyname = _gethostbyname
    ssl.SSLContext.wrap_socket = _wrap
    # Reading the certificates of the machine takes longer than all the rest of an invocation.
    ssl.SSLContext.load_default_certs = lambda *_: None


def shut() -> None:
    """From now on nothing in this process reaches anything, and no further process can be started."""

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _BLOCKED or event.startswith("ctypes.dlopen"):
            raise PermissionError(errno.EPERM, f"{event} is not available in the embedded AWS")

    sys.addaudithook(refuse)


def _getaddrinfo(
    host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[tuple[Any, ...]]:
    answer = _ask[0]({"ask": "resolve", "host": host.decode() if isinstance(host, bytes) else host})
    clock.wait(answer)
    if not answer["addresses"]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    number = int(port) if str(port or 0).isdigit() else {"https": 443, "http": 80}[str(port)]
    kind = type or socket.SOCK_STREAM
    return [(socket.AF_INET, kind, proto or 6, "", (address, number)) for address in answer["addresses"]]


def _gethostbyname(host: str) -> str:
    return str(_getaddrinfo(host, 0)[0][4][0])


def _wrap(context: Any, sock: SimulatedSocket, *args: Any, **kwargs: Any) -> SimulatedSocket:
    clock.wait(_ask[0]({"ask": "tls", "connection": sock.connection}))
    return sock


class SimulatedSocket:
    """A TCP client socket; what a server would need, and datagrams, it does not have."""

    def __init__(self, family: int = socket.AF_INET, type: int = socket.SOCK_STREAM, *rest: Any, **more: Any) -> None:
        self.family, self.type, self.proto = family, type, 6
        self.connection: int | None = None
        self._timeout: float | None = None
        self._peer: tuple[str, int] = ("", 0)
        self._waiting = b""
        self._sent = 0

    def connect(self, address: tuple[Any, ...]) -> None:
        """Connect, or fail as the network of the subnet would let it fail."""
        if address[0] and not str(address[0]).replace(".", "").isdigit():
            address = (_gethostbyname(str(address[0])), address[1])
        question = {"ask": "connect", "address": address[0], "port": address[1], "timeout": self._timeout}
        answer = _ask[0](question)
        clock.wait(answer)
        if answer["outcome"] == "unknown":
            raise OSError(errno.ENOSYS, f"the embedded AWS does not know this way: {answer['why']}")
        if answer["outcome"] != "open":
            raise _ERRORS[answer["outcome"]]()
        self.connection = answer["connection"]
        self._peer = (str(address[0]), int(address[1]))

    def connect_ex(self, address: tuple[Any, ...]) -> int:
        """As connect, with the number of the error."""
        try:
            self.connect(address)
        except TimeoutError:
            return errno.ETIMEDOUT
        except OSError as error:
            return error.errno or errno.EIO
        return 0

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Take the data; nobody looks into it."""
        if self.connection is None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        self._sent += len(memoryview(data))

    def send(self, data: Any, flags: int = 0) -> int:
        """As sendall."""
        self.sendall(data)
        return len(memoryview(data))

    def recv(self, size: int, flags: int = 0) -> bytes:
        """What the far side answers; the first call waits for it."""
        if not self._waiting and self.connection is not None:
            answer = _ask[0]({"ask": "answer", "connection": self.connection, "timeout": self._timeout})
            clock.wait(answer)
            if answer["outcome"] in _ERRORS:
                raise _ERRORS[answer["outcome"]]()
            self._waiting = answer["data"].encode("latin-1")
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        return data

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        """As recv, into a buffer."""
        data = self.recv(size or len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def makefile(self, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        """A file over the socket, as http.client reads from."""
        raw = _Raw(self)
        if "w" in mode:
            return io.BufferedWriter(raw)
        return io.BufferedReader(raw) if "b" in mode else io.TextIOWrapper(io.BufferedReader(raw))

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            _tell[0]({"tell": "closed", "connection": self.connection})
            self.connection = None

    def settimeout(self, seconds: float | None) -> None:
        """How long a call may wait."""
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        """How long a call may wait."""
        return self._timeout

    def setblocking(self, flag: bool) -> None:
        """Only blocking sockets are simulated."""
        if not flag:
            raise OSError(errno.ENOSYS, "the embedded AWS has no sockets that do not block")

    def getpeername(self) -> tuple[str, int]:
        """The address it is connected to."""
        return self._peer

    def getsockname(self) -> tuple[str, int]:
        """An address of Lambda's own network, as handlers see it."""
        return ("169.254.100.6", 0)

    def version(self) -> str:
        """The version of TLS, once wrapped."""
        return "TLSv1.3"

    def getpeercert(self, binary_form: bool = False) -> Any:
        """No certificate is simulated."""
        return b"" if binary_form else {}

    def bind(self, address: Any) -> None:
        """A client may choose its own port; nothing depends on it."""

    def setsockopt(self, *args: Any) -> None:
        """Options change nothing here."""

    def getsockopt(self, *args: Any) -> int:
        """No error is pending."""
        return 0

    def shutdown(self, how: int) -> None:
        """Nothing is left to say."""

    def fileno(self) -> int:
        """No file stands behind it."""
        return -1

    def detach(self) -> int:
        """Leave the connection to nobody."""
        self.close()
        return -1

    def __enter__(self) -> SimulatedSocket:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


class _Raw(io.RawIOBase):
    def __init__(self, sock: SimulatedSocket) -> None:
        self._sock = sock

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._sock.recv_into(buffer)

    def write(self, data: Any) -> int:
        return self._sock.send(data)
