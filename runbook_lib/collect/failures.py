"""What a failed call means: an error for the record, bad credentials, or no way to the endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import ParseError

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from runbook_lib.collect.redact import redact_text
from runbook_lib.errors import ForbiddenOperation
from runbook_lib.model.snapshot import CallError

__all__ = ["CALL_FAILURES", "EXPIRED", "REFUSED", "UNREACHABLE", "call_error", "metadata_of"]

# All that a call has been seen to raise: the SDK's own errors, broken answers, and bare Python errors of emulators.
CALL_FAILURES: tuple[type[Exception], ...] = (
    BotoCoreError,
    ClientError,
    ResponseParserError,
    ParseError,
    ForbiddenOperation,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OSError,
)

EXPIRED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "TokenRefreshRequired",
        "UnauthorizedSSOTokenError",
        "SSOTokenLoadError",
        "TokenRetrievalError",
    }
)
REFUSED = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "CredentialRetrievalError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "SSOError",
    }
)
UNREACHABLE = frozenset(
    {"ConnectTimeoutError", "ConnectionClosedError", "EndpointConnectionError", "ProxyConnectionError", "SSLError"}
)
# Denials as the query, REST and JSON protocols spell them beside the codes that the model already knows.
_DENIED = frozenset(
    {"403", "Forbidden", "AccessDeniedError", "AllAccessDisabled", "Client.UnauthorizedOperation", "NotAuthorized"}
)
_CREDENTIAL_ERRORS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
_MESSAGE_LENGTH = 600


def call_error(error: Exception, secrets: Iterable[str | None] = ()) -> CallError:
    """The failure as a call record keeps it: AWS's code or the exception's name, and a message without secrets."""
    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        code, message = str(said.get("Code") or "Unknown"), str(said.get("Message") or error)
    else:
        code, message = type(error).__name__, str(error) or type(error).__name__
    if code in _DENIED:
        code, message = "AccessDenied", f"{code}: {message}"
    if isinstance(error, _CREDENTIAL_ERRORS) and code not in EXPIRED | REFUSED:
        code, message = "CredentialRetrievalError", f"{code}: {message}"
    cleaned = redact_text(" ".join(message.split()), secrets)
    return CallError(code=code, message=cleaned[:_MESSAGE_LENGTH])


def metadata_of(error: Exception) -> dict[str, Any]:
    """ResponseMetadata of an error that AWS answered, else empty."""
    return dict(error.response.get("ResponseMetadata") or {}) if isinstance(error, ClientError) else {}
