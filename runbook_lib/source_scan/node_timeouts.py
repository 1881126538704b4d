"""Calls in Node.js source that leave the machine, and whether they are given up at some time.

Defaults: axios has none (https://axios-http.com/docs/req_config), neither have node:http and node:https
(https://nodejs.org/api/http.html#httprequesturl-options-callback), node-fetch and got; fetch of Node.js waits 10 s for
a connection and 300 s for an answer (https://undici.nodejs.org/#/docs/api/Client); clients of the AWS SDK for
JavaScript v3 set no limit
(https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-node-http-handler/). All read 2026-11-21.
"""

from __future__ import annotations

from tree_sitter import Node

from runbook_lib.model.source import SourceRule
from runbook_lib.source_scan.found import Found
from runbook_lib.source_scan.node_tree import FUNCTIONS, Bindings, Bound, arguments_of, members_of, text_of, walk

__all__ = ["CLIENT_PACKAGES", "NodeTimeouts"]

CLIENT_PACKAGES = ("@aws-sdk/client-", "aws-sdk")
"""How the names of packages begin that clients of AWS come from."""

_HTTP = frozenset({"http", "https", "node:http", "node:https"})
_FETCHES = frozenset({"node-fetch", "cross-fetch", "got"})
_AXIOS = {
    **dict.fromkeys(("", "request", "create"), (False, False)),
    **dict.fromkeys(("get", "delete", "head", "options"), (True, False)),
    **dict.fromkeys(("post", "put", "patch"), (True, True)),
}
"""What axios is called as, and whether its first argument is only an address and its second what is sent."""
_FETCHING = frozenset({"", "get", "post", "put", "patch", "delete", "head", "fetch"})
_LIMITS = frozenset({"timeout", "signal"})


class NodeTimeouts:
    """The outbound calls of one module."""

    def __init__(self, root: Node, bindings: Bindings) -> None:
        self._bindings = bindings
        self._nodes = [node for node in walk(root) if node.type in ("call_expression", "new_expression")]
        assigned = {
            text_of(node.child_by_field_name("left")) for node in walk(root) if node.type == "assignment_expression"
        }
        self._axios_gives_up = any(target.endswith("defaults.timeout") for target in assigned)
        called = {text_of(_property(node)) for node in self._nodes}
        self._sockets_give_up = "setTimeout" in called

    def scan(self, found: Found) -> None:
        """Gather the calls that wait without end, or as long as their library does."""
        for node in self._nodes:
            if node.type == "new_expression":
                self._judge_client(node, found)
                continue
            bound = self._bindings.of(node.child_by_field_name("function"))
            rule, detail = self._judged(node, bound) if bound is not None else self._judged_global(node)
            if rule is not None:
                found.add(node.start_point.row + 1, rule, detail)

    def _judged(self, node: Node, bound: Bound) -> tuple[SourceRule | None, str]:
        name = "" if bound.name == "default" else bound.name
        if bound.module == "axios" and name in _AXIOS and not self._axios_gives_up:
            address, payload = _AXIOS[name]
            if self._lacks_limit(node, address=address, payload=payload):
                return SourceRule.NO_TIMEOUT, f"axios{_dotted(name)} has no timeout"
        elif bound.module in _HTTP and name in ("request", "get") and not self._sockets_give_up:
            if self._lacks_limit(node, address=False):
                return SourceRule.NO_TIMEOUT, f"{bound.module}{_dotted(name)} has no timeout"
        elif bound.module in _FETCHES and name in _FETCHING and self._lacks_limit(node):
            return SourceRule.NO_TIMEOUT, f"{bound.module} has neither a timeout nor a signal"
        return None, ""

    def _judged_global(self, node: Node) -> tuple[SourceRule | None, str]:
        called = text_of(node.child_by_field_name("function"))
        is_fetch = called == "globalThis.fetch" or (called == "fetch" and self._bindings.is_free("fetch"))
        if is_fetch and self._lacks_limit(node):
            return SourceRule.DEFAULT_TIMEOUT, "fetch has no signal: it is left at 300 s for an answer"
        return None, ""

    def _lacks_limit(self, call: Node, *, address: bool = True, payload: bool = False) -> bool:
        """Whether surely no limit is given: what may be options is written out, and names none.

        `address`: the first argument is one and nothing else; `payload`: the second one is what is sent.
        """
        for place, given in enumerate(arguments_of(call)):
            if (place == 0 and address) or (place == 1 and payload):
                continue
            one = self._bindings.followed(given)
            members, is_whole = members_of(one)
            if _LIMITS & members.keys() or (not is_whole and one.type not in _HARMLESS):
                return False  # a name, a call or a spread may hold one too
        return True

    def _judge_client(self, node: Node, found: Found) -> None:
        bound = self._bindings.of(node.child_by_field_name("constructor"))
        if bound is None or not bound.module.startswith(CLIENT_PACKAGES[0]) or not bound.name.endswith("Client"):
            return
        told = [members_of(one) for one in arguments_of(node)]
        if all(is_whole and "requestHandler" not in members for members, is_whole in told):
            detail = f"{bound.name} has no requestHandler: the SDK sets no limit for connecting or for the answer"
            found.add(node.start_point.row + 1, SourceRule.DEFAULT_TIMEOUT, detail)


def _property(node: Node) -> Node | None:
    called = node.child_by_field_name("function")
    return called.child_by_field_name("property") if called is not None else None


def _dotted(name: str) -> str:
    return f".{name}" if name else ""


_HARMLESS = FUNCTIONS | {"string", "template_string", "number", "null", "undefined", "array"}
