"""The inventory to NetBox's CSV files and back: nothing is lost that both can say, what is wrong is told at once."""

import csv
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nornir_tasks.inventory import load as inventory
from nornir_tasks.inventory.load import resolve
from nornir_tasks.model.build import build_region
from nornir_tasks.netbox import export
from nornir_tasks.netbox.files import find_host_extras
from nornir_tasks.netbox.read import Export, NetboxErrors
from nornir_tasks.netbox.tables import FILES, NOT_SAID, NOT_SAID_OF_MUNICIPALITIES, TABLES, NetboxError
from nornir_tasks.netbox.take import prepare_import
from tests.support.reduced_inventory import ROOT, patch, reduced

CASES = sorted((ROOT / "tests" / "cases" / "netbox").glob("*.yml"))
HOSTS = "inventory/municipalities/loppa.yml"
HOME = "inventory/group_vars/loppa/municipality.yml"

# Inventories that say more than the real one does: each a patch over Loppa and the operations centre.
VARIANTS = {
    "as it is": [],
    "formulas, quotes and commas in names": [
        {"file": HOME, "replace": "name: Loppa rådhus", "by": """name: '=cmd("calc"), ''+1'''"""},
        {"file": HOME, "replace": "label: Loppa", "by": 'label: "@SUM(A1), {Loppa} #1: no"'},
    ],
    "a server in two groups": [
        {"file": HOSTS, "replace": "hypervisors:", "by": "managed_servers: {hosts: {loppa-file-01: }}\nhypervisors:"}
    ],
    "a port that is said to be unused": [
        {"file": HOSTS, "replace": "41-42: building}", "by": "41-42: building, 44: unused}"},
        {"file": HOSTS, "replace": "13-14: server}", "by": "13-14: server, 16: access_point}"},
    ],
    "a faster link": [
        {
            "file": "inventory/group_vars/loppa/links.yml",
            "replace": '{a: "loppa-acc-01:49", b: "loppa-core-01:1"}',
            "by": '{a: "loppa-acc-01:49", b: "loppa-core-01:1", gbps: 10}',
        }
    ],
    "a server at a site of its own": [
        {"file": HOSTS, "replace": "{address: 10.17.92.40,", "by": "{site: hogtun-skole, address: 10.17.2.13,"},
    ],
    "variables that NetBox does not know": [
        {"file": HOSTS, "replace": "{address: 10.17.92.12,", "by": "{ansible_port: 2222, address: 10.17.92.12,"},
        {"file": HOME, "replace": "\nlegacy:", "by": "\nmbps_per_client: 0.25\n\nlegacy:"},
    ],
    "sites whose keys YAML takes for something else": [
        {"file": HOSTS, "replace": "site: nuvsvag-skole", "by": "site: 'no'"},
        {"file": HOME, "replace": "  nuvsvag-skole: ", "by": "  'no': "},
        {"file": HOME, "replace": "sandland-skole, nuvsvag-skole]", "by": "sandland-skole, 'no']"},
        *[{"file": "inventory/group_vars/loppa/user_groups.yml", "replace": "nuvsvag-skole:", "by": "'no':"}] * 3,
    ],
}


@pytest.fixture
def exported(place):
    """The same, with its export in ``netbox``."""
    _export(Path("inventory"), Path("netbox"))
    return place


def _region(source):
    return build_region(resolve([source]))


def _export(source, folder):
    folder.mkdir()
    files = export.format_files(export.make_tables(_region(source)))
    for name, text in files.items():
        (folder / name).write_text(text)
    return files


