"""All scenarios by name; importing this loads neither boto3 nor moto."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runbook_lib.errors import unknown_name
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.scenarios import (
    access_denied,
    all_access_denied,
    analyzer_disagrees,
    analyzer_fails,
    blackhole_nat,
    bpa_on,
    dynamodb_and_s3,
    egress_closed,
    egress_prefix_list_only,
    endpoint_not_attached,
    endpoint_pending,
    endpoint_policy_denies,
    fixed,
    function_timeout_600,
    healthy_complex,
    idle_350,
    inactive_function,
    incident,
    interface_endpoint_no_private_dns,
    interface_endpoint_sg_refuses,
    interrupted_burst,
    ipv6_egress_only,
    json_logs,
    late_logs,
    logs_30s_late,
    logs_denied,
    long_invoke,
    long_invoke_fixed,
    main_route_table,
    million_events,
    more_specific_route_to_nat,
    nacl_ephemeral_hole,
    nat_in_wrong_subnet,
    nat_port_exhaustion,
    one_bad_subnet,
    one_in_ten_fails,
    peering_no_return_route,
    public_subnet_trap,
    regional_nat,
    retry_masks_failure,
    scattered_slow_downstream,
    sftp_nacl,
    sg_reference_chain,
    slow_but_correct,
    terraform_drift,
    tgw_az_missing,
    tgw_central_egress,
    throttled,
    throttled_429,
    warn_level_logs,
    wrong_answer_200,
)

__all__ = ["SCENARIOS", "find"]

_MODULES = (
    incident,
    fixed,
    endpoint_not_attached,
    endpoint_pending,
    main_route_table,
    public_subnet_trap,
    egress_prefix_list_only,
    egress_closed,
    nacl_ephemeral_hole,
    endpoint_policy_denies,
    more_specific_route_to_nat,
    interface_endpoint_no_private_dns,
    dynamodb_and_s3,
    access_denied,
    healthy_complex,
    sftp_nacl,
    peering_no_return_route,
    tgw_central_egress,
    tgw_az_missing,
    nat_in_wrong_subnet,
    blackhole_nat,
    regional_nat,
    ipv6_egress_only,
    bpa_on,
    sg_reference_chain,
    interface_endpoint_sg_refuses,
    nat_port_exhaustion,
    one_bad_subnet,
    scattered_slow_downstream,
    all_access_denied,
    throttled_429,
    function_timeout_600,
    idle_350,
    long_invoke,
    long_invoke_fixed,
    json_logs,
    warn_level_logs,
    late_logs,
    million_events,
    one_in_ten_fails,
    slow_but_correct,
    wrong_answer_200,
    inactive_function,
    throttled,
    logs_30s_late,
    logs_denied,
    terraform_drift,
    retry_masks_failure,
    interrupted_burst,
    analyzer_disagrees,
    analyzer_fails,
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({module.SCENARIO.name: module.SCENARIO for module in _MODULES})


def find(name: str) -> Scenario:
    """The scenario with this name; UsageError naming the nearest when there is none."""
    if name not in SCENARIOS:
        raise unknown_name("scenario", name, SCENARIOS)
    return SCENARIOS[name]
