"""Clients of AWS that are found in Python source, and what is known of their SO_KEEPALIVE."""

from __future__ import annotations

from textwrap import dedent

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.scan import scan_python
from runbook_lib.keepalive.verdict import Safety, judge
from runbook_lib.model.fact import Scope
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

ON = "from botocore.config import Config\nimport boto3\n"


def found(source: str, **told: object) -> list[tuple[str, bool | None]]:
    subjects = scan_python(dedent(source), "app.py", **told)  # type: ignore[arg-type]
    return [(item.id.removeprefix("app.py:"), item.so_keepalive) for item in subjects]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('import boto3\nboto3.client("s3")', ("2 s3", None)),
        ('import boto3 as b\nb.client("s3")', ("2 s3", None)),
        ('from boto3 import client as make\nmake("s3")', ("2 s3", None)),
        ('from boto3 import *\nclient("s3")', ("2 s3", None)),
        ('import boto3\nmake = boto3.client\nmake("s3")', ("3 s3", None)),
        ('import boto3\nboto3.client(service_name="s3")', ("2 s3", None)),
        ('import boto3\nNAME = "s3"\nboto3.client(NAME)', ("3 s3", None)),
        ("import boto3\nimport sys\nboto3.client(sys.argv[1])", ("3 ?", None)),
        (ON + 'boto3.client("s3", config=Config(tcp_keepalive=True))', ("3 s3", True)),
        (ON + 'boto3.client("s3", config=Config(tcp_keepalive=False))', ("3 s3", False)),
        (ON + 'boto3.client("s3", config=Config(read_timeout=900))', ("3 s3", None)),
        (ON + 'boto3.resource("s3", config=Config(tcp_keepalive=not False))', ("3 s3", True)),
        (ON + 'boto3.Session().client("s3", config=Config(tcp_keepalive=True))', ("3 s3", True)),
        (ON + 'cfg = Config(tcp_keepalive=True)\nboto3.client("s3", config=cfg)', ("4 s3", True)),
        (ON + 'ON = True\ncfg: Config = Config(tcp_keepalive=ON)\nboto3.client("s3", config=cfg)', ("5 s3", True)),
        (ON + 'a, b = Config(tcp_keepalive=True), 1\nboto3.client("s3", config=a)', ("4 s3", True)),
        (ON + 'more = {"config": Config(tcp_keepalive=True)}\nboto3.client("s3", **more)', ("4 s3", True)),
        (ON + 'more = dict(tcp_keepalive=True)\nboto3.client("s3", config=Config(**more))', ("4 s3", True)),
        (ON + 'a = Config(tcp_keepalive=True)\nboto3.client("s3", config=a.merge(Config(retries={})))', ("4 s3", True)),
        (ON + 'a = Config(tcp_keepalive=True)\nb = Config(tcp_keepalive=False)\n'
         'boto3.client("s3", config=a.merge(b))', ("5 s3", False)),
        ('import botocore.config, boto3\nboto3.client("s3", config=botocore.config.Config(tcp_keepalive=True))',
         ("2 s3", True)),
        ('import boto3\nfrom botocore.client import Config as C\nboto3.client("s3", config=C(tcp_keepalive=True))',
         ("3 s3", True)),
        ('import botocore.session\ns = botocore.session.get_session()\ns.create_client("s3")', ("3 s3", None)),
        (ON + 'import botocore.session\ns = botocore.session.get_session()\n'
         's.set_default_client_config(Config(tcp_keepalive=True))\ns.create_client("s3")', ("6 s3", True)),
        ('import os, boto3\nos.environ["BOTOCORE_TCP_KEEPALIVE"] = "true"\nboto3.client("s3")', ("3 s3", True)),
        (ON + 'import os\nos.environ["BOTOCORE_TCP_KEEPALIVE"] = "true"\n'
         'boto3.client("s3", config=Config(tcp_keepalive=False))', ("5 s3", False)),
        (ON + 'x = Config(tcp_keepalive=True) if DEBUG else Config(tcp_keepalive=True, retries={})\n'
         'boto3.client("s3", config=x)', ("4 s3", True)),
    ],
)  # fmt: skip
def test_one_construction(source: str, expected: tuple[str, bool | None]) -> None:
    assert found(source) == [expected]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("boto3.client('s3', config=make())", "its config is make()"),
        ("boto3.client('s3', **options)", "its arguments come from options"),
        ("boto3.client('s3', config=Config(**options))", "its Config takes options"),
        ("boto3.client('s3', config=Config(tcp_keepalive=flag))", "tcp_keepalive is flag"),
        ("cfg = Config(tcp_keepalive=True); cfg = Config(); boto3.client('s3', config=cfg)", "its config is cfg"),
        ("cfg = Config(); cfg.tcp_keepalive = True; boto3.client('s3', config=cfg)", "its config is cfg"),
        ("more = {'config': Config()}; more['config'] = x; boto3.client('s3', **more)", "its arguments come from more"),
        ("more = {'config': Config()}; more.update(x); boto3.client('s3', **more)", "its arguments come from more"),
        ("c = Config(tcp_keepalive=True) if x else Config(); boto3.client('s3', config=c)", "its config is Config("),
        ("os.environ.setdefault('BOTOCORE_TCP_KEEPALIVE', x); boto3.client('s3')", "BOTOCORE_TCP_KEEPALIVE"),
    ],
)
def test_what_the_source_does_not_decide_is_not_known(line: str, why: str) -> None:
    (subject,) = scan_python(ON + line, "app.py")
    assert subject.so_keepalive is None
    assert why in subject.gaps[0]


