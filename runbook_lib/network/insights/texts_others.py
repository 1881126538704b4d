"""What Reachability Analyzer's codes about load balancers, about the question itself and about its own limits mean.

The grammar and the source are those of `texts_network.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["BALANCERS", "LIMITS", "QUESTIONS"]

Texts = Mapping[str, tuple[str, str]]

BALANCERS: Texts = {
    "ELB_ACL_RESTRICTION": (
        "{balancer} is asked by its network ACL even for targets in its own subnet[: {acl_rule}]",
        "the network ACL of the load balancer's subnet, in both directions",
    ),
    "ELB_INSTALLED_AZ_RESTRICTION": (
        "{balancer} only sends to targets in the Availability Zones it is enabled for[ ({zones})]",
        "the zones of the load balancer and of its targets",
    ),
    "ELB_LISTENER_PORT_RESTRICTION": (
        "the listener of {balancer} takes in and sends on over its own ports only[, {listener_port} on this side]",
        "the port of the question and the ports of the listener",
    ),
    "ELB_LISTENERS_MISMATCH": (
        "{balancer} has no listener for this packet[ to port {ports}]",
        "the listeners of the load balancer",
    ),
    "ELB_NOT_CROSSZONE": (
        "{balancer} does not send across Availability Zones[ to {zones}]: cross-zone load balancing is off",
        "cross-zone load balancing, and targets in every zone",
    ),
    "ELBV2_LISTENER_HAS_NO_TG": (
        "{listener} leads to target groups without targets",
        "the targets of the target groups and whether they are registered",
    ),
    "ELBV2_LISTENER_PORT_RESTRICTION": (
        "{listener} takes only its own port[ {listener_port}]",
        "the port of the question",
    ),
    "ELBV2_LISTENER_REQUIRES_TG_ACCEPT": (
        "{listener} has no target group that takes this packet",
        "protocol and port of the target groups",
    ),
    "ELBV2_LISTENERS_MISMATCH": (
        "{balancer} has no listener for this packet[ to port {ports}]",
        "the listeners of the load balancer",
    ),
    "ELBV2_NO_TARGETS_IN_AZ": (
        "{balancer} has no targets in the Availability Zones that count here[ ({zones})]",
        "the zones of the registered targets",
    ),
    "ELBV2_SOURCE_ADDRESS_PRESERVATION": (
        "{balancer} keeps the address of the client, so the target sees that one and not the load balancer's",
        "the rules of the target: they must admit the clients themselves",
    ),
    "GWLB_DESTINATION_PORT_RESTRICTION": (
        "a Gateway Load Balancer reaches its targets on port 6081 only",
        "the port of the question: a way through it is asked for with port 6081",
    ),
    "GWLB_PROTOCOL_RESTRICTION": (
        "a Gateway Load Balancer reaches its targets over UDP only (GENEVE)",
        "the protocol of the question: a way through it is asked for with UDP",
    ),
    "TARGET_ADDRESS_RESTRICTION": (
        "{balancer} only sends to the addresses of its targets[, not to {addresses}]",
        "the registered targets of {target_group}",
    ),
    "TARGET_PORT_RESTRICTION": (
        "{balancer} only sends to the port that a target is registered with[ ({target_port})]",
        "the ports of the registered targets of {target_group}",
    ),
}

QUESTIONS: Texts = {
    "COMPONENT_FILTER_RESTRICTION": (
        "no path leads through {component}, as was asked for",
        "the intermediate components that the question names",
    ),
    "COMPONENT_FILTER_RESTRICTION_REMOVED_COMPONENT": (
        "no path is left after the question ruled out {component}",
        "the components that the question leaves out",
    ),
    "DISCONNECTED_VPCS": (
        "nothing that can be analysed connects {source_vpc} with {destination_vpc}",
        "peering connections and transit gateway attachments between the two",
    ),
    "FILTER_AT_DESTINATION_DESTINATION_ADDRESS": (
        "no packet arrives with the destination address asked for[ ({addresses})]",
        "the destination address at the destination; a load balancer changes it on the way",
    ),
    "FILTER_AT_DESTINATION_DESTINATION_PORT_RANGE": (
        "no packet arrives on the destination port asked for[ ({ports})]",
        "the destination port at the destination; a load balancer changes it on the way",
    ),
    "FILTER_AT_DESTINATION_PROTOCOL": (
        "no packet arrives with the protocol asked for[ ({protocols})]",
        "the protocol of the question",
    ),
    "FILTER_AT_DESTINATION_SOURCE_ADDRESS": (
        "no packet arrives from the source address asked for[ ({addresses})]",
        "the source address at the destination; a NAT gateway changes it on the way",
    ),
    "FILTER_AT_DESTINATION_SOURCE_PORT_RANGE": (
        "no packet arrives from the source ports asked for[ ({ports})]",
        "the source ports at the destination; a NAT gateway changes them on the way",
    ),
    "FILTER_AT_SOURCE_DESTINATION_ADDRESS": (
        "no path exists for the destination address asked for[ ({addresses})]",
        "the destination address of the question and the routes to it",
    ),
    "FILTER_AT_SOURCE_DESTINATION_PORT_RANGE": (
        "no path exists for the destination port asked for[ ({ports})]",
        "the rules for that port in every security group and network ACL on the way",
    ),
    "FILTER_AT_SOURCE_PROTOCOL": (
        "no path exists for the protocol asked for[ ({protocols})]",
        "the rules for that protocol in every security group and network ACL on the way",
    ),
    "FILTER_AT_SOURCE_SOURCE_ADDRESS": (
        "no path exists from the source address asked for[ ({addresses})]",
        "whether the source interface has that address",
    ),
    "FILTER_AT_SOURCE_SOURCE_PORT_RANGE": (
        "no path exists from the source ports asked for[ ({ports})]",
        "the rules that let the answers back to these ports",
    ),
    "IGW_EXPECTS_PUBLIC_ADDRESS": (
        "{igw} was asked about with a private address[ ({addresses})], and the internet has public ones only",
        "the destination address of the question",
    ),
    "NO_PATH": (
        "there is no path from the source to the destination, and Reachability Analyzer names no component",
        "filters of the question, interfaces that were just made, and what it cannot analyse, such as IPv6",
    ),
}

LIMITS: Texts = {
    "IGW_NAT_REFLECTION": (
        "the way leads out through {igw} and in again, which Reachability Analyzer cannot analyse",
        "the two halves as analyses of their own: to the internet gateway, and from it",
    ),
    "NO_SOURCE_OR_DESTINATION": (
        "the source or the destination[ {component}] does not exist any more",
        "the facts anew: the interface of a function goes when it is idle for long",
    ),
    "TGW_RTB_ROUTES_ARE_UNKNOWN": (
        "the routes of {tgw_table} are not known to this account",
        "the account that owns the transit gateway: ask there, or include it in the analysis",
    ),
    "UNASSOCIATED_COMPONENT": (
        "{component} belongs to no VPC of this account, or has no IPv4 address",
        "whether it still exists and is attached; Reachability Analyzer analyses IPv4 only",
    ),
    "UNKNOWN_DESTINATION": (
        "what lies behind {component} is not known well enough to go on",
        "the account and Region of the destination",
    ),
    "UNKNOWN_PEERED_SGS": (
        "one VPC of {peering} is unknown here, so rules that name its security groups count as closed",
        "whether the analysis includes the account of that VPC, and the rules there by hand",
    ),
    "UNKNOWN_RESOURCE": (
        "{component} could not be described, so Reachability Analyzer cannot analyse it",
        "the permissions of the caller and the account that owns it",
    ),
    "UNSUPPORTED_COMPONENT": (
        "{component} is of a kind that Reachability Analyzer does not support[ ({missing})]",
        "the ways before and after it as analyses of their own",
    ),
}
"""Codes by which Reachability Analyzer says that it cannot tell: they are no verdict on the network."""
