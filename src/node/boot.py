"""What a node runs first: it comes over standard input in front of the archive, and loads the archive's modules from memory.

The command line is `python3 -I -c 'import io;…;exec(i.readline())' COMMAND …` (src/contract/archive.ts). Standard input holds one
line with both sizes, this file, the archive, and then what COMMAND reads. No file is written, which zipimport would need; and
zipfile is not imported, which would cost as much as all the rest of an agent's start.
"""

import struct
import sys
import zlib
from importlib.machinery import ModuleSpec


class Archive:
    """Finds and loads the modules of a zip archive in memory. `namelist` and `read` are those of zipfile.ZipFile."""

    def __init__(self, data):
        self.data = data
        # Where each file's bytes are: (offset, size).
        self.files = {}
        at = 0
        while data[at : at + 4] == b"PK\3\4":
            size, _, name, extra = struct.unpack_from("<IIHH", data, at + 18)
            start = at + 30 + name + extra
            self.files[data[at + 30 : at + 30 + name].decode()] = (start, size)
            at = start + size

    def namelist(self):
        return list(self.files)

    def read(self, name):
        start, size = self.files[name]
        # Deflated, as src/contract/zip.ts writes all of them.
        return zlib.decompress(self.data[start : start + size], -zlib.MAX_WBITS)

    def find_spec(self, name, path=None, target=None):
        base = name.replace(".", "/")
        for file, is_package in ((base + "/__init__.py", True), (base + ".py", False)):
            if file in self.files:
                spec = ModuleSpec(name, self, origin=file, is_package=is_package)
                spec.has_location = True
                return spec
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile(self.read(module.__file__), module.__file__, "exec", dont_inherit=True), module.__dict__)

    def get_data(self, path):
        return self.read(path)

    def get_source(self, name):
        """What tracebacks show."""
        spec = self.find_spec(name)
        return None if spec is None else self.read(spec.origin).decode()


def show(kind, error, trace):
    """The interpreter itself would look for the source in files."""
    import traceback

    traceback.print_exception(kind, error, trace)


def start(data):
    archive = Archive(data)
    sys.meta_path.insert(0, archive)
    sys.excepthook = show
    main = compile(archive.read("__main__.py"), "__main__.py", "exec", dont_inherit=True)
    exec(main, {"__name__": "__main__", "__file__": "__main__.py", "__loader__": archive})
