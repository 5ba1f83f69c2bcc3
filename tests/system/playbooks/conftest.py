"""A lab, a state directory and the playbooks as a person runs them: what each test of a playbook stands on."""

import os
from collections.abc import Iterator

import pytest

from lab.control import process
from lab.control.client import Client
from tests.support.playbook_lab import CANARY, Place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A running lab in which every account's password is the canary, and the operations centre built."""
    where = tmp_path_factory.mktemp("place")
    # Beside the lab that this worker's other tests share, and may have left running.
    port = str(int(os.environ["FELLESDRIFT_LAB_PORT"]) + 4)
    environment = {
        **os.environ,
        "FELLESDRIFT_LAB_PORT": port,
        "FELLESDRIFT_LAB_DIR": str(where / "lab"),
        "FELLESDRIFT_STATE": str(where / "state"),
        "FELLESDRIFT_LAB_PASSWORD": CANARY,
        "NO_COLOR": "1",
    }
    (where / "lab").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FELLESDRIFT_LAB_DIR", "FELLESDRIFT_LAB_PORT", "FELLESDRIFT_LAB_PASSWORD"):
            patch.setenv(name, environment[name])
        process.start(where / "lab", ["loppa", "hasvik"], 0.0, lambda line: None)
    made = Place(where, environment, Client(where / "lab"))
    try:
        centre = "operations_centre"
        made.play("harmonise", *made.approved("harmonise", centre, "kari"), municipality=centre)
        yield made
    finally:
        process.stop(where / "lab")