def _bare(source, target):
    """A copy that lacks everything that NetBox says: a municipality's own keys, and of hosts and links most."""
    shutil.copytree(source, target)
    for file in target.glob("municipalities/*.yml"):
        hosts = find_host_extras(yaml.safe_load(file.read_text()))
        file.write_text(yaml.safe_dump({file.stem: {"hosts": hosts}} if hosts else None))
    for file in target.glob("group_vars/*/links.yml"):
        links = [
            {key: link[key] for key in ("a", "b", "line") if key in link}
            for link in yaml.safe_load(file.read_text())["links"]
        ]
        file.write_text(yaml.safe_dump({"links": links}, allow_unicode=True))
    for file in target.glob("group_vars/*/municipality.yml"):
        said = yaml.safe_load(file.read_text())
        rest = {key: value for key, value in said.items() if key not in ("label", "number", "prefix", "sites")}
        file.write_text(yaml.safe_dump(rest, allow_unicode=True) if rest else "---\n")


def _files(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_real_inventory_comes_back_to_the_byte(tmp_path):
    """Exported and imported into a copy: every file says the same already; exported again, every byte is the same."""
    copy = tmp_path / "inventory"
    shutil.copytree(ROOT / "inventory", copy)
    door = [str(ROOT / "scripts" / "inventory.py")]
    there = [*door, "export", "--netbox", str(tmp_path / "one"), "-i", str(ROOT / "inventory")]
    back = [*door, "import", "--netbox", str(tmp_path / "one"), "--output", str(copy), "-i", str(ROOT / "inventory")]
    subprocess.run(there, check=True, capture_output=True)
    done = subprocess.run([*back, "--format", "json"], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == {"changed": [], "same": 24, "written": True, "notes": []}
    before = {file: file.read_bytes() for file in (ROOT / "inventory").rglob("*.yml")}
    assert {file: (copy / file.relative_to(ROOT / "inventory")).read_bytes() for file in before} == before
    again = [*door, "export", "--netbox", str(tmp_path / "two"), "-i", str(copy)]
    subprocess.run(again, check=True, capture_output=True)
    assert _files(tmp_path / "one") == _files(tmp_path / "two")


def test_the_real_inventory_is_written_anew_from_what_netbox_says(tmp_path, monkeypatch, quick):
    """Without a file to look at: the same region, where what NetBox cannot say was kept; else that is to be done."""
    monkeypatch.setattr(inventory, "ask", quick)
    real, bare, empty = ROOT / "inventory", tmp_path / "bare", tmp_path / "empty"
    files = _export(real, tmp_path / "netbox")
    _bare(real, bare)
    _bare(real, empty)
    shutil.rmtree(empty)
    prepare_import(tmp_path / "netbox", bare, [real]).write()
    before, after = _region(real), _region(bare)
    assert before == after
    assert export.format_files(export.make_tables(after)) == files
    taken = prepare_import(tmp_path / "netbox", empty, [real])
    taken.write()
    assert len(taken.changed) == 24
    assert len(taken.notes) == 14, "a legacy map and a programme for each municipality are still to be written"
    texts = {file.relative_to(empty): text for file, text in taken.changed.items()}
    assert not any("legacy:" in text or "migration:" in text for text in texts.values())
    assert max(len(line) for text in texts.values() for line in text.splitlines()) <= 120


def test_what_is_declared_as_not_said_is_in_no_file(place):
    """Taken away from the region, it changes no file; and the list names what there is of it."""
    region = _region(Path("inventory"))
    homes = {
        name: home.model_copy(update=dict.fromkeys(NOT_SAID_OF_MUNICIPALITIES, ()))
        for name, home in region.municipalities.items()
    }
    nowhere = region.devices["loppa-core-01"].endpoint.model_copy(update={"host": "nowhere", "ssh_port": 1})
    devices = {name: one.model_copy(update={"endpoint": nowhere}) for name, one in region.devices.items()}
    servers = {name: one.model_copy(update={"endpoint": nowhere}) for name, one in region.servers.items()}
    bare = region.model_copy(update={"municipalities": homes, "devices": devices, "servers": servers})
    assert bare != region
    assert export.format_files(export.make_tables(bare)) == export.format_files(export.make_tables(region))
    text = "\n".join(export.list_not_exported(region))
    assert all(
        name in text
        for name in ("loppa (4 VLANs)", "loppa (3 waves)", "loppa (6 groups)", "11 port profiles", "27 servers")
    )
    assert set(NOT_SAID_OF_MUNICIPALITIES) < set(NOT_SAID)


@pytest.mark.parametrize("name", VARIANTS)
def test_there_and_back(place, name):
    patch(place, VARIANTS[name])
    before = _region(Path("inventory"))
    files = _export(Path("inventory"), Path("netbox"))
    assert prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")]).changed == {}
    _bare(Path("inventory"), Path("bare"))
    prepare_import(Path("netbox"), Path("bare"), [Path("inventory")]).write()
    after = _region(Path("bare"))
    assert after == before
    assert export.format_files(export.make_tables(after)) == files


def test_export_can_be_imported_in_its_order(exported):
    """Every name that a file refers to is in a file before it (or in itself), as NetBox looks it up."""
    refers = {
        "sites": {"group": ("site_groups", "name"), "tenant": ("tenants", "name")},
        "device_types": {"manufacturer": ("manufacturers", "name"), "default_platform": ("platforms", "name")},
        "clusters": {"type": ("cluster_types", "name"), "tenant": ("tenants", "name")},
        "vlans": {"group": ("vlan_groups", "name"), "role": ("roles", "name")},
        "prefixes": {"vlan": ("vlans", "vid"), "vlan_group": ("vlan_groups", "name"), "role": ("roles", "name")},
        "devices": {
            "role": ("device_roles", "name"),
            "device_type": ("device_types", "model"),
            "platform": ("platforms", "name"),
            "site": ("sites", "name"),
            "cluster": ("clusters", "name"),
        },
        "interfaces": {"device": ("devices", "name"), "untagged_vlan": ("vlans", "vid")},
        "virtual_machines": {"device": ("devices", "name"), "cluster": ("clusters", "name")},
        "vm_interfaces": {"virtual_machine": ("virtual_machines", "name")},
        "cables": {"side_a_device": ("devices", "name"), "side_b_device": ("devices", "name")},
        "ip_addresses": {"device": ("devices", "name"), "virtual_machine": ("virtual_machines", "name")},
    }
    made = export.make_tables(_region(Path("inventory")))
    order = [table.name for table in TABLES]
    for table, columns in refers.items():
        for column, (other, key) in columns.items():
            known = {row[key] for row in made[other]}
            assert order.index(other) < order.index(table)
            assert {row[column] for row in made[table] if row.get(column)} <= known, f"{table}.{column}"
    interfaces = {(row["device"], row["name"]) for row in made["interfaces"]}
    ends = {(row[f"side_{side}_device"], row[f"side_{side}_name"]) for row in made["cables"] for side in "ab"}
    assert ends <= interfaces
    clusters = {row["name"]: row.get("cluster") for row in made["devices"]}
    assert all(clusters[row["device"]] == row["cluster"] for row in made["virtual_machines"])
    assert len({row["address"].split("/")[0] for row in made["ip_addresses"]}) == len(made["ip_addresses"])
    assert len({row["prefix"] for row in made["prefixes"]}) == len(made["prefixes"])


def test_every_row_has_only_columns_of_its_table(exported):
    made = export.make_tables(_region(Path("inventory")))
    for table in TABLES:
        assert all(set(row) <= set(table.columns) for row in made[table.name])
    custom = {f"cf_{row['name']}" for row in made["custom_fields"]}
    assert {column for table in TABLES for column in table.columns if column.startswith("cf_")} == custom


def test_what_netbox_writes_itself_is_read(exported):
    """Its table exports: labels for heads, labels for values, a dash for nothing, the user's own separator."""
    made = export.make_tables(_region(Path("inventory")))
    folder = Path("theirs")
    folder.mkdir()
    for name, rows in _theirs(made).items():
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        (folder / name).write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    taken = prepare_import(folder, Path("inventory"), [Path("inventory")])
    assert taken.changed == {}
    assert taken.notes == ("netbox_racks.csv: not read, it is no table of the inventory's",)


def _theirs(made):
    """Our tables as NetBox's list views export them (dcim/tables, ipam/tables: verbose names)."""
    vlans = {row["vid"]: f"{row['name']} ({row['vid']})" for row in made["vlans"]}
    vlans["100"] = "OPERATIONS (100)"
    primary = {row["device"] or row["virtual_machine"]: row["address"] for row in made["ip_addresses"]
               if row["is_primary"] == "true"}  # fmt: skip
    empty = "—"

    def several(row):
        found = [vlans[one] for one in row.get("tagged_vlans", "").split(",") if one]
        return "\n".join(found) or empty

    def machine(row, number):
        said = {"ID": number, "Name": row["name"], "Status": "Active", "Tenant": row["tenant"], "Site": row["site"]}
        return said | {"Role": row["role"].replace("_", " ").capitalize(), "IPv4 Address": primary[row["name"]]}

    speeds = {"1000000": "1 Gbps", "10000000": "10 Gbps"}
    return {
        "netbox_racks.csv": [{"ID": 1, "Name": "A1"}],
        "netbox_tenants.csv": [
            {"Name": row["name"], "Slug": row["slug"], "Municipality number": row["cf_municipality_number"]}
            for row in made["tenants"]
        ] + [{"Name": "A supplier", "Slug": "a-supplier", "Municipality number": empty}],
        "netbox_sites.csv": [
            {"Name": row["name"], "Slug": row["slug"], "Status": "Active", "Group": row["group"]}
            | {"Tenant": row["tenant"], "Block": row["cf_block"], "Clients": row["cf_clients"], "Comments": "a\nb"}
            for row in made["sites"]
        ],
        "netbox_prefixes.csv": [
            {"Prefix": row["prefix"], "Tenant": row["tenant"], "VLAN": vlans.get(row.get("vlan"), empty)}
            | {"Role": row["role"].capitalize()}
            for row in made["prefixes"]
        ],
        "netbox_VLANs.csv": [{"VID": row["vid"], "Name": row["name"], "Group": row["group"]} for row in made["vlans"]],
        "netbox_devices.csv": [
            machine(row, number) | {"Type": row["device_type"], "Platform": row.get("platform") or empty}
            for number, row in enumerate(made["devices"])
        ],
        "netbox_virtual machines.csv": [
            machine(row, number) | {"Device": row["device"], "Cluster": row["cluster"]}
            for number, row in enumerate(made["virtual_machines"])
        ],
        "netbox_interfaces.csv": [
            {"Name": row["name"], "Device": row["device"], "Enabled": row["enabled"].capitalize()}
            | {"Type": "Virtual" if row["type"] == "virtual" else "1000BASE-T (1GE)"}
            | {"Speed": speeds.get(row.get("speed", ""), empty), "Mode": row.get("mode", "").capitalize() or empty}
            | {"Untagged VLAN": vlans.get(row.get("untagged_vlan"), empty), "Tagged VLANs": several(row)}
            for row in made["interfaces"]
        ],
        "netbox_cables.csv": [
            {"ID": number, "Device A": row["side_a_device"], "Termination A": row["side_a_name"]}
            | {"Device B": row["side_b_device"], "Termination B": row["side_b_name"], "Tenant": row["tenant"]}
            for number, row in enumerate(made["cables"])
        ],
        "netbox_IP addresses.csv": [
            {"IP Address": row["address"], "Status": row["status"].capitalize(), "Tenant": row["tenant"]}
            | {"Parent": row["device"] or empty, "Virtual machine": row.get("virtual_machine") or empty}
            | {"Interface": row["interface"]}
            for row in made["ip_addresses"]
        ],
    }  # fmt: skip


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_case(file, exported):
    """What people are told, to the letter; and nothing is written."""
    case = yaml.safe_load(file.read_text())
    spoil(exported, case["patch"])
    before = {one: one.read_bytes() for one in Path("inventory").rglob("*") if one.is_file()}
    with pytest.raises(NetboxError) as caught:
        prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")]).write()
    assert str(caught.value).replace(str(exported), "{tmp}").rstrip() == case["expect"].rstrip()
    assert caught.value.exit_code == 1
    assert {one: one.read_bytes() for one in Path("inventory").rglob("*") if one.is_file()} == before


def spoil(place, patches):
    """Change files of an export: text, or what a program made of it."""
    for one in patches:
        file = place / "netbox" / one["file"]
        if "remove" in one:
            file.unlink()
        elif "encode" in one:
            file.write_bytes(file.read_text().encode(one["encode"]))
        elif "copy" in one:
            shutil.copy(file, place / "netbox" / one["copy"])
        elif "hex" in one:
            file.write_bytes(file.read_bytes() + bytes.fromhex(one["hex"]))
        else:
            patch(place, [{**one, "file": f"netbox/{one['file']}"}])


def test_there_are_cases():
    assert len(CASES) >= 15
    assert len({yaml.safe_load(file.read_text())["expect"] for file in CASES}) == len(CASES)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: "\ufeff" + text, id="a mark of the order of bytes"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: text + "\n\n,,,\n", id="empty lines at the end"),
        pytest.param(lambda text: re.sub(r"^(.*)$", r'\1,"a\nb"', text, flags=re.M)[: -len(',"a\nb"')], id="quoted"),
    ],
)
def test_other_ways_to_write_csv_are_read(exported, change):
    for file in Path("netbox").glob("*_sites.csv"):
        text = change(file.read_text())
        file.write_bytes(text.encode())
    assert prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")]).changed == {}


