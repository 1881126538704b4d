"""What the gateway of the lab does, as nftables rules and sysctls of its network namespace.

AWS documents 350 s without traffic, RST (not FIN) to whatever continues a connection after that, and a limit of ports
per destination. That the server's late answer is lost without a word is what clients report.
Sources
    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html (read 2026-11-21)
    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
    https://docs.kernel.org/networking/nf_conntrack-sysctl.html (read 2026-11-21)
"""

from __future__ import annotations

from runbook_lib.natlab.cases import Forgotten

__all__ = ["FIRST_PORT", "INSIDE", "MANY_PORTS", "OUTSIDE", "gateway_rules", "gateway_sysctls"]

FIRST_PORT = 20_000
MANY_PORTS = 45_000
"""Enough ports that they never decide; among them all that Linux gives to clients, so that each keeps its own."""

INSIDE, OUTSIDE = "in", "out"
"""Interfaces of the gateway: towards the clients (one each, numbered) and towards the server."""

_NOT_FIRST = "ct state { new, invalid } tcp flags & (fin | syn | rst | ack) != syn"


def gateway_rules(address: str, ports: int, forgotten: Forgotten) -> str:
    """The rule set of the gateway: source NAT to one address and so many ports, and what becomes of late packets.

    Without the forward rule and with loose tracking, the default of Linux, a packet from the middle of a connection
    makes a new entry and the connection goes on as if nothing had been: no client would ever fail.
    """
    late = {
        Forgotten.RESET: f'iifname "{INSIDE}*" {_NOT_FIRST} counter name resets reject with tcp reset',
        Forgotten.DROPPED: f'iifname "{INSIDE}*" {_NOT_FIRST} counter name dropped drop',
        Forgotten.RECOVERED: "",
    }[forgotten]
    return f"""table ip natlab {{
  counter resets {{ }}
  counter dropped {{ }}
  counter lost_answers {{ }}
  chain forward {{
    type filter hook forward priority filter; policy accept;
    {late}
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname "{OUTSIDE}" ct state {{ new, invalid }} counter name lost_answers drop
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    oifname "{OUTSIDE}" ip protocol tcp snat to {address}:{FIRST_PORT}-{FIRST_PORT + ports - 1}
  }}
}}
"""


def gateway_sysctls(limit_s: int, forgotten: Forgotten) -> dict[str, int]:
    """Sysctls below `net` of the gateway's namespace."""
    return {
        "ipv4/ip_forward": 1,
        "netfilter/nf_conntrack_tcp_timeout_established": limit_s,
        "netfilter/nf_conntrack_tcp_loose": int(forgotten is Forgotten.RECOVERED),
    }
