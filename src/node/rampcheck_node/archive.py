"""The archive that this code runs from: a file in a batch job, bytes in memory elsewhere (boot.py)."""

from __future__ import annotations

import json
import os

from .contract import files


def read_bundle() -> dict:
    """What a batch job's archive says of the job (src/submit/bundle.ts)."""
    return json.loads(_archive().read(files.bundle))


def unpack(directory: str) -> None:
    """Writes what every rank imports, and the contract that it reads, below `directory`."""
    archive = _archive()
    for name in archive.namelist():
        if name.startswith(files.inject + "/") or name == files.contract:
            path = os.path.join(directory, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(archive.read(name))


def _archive():
    """Has `namelist` and `read`, as zipfile.ZipFile does."""
    loader = __spec__.loader
    if hasattr(loader, "namelist"):
        return loader
    # Its import takes time that no other start has to spend.
    import zipfile

    return zipfile.ZipFile(loader.archive)
