"""What a node runs first: it comes over standard input in front of the archive, and loads the archive's modules from memory.

The command line is `python3 -I -c 'import io;…;exec(i.readline())' COMMAND …` (src/contract/archive.ts). Standard input holds one
line with both sizes, this file, the archive, and then what COMMAND reads. No file is written, which zipimport would need.
"""

import importlib.util
import io
import sys
import zipfile


class Archive:
    """Finds and loads the modules of a zip archive in memory. `archive` is what zipfile.ZipFile opens, as zipimport's is."""

    def __init__(self, data):
        self.archive = io.BytesIO(data)
        self.zip = zipfile.ZipFile(self.archive)
        self.names = frozenset(self.zip.namelist())

    def find_spec(self, name, path=None, target=None):
        base = name.replace(".", "/")
        for file, is_package in ((base + "/__init__.py", True), (base + ".py", False)):
            if file in self.names:
                spec = importlib.util.spec_from_loader(name, self, origin=file, is_package=is_package)
                spec.has_location = True
                return spec
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile(self.get_data(module.__file__), module.__file__, "exec", dont_inherit=True), module.__dict__)

    def get_data(self, path):
        return self.zip.read(path)

    def get_source(self, name):
        """What tracebacks show."""
        spec = self.find_spec(name)
        return None if spec is None else self.get_data(spec.origin).decode()


def show(kind, error, trace):
    """The interpreter itself would look for the source in files."""
    import traceback

    traceback.print_exception(kind, error, trace)


def start(data):
    archive = Archive(data)
    sys.meta_path.insert(0, archive)
    sys.excepthook = show
    main = compile(archive.get_data("__main__.py"), "__main__.py", "exec", dont_inherit=True)
    exec(main, {"__name__": "__main__", "__file__": "__main__.py", "__loader__": archive})
