"""What a rank and its agent must agree on: contract.json, which the agent has unpacked beside this package's folder."""

from __future__ import annotations

import json
import os
import types

_PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "contract.json")
with open(_PATH, encoding="utf-8") as _file:
    _contract = json.load(_file, object_hook=lambda pairs: types.SimpleNamespace(**pairs))

files = _contract.files
environment = _contract.environment
exit_codes = _contract.exit_codes
