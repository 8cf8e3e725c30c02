"""The archive's start: `python3 -I rampcheck.pyz COMMAND`, or over standard input (boot.py). Any Python 3 can read it."""

import sys

if sys.version_info < (3, 9):
    sys.exit("rampcheck: nodes need Python 3.9 or later, and %s is %s" % (sys.executable, sys.version.split()[0]))

from rampcheck_node.commands import main

sys.exit(main(sys.argv[1:]))
