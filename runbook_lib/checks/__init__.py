"""Every check of the kit, in one explicit tuple. To add one: write its file, add it here."""

from __future__ import annotations

from runbook_lib.checks.base import Check
from runbook_lib.checks.endpoints import (
    end001_endpoint_exists,
    end002_state_available,
    end003_route_table_associated,
    end004_route_wins,
    end005_egress_covers_service,
    end006_acl_both_ways,
    end007_policy_permits,
    end008_dns_attributes,
    end009_zones_covered,
    end010_endpoint_admits_target,
    end011_private_dns,
    end012_name_not_taken,
    end013_address_type,
    end014_bucket_region,
)
from runbook_lib.checks.path import (
    pth001_in_vpc,
    pth002_free_addresses,
    pth003_groups_allow,
    pth004_routes_lead_there,
    pth005_acls_both_ways,
    pth006_nat_forwards,
    pth007_internet_gateway_carries,
    pth008_name_resolves,
    pth009_nat_in_same_zone,
    pth010_reachable,
)

__all__ = ["CHECKS"]

CHECKS: tuple[Check, ...] = (
    end001_endpoint_exists,
    end002_state_available,
    end003_route_table_associated,
    end004_route_wins,
    end005_egress_covers_service,
    end006_acl_both_ways,
    end007_policy_permits,
    end008_dns_attributes,
    end009_zones_covered,
    end010_endpoint_admits_target,
    end011_private_dns,
    end012_name_not_taken,
    end013_address_type,
    end014_bucket_region,
    pth001_in_vpc,
    pth002_free_addresses,
    pth003_groups_allow,
    pth004_routes_lead_there,
    pth005_acls_both_ways,
    pth006_nat_forwards,
    pth007_internet_gateway_carries,
    pth008_name_resolves,
    pth009_nat_in_same_zone,
    pth010_reachable,
)
