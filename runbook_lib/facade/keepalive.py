"""Keepalive without a notebook: what `runbook keepalive` answers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runbook_lib.collect.host import read_host, read_pid
from runbook_lib.errors import UsageError
from runbook_lib.keepalive.answer import Answer, answer
from runbook_lib.keepalive.bundles import hosts_of_files, read_bundle
from runbook_lib.keepalive.hosts import subjects_of_host
from runbook_lib.keepalive.manifests import NoContainers, read_manifest, read_manifests
from runbook_lib.keepalive.verdict import USUAL_LIMIT_S, require_limit
from runbook_lib.model.keepalive import KeepaliveSubject

__all__ = ["Clients", "keepalive", "subjects_of"]

_MANIFESTS = frozenset({".yaml", ".yml", ".json", ".conf", ".sh"})
_DESCRIPTORS = Path("/dev/fd")
_LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Where clients are described: exactly one of this host, a process, bundles or manifests; else UsageError.

    `so_keepalive` is what somebody knows about the clients where nothing that is read tells. A path `-` is standard
    input.
    """

    host: bool = False
    pid: int | None = None
    bundles: tuple[Path, ...] = ()
    manifests: tuple[Path, ...] = ()
    so_keepalive: bool | None = None

    def __post_init__(self) -> None:
        named = [self.host, self.pid is not None, bool(self.bundles), bool(self.manifests)]
        if sum(named) != 1:
            told = "none is" if not any(named) else "several are"
            raise UsageError(f"name one of --host, --pid, --bundle and --manifest; {told} named")
        if self.pid is not None and self.pid <= 0:
            raise UsageError(f"the number of a process is above 0, found {self.pid}")


def keepalive(clients: Clients, limit_s: float = USUAL_LIMIT_S) -> Answer:
    """Whether the connections of the clients survive idle periods behind a device that forgets after `limit_s`.

    UsageError for what cannot be read or makes no sense, CollectionError where this machine cannot tell.
    """
    require_limit(limit_s)
    return answer(subjects_of(clients, limit_s), limit_s)


def subjects_of(clients: Clients, limit_s: float = USUAL_LIMIT_S) -> tuple[KeepaliveSubject, ...]:
    """What is known about each client. Raises as `keepalive` does."""
    told = clients.so_keepalive
    if clients.host:
        return subjects_of_host(read_host(), told, limit_s)
    if clients.pid is not None:
        return subjects_of_host(read_pid(clients.pid), told, limit_s)
    if clients.bundles:
        hosts = _bundles(dict.fromkeys(clients.bundles))
        return tuple(
            one
            for host in hosts
            for one in read_bundle(host.text, host.name, told, limit_s=limit_s, one_of_many=host.is_of_folder)
        )
    found = ((_name(path), text) for path, text in _manifests(dict.fromkeys(clients.manifests)))
    return read_manifests(found, so_keepalive=told)


# files


@dataclass(frozen=True, slots=True, kw_only=True)
class _HostText:
    name: str
    text: str
    is_of_folder: bool


def _bundles(paths: Iterable[Path]) -> Iterator[_HostText]:
    """Every host: the files named together are one each, or the parts of one, as those of a folder."""
    loose: dict[str, str] = {}
    for path in paths:
        if path.is_dir():
            yield from _folder(path)
        else:
            loose[_name(path)] = _text(path)
    for name, text in hosts_of_files(loose).items():
        yield _HostText(name=name or ", ".join(loose), text=text, is_of_folder=False)


def _folder(folder: Path) -> Iterator[_HostText]:
    """The hosts of a folder: its files, and each sub-folder with all that is in it."""
    entries = sorted(_listed(folder))
    files = {path.name: _text(path) for path in entries if path.is_file()}
    folders = [path for path in entries if path.is_dir()]
    if not files and not folders:
        raise UsageError(f"{folder} is an empty folder; expected bundles, one host per file or sub-folder")
    for name, text in hosts_of_files(files).items():
        yield _HostText(name=str(folder / name) if name else str(folder), text=text, is_of_folder=True)
    for path in folders:
        text = "\n".join(_text(each) for each in sorted(_deep(path)))
        yield _HostText(name=str(path), text=text, is_of_folder=True)


def _manifests(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Path and text of every manifest; of a folder those in which something has containers, at any depth."""
    for path in paths:
        if not path.is_dir():
            yield path, _text(path)
            continue
        found = sorted(each for each in _deep(path) if each.suffix.lower() in _MANIFESTS)
        if not found:
            raise UsageError(f"{path} holds no file that ends in {', '.join(sorted(_MANIFESTS))}")
        texts = {each: _text(each) for each in found}
        running = {each: text for each, text in texts.items() if _has_containers(each, text)}
        if not running:
            raise UsageError(f"{path}: nothing in its {len(found)} files has containers")
        yield from running.items()


def _has_containers(path: Path, text: str) -> bool:
    """False for what stands beside workloads, such as a Service or the values of a chart."""
    try:
        read_manifest(text, str(path))
    except NoContainers:
        return False
    return True


def _listed(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {error.strerror or error}") from None


def _deep(folder: Path) -> Iterator[Path]:
    for path in _listed(folder):
        if path.is_dir() and not path.is_symlink():
            yield from _deep(path)
        elif path.is_file():
            yield path


def _name(path: Path) -> str:
    return "standard input" if str(path) == "-" else str(path)


def _text(path: Path) -> str:
    """The text of a file. UsageError when it cannot be read, is no file, no text, or far too large for one of these."""
    try:
        raw = sys.stdin.buffer.read(_LARGEST + 1) if str(path) == "-" else _bytes(path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    if len(raw) > _LARGEST:
        raise UsageError(f"{_name(path)} is larger than {_LARGEST // 2**20} MB; expected the output of a command")
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = raw.decode(encoding, errors="replace")
    if "\x00" in text:
        raise UsageError(f"{_name(path)} is no text file")
    return text


def _bytes(path: Path) -> bytes:
    # a named pipe that nobody writes to would be waited for without end; one of the shell, `<(...)`, has its writer
    if not path.is_file() and path.exists() and path.parent != _DESCRIPTORS:
        raise UsageError(f"{path} is no regular file; standard input is read with -")
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)
