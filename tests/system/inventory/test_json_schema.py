"""The published schemas beside an inventory that is read."""

import os
import shutil

from nornir_tasks.inventory.json_schema import FOLDER, build_schemas, write_schemas
from nornir_tasks.inventory.load import region_digest, resolve
from tests.support.reduced_inventory import reduced


def test_nothing_that_reads_the_inventory_sees_the_schemas(tmp_path):
    """Not Ansible, not the digest that plans rest on."""
    reduced(tmp_path)
    sources = [tmp_path / "inventory"]
    before, resolved = region_digest(sources), resolve(sources)
    assert len(write_schemas(sources[0] / FOLDER)) == len(build_schemas())
    assert write_schemas(sources[0] / FOLDER) == []
    assert (region_digest(sources), resolve(sources)) == (before, resolved)
    # The same files where Ansible would look.
    shutil.move(sources[0] / FOLDER, sources[0] / "schema")
    assert region_digest(sources) != before
    assert os.listdir(sources[0] / "schema")
