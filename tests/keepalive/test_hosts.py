"""Which subjects a host or process gives, and where each of their settings comes from."""

from __future__ import annotations

from typing import Any

from runbook_lib.keepalive.answer import answer
from runbook_lib.keepalive.hosts import subjects_of_host
from runbook_lib.keepalive.verdict import Safety, judge
from runbook_lib.model.host import Host, NamespaceSettings, SocketOptions, TcpSocket

SETTINGS = NamespaceSettings(time_s=7200, interval_s=75, probes=9, retries2=15)


def process(*sockets: TcpSocket, **told: Any) -> Host:
    return Host(name="worker (pid 7)", settings=SETTINGS, sockets=sockets, is_process=True, **told)


def connection(peer: str = "52.0.0.9:443", **told: Any) -> TcpSocket:
    return TcpSocket(**{"local": "10.0.0.5:41000", "peer": peer, "so_keepalive": True, **told})


def options(time_s: int = 7200, interval_s: int = 75) -> SocketOptions:
    return SocketOptions(time_s=time_s, interval_s=interval_s, probes=9)


def test_an_option_that_differs_from_its_namespace_was_set_by_the_client() -> None:
    own, inherited = subjects_of_host(
        process(connection(options=options(60)), connection("52.0.0.10:443", options=options()))
    )
    assert dict(own.origins) == {
        "time_s": "TCP_KEEPIDLE",
        "interval_s": "net.ipv4.tcp_keepalive_intvl",
        "probes": "net.ipv4.tcp_keepalive_probes",
        "so_keepalive": "SO_KEEPALIVE",
    }
    assert dict(inherited.origins)["time_s"] == "net.ipv4.tcp_keepalive_time"
    assert [judge(one).safety for one in (own, inherited)] == [Safety.SAFE, Safety.UNSAFE]
    assert (own.id, own.pointer) == ("worker (pid 7): 10.0.0.5:41000 → 52.0.0.9:443", "/KeepaliveSubjects/0")


def titles(host: Host, so_keepalive: bool | None = None) -> list[str]:
    """What is proposed for the one subject of a host, and seen to help, by the first word."""
    (one,) = answer(subjects_of_host(host, so_keepalive)).subjects
    assert all(fix.proven for fix in one.fixes)
    return [fix.title.split()[0] for fix in one.fixes]


def test_no_sysctl_is_proposed_where_an_option_of_the_socket_would_win() -> None:
    assert titles(process(connection(options=options(7200)))) == ["Host:", "In"]
    assert titles(process(connection(options=options(400)))) == ["In"]
    assert titles(process(connection(options=options(60, 400)))) == ["In"]


def test_no_sysctl_is_proposed_where_a_timer_is_longer_than_the_sysctl() -> None:
    settings = NamespaceSettings(time_s=60, interval_s=15, probes=9)
    late = Host(name="web", settings=settings, sockets=(connection(timer_left_s=200.0),), is_process=True)
    assert titles(late) == ["In"]
    early = process(connection(timer_left_s=12.0))
    assert titles(early) == ["Host:", "In"]


def test_a_long_interval_is_no_sign_of_an_earlier_setting() -> None:
    (one,) = subjects_of_host(process(connection(options=options(60, 290), timer_left_s=280.0)))
    assert judge(one).safety is Safety.SAFE


def test_options_of_a_socket_win_over_what_somebody_told() -> None:
    (one,) = subjects_of_host(process(connection(options=options(60), so_keepalive=False)), True)
    assert (one.so_keepalive, judge(one).safety) == (False, Safety.UNSAFE)


def test_what_somebody_told_counts_where_the_timer_is_hidden() -> None:
    hidden = connection(so_keepalive=None)
    host = Host(
        name="web", settings=NamespaceSettings(time_s=60, interval_s=15, probes=9), sockets=(hidden,), is_process=True
    )
    (told,) = subjects_of_host(host, True)
    assert (dict(told.origins)["so_keepalive"], judge(told).safety) == ("--so-keepalive", Safety.SAFE)
    (not_told,) = subjects_of_host(host)
    assert judge(not_told).safety is Safety.CANNOT_TELL


def test_a_process_without_connections_is_its_namespace() -> None:
    (one,) = subjects_of_host(process(gaps=("not entered",), notes=("a note",)), True)
    assert (one.id, one.time_s, one.so_keepalive, one.gaps, one.notes) == (
        "worker (pid 7)",
        7200,
        True,
        ("not entered",),
        ("a note",),
    )


def test_a_process_with_connections_is_not_judged_by_its_namespace() -> None:
    assert [one.id for one in subjects_of_host(process(connection(options=options(60))))] == [
        "worker (pid 7): 10.0.0.5:41000 → 52.0.0.9:443"
    ]


def test_loopback_counts_for_a_process_that_has_nothing_else() -> None:
    local = connection("127.0.0.1:5432", options=options(60))
    (alone,) = subjects_of_host(process(local))
    assert alone.notes == ("there are only loopback connections, which no NAT gateway ever sees",)
    (beside,) = subjects_of_host(process(local, connection(options=options(60))))
    assert beside.connection is not None
    assert beside.connection.peer == "52.0.0.9:443"
    assert beside.notes == ("1 loopback connection is left out: no NAT gateway ever sees them",)


def test_a_host_without_other_connections_is_not_judged_by_loopback() -> None:
    host = Host(name="this host", settings=SETTINGS, sockets=(connection("[::1]:5432", so_keepalive=False),))
    assert [one.id for one in subjects_of_host(host)] == ["this host"]


def test_what_the_process_accepts_is_not_its_own() -> None:
    door = TcpSocket(local="[::]:8080", peer="[::]:0", is_listening=True)
    accepted = TcpSocket(local="10.0.0.5:8080", peer="10.0.0.9:50000", so_keepalive=False)
    assert [one.id for one in subjects_of_host(process(door, accepted))] == ["worker (pid 7)"]
