"""What Python here and TypeScript must agree on: contract.json, which src/contract/contract.ts reads too."""

from __future__ import annotations

import json
import os
import types

_PATH = os.path.join(os.path.dirname(os.path.dirname(__file__)), "contract.json")
_contract = json.loads(__spec__.loader.get_data(_PATH), object_hook=lambda pairs: types.SimpleNamespace(**pairs))

schema_version = _contract.schema_version
files = _contract.files
words = _contract.words
environment = _contract.environment
seconds = _contract.seconds
ports = _contract.ports
exit_codes = _contract.exit_codes
