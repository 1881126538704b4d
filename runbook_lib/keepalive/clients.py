"""What botocore makes of its settings: whether a client's sockets get SO_KEEPALIVE, and what its timeouts hide.

botocore sets SO_KEEPALIVE and no more: the times of the probes are those of the network namespace.

Sources (read 2026-11-21)
    botocore 1.44, `args.py` (`_compute_socket_options`), `configprovider.py` (`tcp_keepalive`), `utils.py`
    (`ensure_boolean`), `config.py` (timeouts of 60 s)
    No TCP_KEEPIDLE so far, https://github.com/boto/botocore/issues/2916
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runbook_lib.model.keepalive import Situation
from runbook_lib.model.sdk import Sdk

__all__ = ["VARIABLE", "Botocore", "botocore_keepalive", "shows"]

VARIABLE = "BOTOCORE_TCP_KEEPALIVE"
_OPTION = "tcp_keepalive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Botocore:
    """Whether a client's sockets get SO_KEEPALIVE, and the setting that says so."""

    so_keepalive: bool
    origin: str


def botocore_keepalive(
    config: bool | None = None, environment: Mapping[str, str] | None = None, profile: Mapping[str, str] | None = None
) -> Botocore:
    """What decides: `Config(tcp_keepalive=…)`, also when it says False; the environment; the profile; else it is off.

    `profile` is the section of the profile in use in the AWS config file. Of a text only `true` is true, in any case.
    """
    if config is not None:
        return Botocore(so_keepalive=bool(config), origin=f"Config({_OPTION}={config!r})")
    for told, name, origin in (
        (environment or {}, VARIABLE, f"environment variable {VARIABLE}"),
        (profile or {}, _OPTION, f"{_OPTION} in the AWS config file"),
    ):
        if name in told:
            return Botocore(so_keepalive=told[name].lower() == "true", origin=f"{origin}={told[name]}")
    return Botocore(so_keepalive=False, origin="default of botocore")


def shows(sdk: Sdk, situation: Situation, idle_s: float) -> str:
    """How a connection that was forgotten after `idle_s` idle seconds shows in a client of this kind, one sentence."""
    if situation is Situation.REUSE:
        if sdk.attempts > 1:
            more = f"a retry (of {sdk.attempts} attempts) succeeds, so only RetryAttempts above 0 tells"
            return f"The next request is reset and {more}."
        return "The next request fails with a connection reset; there is one attempt only."
    if sdk.read_timeout_s <= idle_s:
        return (
            f"The client gives up after its own read timeout of {sdk.read_timeout_s:g} s, before the connection is "
            f"forgotten after {idle_s:g} s: raising the read timeout alone brings the loss to light."
        )
    again = f", then sends the request again up to {sdk.attempts - 1} times" if sdk.attempts > 1 else ""
    return f"The client waits for its read timeout of {sdk.read_timeout_s:g} s, whatever the far side answered{again}."
