"""What a person agrees to before anything is invoked or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Consent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Exactly what will happen, to be agreed to as a whole.

    `function_arn` names no version or alias. `action` is the IAM action, for example `lambda:InvokeFunction`;
    `maximum` the most times it is done; `payload_sha256` is empty where nothing is sent; `cost_usd` is an estimate of
    AWS's own charges. `about` says in words what the action is about where function and payload do not tell.
    """

    function_arn: str
    account: str
    region: str
    action: str
    maximum: int
    payload_sha256: str
    cost_usd: float
    about: str = ""

    def is_given_by(self, word: str) -> bool:
        """Whether a word agrees to it: only the ARN of the function itself does."""
        return word.strip() == self.function_arn

    @property
    def text(self) -> str:
        """What will happen, in one sentence."""
        times = "once" if self.maximum == 1 else f"at most {self.maximum:,} times"
        about = f" ({self.about})" if self.about else ""
        sent = f" with a payload of SHA-256 {self.payload_sha256[:12]}…" if self.payload_sha256 else ""
        return (
            f"{self.action} on {self.function_arn} in account {self.account}, {self.region}{about}, {times}{sent}; "
            f"AWS charges about ${self.cost_usd:.4f}."
        )

    def to_json(self) -> dict[str, Any]:
        """What the evidence records."""
        return {
            "function_arn": self.function_arn,
            "account": self.account,
            "region": self.region,
            "action": self.action,
            "maximum": self.maximum,
            "payload_sha256": self.payload_sha256,
            "cost_usd": round(self.cost_usd, 6),
        } | ({"about": self.about} if self.about else {})
