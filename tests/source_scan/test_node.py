"""Each rule on JavaScript and TypeScript source, with the twin that must not be found."""

from __future__ import annotations

import pytest

from runbook_lib.model.source import Language, SourcePlace, SourceRule
from tests.source_scan.scans import lines, of

KEY_ID = "AKIA" + "QWERTYUIOPASDFGH"


@pytest.mark.parametrize("name", ["a.js", "a.mjs", "a.cjs", "a.jsx", "a.ts", "a.mts", "a.cts", "a.tsx"])
def test_every_suffix_is_read(name: str) -> None:
    found = of(f"const k = '{KEY_ID}';\nexport const handler = async (event) => 1;\n", name)
    assert (found.unread, found.handlers) == (None, ("handler",))
    assert [(place.line, place.rule) for place in found.places] == [(1, SourceRule.SECRET)]
    assert found.language is (Language.TYPESCRIPT if "ts" in name else Language.JAVASCRIPT)


@pytest.mark.parametrize(
    "line",
    [
        f"const k = '{KEY_ID}'",
        f"const k = `{KEY_ID}`",
        f"// {KEY_ID}",
        f"/* one\n * {KEY_ID} */",
        f"f({{accessKeyId: '{KEY_ID}'}})",
        "const password = 'hunter2-and-more'",
        "const options = {password: 'hunter2-and-more'}",
        "const options = {'db-password': 'hunter2-and-more'}",
        "config.password = 'hunter2-and-more'",
        "function f(password = 'hunter2-and-more') {}",
        "class A { password = 'hunter2-and-more' }",
        "const url = 'postgres://bob:hunter2@db.internal/app'",
        "const url = 'postgres://bob:hunter2@db.example.com/app'",
        "new S3Client({credentials: {accessKeyId: 'AKIAIOSFODNN7EXAMPLE'}})",
    ],
)
def test_secrets_are_found_and_never_shown(line: str) -> None:
    found = of(line, "a.js")
    assert [place.rule for place in found.places] == [SourceRule.SECRET]
    assert KEY_ID not in str(found.to_raw())
    assert "hunter2" not in str(found.to_raw())


@pytest.mark.parametrize(
    "line",
    [
        "const password = process.env.PASSWORD",
        "const k = 'AKIAIOSFODNN7EXAMPLE'",
        "const url = `postgres://${user}:${password}@${host}/app`",
        "const password = 'password'",
        "if (password === 'hunter2-and-more') {}",
        "const integrity = 'sha512-abcdefABCDEF0123456789'",
    ],
)
def test_what_is_no_secret_is_none(line: str) -> None:
    assert of(line, "a.js").places == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("const AWS = require(`aws-sdk`)", "aws-sdk is the whole AWS SDK for JavaScript v2"),
        ("const AWS = require('aws-sdk')", "aws-sdk is the whole AWS SDK for JavaScript v2"),
        ("import AWS from 'aws-sdk'", "aws-sdk is the whole AWS SDK for JavaScript v2"),
        ("import * as AWS from 'aws-sdk'", "aws-sdk is the whole AWS SDK for JavaScript v2"),
        ("import { S3 } from 'aws-sdk'", "aws-sdk is the whole AWS SDK for JavaScript v2"),
        ('const { S3 } = require("aws-sdk")', "aws-sdk is the whole AWS SDK for JavaScript v2"),
        ("import AWS = require('aws-sdk')", "aws-sdk is the whole AWS SDK for JavaScript v2"),
        ("const S3 = require('aws-sdk/clients/s3')", "aws-sdk/clients/s3 belongs to the AWS SDK for JavaScript v2"),
        ("async function f() { await import('aws-sdk') }", "aws-sdk is the whole AWS SDK for JavaScript v2"),
    ],
)
def test_sdk_v2(line: str, said: str) -> None:
    assert of(line, "a.ts").places == (SourcePlace(line=1, rule=SourceRule.SDK_V2, detail=said),)


@pytest.mark.parametrize(
    "line",
    [
        "const AWS = require(`aws-${sdk}`)",
        "import { S3Client } from '@aws-sdk/client-s3'",
        "import type { S3 } from 'aws-sdk'",
        "const x = require('aws-sdk-mock')",
        "const x = require(name)",
        "// require('aws-sdk')",
        "const text = \"require('aws-sdk')\"",
    ],
)
def test_what_is_not_sdk_v2(line: str) -> None:
    assert of(line, "a.ts").places == ()


