"""Each rule on Python source, with the twin that must not be found."""

from __future__ import annotations

import pytest

from runbook_lib.model.source import Language, SourcePlace, SourceRule
from tests.source_scan.scans import lines, of

KEY_ID = "AKIA" + "QWERTYUIOPASDFGH"
SECRET_KEY = "wJalrXUtnFEMI+K7MDENGbPxRfiCYzQ4w8T2vLmn"
GITHUB = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    "line",
    [
        f'KEY = "{KEY_ID}"',
        f'boto3.client("s3", aws_access_key_id="{KEY_ID}")',
        f"def f(key='{KEY_ID}'): ...",
        f'"""Use {KEY_ID} here."""',
        f"# old key: {KEY_ID}",
        f'KEY = "{KEY_ID[:10]}" "{KEY_ID[10:]}"',
        f'KEY = b"{KEY_ID}"',
        f'aws_secret = "{SECRET_KEY}"',
        f'headers = {{"Authorization": f"token {GITHUB}"}}',
        f'# curl -H "Authorization: token {GITHUB}"',
        'password = "hunter2-and-more"',
        'password = "hunter21"',
        'config["db_password"] = "hunter2-and-more"',
        'self.api_key = "k9d8f7s6a5"',
        'connect(password="hunter2-and-more")',
        'def f(password: str = "hunter2-and-more"): ...',
        'def f(*, password="hunter2-and-more"): ...',
        'password: str = "hunter2-and-more"',
        'url = "postgres://bob:hunter2@db.internal/app"',
        'pem = """-----BEGIN RSA PRIVATE KEY-----\nMIIE"""',
        'url = "postgres://bob:hunter2@db.example.com/app"',
        'dsn = "Server=example.com;Password=hunter2x"',
        f'message = "your key is {KEY_ID}"',
        'boto3.client("s3", aws_access_key_id="AKIAIOSFODNN7EXAMPLE")',
        'AWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
    ],
)
def test_secrets_are_found_and_never_shown(line: str) -> None:
    found = of(line)
    assert [place.rule for place in found.places] == [SourceRule.SECRET]
    said = str(found.to_raw())
    for secret in (KEY_ID, KEY_ID[10:], SECRET_KEY, GITHUB, "hunter2", "k9d8f7s6a5", "MIIE"):
        assert secret not in said


@pytest.mark.parametrize(
    "line",
    [
        'KEY = "AKIAIOSFODNN7EXAMPLE"',
        f'KEY = "{KEY_ID}A"',
        f'KEY = "{KEY_ID[:-1]}"',
        'password = os.environ["DB_PASSWORD"]',
        'password = ""',
        'password = "password"',
        'password = "short1"',
        'password = "hunter2"',
        'password = "<your password 1>"',
        'password = "changeme123"',
        'aws_access_key_id = "your-access-key-id-1"',
        'dsn = "Server=db;Password=changeme1"',
        'url = "https://user:your-password@db.internal/"',
        'SECRET_NAME = "prod/database/password1"',
        'secret_arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-1a2b"',
        'token_url = "https://auth.example.com/oauth2/token1"',
        'url = "postgres://{user}:{password}@{host}/app"',
        'url = f"postgres://{user}:{password}@{host}/app"',
        'url = "postgres://%s:%s@%s/app" % (user, password, host)',
        'message = "the password is required for user 1"',
        'max_tokens = "1024000000"',
        'cookie = "a1b2c3d4e5f6"',
        'SignatureMethod = "HmacSHA256"',
        'TOKEN = r"[A-Z](a1|b2)+"',
        'url = "https://user:password@db.example.org/"',
        '{"alias/aws/secret": "0c49fbe2-1234"}',
        "# the password=<password> of the user",
        f'digest = "{"0123456789abcdef" * 4}"',
        'name = "a-rather-long-name-with-40-letters-in-it"',
    ],
)
def test_what_is_no_secret_is_none(line: str) -> None:
    assert of(line).places == ()


