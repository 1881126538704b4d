"""Short ways to ask the embedded AWS and to expect an error of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError


@contextmanager
def refused(code: str, words: str = "") -> Iterator[None]:
    """The block fails with an AWS error of this code, whose message holds the words."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert words in caught.value.response["Error"]["Message"]


def one(answer: dict[str, Any], key: str) -> dict[str, Any]:
    """The only item of a listing."""
    (item,) = answer[key]
    return dict(item)


def filtered(call: Callable[..., Any], key: str, id_field: str, **filters: Any) -> list[str]:
    """Ids that a listing returns under filters; `vpc_id=…` is the filter vpc-id, `a__b` is a.b."""
    wanted = [
        {"Name": name.replace("__", ".").replace("_", "-"), "Values": value if isinstance(value, list) else [value]}
        for name, value in filters.items()
    ]
    return [item[id_field] for item in call(Filters=wanted)[key]]