@pytest.mark.parametrize("delimiter", ["\t", "|", ";"])
def test_separators_that_netbox_offers_are_read(exported, delimiter):
    for file in Path("netbox").glob("*.csv"):
        rows = list(csv.reader(io.StringIO(file.read_text())))
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(rows)
        file.write_text(text.getvalue())
    assert prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")]).changed == {}


def test_a_formula_stays_text(exported):
    spoil(exported, [{"file": FILES["sites"], "replace": "Sandland skole", "by": "=cmd()"}])
    spoil(exported, [{"file": FILES["devices"], "replace": "Sandland skole", "by": "=cmd()"}])
    taken = prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")])
    assert [file.name for file in taken.changed] == ["municipality.yml"]
    taken.write()
    assert yaml.safe_load(Path(HOME).read_text())["sites"]["sandland-skole"]["name"] == "=cmd()"
    assert _region(Path("inventory")).municipalities["loppa"].sites["sandland-skole"].name == "=cmd()"


def test_no_name_speaks_to_the_terminal(exported):
    """What is told of a bad name is printable, whatever is in it."""
    spoil(exported, [{"file": FILES["sites"], "replace": "Sandland skole", "by": "Sand\x1b[31mland"}])
    spoil(exported, [{"file": FILES["devices"], "replace": "procurve,active", "by": "pro\x1b[31m,active"}])
    with pytest.raises(NetboxErrors) as caught:
        prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")])
    assert str(caught.value).replace("\n", "").isprintable()
    assert r"found 'Sand\x1b[31mland', expected text on one line" in str(caught.value)


