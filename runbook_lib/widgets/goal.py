"""Where paths lead to: fields for a destination, a protocol and a port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Goal"]

_PROTOCOLS = ("tcp", "udp", "icmp", "all")


class Goal:
    """Three fields under the picker; `changed()` is called after each new value.

    `to` may be empty: then the services that are asked for are meant.
    """

    def __init__(self, *, to: str, protocol: str, port: int) -> None:
        self.to, self.protocol, self.port = to, protocol, port

    def box(self, changed: Callable[[], None]) -> Any:
        """The widgets."""
        import ipywidgets

        protocols = tuple(dict.fromkeys((*_PROTOCOLS, self.protocol)))
        hint = "address, eni-…, s3, a service or host name"
        wide = {"continuous_update": False, "layout": ipywidgets.Layout(width="34rem")}
        fields = {
            "to": ipywidgets.Text(description="Destination", value=self.to, placeholder=hint, **wide),
            "protocol": ipywidgets.Dropdown(description="Protocol", options=protocols, value=self.protocol),
            "port": ipywidgets.BoundedIntText(
                description="Port", value=self.port, min=0, max=65535, continuous_update=False
            ),
        }
        for name, field in fields.items():
            field.observe(self._taker(name, changed), "value")
        return ipywidgets.VBox(list(fields.values()))

    def _taker(self, name: str, changed: Callable[[], None]) -> Callable[[Any], None]:
        def take(change: Any) -> None:
            setattr(self, name, change["new"])
            changed()

        return take
