"""What both languages need is written down once, in contract.json. test/contract/contract.test.ts looks for it in TypeScript."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from pathlib import Path

import pytest

NODE = Path(__file__).parents[2] / "src" / "node"
CONTRACT = json.loads((NODE / "contract.json").read_text())
# It runs in every Python process of a run and may not import json; it repeats what it needs.
REPEATS = NODE / "inject" / "sitecustomize.py"
SOURCES = sorted(path for path in NODE.rglob("*.py") if path != REPEATS)

# `logs` is a word of many meanings, and the readers of contract.json must name it. A template is searched for in parts.
NAMES = set(CONTRACT["files"].values()) - {"logs", "contract.json"}
FILES = [part for name in NAMES for part in re.split(r"\{\w+\}", name) if len(part) > 3 and part != ".log"]
WORDS = list(CONTRACT["words"].values())


def literals(tree: ast.AST):
    """Every string and bytes of the code, without docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and ast.get_docstring(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)) and id(node) not in docs:
            yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def names_in(text: str) -> list[str]:
    """Names of the contract in a source."""
    found = []
    for literal in literals(ast.parse(text)):
        found += re.findall(r"RAMPCHECK_[A-Z_]+", literal)
        # A file is named as a whole, or within a longer text when its name can mean nothing else.
        found += [name for name in FILES if literal == name or ("." in name and name in literal)]
        found += [word for word in WORDS if word in literal]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(NODE)))
def test_a_name_is_written_down_in_the_contract_alone(path):
    assert names_in(path.read_text()) == []


def test_the_search_finds_a_name_wherever_it_is():
    text = '''"""events.jsonl"""
import os
open(f"{os.sep}events.jsonl")
os.environ["RAMPCHECK_NODES"]
line.endswith(b"\\x18")
os.path.join(folder, "sock")
"rampcheck-agent", b"RAMPCHECK_RUN=", "a sock of wool"
# settings.json
'''
    wanted = ["events.jsonl", "RAMPCHECK_NODES", "\x18", "sock", "rampcheck-agent", "RAMPCHECK_RUN"]
    assert sorted(names_in(text)) == sorted(wanted)


def test_what_sitecustomize_repeats_is_what_the_contract_says():
    tree = ast.parse(REPEATS.read_text())
    values = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            values |= {name.id: value.value for name, value in zip(node.targets[0].elts, node.value.elts)}
    environment, files = CONTRACT["environment"], CONTRACT["files"]
    assert values == {
        "DIRECTORY": environment["directory"],
        "RANK_PID": environment["rank_pid"],
        "TRAINS": environment["trains"],
        "RANKS_SOCKET": files["ranks_socket"],
        "UNVERIFIED": CONTRACT["exit_codes"]["unverified"],
    }
    assert sorted(names_in(REPEATS.read_text())) == sorted(value for value in values.values() if isinstance(value, str))


def first_arguments(folder: str, *functions: str) -> set[str]:
    """The constant first arguments of all calls of these methods."""
    found = set()
    for path in (NODE / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in functions and node.args:
                found |= {each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)}
    return {kind for kind in found if isinstance(kind, str)}


def messages(folder: str) -> set[str]:
    """The type of every message that is made as a dict."""
    found = set()
    for path in (NODE / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Dict):
                pairs = {key.value: value for key, value in zip(node.keys, node.values) if isinstance(key, ast.Constant)}
                if isinstance(pairs.get("type"), ast.Constant):
                    found.add(pairs["type"].value)
    return found


def test_every_kind_of_message_is_in_the_contract():
    kinds = CONTRACT["kinds"]
    # "released" goes from an agent to its ranks, "decided" is the coordinator's own line in events.jsonl.
    agents = first_arguments("rampcheck_node", "write") & set(kinds["agent"]) | messages("rampcheck_node")
    assert agents <= {*kinds["agent"], *kinds["orders"], "decided"}
    assert first_arguments("inject", "send", "_send") - {"type"} <= set(kinds["rank"])


def test_the_machine_reads_every_event_of_a_rank_and_no_other():
    spec = importlib.util.spec_from_file_location("rank_event", NODE / "rampcheck_node" / "rank_event.py")
    rank_event = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rank_event)
    assert sorted(rank_event.EVENTS) == sorted(CONTRACT["kinds"]["rank"])