def test_a_change_in_netbox_changes_only_its_lines(exported):
    """Comments, legacy maps and all other lines stay as somebody wrote them."""
    before = Path(HOME).read_text()
    spoil(exported, [{"file": FILES["sites"], "replace": "10.17.2.96/27,12", "by": "10.17.2.96/27,13"}])
    taken = prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")])
    taken.write()
    assert list(taken.changed) == [Path(HOME)]
    assert Path(HOME).read_text() == before.replace("10.17.2.96/27, clients: 12", "10.17.2.96/27, clients: 13")


def test_an_address_that_moves_is_one_line(exported):
    """Of a switch whose ports others repeat by their anchor, too."""
    before = Path(HOSTS).read_text()
    spoil(exported, [{"file": FILES["ip_addresses"], "replace": "10.17.2.11/21", "by": "10.17.2.13/21"}])
    prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")]).write()
    assert Path(HOSTS).read_text() == before.replace("address: 10.17.2.11\n", "address: 10.17.2.13\n")


def test_the_order_of_rows_means_nothing(exported):
    """Nor does the direction of a cable, as long as the inventory has one of its own."""
    for file in Path("netbox").glob("*.csv"):
        with file.open(newline="") as opened:
            head, *rows = csv.reader(opened)
        if "cables" in file.name:
            rows = [[*row[3:6], *row[:3], *row[6:]] for row in rows]
        with file.open("w", newline="") as opened:
            csv.writer(opened).writerows([head, *reversed(rows)])
    assert prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")]).changed == {}


