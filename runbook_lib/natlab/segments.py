"""How many TCP segments a socket has seen, bare ones such as keepalive probes included."""

from __future__ import annotations

import socket
import struct

__all__ = ["can_count_segments", "segments"]

# tcpi_segs_out and tcpi_segs_in of struct tcp_info, since Linux 4.2
_PLACE, _SIZE = 136, 144


def segments(link: socket.socket) -> tuple[int, int]:
    """Segments received and segments sent. OSError when the kernel does not tell."""
    told = link.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE)
    if len(told) < _SIZE:
        raise OSError("the kernel does not count the segments of a socket (needs Linux 4.2)")
    sent, received = struct.unpack_from("II", told, _PLACE)
    return received, sent


def can_count_segments() -> bool:
    """Whether this system tells."""
    if not hasattr(socket, "TCP_INFO"):
        return False
    with socket.socket() as link:
        try:
            segments(link)
        except OSError:
            return False
    return True
