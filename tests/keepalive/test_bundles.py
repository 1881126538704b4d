"""Text collected elsewhere: each kind alone, several in one, every form of a timer, and what is not told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.bundles import hosts_of_files, read_bundle
from runbook_lib.keepalive.ss_text import left_s, sockets_of_ss
from runbook_lib.keepalive.verdict import Safety, judge, overall
from runbook_lib.model.host import TcpSocket
from runbook_lib.model.keepalive import Connection

SAFE, UNSAFE, CANNOT_TELL = Safety.SAFE, Safety.UNSAFE, Safety.CANNOT_TELL

HEADER = "State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"


def sysctl(time_s: int, interval_s: int = 75, probes: int = 9) -> str:
    return (
        f"net.ipv4.tcp_keepalive_intvl = {interval_s}\nnet.ipv4.tcp_keepalive_probes = {probes}\n"
        f"net.ipv4.tcp_keepalive_time = {time_s}\nnet.ipv4.tcp_l3mdev_accept = 0\nnet.ipv4.tcp_retries2 = 15\n"
    )


def ss(timer: str, port: int = 36340, state: str = "ESTAB") -> str:
    ends = f"10.77.1.2:{port}  10.77.100.1:5000"
    return f"{state}  0      0          {ends} {timer} ino:134754 sk:1068 cgroup:/ <->        \n"


def told(text: str, so_keepalive: bool | None = None) -> list[tuple[Any, ...]]:
    """Name, time, interval, SO_KEEPALIVE, timer and verdict of each subject of the text of `web`."""
    return [
        (
            one.id,
            one.time_s,
            one.interval_s,
            one.so_keepalive,
            one.connection and one.connection.timer_left_s,
            judge(one).safety,
        )
        for one in read_bundle(text, "web", so_keepalive)
    ]


class TestTimers:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("119min", 7140),
            ("4min58sec", 298),
            ("4min6sec", 246),
            ("10min", 600),
            ("56sec", 56),
            ("10sec", 10),
            ("6sec", 6),
            ("6.432ms", 6.432),
            ("9.008ms", 9.008),
            ("448ms", 0.448),
            ("008ms", 0.008),
            ("", 0),
            ("soon", None),
            ("4hours", None),
            ("6.432", None),
        ],
    )
    def test_forms_that_ss_prints(self, text: str, seconds: float | None) -> None:
        assert left_s(text) == seconds

    @pytest.mark.parametrize(
        ("field", "so_keepalive", "left"),
        [
            ("timer:(keepalive,6.432ms,0)", True, 6.432),
            ("timer:(keepalive,,0)", True, 0),
            ("timer:(keepalive,soon,0)", True, None),
            ("timer:(on,904ms,1)", None, None),
            ("timer:(persist,1.2ms,3)", None, None),
            ("", False, None),
        ],
    )
    def test_what_a_timer_says_of_the_option(self, field: str, so_keepalive: bool | None, left: float | None) -> None:
        assert list(sockets_of_ss(["$ ss -tnoe", HEADER, ss(field)])) == [
            TcpSocket(local="10.77.1.2:36340", peer="10.77.100.1:5000", so_keepalive=so_keepalive, timer_left_s=left)
        ]


class TestSs:
    @pytest.mark.parametrize(
        ("line", "local", "peer"),
        [
            ("ESTAB 0 0 [2001:db8::1]:41000 [2001:db8::2]:443 ino:1", "[2001:db8::1]:41000", "[2001:db8::2]:443"),
            ("ESTAB 0 0 [::ffff:10.0.0.5]:41000 [::ffff:10.0.0.9]:443 ino:1", "10.0.0.5:41000", "10.0.0.9:443"),
            ("ESTAB 0 0 ::ffff:10.0.0.5:41000 ::ffff:10.0.0.9:443 ino:1", "10.0.0.5:41000", "10.0.0.9:443"),
            ("tcp   ESTAB 0 36 10.0.0.5%eth0:41000 10.0.0.9:443 ino:1", "10.0.0.5:41000", "10.0.0.9:443"),
            ("ESTAB 0 0 [fe80::1%eth0]:41000 [fe80::2]%eth0:443 ino:1", "[fe80::1]:41000", "[fe80::2]:443"),
            ("ESTAB 0 0 ip-10-0-0-5:41000 s3-1-w.amazonaws.com:https ino:1", "ip-10-0-0-5:41000", None),
        ],
    )
    def test_addresses(self, line: str, local: str, peer: str | None) -> None:
        (found,) = sockets_of_ss([line])
        assert (found.local, found.peer) == (local, peer or "s3-1-w.amazonaws.com:https")

    @pytest.mark.parametrize(
        "line",
        [
            "udp   ESTAB 0 0 10.0.0.5:41000 10.0.0.9:53",
            "u_str ESTAB 0 0 /run/a.sock 123 * 124",
            "SYN-SENT 0 1 10.0.0.5:41000 10.0.0.9:443 timer:(on,904ms,1)",
            "CLOSE-WAIT 0 0 10.0.0.5:41000 10.0.0.9:443 ino:1",
            "TIME-WAIT 0 0 10.0.0.5:41000 10.0.0.9:443 timer:(timewait,56sec,0) ino:0",
            HEADER,
            "",
        ],
    )
    def test_other_lines_are_passed_over(self, line: str) -> None:
        assert list(sockets_of_ss([line])) == []

    def test_lines_that_a_terminal_or_ss_itself_wrapped_are_joined(self) -> None:
        text = (
            "ESTAB 0 0 10.0.0.5:41000 10.0.0.9:443\n"
            '\t users:(("python3",pid=7,fd=4)) timer:(keepalive,56sec,0) ino:1\n'
            "\t cubic wscale:7,7 rto:204\n"
            "ESTAB 0 0 10.0.0.5:41001 10.0.0.9:443\n"
            "timer:(keepalive,4min58sec,0) ino:2 sk:3\n"
            "net.ipv4.tcp_keepalive_time = 300\n"
        )
        assert [(one.so_keepalive, one.timer_left_s) for one in sockets_of_ss(text.splitlines())] == [
            (True, 56),
            (True, 298),
        ]

    @pytest.mark.parametrize(
        ("command", "off"),
        [
            ("$ ss -tn", None),
            ("[root@web ~]# /usr/sbin/ss -tne", None),
            ("$ ss -tno", False),
            ("web> sudo ss --tcp --options", False),
            ("", None),
        ],
    )
    def test_no_timer_means_nothing_unless_timers_were_asked_for(self, command: str, off: bool | None) -> None:
        lines = [command, HEADER, "ESTAB 0 0 10.0.0.5:41000 10.0.0.9:443"]
        assert [one.so_keepalive for one in sockets_of_ss(lines)] == [off]

    def test_any_timer_shows_that_they_were_asked_for(self) -> None:
        lines = [
            "ESTAB 0 0 10.0.0.5:1000 10.0.0.9:443",
            "ESTAB 0 0 10.0.0.5:1001 10.0.0.9:443 timer:(keepalive,9sec,0)",
        ]
        assert [one.so_keepalive for one in sockets_of_ss(lines)] == [False, True]


class TestWhole:
    def test_settings_alone_are_one_subject(self) -> None:
        (one,) = read_bundle(sysctl(7200), "web")
        assert (one.id, one.time_s, one.interval_s, one.probes, one.so_keepalive) == ("web", 7200, 75, 9, None)
        assert dict(one.origins) == {
            "time_s": "net.ipv4.tcp_keepalive_time",
            "interval_s": "net.ipv4.tcp_keepalive_intvl",
            "probes": "net.ipv4.tcp_keepalive_probes",
        }
        assert (one.place, one.gaps, one.notes) == ({"Namespace": "web"}, (), ())

    @pytest.mark.parametrize(
        ("time_s", "so_keepalive", "safety"),
        [
            (300, True, SAFE),
            (300, None, CANNOT_TELL),
            (300, False, UNSAFE),
            (301, True, CANNOT_TELL),
            (350, None, UNSAFE),
            (7200, True, UNSAFE),
        ],
    )
    def test_what_somebody_tells_of_the_clients_counts(
        self, time_s: int, so_keepalive: bool | None, safety: Safety
    ) -> None:
        assert told(sysctl(time_s), so_keepalive) == [("web", time_s, 75, so_keepalive, None, safety)]

    def test_both_with_prompts_between(self) -> None:
        text = (
            "[ec2-user@ip-10-77-1-2 ~]$ sudo sysctl -a | grep keepalive\n"
            + sysctl(300)
            + "[ec2-user@ip-10-77-1-2 ~]$ ss -tnoe\n"
            + HEADER
            + ss("timer:(keepalive,4min56sec,0)", 1)
            + ss("timer:(keepalive,6.432ms,0)", 2)
            + ss("timer:(on,936ms,1)", 3)
            + ss("", 4)
            + "[ec2-user@ip-10-77-1-2 ~]$ exit\n"
        )
        assert told(text) == [
            ("web", 300, 75, None, None, CANNOT_TELL),
            ("web: 10.77.1.2:1 → 10.77.100.1:5000", 300, 75, True, 296, SAFE),
            ("web: 10.77.1.2:2 → 10.77.100.1:5000", 300, 75, True, 6.432, SAFE),
            ("web: 10.77.1.2:3 → 10.77.100.1:5000", 300, 75, None, None, CANNOT_TELL),
            ("web: 10.77.1.2:4 → 10.77.100.1:5000", 300, 75, False, None, UNSAFE),
        ]

    def test_a_host_whose_connections_all_have_the_option_is_told_by_them(self) -> None:
        text = sysctl(60, 15) + ss("timer:(keepalive,56sec,0)", 1) + ss("timer:(keepalive,448ms,0)", 2)
        found = read_bundle(text, "web")
        assert dict(found[0].origins)["so_keepalive"] == "all of its 2 connections have it on"
        assert overall(judge(one) for one in found) is SAFE
        assert found[1].notes == (
            "the text shows no listening socket, so connections that were accepted are among these",
            "options of the sockets themselves are not shown: the settings of the namespace are taken",
        )
        assert found[1].connection == Connection(local="10.77.1.2:1", peer="10.77.100.1:5000", timer_left_s=56)

    def test_carriage_returns_do_no_harm(self) -> None:
        text = sysctl(300) + ss("timer:(keepalive,4min56sec,0)")
        assert told(text.replace("\n", "\r\n")) == told(text)

    def test_settings_as_paths_are_read_too(self) -> None:
        names = {"time": 300, "intvl": 75, "probes": 9}
        text = "".join(f"/proc/sys/net/ipv4/tcp_keepalive_{name}:{value}\n" for name, value in names.items())
        assert told(text) == told(sysctl(300))


class TestHonesty:
    """The timer says what is left; the setting of a socket itself is never shown."""

    def test_more_left_than_the_namespace_says_is_no_pass(self) -> None:
        _, one = read_bundle(sysctl(60) + ss("timer:(keepalive,4min58sec,0)"), "web")
        assert (one.time_s, judge(one).safety) == (None, CANNOT_TELL)
        assert one.gaps == (
            "its timer has 298 s left, and the network namespace says 75 s: the socket has a longer TCP_KEEPIDLE of "
            "its own, or its timer was armed before the setting changed",
        )

    def test_more_left_than_the_limit_is_fatal_whatever_is_set(self) -> None:
        found = told(sysctl(60) + ss("timer:(keepalive,119min,0)"))
        assert found[1][1:] == (None, None, True, 7140, UNSAFE)

    @pytest.mark.parametrize(("left", "safety"), [("75sec", SAFE), ("76sec", CANNOT_TELL)])
    def test_a_timer_may_have_been_armed_with_the_interval(self, left: str, safety: Safety) -> None:
        assert told(sysctl(60, 75) + ss(f"timer:(keepalive,{left},0)"))[1][5] is safety

    def test_a_late_setting_does_not_speak_for_a_socket_that_may_have_its_own(self) -> None:
        _, one = read_bundle(sysctl(7200) + ss("timer:(keepalive,12sec,0)"), "web")
        assert (one.time_s, judge(one).safety) == (None, CANNOT_TELL)
        assert one.gaps == (
            "its timer has 12 s left, and the network namespace says 7200 s, but a shorter TCP_KEEPIDLE of the socket "
            "would not show",
        )

    @pytest.mark.parametrize(
        ("left", "time_s", "safety"),
        [("4min59sec", None, CANNOT_TELL), ("5min1sec", 7200, UNSAFE), ("119min", 7200, UNSAFE)],
    )
    def test_what_is_left_may_rule_out_a_shorter_option(self, left: str, time_s: int | None, safety: Safety) -> None:
        found = told(sysctl(7200) + ss(f"timer:(keepalive,{left},0)"))[1]
        assert found[1:] == (time_s, time_s and 75, True, left_s(left), safety)

    @pytest.mark.parametrize(("left", "safety"), [("119min", UNSAFE), ("56sec", CANNOT_TELL)])
    def test_without_settings_only_what_is_left_tells(self, left: str, safety: Safety) -> None:
        assert told(ss(f"timer:(keepalive,{left},0)")) == [
            ("web: 10.77.1.2:36340 → 10.77.100.1:5000", None, None, True, left_s(left), safety)
        ]

    def test_without_settings_a_socket_without_a_timer_is_lost_all_the_same(self) -> None:
        text = f"$ ss -tnoe\n{ss('')}"
        assert told(text) == [("web: 10.77.1.2:36340 → 10.77.100.1:5000", None, None, False, None, UNSAFE)]

    @pytest.mark.parametrize("so_keepalive", [None, True])
    def test_rows_without_timers_may_come_from_ss_without_its_option(self, so_keepalive: bool | None) -> None:
        one = read_bundle(sysctl(60) + ss("") + ss("", 2), "web", so_keepalive)[1]
        assert (one.so_keepalive, judge(one).safety) == (None, CANNOT_TELL)
        assert one.notes[1:] == (
            "no row of ss shows a timer: SO_KEEPALIVE is off everywhere, or ss ran without -o; the line '$ ss -tnoe' "
            "before its output tells which",
        )

    def test_without_the_fields_of_ss_e_what_somebody_told_counts(self) -> None:
        row = "ESTAB  0      0          10.77.1.2:36340  10.77.100.1:5000\n"
        assert [one.so_keepalive for one in read_bundle(sysctl(60) + row, "web", True)] == [True, True]

    def test_a_value_beside_a_refusal_is_of_two_namespaces(self) -> None:
        text = sysctl(60) + "sysctl: permission denied on key 'net.ipv4.tcp_keepalive_time'\n"
        (one,) = read_bundle(text, "web", True)
        assert (one.time_s, judge(one).safety) == (None, CANNOT_TELL)
        assert one.gaps == (
            "the text gives net.ipv4.tcp_keepalive_time, and says that it could not be read: it is of two namespaces",
        )

    @pytest.mark.parametrize("values", [(0, 75), (60, 0)])
    def test_zero_is_not_called_safe(self, values: tuple[int, int]) -> None:
        (one,) = read_bundle(sysctl(*values), "web", True)
        assert judge(one).safety is CANNOT_TELL
        assert len(one.gaps) == 1
        assert one.gaps[0].endswith(" is 0, and what the kernel does then is not documented")

    @pytest.mark.parametrize(("limit_s", "safety"), [(350, CANNOT_TELL), (4000, SAFE)])
    def test_what_vouches_for_a_socket_is_measured_by_the_limit_asked_for(self, limit_s: float, safety: Safety) -> None:
        text = sysctl(400) + ss("timer:(keepalive,200sec,0)")
        one = read_bundle(text, "web", limit_s=limit_s)[1]
        assert judge(one, limit_s).safety is safety

    def test_two_values_for_one_setting_are_none(self) -> None:
        (one,) = read_bundle(sysctl(7200) + sysctl(300), "web")
        assert (one.time_s, one.interval_s, judge(one).safety) == (None, 75, CANNOT_TELL)
        assert one.gaps == ("the text gives net.ipv4.tcp_keepalive_time as 300 and as 7200",)

    def test_a_setting_that_was_denied_is_a_gap(self) -> None:
        text = "sysctl: permission denied on key 'net.ipv4.tcp_keepalive_time'\nnet.ipv4.tcp_keepalive_intvl = 75\n"
        (one,) = read_bundle(text, "web")
        assert (one.time_s, one.gaps) == (None, ("the text says that net.ipv4.tcp_keepalive_time could not be read",))

    def test_a_part_of_the_settings_is_no_default(self) -> None:
        (one,) = read_bundle("net.ipv4.tcp_keepalive_time = 300\n", "web", True)
        assert (one.interval_s, judge(one).safety) == (None, CANNOT_TELL)
        assert one.gaps == ("net.ipv4.tcp_keepalive_intvl is not known",)

    @pytest.mark.parametrize("text", ["net.ipv4.tcp_keepalive_time = soon\n", "# net.ipv4.tcp_keepalive_time = 300\n"])
    def test_what_is_no_value_is_not_taken(self, text: str) -> None:
        assert [one[1:] for one in told(text + "net.ipv4.tcp_keepalive_intvl = 75\n", True)] == [
            (None, 75, True, None, CANNOT_TELL)
        ]

    @pytest.mark.parametrize(
        "text", ["", "hello\n", "bash: ss: command not found\n", "udp ESTAB 0 0 10.0.0.5:1 10.0.0.9:53"]
    )
    def test_nothing_known_is_refused_and_among_many_a_gap(self, text: str) -> None:
        nothing = "no output of sysctl -a, ss -tnoe or /proc/net/tcp was found in it"
        with pytest.raises(UsageError, match=f"^web: {nothing}$"):
            read_bundle(text, "web")
        (one,) = read_bundle(text, "web", one_of_many=True)
        assert (one.id, one.gaps, judge(one).safety) == ("web", (nothing,), CANNOT_TELL)

    def test_a_header_without_connections_is_no_pass(self) -> None:
        assert told(HEADER) == [("web", None, None, None, None, CANNOT_TELL)]


class TestWhichConnections:
    def test_accepted_connections_are_those_of_other_clients(self) -> None:
        text = (
            sysctl(300)
            + "LISTEN 0 128 0.0.0.0:8080 0.0.0.0:*\nLISTEN 0 128 [::]:8443 [::]:*\n"
            + "LISTEN 0 128 10.0.0.6:9000 0.0.0.0:*\n"
            + "ESTAB 0 0 10.0.0.5:8080 10.0.0.9:50000 ino:1\nESTAB 0 0 [2001:db8::1]:8443 [2001:db8::2]:50000 ino:1\n"
            + "ESTAB 0 0 10.0.0.5:9000 10.0.0.9:443 ino:1\n"
        )
        assert [one[0] for one in told(text)] == ["web", "web: 10.0.0.5:9000 → 10.0.0.9:443"]

    def test_loopback_counts_only_where_nothing_else_is_told(self) -> None:
        loopback = "ESTAB 0 0 127.0.0.1:8000 127.0.0.1:5432 ino:1\n"
        assert [one[0] for one in told(loopback)] == ["web: 127.0.0.1:8000 → 127.0.0.1:5432"]
        (one,) = read_bundle(sysctl(300) + loopback, "web")
        assert (one.id, one.notes[-1]) == ("web", "1 loopback connection is left out: no NAT gateway ever sees them")
        assert len(told(loopback + ss(""))) == 1


PROC = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:9C4D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 617828
   1: 02014D0A:9000 01644D0A:1388 01 00000000:00000000 02:00000283 00000000  1000        0 134754 2 0000000000000000 20
   2: 02014D0A:9001 01644D0A:1388 01 00000000:00000000 00:00000000 00000000  1000        0 134755 1 0000000000000000 20
   3: 02014D0A:9002 01644D0A:1388 01 00000001:00000000 01:00000014 00000002  1000        0 134756 3 0000000000000000 20
   4: 02014D0A:9003 01644D0A:1388 06 00000000:00000000 03:000016F5 00000000     0        0 0 3 0000000000000000
"""
PROC6 = (
    "   0: 0000000000000000FFFF000002014D0A:9004 0000000000000000FFFF000001644D0A:1388 01 00000000:00000000 "
    "02:00007532 00000000  1000        0 134757 2 0000000000000000 20 4 30 10 -1\n"
)