def test_what_would_be_lost_stops_the_import(exported):
    text = Path(HOSTS).read_text()
    Path(HOSTS).write_text(text.replace("loppa:\n", "loppa:\n  vars: {mbps_per_client: 0.5}\n"))
    spoil(exported, [{"file": FILES["ip_addresses"], "replace": "10.17.2.11/21", "by": "10.17.2.13/21"}])
    with pytest.raises(NetboxError, match="found vars beside the hosts of loppa"):
        prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")])


def test_a_new_switch_of_netbox_is_added(exported):
    """A device, its ports, its cable and its address: one row each."""
    made = export.make_tables(_region(Path("inventory")))
    rename = {
        "loppa-acc-08": "loppa-acc-09",
        "10.17.2.139/21": "10.17.2.140/21",
        "192.168.16.18/21": "192.168.16.19/21",
    }
    for name, column in (("devices", "name"), ("interfaces", "device"), ("ip_addresses", "device")):
        for row in [row for row in made[name] if row[column] == "loppa-acc-08"]:
            made[name].append({key: rename.get(value, value) for key, value in row.items()})
    cable = next(row for row in made["cables"] if row["side_a_device"] == "loppa-acc-08")
    made["cables"].append({**cable, "side_a_device": "loppa-acc-09", "side_b_name": "GigabitEthernet1/0/7"})
    port = next(row for row in made["interfaces"] if row["name"] == "GigabitEthernet1/0/7" and "core" in row["device"])
    first = next(row for row in made["interfaces"] if row["name"] == "GigabitEthernet1/0/6" and "core" in row["device"])
    port |= {**first, "name": port["name"]}
    for name, text in export.format_files(made).items():
        Path("netbox", name).write_text(text)
    prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")]).write()
    device = _region(Path("inventory")).devices["loppa-acc-09"]
    assert (device.site, device.model, str(device.address)) == ("nuvsvag-skole", "J9776A", "10.17.2.140/21")
    assert device.ports[24].neighbour.device == "loppa-core-01"
    assert '"loppa-acc-[01:09]"' in Path(HOSTS).read_text()
    assert prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")]).changed == {}


