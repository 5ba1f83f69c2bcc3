"""Ansible's listing for many tests: imported once, and a child for each inventory.

A line in: the arguments as JSON. A line out: exit code, output, errors as JSON.
"""

import json
import os
import sys
import tempfile

sys.path.insert(0, os.getcwd())
from nornir_tasks.inventory import ansible_listing


def listed(arguments: list[str]) -> tuple[int, str, str]:
    """What the program would print, and how it would leave."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if not child:
            code = 1
            try:
                os.dup2(output.fileno(), 1)
                os.dup2(errors.fileno(), 2)
                ansible_listing.main(arguments)
                code = 0
            except SystemExit as leaving:
                code = int(leaving.code or 0)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        errors.seek(0)
        return code, output.read(), errors.read()


for line in sys.stdin:
    print(json.dumps(listed(json.loads(line))), flush=True)
