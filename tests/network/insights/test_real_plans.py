"""On networks of real accounts every plan is one that AWS's own service model accepts.

The folder is named by RUNBOOK_REAL_VPCS; without it these tests are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import botocore.session
import pytest
from botocore.validate import ParamValidator

from runbook_lib.collect.files import load
from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.model.gateways import InternetGateway, NatGateway
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.network.insights.plan import whole
from runbook_lib.network.view import View

from .worlds import asked

DATA = os.environ.get("RUNBOOK_REAL_VPCS")
pytestmark = pytest.mark.skipif(not DATA, reason="RUNBOOK_REAL_VPCS does not name the folder of real VPC data")
FOLDERS = sorted(path.name for path in Path(DATA).iterdir() if path.is_dir()) if DATA else []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_plan_is_a_request_that_aws_accepts(folder: str) -> None:
    model = botocore.session.get_session().get_service_model("ec2")
    shape = model.operation_model("CreateNetworkInsightsPath").input_shape
    view = View(load(Path(str(DATA)) / folder))
    sources = [item.id for item in view.snapshot.all(NetworkInterface)][:12]
    ends = [item.id for kind in (InternetGateway, NatGateway) for item in view.snapshot.all(kind)][:4]
    for source in sources:
        for to in ("198.51.100.20", "10.0.0.9", "s3", *sources[:6], *ends):
            try:
                plan = whole(view, asked(to, source))
            except (FactMissing, UsageError):
                continue
            for analysis in plan.analyses:
                for one in (analysis, *analysis.parts):
                    assert one.destination or one.address
                    problems = ParamValidator().validate({**one.request, "ClientToken": "x"}, shape)
                    assert not problems.has_errors(), problems.generate_report()
