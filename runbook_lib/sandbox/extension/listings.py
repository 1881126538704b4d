"""Filters and pages of the EC2 listings, on our side: moto ignores page sizes and gets many filters wrong.

A filter is evaluated on the answer as AWS words it: any of its values may match, every filter must, `*` and `?` are
wildcards, and a filter that AWS does not have is refused.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.parsers import create_parser
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from runbook_lib.sandbox.extension.filter_names import FILTERS
from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["LARGEST_PAGE", "apply", "set_largest_page"]

LARGEST_PAGE = 1000
_largest = [LARGEST_PAGE]


def apply() -> None:
    """Wrap every listing that `FILTERS` names."""
    for operation in FILTERS:
        wrap(EC2Response, xform_name(operation), functools.partial(_listing, operation))


def set_largest_page(size: int = LARGEST_PAGE) -> None:
    """Never answer more than `size` items at once, whatever the caller asks for."""
    _largest[0] = size


def _listing(operation: str, original: Any, response: Any) -> Any:
    filters = response.params.pop("Filters", None) or response.params.pop("Filter", None) or []
    size, token = response.params.pop("MaxResults", None), response.params.pop("NextToken", None)
    result = original(response).result
    key, items = next((name, value) for name, value in result.items() if name != "NextToken")
    chosen = list(items)
    if filters:
        chosen = _filtered(operation, response, key, chosen, filters)
    if "NextToken" not in _model(operation).input_shape.members:
        return ActionResult({key: chosen})
    start = _start_of(operation, token)
    end = start + min(int(size or _largest[0]), _largest[0])
    following = {"NextToken": _token(operation, end)} if end < len(chosen) else {}
    return ActionResult({key: chosen[start:end], **following})


def _model(operation: str) -> Any:
    return get_service_model("ec2").operation_model(operation)


def _token(operation: str, position: int) -> str:
    return base64.urlsafe_b64encode(f"{operation}:{position}".encode()).decode()


def _start_of(operation: str, token: str | None) -> int:
    if not token:
        return 0
    try:
        name, _, position = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if name == operation:
            return int(position)
    except ValueError:
        pass
    raise EC2ClientError("InvalidNextToken", f"The token '{token}' is invalid")


def _filtered(operation: str, response: Any, key: str, items: list[Any], filters: list[Mapping[str, Any]]) -> list[Any]:
    paths = [(_path(operation, wanted.get("Name")), wanted.get("Values") or []) for wanted in filters]
    shaped = _as_aws_words_it(operation, response, key, items)
    return [item for item, raw in zip(items, shaped, strict=True) if all(_matches(raw, *wanted) for wanted in paths)]


def _path(operation: str, name: str | None) -> str:
    if name and name.startswith("tag:"):
        return f"(Tags || TagSet || Instances[].Tags[])[?Key=='{name[4:]}'].Value"
    if name == "tag-key":
        return "(Tags || TagSet || Instances[].Tags[])[].Key"
    known = FILTERS[operation]
    if name is None or name not in known:
        raise EC2ClientError("InvalidParameterValue", f"The filter '{name or 'null'}' is invalid")
    return known[name]


def _as_aws_words_it(operation: str, response: Any, key: str, items: list[Any]) -> list[Any]:
    status, headers, body = response.serialized(ActionResult({key: items}))
    answer = {"status_code": status, "headers": headers, "body": body.encode() if isinstance(body, str) else body}
    shape = _model(operation).output_shape
    parsed = create_parser("ec2").parse(answer, shape)
    return next((value for name, value in parsed.items() if isinstance(value, list)), [])


def _matches(raw: Any, path: str, wanted: Iterable[str]) -> bool:
    found = jmespath.search(path, raw)
    values = found if isinstance(found, list) else [found]
    texts = [_text(value) for value in values if value is not None]
    return any(fnmatchcase(text, _pattern(pattern)) for text in texts for pattern in wanted)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pattern(wanted: str) -> str:
    return wanted.replace("[", "[[]")
