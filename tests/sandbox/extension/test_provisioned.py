"""Provisioned concurrency is set for versions and listed for their function alone."""

from typing import Any

from runbook_lib.sandbox.world import World
from tests.sandbox.asking import one, refused


def test_it_is_listed_for_the_function_it_is_of(functions: Any, world: World) -> None:
    world.function("f")
    world.function("g")
    version = functions.publish_version(FunctionName="f")["Version"]
    put = functions.put_provisioned_concurrency_config
    assert put(FunctionName="f", Qualifier=version, ProvisionedConcurrentExecutions=3)["Status"] == "READY"
    found = one(functions.list_provisioned_concurrency_configs(FunctionName="f"), "ProvisionedConcurrencyConfigs")
    assert found["FunctionArn"].endswith(f":function:f:{version}")
    assert (found["RequestedProvisionedConcurrentExecutions"], found["Status"]) == (3, "READY")
    assert functions.list_provisioned_concurrency_configs(FunctionName="g")["ProvisionedConcurrencyConfigs"] == []


def test_unknown_functions_and_unpublished_ones_are_refused(functions: Any, world: World) -> None:
    world.function("f")
    with refused("ResourceNotFoundException"):
        functions.list_provisioned_concurrency_configs(FunctionName="unknown")
    for qualifier, code in (("$LATEST", "InvalidParameterValueException"), ("7", "ResourceNotFoundException")):
        with refused(code):
            functions.put_provisioned_concurrency_config(
                FunctionName="f", Qualifier=qualifier, ProvisionedConcurrentExecutions=1
            )
