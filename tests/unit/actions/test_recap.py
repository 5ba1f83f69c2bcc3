"""What a recap says of a night that stopped, without Ansible."""

from nornir_tasks.actions.recap import Recap

ORDER = ("loppa-core-01", "loppa-acc-01", "hammerfest-spine-01", "loppa-acc-02")


def stopped() -> Recap:
    """Two of a wave: one is done, one has gone back; the others never began, and one was left out."""
    recap = Recap()
    recap.begin("loppa", ORDER, ["loppa-acc-09"])
    recap.count("", "ok")
    recap.count("loppa-core-01", "ok", changed=True)
    recap.end("loppa-core-01", "changed")
    recap.count("loppa-acc-01", "failed")
    recap.end("loppa-acc-01", "reverted")
    recap.stop()
    recap.stop()
    return recap


def test_each_switch_is_booked_on_itself_and_the_gates_on_the_municipality() -> None:
    """In the plan's order; those that never began are there, as such."""
    assert [str(row) for row in stopped().list_rows()] == [
        "loppa               : ok=1 changed=0 unreachable=0 failed=1 skipped=0",
        "loppa-core-01       : ok=1 changed=1 unreachable=0 failed=0 skipped=0  done",
        "loppa-acc-01        : ok=0 changed=0 unreachable=0 failed=1 skipped=0  gone back",
        "hammerfest-spine-01 : ok=0 changed=0 unreachable=0 failed=0 skipped=1  not begun",
        "loppa-acc-02        : ok=0 changed=0 unreachable=0 failed=0 skipped=1  not begun",
        "loppa-acc-09        : ok=0 changed=0 unreachable=0 failed=0 skipped=1  left out",
    ]


def test_it_fits_eighty_columns() -> None:
    """Also the longest name with the longest state."""
    assert max(len(str(row)) for row in stopped().list_rows()) == 80


def test_a_shut_gate_is_nobodys_failure_but_the_municipalitys() -> None:
    """Asked once, on whichever host came first; a municipality that was never named has a line all the same."""
    recap = Recap()
    recap.begin("")
    recap.count("", "failed")
    assert [(row.name, row.failed) for row in recap.list_rows()] == [("(no municipality)", 1)]


def test_in_check_mode_nothing_becomes_of_a_switch() -> None:
    """It is neither done nor left."""
    recap = Recap()
    recap.begin("loppa", ORDER[:1])
    recap.count(ORDER[0], "ok", changed=True)
    recap.end(ORDER[0], "")
    assert str(recap.list_rows()[1]) == "loppa-core-01       : ok=1 changed=1 unreachable=0 failed=0 skipped=0"


def test_a_name_that_was_typed_is_made_safe() -> None:
    """It need not be one of the inventory's."""
    recap = Recap()
    recap.begin("loppa\x1b[2J")
    recap.count("", "failed")
    assert [row.name for row in recap.list_rows()] == ["loppa\\x1b[2J"]
