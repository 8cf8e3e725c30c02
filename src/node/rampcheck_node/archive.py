"""The archive that this code runs from: a file in a batch job, standard input's bytes elsewhere."""

from __future__ import annotations

import json
import zipfile

from .contract import files


def open_archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(__spec__.loader.archive)


def read_bundle() -> dict:
    """What a batch job's archive says of the job (src/submit/bundle.ts)."""
    with open_archive() as archive:
        return json.loads(archive.read(files.bundle))


def unpack(directory: str) -> None:
    """Writes what every rank imports, and the contract that it reads, below `directory`."""
    with open_archive() as archive:
        names = [name for name in archive.namelist() if name.startswith(files.inject + "/") or name == files.contract]
        archive.extractall(directory, names)
