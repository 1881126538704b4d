"""The commands for re-checking by hand: real ids, nothing a shell could misread, accepted by the AWS command line."""

import re
import shlex

from runbook_lib.checks import CHECKS
from runbook_lib.facade.commands import Asked, commands_for
from tests.builders import World, world

EVERY = [check.META.id for check in CHECKS if check.META.family == "endpoints"]


def asked(built: World, **more: str) -> Asked:
    return Asked(view=built.view(), target=built.target(), services=("s3",), **more)


def healthy() -> World:
    return world().vpc().subnet(az="a").subnet(az="b").group().function().gateway_endpoint("s3", tables=["main"])


def test_every_endpoint_check_can_be_done_by_hand() -> None:
    for check_id in EVERY:
        assert commands_for([check_id], asked(healthy(), bucket="reports")), check_id


def test_commands_name_the_real_things_once() -> None:
    (command,) = commands_for(["END006", "END006"], asked(healthy(), profile="prod"))[:1]
    assert shlex.split(command)[:3] == ["aws", "ec2", "describe-network-acls"]
    assert "Name=association.subnet-id,Values=subnet-a,subnet-b" in command
    assert "--profile prod" in command
    assert "--region ap-southeast-1" in command


def test_what_was_not_read_is_left_out() -> None:
    built = healthy().denied("RouteTables", "PrefixLists")
    assert commands_for(["END004"], asked(built)) == ()


def test_only_reading_commands_are_shown() -> None:
    for command in commands_for(EVERY, asked(healthy(), bucket="a b; rm")):
        words = shlex.split(command.replace("\\\n", " "))
        assert words[0] == "aws"
        assert re.fullmatch(r"(describe|get|list)-[a-z-]+", words[2]), command
        assert "rm" not in words
