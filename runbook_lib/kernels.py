"""Kernels of this interpreter, registered nowhere, and everything that has to be gone after a run."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from runbook_lib.holding import HeldFolder

__all__ = ["Kernels", "event_loops", "kernel_class", "workshop"]

_LAUNCH = (
    "import runpy; from runbook_lib.lean import collect_garbage_seldom; collect_garbage_seldom(); "
    "runpy.run_module('ipykernel_launcher', run_name='__main__')"
)


class Kernels:
    """The kernels of the runs under way, so that whoever waits for them can end them."""

    def __init__(self) -> None:
        self._managers: list[Any] = []
        self._lock = threading.RLock()
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def add(self, manager: Any) -> None:
        """Remember the kernel that a manager is about to start; after `stop` it is refused with KeyboardInterrupt."""
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
            self._managers.append(manager)

    def started(self) -> None:
        """A kernel has come to life; one that did so while `stop` was called is killed too."""
        if self._stopped:
            self.stop()

    def stop(self) -> None:
        """Kill every kernel that still runs; the runs then end with a problem."""
        with self._lock:
            self._stopped = True
            self._signal(signal.SIGKILL)

    def interrupt(self) -> None:
        """Interrupt the cell under way in every kernel, as a person does in JupyterLab."""
        self._signal(signal.SIGINT)

    def _signal(self, number: int) -> None:
        with self._lock:
            for manager in self._managers:
                process = getattr(manager.provisioner, "process", None)
                if process is not None and process.poll() is None:
                    process.send_signal(number)

    @contextmanager
    def stopped_by_control_c(self, *, gently: bool = False) -> Iterator[None]:
        """While the block runs Ctrl-C also stops the kernels, so that it counts even where its exception gets lost.

        `gently` the first one, or SIGTERM, only interrupts the cell under way, and nothing is raised. Only the main
        thread can arrange that; in others the block just runs.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        patience = [gently]

        def interrupt(number: int, frame: Any) -> None:
            if patience.pop() if patience else False:
                self.interrupt()
                return
            self.stop()
            raise KeyboardInterrupt

        numbers = (signal.SIGINT, signal.SIGTERM) if gently else (signal.SIGINT,)
        former = [(number, signal.signal(number, interrupt)) for number in numbers]
        try:
            yield
        finally:
            for number, handler in former:
                signal.signal(number, handler)


@contextmanager
def workshop() -> Iterator[Path]:
    """A private folder directly below the temporary one: socket paths may have 100 characters only."""
    with HeldFolder("runbook-", what="connection to the kernel of a notebook") as folder:
        yield folder


@contextmanager
def event_loops() -> Iterator[list[asyncio.AbstractEventLoop]]:
    """A list for the event loops in use; nbclient makes one per thread and closes none, so that happens here."""
    loops: list[asyncio.AbstractEventLoop] = []
    try:
        yield loops
    finally:
        for loop in loops:
            if loop.is_running() or loop.is_closed():
                continue
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()


def kernel_class(
    environ: Mapping[str, str], log: IO[bytes], kernels: Kernels, loops: list[asyncio.AbstractEventLoop]
) -> type[Any]:
    """A kernel manager for this interpreter, registered nowhere, whose own chatter goes to a log."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    command = [sys.executable, "-c", _LAUNCH, "-f", "{connection_file}"]

    class Kernel(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(argv=command, display_name="Python 3", language="python")

        async def _async_pre_start_kernel(self, **options: Any) -> Any:
            kernels.add(self)
            loops.append(asyncio.get_running_loop())
            options |= {"env": dict(environ), "stdout": log, "stderr": log}
            return await super()._async_pre_start_kernel(**options)

        async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
            await super()._async_launch_kernel(kernel_cmd, **options)
            kernels.started()

    return Kernel
