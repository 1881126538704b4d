"""Fixes for clients whose connections do not survive an idle period: the exact change of the file that decides.

The change is text for the client's own platform; what the platform would then do is read from the changed file, and
that is what the engine judges again.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Settings
from runbook_lib.checks.keepalive.common import idle_of
from runbook_lib.fixes.base import Proposal
from runbook_lib.keepalive.remedies import remedies
from runbook_lib.keepalive.verdict import USUAL_LIMIT_S
from runbook_lib.model.finding import Finding
from runbook_lib.model.keepalive import KeepaliveSubject
from runbook_lib.network.view import View
from runbook_lib.network.whatif import Edit

__all__ = ["settle"]

_SOCKET = (
    "It is not known whether the client sets SO_KEEPALIVE, and the socket option decides: tell so_keepalive=on if all "
    "its clients are boto3 or the AWS CLI."
)
_RESTART = "Connections that are open keep their timers: start the clients again afterwards."


def settle(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """KAL001 and KAL002: settings that survive the limit of the path, as its platform takes them."""
    idle = idle_of(view, settings)
    if any(not device.counts_probes for device in idle.devices):
        return
    subject = view.get(KeepaliveSubject, finding.resource.id)
    for remedy in remedies(subject, idle.worst_s or idle.known_s or USUAL_LIMIT_S):
        raw = {**remedy.changed.to_raw(), "Subject": subject.id}
        yield Proposal(
            title=remedy.title,
            terraform="",
            cli=remedy.text if remedy.text.endswith("\n") else f"{remedy.text}\n",
            edits=(Edit(key=KeepaliveSubject.KEY, scope=subject.scope, id=subject.id, value=raw),),
            warnings=(_RESTART, _SOCKET) if remedy.changed.so_keepalive is None else (_RESTART,),
        )