def test_a_secret_is_named_by_its_variable_and_kind() -> None:
    assert of(f'\nKEY = "{KEY_ID}"\npassword = "hunter2-and-more"\nf("{KEY_ID}")').places == (
        SourcePlace(line=2, rule=SourceRule.SECRET, detail="KEY looks like this: AWS access key id"),
        SourcePlace(line=3, rule=SourceRule.SECRET, detail="password announces a secret and is written out"),
        SourcePlace(line=4, rule=SourceRule.SECRET, detail="a text looks like this: AWS access key id"),
    )


# handlers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def lambda_handler(event, context): ...", ("lambda_handler",)),
        ("async def handler(event, context): ...", ("handler",)),
        ("def process(event, _context): ...", ("process",)),
        ("def handler(e, c): ...", ("handler",)),
        ("def handler(event, context, client=None): ...", ("handler",)),
        ("def handler(event, context, client): ...", ()),
        ("def handler(event): ...", ()),
        ("def process(a, b): ...", ()),
        ("def _left(deadline, context): ...", ()),
        ("class A:\n def handler(self, event): ...", ()),
        ("def a(event, context): ...\ndef b(event, context): ...", ("a", "b")),
    ],
)
def test_handlers_are_told_by_their_form(text: str, names: tuple[str, ...]) -> None:
    assert of(text).handlers == names


HEAD = "import boto3\nfrom boto3 import client as made\n_kept = None\n_cache = {}\n"


@pytest.mark.parametrize(
    ("body", "is_found"),
    [
        ("    s3 = boto3.client('s3')", True),
        ("    made('s3').list_buckets()", True),
        ("    s3 = boto3.Session().resource('s3')", True),
        ("    def inner():\n        return boto3.client('s3')", True),
        ("    if event:\n        for _ in event:\n            boto3.client('s3')", True),
        ("    global _kept\n    _kept = _kept or boto3.client('s3')", False),
        ("    global _kept\n    if _kept is None:\n        _kept = boto3.client('s3')", False),
        ("    _cache['s3'] = boto3.client('s3')", False),
        ("    s3 = boto3.client('s3', aws_access_key_id=event['id'], aws_secret_access_key=event['key'])", False),
        ("    s3 = other.client('s3')", False),
        ("    return s3()", False),
    ],
)
def test_clients_in_the_handler(body: str, is_found: bool) -> None:
    rule = SourceRule.CLIENT_IN_HANDLER
    assert bool(lines(f"{HEAD}def handler(event, context):\n{body}", rule)) is is_found
    assert lines(f"{HEAD}def elsewhere(event):\n{body}", rule) == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("def handler(event, context):\n    return work(event)", True),
        ("def handler(event, context):\n    try:\n        work()\n    except OSError:\n        pass", False),
        (
            "def handler(event, context):\n    try:\n        w()\n    finally:\n        d()",
            True,
        ),
        ("def handler(event, context):\n    with suppress(OSError):\n        work()", False),
        ("def handler(event, context):\n    return {'statusCode': 200}", False),
        ("@logger.inject_lambda_context\ndef handler(event, context):\n    work()", True),
        ("@tracer.capture_lambda_handler(capture_response=False)\ndef handler(event, context):\n    work()", True),
        ("@catching\ndef handler(event, context):\n    work()", False),
        ("def helper(event):\n    work()", False),
    ],
)
def test_error_handling(text: str, is_found: bool) -> None:
    assert bool(lines(text, SourceRule.NO_ERROR_HANDLING)) is is_found


# timeouts

IMPORTS = (
    "import aiohttp, boto3, http.client, httpx, requests, socket, urllib.request, urllib3\n"
    "from botocore.config import Config\nfrom requests import get as fetch, Session\nimport urllib.request as ur\n"
)


@pytest.mark.parametrize(
    "line",
    [
        "requests.get(url)",
        "requests.request('GET', url, json=data)",
        "fetch(url)",
        "requests.get(url, timeout=None)",
        "requests.get(url, **{'headers': {}})",
        "s = requests.Session()\ns.get(url)",
        "with Session() as s:\n    s.post(url)",
        "async def f():\n    with Session() as s:\n        s.post(url)",
        "urllib.request.urlopen(url)",
        "ur.urlopen(url, data)",
        "http.client.HTTPSConnection(host)",
        "urllib3.PoolManager().request('GET', url)",
        "socket.create_connection(address)",
        "httpx.get(url, timeout=None)",
        "httpx.Client(timeout=None)",
        "boto3.client('s3', config=Config(connect_timeout=None, read_timeout=3))",
    ],
)
def test_calls_that_wait_without_end(line: str) -> None:
    found = lines(IMPORTS + line, SourceRule.NO_TIMEOUT)
    assert found == [IMPORTS.count("\n") + 1 + line.count("\n")]


