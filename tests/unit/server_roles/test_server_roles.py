"""Who is ours, which roles a server gets, and what of the inventory they are told."""

from pathlib import Path

import pytest
import yaml

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.server_roles import ROLES, ServerView, derive, find_reason_not_ours
from nornir_tasks.server_roles.baseline import choose_update_day

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def region() -> Region:
    """The whole region."""
    return load_region()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("loppa-dc-01", "windows2022: Windows servers are watched and moved, not configured by us"),
        ("loppa-hv-01", "a hypervisor (proxmox)"),
        ("loppa-app-01", "Nordlys telefoni runs it"),
        ("loppa-app-02", None),
        ("centre-time-01", None),
    ],
)
def test_who_is_ours(region: Region, name: str, reason: str | None) -> None:
    assert find_reason_not_ours(region.servers[name]) == reason


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        ("debian12", None),
        ("ubuntu2404", "ubuntu2404, expected debian12 or debian13"),
        (None, "its os is not named, expected debian12 or debian13"),
    ],
)
def test_other_systems_are_refused(region: Region, system: str | None, reason: str | None) -> None:
    server = region.servers["loppa-app-02"].model_copy(update={"os": system})
    assert find_reason_not_ours(server) == reason


def test_every_role_of_a_server_names_its_own_variables_alone(region: Region) -> None:
    for name, server in region.servers.items():
        if find_reason_not_ours(server) is None:
            for role, module in ROLES.items():
                view = ServerView(region, server, Position())
                if module.applies_to(view):
                    strays = [key for key in module.derive_variables(view) if not key.startswith(f"{role}__")]
                    assert not strays, f"{name}: {role} sets {strays}"


def test_roles_come_in_the_order_of_the_table(region: Region) -> None:
    derived = derive(region, Position(), "centre-time-01")
    assert derived.roles[0] == "baseline"
    assert list(derived.roles) == [role for role in ROLES if role in derived.roles]


def test_each_role_has_a_group_of_its_own_and_a_play() -> None:
    """Without the group Ansible warns of each play in which nobody is."""
    groups = yaml.safe_load((ROOT / "inventory" / "groups.yml").read_text())
    managed = groups["all"]["children"]["servers"]["children"]["managed_servers"]["children"]
    assert managed == {f"role_{role}": {"children": {f"due_{role}": None}} for role in ROLES}
    plays = yaml.safe_load((ROOT / "playbooks" / "platform.yml").read_text())
    assert [play["hosts"] for play in plays if "roles" in play] == [f"due_{role}" for role in ROLES]


def test_every_playbook_asks_which_way_leads_into_a_server_before_it_goes_there() -> None:
    """What the inventory says is how a server is logged in to on its first day; later its account is another."""
    for file in sorted((ROOT / "playbooks").rglob("*.yml")):
        plays = yaml.safe_load(file.read_text())
        has_asked = False
        for play in (play for play in plays if "server" in play.get("hosts", "") or "role_" in play.get("hosts", "")):
            for task in play.get("tasks", ()):
                has_asked |= task.get("fellesdrift_server", {}).get("ask") == "way_in"
                is_here = "fellesdrift_server" in task or task.get("ansible.builtin.meta") == "reset_connection"
                assert has_asked or is_here, f"{file.name}: {play['name']}: {task['name']}"


def test_who_gives_a_service_is_no_client_of_it(region: Region) -> None:
    time = derive(region, Position(), "centre-time-01").variables
    assert (time["baseline__time_servers"], time["baseline__log_servers"]) == ([], ["10.10.1.12", "10.10.129.12"])
    logs = derive(region, Position(), "centre-logs-02").variables
    assert (logs["baseline__time_servers"], logs["baseline__log_servers"]) == (["10.10.1.10", "10.10.129.10"], [])


def test_a_pair_never_takes_its_updates_on_one_day(region: Region) -> None:
    days = {name: choose_update_day(ServerView(region, server, Position())) for name, server in region.servers.items()}
    for name, day in days.items():
        partner = name.removesuffix("1") + "2"
        if name.endswith("-01") and partner in days:
            assert day != days[partner], name
    assert {days[name] for name in days if name.startswith("centre-") and name.endswith("01")} == {
        days["centre-time-01"]
    }


def test_an_application_is_here_until_its_wave_and_then_where_it_moves_to(region: Region) -> None:
    loppa = region.municipalities["loppa"]
    library = loppa.applications["library"]
    moving = library.model_copy(update={"move": library.move.model_copy(update={"to": ("loppa-app-03",)})})
    changed = region.model_copy(
        update={
            "municipalities": {
                **region.municipalities,
                "loppa": loppa.model_copy(update={"applications": {**loppa.applications, "library": moving}}),
            }
        }
    )

    def look(name: str, position: Position) -> tuple[bool, bool, bool]:
        view = ServerView(changed, changed.servers[name], position)
        hosted = next(each for each in view.applications if each.name == "library")
        return hosted.is_here, hosted.comes, hosted.leaves

    before, after = Position({"loppa": Stage.HARMONISE}), Position({"loppa": Stage.CUTOVER})
    assert [look("loppa-app-04", position) for position in (before, after)] == [
        (True, False, True),
        (False, False, True),
    ]
    assert [look("loppa-app-03", position) for position in (before, after)] == [
        (False, True, False),
        (True, True, False),
    ]


def test_addresses_follow_the_stage(region: Region) -> None:
    def addresses(stage: Stage) -> list[str]:
        view = ServerView(region, region.servers["loppa-app-02"], Position({"loppa": stage}))
        return list(map(str, view.addresses))

    assert addresses(Stage.CONNECT) == ["192.168.23.31"]
    assert addresses(Stage.PILOT) == ["10.17.92.31", "192.168.23.31"]
    assert addresses(Stage.RETIRE) == ["10.17.92.31"]