class TestTable:
    def test_timers_of_the_kernel(self) -> None:
        assert told(sysctl(300) + PROC + PROC6)[1:] == [
            ("web: 10.77.1.2:36864 → 10.77.100.1:5000", 300, 75, True, 6.43, SAFE),
            ("web: 10.77.1.2:36865 → 10.77.100.1:5000", 300, 75, False, None, UNSAFE),
            ("web: 10.77.1.2:36866 → 10.77.100.1:5000", 300, 75, None, None, CANNOT_TELL),
            ("web: 10.77.1.2:36868 → 10.77.100.1:5000", None, None, True, 300.02, CANNOT_TELL),
        ]

    def test_a_socket_in_both_forms_is_one(self) -> None:
        both = ss("timer:(on,936ms,1)", 36864) + PROC
        assert len(told(both)) == 3
        assert told(both)[0][3:5] == (True, 6.43)


class TestFolders:
    def test_parts_of_one_host_are_joined(self) -> None:
        parts = {"ss.txt": ss(""), "ss6.txt": HEADER, "sysctl.txt": sysctl(300)}
        assert hosts_of_files(parts) == {"": "\n".join(parts.values())}

    @pytest.mark.parametrize(
        "texts",
        [
            {"a": sysctl(300), "b": sysctl(7200)},
            {"a": sysctl(300) + ss(""), "b": ss("")},
            {"a": sysctl(300), "b": "nothing"},
            {"a": sysctl(300)},
            {},
        ],
    )
    def test_else_each_file_is_a_host(self, texts: dict[str, str]) -> None:
        assert hosts_of_files(texts) == texts


def test_five_thousand_sockets() -> None:
    rows = [ss("timer:(keepalive,56sec,0)" if port % 2 else "", port) for port in range(10_000, 15_000)]
    found = read_bundle(sysctl(60, 15) + HEADER + "".join(rows), "web")
    verdicts = [judge(one).safety for one in found]
    assert (len(found), verdicts.count(SAFE), verdicts.count(UNSAFE)) == (5001, 2500, 2500)
    assert len({one.id for one in found}) == 5001


@given(
    st.text(alphabet=st.sampled_from("aE0123:[]()., \n=-%ftimersk/"), max_size=200),
    st.sampled_from(["", sysctl(60), PROC]),
)
def test_whatever_stands_in_a_text_is_read_without_a_false_pass(noise: str, before: str) -> None:
    words = noise.replace("a", "ESTAB 0 0 10.0.0.5:1 ").replace("k", "timer:(keepalive,")
    found = read_bundle(before + words, "web", one_of_many=True)
    assert all(judge(one).safety is not SAFE or one.period_s == 75 for one in found)
