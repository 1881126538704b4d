"""Whether a function may loop is set for each function, and Terminate unless set."""

from typing import Any

from runbook_lib.sandbox.world import World
from tests.sandbox.asking import refused


def test_it_is_told_of_the_function_for_which_it_was_set(functions: Any, world: World) -> None:
    world.function("f")
    world.function("g")
    put, get = functions.put_function_recursion_config, functions.get_function_recursion_config
    assert get(FunctionName="f")["RecursiveLoop"] == "Terminate"
    assert put(FunctionName="f", RecursiveLoop="Allow")["RecursiveLoop"] == "Allow"
    assert [get(FunctionName=name)["RecursiveLoop"] for name in "fg"] == ["Allow", "Terminate"]
    assert put(FunctionName="f", RecursiveLoop="Terminate")["RecursiveLoop"] == "Terminate"
    assert get(FunctionName="f")["RecursiveLoop"] == "Terminate"


def test_what_is_no_setting_and_no_function_is_refused(functions: Any, world: World) -> None:
    world.function("f")
    with refused("InvalidParameterValueException"):
        functions.put_function_recursion_config(FunctionName="f", RecursiveLoop="Never")
    with refused("ResourceNotFoundException"):
        functions.get_function_recursion_config(FunctionName="unknown")
