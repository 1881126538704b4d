"""What each reason code of a function's state and of its last update asks for.

Sources (read 2026-11-21)
    The codes: StateReasonCode and LastUpdateStatusReasonCode,
    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["REMEDIES", "remedy"]

_KMS = "the KMS key of its environment variables"
_EFS = "the EFS mount target"

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "Idle": "invoke it once, wait until it is Active and invoke it again",
        "Creating": "wait until Lambda has made what it needs",
        "Restoring": "wait until Lambda has made its network interfaces again",
        "EniLimitExceeded": "the VPC has no network interface left: free some, or have the quota raised",
        "InsufficientRolePermissions": (
            "its role lacks what Lambda needs in its name: attach AWSLambdaVPCAccessExecutionRole "
            "(ec2:CreateNetworkInterface, ec2:DescribeNetworkInterfaces, ec2:DeleteNetworkInterface and more)"
        ),
        "InvalidConfiguration": "its configuration contradicts itself: the reason names the setting",
        "InternalError": "the fault is Lambda's: update it again, and open a support case when that does not help",
        "SubnetOutOfIPAddresses": "a subnet has no free address: free some, or give it larger subnets",
        "InvalidSubnet": "a subnet of it does not exist any more or cannot be used: give it others",
        "InvalidSecurityGroup": "a security group of it does not exist any more or is of another VPC: give it others",
        "ImageDeleted": "its container image is gone from the repository: push it again and update the function",
        "ImageAccessDenied": "Lambda may not pull its image: let the repository policy permit lambda.amazonaws.com",
        "InvalidImage": "its container image cannot be used: look at its format, architecture and size",
        "KMSKeyAccessDenied": f"{_KMS} refuses its role: allow kms:Decrypt in the key policy and the role",
        "KMSKeyNotFound": f"{_KMS} does not exist any more: choose another",
        "InvalidStateKMSKey": f"{_KMS} is in a state that cannot be used, such as pending deletion: cancel that",
        "DisabledKMSKey": f"{_KMS} is disabled: enable it or choose another",
        "EFSIOError": "a read or write on its EFS file system failed: look at the state of the file system",
        "EFSMountConnectivityError": f"{_EFS} cannot be reached: open TCP port 2049, and have one in its zone",
        "EFSMountFailure": f"{_EFS} refused: look at the access point and at what role and file system policy allow",
        "EFSMountTimeout": f"{_EFS} did not answer in time: look at the path to TCP port 2049 of it",
        "InvalidRuntime": "its runtime is not there any more: choose one that is supported",
        "InvalidZipFileException": "its deployment package cannot be unpacked: build and upload it again",
        "FunctionError": "its own code failed while it was prepared: read its log",
        "FunctionError.InitTimeout": "its initialisation took too long: make it shorter or give it more memory",
        "FunctionError.RuntimeInitError": "its initialisation raised an error: read its log",
        "FunctionError.ExtensionInitError": "an extension failed to start: read its log, or remove the extension",
        "FunctionError.InvalidEntryPoint": "the entry point of its image does not exist or cannot be run: correct it",
        "FunctionError.InvalidWorkingDirectory": "the working directory of its image does not exist: correct it",
        "FunctionError.PermissionDenied": "a file of its package may not be read or run: correct the file modes",
        "FunctionError.TooManyExtensions": "it has more extensions than Lambda allows: remove some",
        "FunctionError.InitResourceExhausted": "its initialisation used up its resources: give it more memory",
        "ServiceQuotaExceededException": "a quota of the account is used up: the reason names it; have it raised",
        "VcpuLimitExceeded": "the vCPU quota of EC2 is used up: have it raised or lower the capacity provider's size",
        "CapacityProviderScalingLimitExceeded": "its capacity provider may not grow further: raise its limit",
        "InsufficientCapacity": "EC2 has no capacity of this kind there now: allow more instance types or zones",
        "EC2RequestLimitExceeded": "EC2 throttled Lambda's requests in this account: wait and update it again",
        "DisallowedByVpcEncryptionControl": (
            "the VPC enforces encryption in transit and does not admit this function: exclude Lambda from its "
            "encryption control, or move the function to another VPC"
        ),
        "DrainingDurableExecutions": "its durable executions are still being brought to an end: wait for them",
        "IncompatibleAcceleratorInstanceTypes": "its instance types do not fit the accelerator: choose others",
        "DependencyError": "something it depends on failed: the reason names it; mend that and update it again",
    }
)
"""Mapping reason code → what it means or asks for, as a clause."""


def remedy(code: str | None) -> str:
    """What a reason code asks for, as a clause; empty for none, and a word for one that is new."""
    if code is None:
        return ""
    return REMEDIES.get(code, f"{code} is a reason that was not known when this was written")
