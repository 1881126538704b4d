"""What Reachability Analyzer's codes about routes, filters, gateways and endpoints mean, and what to look at.

`{word}` stands for what an explanation names (see `explanations.py`); a part in brackets is left out when it does not.
Reachability Analyzer explanation codes,
https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FILTERS", "GATEWAYS", "ROUTES", "STATES", "TRANSIT"]

Texts = Mapping[str, tuple[str, str]]

STATES: Texts = {
    "BAD_STATE": (
        "{component} does not work[: its state is {state}]",
        "its state and the reason AWS gives for it",
    ),
    "BAD_STATE_ATTACHMENT": (
        "the attachment of {component}[ to {attached}] does not work[: its state is {state}]",
        "the state of the attachment",
    ),
    "BAD_STATE_ROUTE": (
        "the route that {table} sends the packet by does not work[: {route}]",
        "whether the target of that route still exists; a blackhole drops what it wins",
    ),
    "BAD_STATE_VPN": ("{vpn} is not up[: its state is {state}]", "the state of both tunnels of the VPN connection"),
}

ROUTES: Texts = {
    "CANNOT_ROUTE": (
        "{table} has a route there[, {route}], but it does not match the destination address of the packet",
        "the destination of that route, and the prefix list behind it if there is one",
    ),
    "HIGHER_PRIORITY_ROUTE": (
        "the route[ {route}] of {table} is not used: another route for the same destination goes first",
        "which of the two routes is meant; static routes go before propagated ones",
    ),
    "INGRESS_RTB_NO_PUBLIC_IP": (
        "{ingress_table} sends traffic from the internet to {component}, which has no public address",
        "whether the appliance behind the gateway has a public IPv4 address",
    ),
    "INGRESS_RTB_TRAFFIC_REDIRECTION": (
        "{ingress_table} sends the answers to an appliance, so {subnet} cannot use its direct route to {igw}",
        "the route table of the internet gateway and that of the subnet: both ways must lead through the appliance",
    ),
    "MORE_SPECIFIC_ROUTE": (
        "the route[ {route}] of {table} is not used: another route matches the address more closely",
        "the route with the longest prefix that matches the destination; it may lead elsewhere on purpose",
    ),
    "NO_POSSIBLE_DESTINATION": (
        "{component} can deliver the packet to nobody[ at {addresses}]",
        "whether something owns that address, and whether it is in another account or Region",
    ),
    "NO_ROUTE_TO_DESTINATION": (
        "{table}[ of {subnet}] has no route to {destination}",
        "the routes of that table; for the internet it needs 0.0.0.0/0 to a NAT gateway",
    ),
    "VPC_LOCAL_ROUTE_CIDR_RESTRICTION": (
        "the local route of {table} carries only addresses inside the VPC[ ({cidrs})]",
        "whether the destination address belongs to the VPC; other addresses need a route of their own",
    ),
}

FILTERS: Texts = {
    "ENI_ADDRESS_RESTRICTION": (
        "{interface} only carries packets of its own private address[, not {addresses}]",
        "the source and destination address of the question",
    ),
    "ENI_SG_RULES_MISMATCH": (
        "no[ {way}] rule of {groups} on {interface} allows this packet",
        "the rules of that direction: protocol, port, and address, group or prefix list at the other end",
    ),
    "ENI_SOURCE_DEST_CHECK_RESTRICTION": (
        "{interface} has the source/destination check on and drops packets that are not its own[ ({addresses})]",
        "SourceDestCheck of the interface; a NAT instance or appliance needs it off",
    ),
    "FIREWALL_RULES_RESTRICTION": (
        "a rule of AWS Network Firewall drops this packet[: {firewall_rule}]",
        "the rule groups of the firewall policy, in their order",
    ),
    "SG_HAS_NO_RULES": (
        "there is no[ {way}] rule at all in {groups}, so nothing gets through",
        "the rules of the security group; without outbound rules nothing leaves",
    ),
    "SG_REFERENCES_NOT_PRESERVED": (
        "{component} does not pass on which security groups the sender has, so a rule that names a group cannot match",
        "rules of the receiver that name a security group; behind this component they need addresses",
    ),
    "SG_REFERENCING_SUPPORT": (
        "{attachment} has security group referencing off, so a rule that names a group cannot match",
        "SecurityGroupReferencingSupport of the attachment, or a rule with addresses instead",
    ),
    "SUBNET_ACL_RESTRICTION": (
        "{acl} does not let this packet {passing} {subnet}[: {acl_rule}]",
        "the rules of that direction in their order; network ACLs remember nothing, so answers need rules too",
    ),
}

GATEWAYS: Texts = {
    "GATEWAY_REJECTS_SPOOFED_TRAFFIC": (
        "{component} drops packets from the VPC whose source address[ {addresses}] is not their sender's",
        "the source address of the question",
    ),
    "IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS": (
        "{igw} only takes in packets for addresses of its VPC[ ({cidrs})]",
        "the destination address and the blocks of the VPC",
    ),
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS": (
        "{igw} sends nothing to private addresses[ such as {addresses}]",
        "the route that leads there: a private destination needs peering, a transit gateway or a VPN",
    ),
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS": (
        "{igw} sends nothing to shared addresses (100.64.0.0/10)[ such as {addresses}]",
        "the route that leads there: a shared address needs another way than the internet",
    ),
    "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS": (
        "{igw} lets nothing in for[ {addresses},] an address that is not the public one of an interface in the VPC",
        "the public address of the destination interface",
    ),
    "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS": (
        "{igw} lets nothing out from[ {addresses},] a sender without a public address",
        "the default route of the subnet: a function never has a public address, it needs a NAT gateway or an endpoint",
    ),
    "IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS": (
        "{igw} takes nothing in from private addresses[ such as {addresses}]",
        "the source address of the question",
    ),
    "IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS": (
        "{igw} takes nothing in from shared addresses (100.64.0.0/10)[ such as {addresses}]",
        "the source address of the question",
    ),
    "NGW_DEST_ADDRESS_PRESERVATION": (
        "{nat} never changes the destination address of a packet[ ({addresses})]",
        "the destination address of the question; beyond the gateway it is the same",
    ),
    "NGW_REQUIRES_SOURCE_IN_VPC": (
        "{nat} only carries what interfaces of its own VPC send",
        "where the packet comes from: nothing may enter it from peering, VPN or Direct Connect, or from outside",
    ),
    "NGW_SOURCE_ADDRESS_REASSIGN": (
        "{nat} replaces the source address[, so {addresses} does not appear behind it]",
        "the source address of the question: behind the gateway it is the private address of the gateway",
    ),
    "PROTOCOL_RESTRICTION": (
        "{component} does not carry this protocol[, only {protocols}]",
        "the protocol of the question; a NAT gateway carries TCP, UDP and ICMP",
    ),
    "REGIONAL_NGW_ROUTE_AZ_RESTRICTION": (
        "{nat} does not work in the Availability Zone that the packet comes from[ ({zones})]",
        "the zones of the regional NAT gateway",
    ),
    "REMAP_EPHEMERAL_PORT": (
        "{component} replaces the source port by one from 1024 to 65535[, not {ports}]",
        "the source ports of the question and of the rules behind it",
    ),
    "VPC_BLOCK_PUBLIC_ACCESS_ENABLED": (
        "VPC Block Public Access closes {vpc} to the internet",
        "the block mode of the Region and the exclusions for this VPC and subnet",
    ),
    "VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION": (
        "{endpoint} only sends answers from the addresses of its prefix list[ ({cidrs})]",
        "the source address of the question and the prefix list of the service",
    ),
    "VPCE_GATEWAY_PROTOCOL_RESTRICTION": (
        "{endpoint} carries TCP and ICMP echo only",
        "the protocol of the question",
    ),
    "VPCE_INTRA_VPC_TRAFFIC": (
        "{endpoint} opens no connections to its own VPC",
        "the direction of the question: ask from the function to the endpoint",
    ),
    "VPCE_SERVICE_NOT_INSTALLED_IN_AZ": (
        "the service behind {endpoint} does not run in this Availability Zone[ ({zones})]",
        "the zones of the endpoint service and the subnets of the endpoint",
    ),
    "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR": (
        "{peering} only carries addresses of the VPCs at its two ends[, not {addresses}]",
        "whether the destination lies in the peer VPC; a peering connection leads no further",
    ),
    "VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS": (
        "{vgw} only takes packets from interfaces of its VPC[, not from {addresses}]",
        "the source address of the question",
    ),
    "VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS": (
        "{vgw} only delivers to private addresses of interfaces in its VPC[, not to {addresses}]",
        "the destination address, and the interface that should have it",
    ),
}

TRANSIT: Texts = {
    "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION": (
        "{attachment} is associated with no transit gateway route table",
        "the association of the attachment: without one nothing is sent on",
    ),
    "TGW_ATTACH_VPC_AZ_RESTRICTION": (
        "{attachment} does not deliver to this interface from the Availability Zone the packet comes from[ ({zones})]",
        "the subnets of the attachment in both zones, and its appliance mode",
    ),
    "TGW_BAD_STATE_VPN": (
        "{vpn} behind {tgw} is not up[: its state is {state}]",
        "the state of both tunnels of the VPN connection",
    ),
    "TGW_ROUTE_AZ_RESTRICTION": (
        "{tgw} has no attachment subnet in the Availability Zone the packet comes from[ ({zones})]",
        "the subnets of the VPC attachment: it needs one in every zone that sends",
    ),
    "TGW_RTB_BAD_STATE_ROUTE": (
        "{tgw_table} has a route there that does not work[: {tgw_route}]",
        "whether the attachment of that route still exists; a blackhole drops what it wins",
    ),
    "TGW_RTB_CANNOT_ROUTE": (
        "{tgw_table} has a route there[, {tgw_route}], but it does not match the destination address of the packet",
        "the destination of that route",
    ),
    "TGW_RTB_HIGHER_PRIORITY_ROUTE": (
        "the route[ {tgw_route}] of {tgw_table} is not used: another route for the same destination goes first",
        "which of the two routes is meant; static routes go before propagated ones",
    ),
    "TGW_RTB_MORE_SPECIFIC_ROUTE": (
        "the route[ {tgw_route}] of {tgw_table} is not used: another route matches the address more closely",
        "the route with the longest prefix that matches the destination",
    ),
    "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT": (
        "{tgw_table} has no route to {attachment}",
        "the static routes and propagations of that table",
    ),
}
