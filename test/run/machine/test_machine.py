"""The table of this folder through the machine of a batch job, held against what the launcher's machine makes of it."""

import json
import os
import subprocess

import pytest
from play import play, read_table

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = os.path.join(HERE, "..", "..", "..", "node_modules", ".bin", "node")
TABLE = read_table()


@pytest.fixture(scope="module")
def typescript():
    output = subprocess.run([NODE, os.path.join(HERE, "play.ts"), "--table"], check=True, capture_output=True, text=True).stdout
    return {played["name"]: played for played in map(json.loads, output.splitlines())}


def test_both_machines_have_played_every_row(typescript):
    assert sorted(typescript) == sorted(row["name"] for row in TABLE)
    assert len(TABLE) >= 40


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
def test_python_does_what_the_table_says_and_typescript_the_same(row, typescript):
    played = play(row)
    assert played["actions"] == row["actions"]
    verdict = played["verdict"]
    assert {key: verdict[key] for key in row["verdict"]} == row["verdict"]
    assert verdict["warnings"] == row.get("warnings", [])
    assert typescript[row["name"]] == played