@pytest.mark.parametrize(
    "line",
    [
        "requests.get(url, timeout=3)",
        "requests.get(url, timeout=(1, 3))",
        "requests.get(url, timeout=LIMIT)",
        "requests.get(url, **options)",
        "options = {'timeout': 3}\nrequests.get(url, **options)",
        "s = requests.Session()\ns.get(url, timeout=3)",
        "s.get(url)",
        "cache.get(key)",
        "urllib.request.urlopen(url, timeout=3)",
        "urllib.request.urlopen(url, None, 3)",
        "socket.setdefaulttimeout(3)\nurllib.request.urlopen(url)",
        "http.client.HTTPSConnection(host, 443, 3)",
        "urllib3.PoolManager(timeout=3).request('GET', url)",
        "urllib3.PoolManager().request('GET', url, timeout=3)",
        "socket.create_connection(address, 3)",
        "httpx.get(url)",
        "httpx.Client(timeout=3)",
        "def get(url): ...\nget(url)",
    ],
)
def test_calls_that_give_up(line: str) -> None:
    assert lines(IMPORTS + line, SourceRule.NO_TIMEOUT) == []


def test_a_default_for_sockets_is_none_for_requests() -> None:
    assert lines(IMPORTS + "socket.setdefaulttimeout(3)\nrequests.get(url)", SourceRule.NO_TIMEOUT) == [6]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("boto3.client('s3')", "boto3.client is left at 60 s for connect_timeout and read_timeout, at every attempt"),
        (
            "boto3.client('s3', config=Config(connect_timeout=2))",
            "boto3.client is left at 60 s for read_timeout, at every attempt",
        ),
        (
            "boto3.Session(profile_name='hidden').client('s3')",
            "boto3.Session(…).client is left at 60 s for connect_timeout and read_timeout, at every attempt",
        ),
        ("aiohttp.ClientSession()", "aiohttp.ClientSession is left at its 300 s in all"),
    ],
)
def test_limits_of_libraries(line: str, said: str) -> None:
    assert of(IMPORTS + line).places == (SourcePlace(line=5, rule=SourceRule.DEFAULT_TIMEOUT, detail=said),)


@pytest.mark.parametrize(
    "line",
    [
        "boto3.client('s3', config=Config(connect_timeout=2, read_timeout=5))",
        "short = Config(connect_timeout=2, read_timeout=5)\nboto3.client('s3', config=short)",
        "boto3.client('s3', config=settings.config)",
        "boto3.client('s3', **options)",
        "session.set_default_client_config(config)\nsession.create_client('s3')",
        "aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))",
    ],
)
def test_limits_that_are_set_or_not_told(line: str) -> None:
    assert of(IMPORTS + line).places == ()


# what cannot be read


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = (\n", 1),
        ("ok = 1\nprint 'two'\n", 2),
        ("def f():\nreturn 1\n", 2),
        ("\tx = 1\n  y = 2\n", 1),
        ("x = '\0'", 0),
    ],
)
def test_what_is_no_python_is_not_read(text: str, line: int) -> None:
    found = of(f"{text}")
    assert found.language is Language.PYTHON
    assert (found.places, found.handlers) == ((), ())
    assert found.unread is not None
    assert found.unread.startswith(f"line {line}: not Python" if line else "not Python") or "null" in found.unread


def test_what_is_nested_too_deep_is_not_read() -> None:
    assert "not Python" in (of("(" * 5000 + ")" * 5000).unread or "")
    assert of("x = " + "-" * 100_000 + "1").unread is not None


def test_a_long_chain_is_read_or_told() -> None:
    found = of("import requests\nx = a" + ".b" * 3000 + "()\nrequests.get(u)")
    assert found.unread is not None or [place.line for place in found.places] == [3]
