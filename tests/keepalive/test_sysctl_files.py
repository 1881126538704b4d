"""Files of sysctl.d: whose they are, which of them wins, how the kernel takes a value, and the file that mends them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.manifests import read_manifests
from runbook_lib.keepalive.remedies import remedies
from runbook_lib.keepalive.verdict import Safety, judge
from runbook_lib.model.keepalive import KeepaliveSubject

TIME = "net.ipv4.tcp_keepalive_time"


def read(files: Mapping[str, str]) -> tuple[KeepaliveSubject, ...]:
    """The subjects of files given as name → value of the keepalive time; a text that is no number stands as it is."""
    texts = {name: f"{TIME} = {told}\n" if told.isdecimal() else told for name, told in files.items()}
    return read_manifests(texts.items(), so_keepalive=True)


def times(files: Mapping[str, str]) -> list[int | None]:
    return [one.time_s for one in read(files)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a/etc/sysctl.d/9.conf": "7200", "b/etc/sysctl.d/9.conf": "60"}, [7200, 60]),
        ({"a/sysctl.d/9.conf": "7200", "b/sysctl.d/9.conf": "60"}, [7200, 60]),
        ({"a/etc/sysctl.conf": "7200", "b/usr/lib/sysctl.d/9.conf": "60"}, [7200, 60]),
        ({"etc/sysctl.d/9.conf": "7200", "a/etc/sysctl.d/9.conf": "60"}, [7200, 60]),
        ({"a/etc/sysctl.d/1.conf": "7200", "a/run/sysctl.d/2.conf": "60"}, [60]),
        ({"1.conf": "7200", "2.conf": "60"}, [60]),
    ],
)
def test_each_root_is_a_host(files: Mapping[str, str], expected: list[int | None]) -> None:
    assert times(files) == expected


@pytest.mark.parametrize("root", ["", "/", "host/", "/srv/collected/host/"])
@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"etc/sysctl.d/60-k.conf": "7200", "usr/lib/sysctl.d/60-k.conf": "60"}, 7200),
        ({"run/sysctl.d/60-k.conf": "60", "usr/local/lib/sysctl.d/60-k.conf": "7200"}, 60),
        ({"etc/sysctl.d/60-k.conf": "# nothing\n", "usr/lib/sysctl.d/60-k.conf": "60"}, 7200),
        ({"etc/sysctl.d/60-k.conf": "", "usr/lib/sysctl.d/60-k.conf": "60"}, 7200),
        ({"etc/sysctl.d/10-k.conf": "7200", "usr/lib/sysctl.d/60-k.conf": "60"}, 60),
        ({"etc/sysctl.d/10-mysysctl.conf": "60", "etc/sysctl.d/99-big.conf": "7200"}, 7200),
        ({"etc/sysctl.d/99-sysctl.conf": "60", "etc/sysctl.d/99-z.conf": "7200"}, 7200),
        ({"etc/sysctl.d/99-x.conf": "7200", "etc/sysctl.conf": "60"}, None),
        ({"etc/sysctl.d/99-x.conf": "vm.swappiness = 1\n", "etc/sysctl.conf": "60"}, None),
        ({"etc/sysctl.d/99-x.conf": "60", "etc/sysctl.conf": "60"}, 60),
        ({"etc/sysctl.d/99-sysctl.conf": "60", "etc/sysctl.conf": "60"}, 60),
        ({"etc/sysctl.conf": "60"}, 60),
    ],
)
def test_which_file_wins(root: str, files: Mapping[str, str], expected: int | None) -> None:
    assert times({root + name: told for name, told in files.items()}) == [expected]


def test_what_boot_and_sysctl_system_disagree_on_is_said() -> None:
    (found,) = read({"/etc/sysctl.d/99-x.conf": "7200", "/etc/sysctl.conf": "60"})
    assert found.gaps == (
        f"{TIME}: sysctl --system gives 60 (/etc/sysctl.conf, line 1), but sysctl.d, which is all that systemd reads "
        "at boot, gives 7200 (/etc/sysctl.d/99-x.conf, line 1).",
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("60 # one minute", 60), ("60\tx", 60), ("0x3c", 60), ("0X3C", 60), ("060", 48), ("074 x", 60)],
)
def test_a_value_is_what_the_kernel_makes_of_it(value: str, seconds: int) -> None:
    assert times({"a.conf": f"{TIME} = {value}\n"}) == [seconds]


@pytest.mark.parametrize("value", ["60s", "60#", "080", "0x", "0xg", "-60", "6e1"])
def test_a_value_that_the_kernel_refuses_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match=r"a\.conf, line 1: net\.ipv4\.tcp_keepalive_time must be a whole number"):
        read({"a.conf": f"{TIME} = {value}\n"})


@pytest.mark.parametrize("text", [f"{TIME} = 60\nfoo bar\n", f"{TIME} = 60\n[Unit]\n"])
def test_a_line_that_is_no_setting_is_named(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read({"a.conf": text})
    assert str(caught.value) == f"a.conf, line 2: expected a setting such as {TIME} = 60"


@pytest.mark.parametrize(
    ("files", "added"),
    [
        ({"etc/sysctl.d/99-x.conf": "7200"}, ["etc/sysctl.d/99-zz-tcp-keepalive.conf"]),
        ({"etc/sysctl.d/10-x.conf": "7200"}, ["etc/sysctl.d/99-tcp-keepalive.conf"]),
        ({"etc/sysctl.d/zzz.conf": "7200"}, ["etc/sysctl.d/zzzz.conf"]),
        ({"usr/lib/sysctl.d/99-x.conf": "7200", "etc/sysctl.conf": "vm.swappiness = 1\n"},
         ["etc/sysctl.d/99-zz-tcp-keepalive.conf"]),
        ({"etc/sysctl.d/99-x.conf": "7200", "etc/sysctl.conf": "60"},
         ["etc/sysctl.d/99-zz-tcp-keepalive.conf", "etc/sysctl.conf"]),
    ],
)  # fmt: skip
def test_the_change_is_read_last_at_boot_too(files: Mapping[str, str], added: list[str]) -> None:
    (found,) = read({f"/{name}": told for name, told in files.items()})
    fix = remedies(found)[0]
    assert fix.title == f"{', '.join(f'/{name}' for name in added)}: tcp_keepalive_time=60"
    assert judge(fix.changed).safety is Safety.SAFE


def test_the_change_of_a_file_that_has_no_folder_goes_to_its_end() -> None:
    (found,) = read({"a.conf": "vm.swappiness = 1\n", "b.conf": "7200"})
    fix = remedies(found)[0]
    assert (fix.title, fix.text) == (
        "b.conf: tcp_keepalive_time=60",
        f"# b.conf, at its end; then: sysctl --system\n{TIME} = 60\n",
    )