def test_sites_of_one_name_are_refused(place):
    patch(place, [{"file": HOME, "replace": "Sandland skole", "by": "Bergsfjord skole"}])
    with pytest.raises(NetboxError, match="found twice: site name 'Bergsfjord skole'; expected names that differ"):
        export.make_tables(_region(Path("inventory")))


def test_everything_is_told_at_once(exported):
    """All problems of the files are told at once, and sorted."""
    for name in ("bad_prefix", "unknown_site", "cable_to_nowhere"):
        spoil(exported, yaml.safe_load((ROOT / "tests" / "cases" / "netbox" / f"{name}.yml").read_text())["patch"])
    with pytest.raises(NetboxErrors) as caught:
        prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")])
    assert len({one.subject.file for one in caught.value.problems}) == 4
    assert len(caught.value.problems) == 5
    places = [problem.subject for problem in caught.value.problems]
    assert places == sorted(places)


def test_the_doors(tmp_path):
    """Help with examples; exit codes; nothing on screen but what was asked for; no traceback."""

    def run(*arguments):
        command = [sys.executable, str(ROOT / "scripts" / "inventory.py"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ), check=False)

    reduced(tmp_path)
    there = run("export", "--netbox", "netbox", "-i", "inventory")
    assert there.returncode == 0
    assert max(len(line) for line in there.stdout.splitlines()) <= 80
    assert "legacy: the legacy maps" in there.stdout
    assert sorted(file.name for file in (tmp_path / "netbox").iterdir())[-2:] == ["README.txt", "not-exported.txt"]
    back = ("import", "--netbox", "netbox", "--output", "inventory", "-i", "inventory")
    same = run(*back, "--check")
    assert (same.returncode, same.stderr) == (0, "")
    sites = tmp_path / "netbox" / FILES["sites"]
    sites.write_text(sites.read_text().replace("10.17.2.96/27,12", "10.17.2.96/27,13"))
    other = run(*back, "--check", "--format", "json")
    assert other.returncode == 3
    assert json.loads(other.stdout)["changed"] == ["inventory/group_vars/loppa/municipality.yml"]
    sites.write_text(sites.read_text().replace("10.17.2.96/27", "10.17.2.96/33"))
    bad = run(*back)
    assert bad.returncode == 1
    assert bad.stderr.startswith("error: 1 problem in the NetBox export; nothing was written\n05_sites.csv:")
    assert run("import", "--netbox", "nowhere", "--output", "inventory").returncode == 1
    assert run("import").returncode == 2
    for command in ("export", "import"):
        assert f"scripts/inventory.py {command} --netbox" in run(command, "--help").stdout