# handlers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("exports.handler = async (event) => 1", ("handler",)),
        ("module.exports.handler = function (event, context) {}", ("handler",)),
        ("module.exports = { handler: async (e) => 1, other: 1 }", ("handler",)),
        ("module.exports = { handler }; async function handler(x) {}", ("handler",)),
        ("module.exports = { async handler(x) {} }", ("handler",)),
        ("module.exports = async (event) => 1", ("default",)),
        ("export const handler = async (event) => 1", ("handler",)),
        ("export async function handler(event) {}", ("handler",)),
        ("export default async function (event) {}", ("default",)),
        ("const main = async (event) => 1; export { main as handler }", ("handler",)),
        ("const main = async (event) => 1; export { main }", ("main",)),
        ("export const handler = middy(async (x) => 1)", ("handler",)),
        ("const base = async (x) => 1; export const handler = middy().use(json()).handler(base)", ("handler",)),
        ("export const handler: Handler = async (event: E, context: Context): Promise<void> => {}", ("handler",)),
        ("export const handler = (async (event) => 1) as Handler", ("handler",)),
        ("export const process = async ({ Records }) => 1", ()),
        ("export const sum = (a, b) => a + b", ()),
        ("const handler = async (event) => 1", ()),
        ("export const handler = 3", ()),
        ("export const a = (event) => 1, b = (event) => 2", ("a", "b")),
    ],
)
def test_handlers_are_told_by_their_form(text: str, names: tuple[str, ...]) -> None:
    assert of(text, "a.ts").handlers == names


WAITS = "context.callbackWaitsForEmptyEventLoop"


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("exports.handler = (event, context, callback) => { callback(null, 1) }", True),
        ("exports.handler = function (event, context, cb) { go(() => cb()) }", True),
        (f"exports.handler = (event, context, callback) => {{ {WAITS} = true; callback() }}", True),
        (f"exports.handler = (event, context, callback) => {{ {WAITS} = false; callback() }}", False),
        ("exports.handler = async (event, context, callback) => { callback(null, 1) }", False),
        ("exports.handler = (event, context, callback) => { return go() }", False),
        ("exports.handler = (event, context) => { context.succeed() }", False),
        ("exports.helper = (a, b, callback) => { callback() }", False),
    ],
)
def test_event_loop(text: str, is_found: bool) -> None:
    assert lines(f"\n{text}", SourceRule.EVENT_LOOP, "a.js") == ([2] if is_found else [])


IMPORTS = (
    "import { S3Client as C, S3, PutObjectCommand } from '@aws-sdk/client-s3'; import * as ddb from "
    "'@aws-sdk/client-dynamodb'; const AWS = require('aws-sdk'); let kept; const cache = {};\n"
)


@pytest.mark.parametrize(
    ("body", "is_found"),
    [
        ("const c = new C({});", True),
        ("await new S3({}).putObject({});", True),
        ("const c = new ddb.DynamoDBClient({});", True),
        ("const c = new AWS.S3();", True),
        ("let c; c = new C({});", True),
        ("kept = new C({});", False),
        ("kept ??= new C({});", False),
        ("kept = kept || new C({});", False),
        ("cache.s3 = new C({});", False),
        ("await send(new PutObjectCommand({}));", False),
        ("const c = new C({ credentials: event.credentials });", False),
        ("AWS.config.update(new AWS.Config());", False),
        ("const c = new Client({});", False),
    ],
)
def test_clients_in_the_handler(body: str, is_found: bool) -> None:
    rule = SourceRule.CLIENT_IN_HANDLER
    assert lines(f"{IMPORTS}exports.handler = async (event) => {{ {body} }}", rule, "a.mjs") == (
        [2] if is_found else []
    )
    assert lines(f"{IMPORTS}async function elsewhere(x) {{ {body} }}", rule, "a.mjs") == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("exports.handler = async (event) => { await go(event) }", True),
        ("exports.handler = async (event) => go(event)", True),
        ("exports.handler = async (event) => { try { await go() } finally { end() } }", True),
        ("exports.handler = async (event) => { try { await go() } catch (e) { log(e) } }", False),
        ("exports.handler = (event) => go(event).catch(log)", False),
        ("exports.handler = (event, c, cb) => { go((err, d) => { if (err) cb(err); else cb(null, d) }) }", False),
        ("exports.handler = middy(async (event) => { await go() }).use(httpErrorHandler())", False),
        ("exports.handler = async (event) => ({ statusCode: 200 })", False),
    ],
)
def test_error_handling(text: str, is_found: bool) -> None:
    assert bool(lines(text, SourceRule.NO_ERROR_HANDLING, "a.js")) is is_found