def test_scopes_are_kept_apart() -> None:
    source = """
    from botocore.config import Config
    import boto3
    cfg = Config(tcp_keepalive=True)

    def one(cfg):
        return boto3.client("one", config=cfg)

    def two():
        cfg = Config(tcp_keepalive=False)
        return boto3.client("two", config=cfg)

    def three(client=boto3.client("three", config=cfg)):
        return [boto3.client("four", config=cfg) for _ in range(2)]

    class Worker:
        cfg = Config(tcp_keepalive=False)

        def __init__(self):
            self.cfg = Config(tcp_keepalive=True)
            self.session = boto3.Session()

        def five(self):
            return self.session.client("five", config=self.cfg), boto3.client("six", config=cfg)

    def seven():
        global cfg2
        cfg2 = Config(tcp_keepalive=True)

    boto3.client("seven", config=cfg2)
    """
    assert found(source) == [
        ("7 one", None),
        ("11 two", False),
        ("13 three", True),
        ("14 four", True),
        ("24 five", True),
        ("24 six", True),
        ("30 seven", True),
    ]


def test_asynchronous_clients_and_sessions_from_elsewhere() -> None:
    source = """
    import aioboto3
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    async def main(session: aioboto3.Session, docker):
        async with session.client("s3", config=AioConfig(tcp_keepalive=True)) as s3:
            pass
        async with aioboto3.Session().resource("dynamodb") as table:
            pass
        async with get_session().create_client("sqs") as sqs:
            docker.client("not-aws")
    """
    assert found(source) == [("7 s3", True), ("9 dynamodb", None), ("11 sqs", None)]


@pytest.mark.parametrize(
    "source",
    [
        "",
        'import docker\nsession.client("x")',
        "import boto3\nboto3.setup_default_session()\nboto3.session.Session()",
        'import boto3\nother.client("x")',
        '"""boto3.client(\'s3\')"""',
        "# boto3.client('s3')",
    ],
)
def test_nothing_that_is_not_a_construction(source: str) -> None:
    assert found(source) == []


def test_the_environment_and_the_profile_decide_where_the_code_does_not() -> None:
    source = 'import boto3\nboto3.client("s3")'
    assert found(source, environment={}) == [("2 s3", False)]
    assert found(source, environment={"BOTOCORE_TCP_KEEPALIVE": "true"}) == [("2 s3", True)]
    assert found(source, profile={"tcp_keepalive": "true"}) == [("2 s3", True)]


def test_a_whole_subject() -> None:
    source = ON + 'boto3.client("lambda", config=Config(tcp_keepalive=True)); boto3.client("lambda")'
    first, second = scan_python(source, "app.py", times=(60, 30, 5))
    note = "tcp_keepalive=True sets SO_KEEPALIVE only: the times of the probes are those of the network namespace"
    raw = {
        "Subject": "app.py:3 lambda",
        "Platform": "python",
        "TimeS": 60,
        "IntervalS": 30,
        "Probes": 5,
        "SoKeepalive": True,
        "Origins": {
            "time_s": "told",
            "interval_s": "told",
            "probes": "told",
            "so_keepalive": "Config(tcp_keepalive=True)",
        },
        "Notes": [note],
        "Place": {"File": "app.py", "Line": 3},
    }
    assert first == KeepaliveSubject.read(raw, Scope(), "")
    assert (second.id, second.platform) == ("app.py:3 lambda #2", Platform.PYTHON)
    assert judge(first).safety is Safety.SAFE
    assert judge(second).safety is Safety.CANNOT_TELL
    assert KeepaliveSubject.read(first.to_raw(), Scope(), "") == first


def test_without_times_the_defaults_of_the_kernel_count() -> None:
    (subject,) = scan_python(ON + 'boto3.client("s3", config=Config(tcp_keepalive=True))', "app.py")
    assert (subject.time_s, subject.interval_s, subject.probes) == (7200, 75, 9)
    assert judge(subject).safety is Safety.UNSAFE


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = (", "app.py, line 1: not Python that can be read ('(' was never closed)"),
        ("\n\nprint 'x'", "app.py, line 3: not Python that can be read"),
        ("a\0b", "app.py"),
        ("(" * 5000 + ")" * 5000, "app.py"),
    ],
)
def test_text_that_is_no_python_is_one_line(source: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        scan_python(source, "app.py")
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


def test_odd_escapes_warn_nobody_and_nothing_is_run() -> None:
    assert found('import boto3\nPATTERN = "\\d"\nraise SystemExit(boto3.client("s3"))') == [("3 s3", None)]


def test_names_that_go_in_a_circle_come_to_an_end() -> None:
    assert found("import boto3\na = b\nb = a\nboto3.client(a, config=b)") == [("4 ?", None)]