def test_what_only_one_side_knows_is_told(exported):
    """It is no error: NetBox may hold more, or less, or what is not there yet."""
    spoil(exported, [{"file": FILES["devices"], "replace": "J9776A,procurve,active", "by": "J9776A,procurve,planned"}])
    spoil(exported, [{"file": FILES["prefixes"], "replace": "10.17.8.0/21", "by": "10.99.8.0/21"}])
    spoil(exported, [{"file": FILES["tenants"], "replace": "Loppa,loppa,17\n", "by": "Loppa,loppa,17\nA,a,\n"}])
    addresses = Path("netbox", FILES["ip_addresses"])
    addresses.write_text(addresses.read_text() + "10.17.8.77/21,Loppa,active,,,,\n")
    taken = prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")])
    assert taken.changed == {}
    assert taken.notes == (
        "devices that are taken as if they were active: loppa-acc-04 (planned)",
        "prefixes in NetBox alone: 1; the inventory has no place for them",
        "prefixes that follow from the inventory, but are not in NetBox: 1",
        "addresses in NetBox alone: 1; the inventory has no place for them",
    )


def test_nothing_ends_in_a_traceback(exported, monkeypatch):
    """Cells, rows and characters changed all over the files: told, or taken as sound YAML; never anything else."""
    current = resolve([Path("inventory")])
    monkeypatch.setattr("nornir_tasks.netbox.take.resolve", lambda sources: current)
    texts = {file: file.read_text() for file in sorted(Path("netbox").glob("*.csv"))}
    pick = random.Random(4)
    words = ["", "0", "-1", "null", "~", "no", "10.0.0.0/8", "::1/64", "=cmd()", "{{x}}", "a: b", "all", "9" * 20, '"']
    imported = [file for file in texts if file.stem[3:] in Export.__dataclass_fields__]
    told = []
    for _ in range(60):
        file = pick.choice(imported)
        lines = texts[file].splitlines()
        row = pick.randrange(len(lines))
        cells = lines[row].split(",")
        cells[pick.randrange(len(cells))] = pick.choice([*words, *pick.choice(lines).split(",")])
        lines[row] = pick.choice([",".join(cells), ",".join(cells), "", lines[row] + "\n" + pick.choice(lines)])
        file.write_text("\n".join(lines) + "\n")
        try:
            taken = prepare_import(Path("netbox"), Path("inventory"), [Path("inventory")])
            assert all(isinstance(yaml.safe_load(text), dict) for text in taken.changed.values())
        except NetboxError as error:
            told.append(str(error))
        file.write_text(texts[file])
    assert len(told) > 20
    assert all(".csv" in one for one in told)
