"""The embedded AWS inside one process: moto, the extension layer, the fault front and a seeded world."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from runbook_lib.lean import import_jsonschema
from runbook_lib.sandbox import environment
from runbook_lib.sandbox.faults import denials
from runbook_lib.sandbox.front import Front
from runbook_lib.sandbox.scenario import REGION, Scenario
from runbook_lib.sandbox.staging import limit_pages, stage
from runbook_lib.sandbox.world import World

__all__ = ["EmbeddedAws", "in_process"]

_SEED = 42
_WAITING = 1024
_NOWHERE = "http://127.0.0.1:9"


class EmbeddedAws:
    """moto behind the fault front, holding the world of one scenario (or nothing).

    moto keeps its state per process: a second instance replaces the first one's world. `front` is the WSGI
    application, with `front.faults` and `front.served()`.
    """

    def __init__(self, scenario: Scenario | None = None) -> None:
        self.region = scenario.region if scenario else REGION
        self.front = Front(_moto(), stage, limit_pages)
        self._clear()
        if scenario is not None:
            world = World(self.client, stage, self.region)
            scenario.build(world)
            self.front.terraform_state = world.terraform_state
            self.front.faults.set(denials(scenario.denied))
        self.front.forget()

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client that reaches this AWS without a socket."""
        from botocore.config import Config

        settings = Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "total_max_attempts": 1})
        return self.session(region).client(service, endpoint_url=_NOWHERE, config=settings)

    def session(self, region: str | None = None) -> Any:
        """A boto3 session that reaches this AWS without a socket, whatever endpoint its clients are given."""
        from runbook_lib.sandbox.transport import session_through

        return session_through(self.front, environment.variables(_NOWHERE, region or self.region))

    @contextmanager
    def listening(self, port: int = 0) -> Iterator[str]:
        """Serve on the loopback while the block runs; yields the endpoint URL."""
        import logging

        from moto.moto_server.werkzeug_app import MotoRequestHandler
        from werkzeug.serving import make_server

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", port, self.front, threaded=True, request_handler=MotoRequestHandler)
        # Many invocations arrive at once; werkzeug itself lets 128 wait.
        server.socket.listen(_WAITING)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            self.front.stopping.set()
            server.shutdown()
            server.server_close()
            thread.join()

    def _clear(self) -> None:
        from moto.core.base_backend import BackendDict
        from moto.core.model_instances import reset_model_data
        from moto.moto_api._internal import mock_random

        from runbook_lib.sandbox.extension import invocations

        invocations.reset()
        limit_pages(None)
        BackendDict.reset()
        reset_model_data()
        mock_random.seed(_SEED)


@functools.cache
def _moto() -> Any:
    """moto's own WSGI application, patched; one per process is enough, since its state is per process anyway."""
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    import_jsonschema()
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from runbook_lib.sandbox import extension

    extension.apply()
    return DomainDispatcherApplication(create_backend_app)


@contextmanager
def in_process(scenario: str | None = None) -> Iterator[tuple[EmbeddedAws, str]]:
    """The embedded AWS on a loopback port of this process: yields it and its endpoint URL. For tests."""
    from runbook_lib.sandbox.scenarios import find

    aws = EmbeddedAws(find(scenario) if scenario else None)
    with aws.listening() as endpoint_url:
        yield aws, endpoint_url
