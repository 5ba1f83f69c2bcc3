"""Validation in words: found, expected, advice; and what is still read of a record with a slip in it."""

import pytest

from nornir_tasks.model.entries import STAND_INS, ServerEntry, SwitchEntry
from nornir_tasks.model.finding import format_path, format_value, suggest_nearest
from nornir_tasks.model.municipality import Migration, Municipality, Site, Waiver
from nornir_tasks.model.services import CommonService, RiskAssessment
from nornir_tasks.model.standard import Account, PortProfile, Zone
from nornir_tasks.model.words import validate_record

ZONE = {"vlan": 100, "name": "OPERATIONS", "block": "0.0/21"}
SITE = {"name": "Town hall", "purpose": "town_hall", "block": "10.17.0.0/23"}
SWITCH = {"site": "hall", "model": "J9776A", "address": "10.17.0.11"}
SERVICE = {"label": "Time", "hosts": ["time-01"]}
MADE = {"made": "2026-09-02", "covers": ["all"]}
WAVES = {"pilot_sites": ["hall"], "waves": [["school"]]}


@pytest.mark.parametrize(
    ("model", "said", "change", "told"),
    [
        (Zone, ZONE, {"vlan": 4095}, ("vlan", "4095", "at most 4094", "")),
        (Zone, ZONE, {"vlan": "many"}, ("vlan", "'many'", "a whole number", "")),
        (Zone, ZONE, {"vlan": None}, ("vlan", "nothing", "a whole number", "")),
        (CommonService, SERVICE, {"zones": "guest"}, ("zones", "'guest'", "a list", "")),
        (
            CommonService,
            SERVICE,
            {"zones": ["Guest"]},
            ("zones[0]", "'Guest'", "a name of lower-case letters, digits, - and _", ""),
        ),
        (
            CommonService,
            SERVICE,
            {"ports": ["https"]},
            ("ports[0]", "'https'", "a port such as tcp/443, udp/53, tcp/5000-5010 or icmp", ""),
        ),
        (CommonService, SERVICE, {"hosts": []}, ("hosts", "an empty list", "at least one", "")),
        (Site, SITE, {"clients": -1}, ("clients", "-1", "at least 0", "")),
        (Site, SITE, {"name": ["Town", "hall"]}, ("name", "a list", "text", "")),
        (
            Site,
            SITE,
            {"block": "10.17.0.9/23"},
            ("block", "'10.17.0.9/23'", "a network such as 10.17.2.0/27", "did you mean 10.17.0.0/23?"),
        ),
        (Site, SITE, {"block": "10.17.0.0/33"}, ("block", "'10.17.0.0/33'", "a network such as 10.17.2.0/27", "")),
        (
            Site,
            SITE,
            {"blokk": 1},
            ("blokk", "an unknown key", "one of block, clients, name, purpose", "did you mean block?"),
        ),
        (SwitchEntry, SWITCH, {"address": "10.17.0.300"}, ("address", "'10.17.0.300'", "an IPv4 address", "")),
        (
            SwitchEntry,
            SWITCH,
            {"ports": {"1-": "school"}},
            ("ports.1-", "'1-'", "a port or a range of ports, such as 17 or 1-16", ""),
        ),
        (SwitchEntry, SWITCH, {"ports": ["school"]}, ("ports", "a list", "a mapping", "")),
        (SwitchEntry, SWITCH, {"ansible_port": 70000}, ("ansible_port", "70000", "at most 65535", "")),
        (
            ServerEntry,
            {"address": "10.17.1.9"},
            {"attached": "core"},
            ("attached", "'core'", "a switch and the number of its port, such as loppa-core-01:1", ""),
        ),
        (PortProfile, {}, {"clients": "perhaps"}, ("clients", "'perhaps'", "true or false", "")),
        (Account, {"name": "drift"}, {"privilege": 16}, ("privilege", "16", "at most 15", "")),
        (Migration, WAVES, {"waves": [["school"], "hall"]}, ("waves[1]", "'hall'", "a list", "")),
        (RiskAssessment, MADE, {"made": "soon"}, ("made", "'soon'", "a date such as 2026-08-20", "")),
        (Waiver, {"device": "a", "by": "b", "reason": "c"}, {}, ("until", "nothing", "a date such as 2026-08-20", "")),
    ],
)
def test_words(model, said, change, told):
    _, findings = validate_record(model, {**said, **change}, "loppa")
    assert [(one.subject.key, one.actual, one.expected, one.advice) for one in findings] == [told]


def test_a_sound_record_is_read():
    assert validate_record(Zone, ZONE, "loppa") == (Zone(vlan=100, name="OPERATIONS", block="0.0/21"), [])


def test_a_key_that_is_nearly_right_is_read_as_meant():
    zone, findings = validate_record(
        Zone, {"vlna": 100, "name": "OPERATIONS", "block": "0.0/21"}, "loppa", ("zones", "a")
    )
    assert zone == Zone(vlan=100, name="OPERATIONS", block="0.0/21")
    assert [(one.subject.key, one.advice) for one in findings] == [("zones.a.vlna", "did you mean vlan?")]


def test_what_is_unsound_is_left_out_and_the_rest_is_read():
    said = {
        "name": "loppa",
        "label": ["Loppa"],
        "number": 17,
        "prefix": "10.17.0.0/16",
        "sites": {"hall": SITE, "school": {**SITE, "block": "nowhere"}, "nursery": {"name": "Nursery"}},
    }
    home, findings = validate_record(Municipality, said, "loppa", (), STAND_INS)
    assert home is not None
    assert list(home.sites) == ["hall"]
    keys = {"label", "sites.school.block", "sites.nursery.purpose", "sites.nursery.block"}
    assert {one.subject.key for one in findings} == keys
    assert said["sites"]["school"]["block"] == "nowhere", "what was said is not changed"


def test_without_what_everything_rests_on_there_is_no_record():
    home, findings = validate_record(
        Municipality, {"name": "loppa", "label": "Loppa", "number": 17, "sites": {}}, "loppa"
    )
    assert home is None
    assert [(one.subject.key, one.actual) for one in findings] == [("prefix", "nothing")]


@pytest.mark.parametrize(
    ("path", "text"), [((), ""), (("links", 2, "b"), "links[2].b"), (("waves", 0, 1), "waves[0][1]")]
)
def test_dotted(path, text):
    assert format_path(path) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ("a", "'a'"),
        (7, "7"),
        ({}, "an empty mapping"),
        ([1], "a list"),
        ("x" * 99, "'" + "x" * 59 + "…"),
    ],
)
def test_shown(value, text):
    assert format_value(value) == text


def test_nearest():
    assert suggest_nearest("loppa-core-09", ["alta-core-01", "loppa-core-01"]) == "did you mean loppa-core-01?"
    assert suggest_nearest("colour", ["vlan", "name"]) == ""