# timeouts

CALLERS = (
    "import axios from 'axios'; import https from 'node:https'; import got from 'got'; import nf from 'node-fetch';\n"
)


@pytest.mark.parametrize(
    "line",
    [
        "axios.get(url)",
        "axios.get(url, { headers: {} })",
        "axios.post(url, data)",
        "axios({ url })",
        "axios.create({ baseURL: url })",
        "const options = { headers: {} }; axios.get(url, options)",
        "https.get('https://api.example.com/', (answer) => answer)",
        "https.request({ hostname: host })",
        "got(url)",
        "nf(url, { method: 'POST' })",
    ],
)
def test_calls_that_wait_without_end(line: str) -> None:
    assert lines(CALLERS + line, SourceRule.NO_TIMEOUT, "a.mjs") == [2]


@pytest.mark.parametrize(
    "line",
    [
        "axios.get(url, { timeout: 3000 })",
        "axios.get(url, { signal: AbortSignal.timeout(3000) })",
        "axios.get(url, config)",
        "axios.get(url, { ...config })",
        "axios.post(url, data, config)",
        "axios(config)",
        "axios.defaults.timeout = 3000; axios.get(url)",
        "axios.isAxiosError(error)",
        "const options = { timeout: 3000 }; axios.get(url, options)",
        "https.request({ hostname: host, timeout: 3000 })",
        "https.get(options, onAnswer)",
        "const r = https.get('https://api.example.com/', f); r.setTimeout(3000)",
        "new https.Agent({ keepAlive: true })",
        "got(url, { timeout: { request: 3000 } })",
        "client.get(url)",
    ],
)
def test_calls_that_give_up_or_may(line: str) -> None:
    assert lines(CALLERS + line, SourceRule.NO_TIMEOUT, "a.mjs") == []


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("fetch(url)", True),
        ("fetch(url, { method: 'POST' })", True),
        ("globalThis.fetch(url)", True),
        ("fetch(url, { signal: AbortSignal.timeout(3000) })", False),
        ("fetch(url, options)", False),
        ("import fetch from './mine.js'; fetch(url)", False),
        ("function fetch(url) {} fetch(url)", False),
        ("this.fetch(url)", False),
        ("new S3Client({})", True),
        ("new S3Client()", True),
        ("new S3Client({ requestHandler: handler })", False),
        ("new S3Client(config)", False),
        ("new S3Client({ ...config })", False),
        ("new PutObjectCommand({})", False),
    ],
)
def test_limits_of_libraries(line: str, is_found: bool) -> None:
    text = f"import {{ S3Client, PutObjectCommand }} from '@aws-sdk/client-s3';\n{line}"
    assert lines(text, SourceRule.DEFAULT_TIMEOUT, "a.mjs") == ([2] if is_found else [])


# what cannot be read


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("const a = ;\n", "a.js", "line 1: not JavaScript that can be read"),
        ("const a = 1;\nfunction f( {\n", "a.js", "line 2: not JavaScript that can be read"),
        ("const a: string = 'b';", "a.js", "line 1: not JavaScript that can be read"),
        ("const a: = 1;", "a.ts", "line 1: not TypeScript that can be read"),
    ],
)
def test_what_cannot_be_parsed_is_not_read(text: str, name: str, said: str) -> None:
    found = of(text, name)
    assert (found.unread, found.places, found.handlers) == (said, (), ())


def test_what_is_nested_deep_is_read() -> None:
    deep = "(" * 3000 + "1" + ")" * 3000
    assert of(f"const a = {deep};\nfetch(url);", "a.js").unread is None


@pytest.mark.parametrize("text", ["a" + ".b" * 20_000 + "()", "exports.handler = a" + ".b()" * 5_000])
def test_what_is_chained_too_long_is_told(text: str) -> None:
    assert of(text, "a.js").unread == "an expression in it is nested too deep to be followed"


def test_a_shebang_and_an_empty_file_are_read() -> None:
    assert of("#!/usr/bin/env node\nfetch(url)\n", "a.mjs").unread is None
    assert (of("", "a.js").unread, of("", "a.py").unread) == (None, None)
