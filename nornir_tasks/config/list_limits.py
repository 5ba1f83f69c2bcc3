"""Access lists that are longer than the hardware of their switch holds. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nornir_tasks.config.view import View, build_view
from nornir_tasks.config.zone_lists import RuleView
from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.finding import Variable, judge_variable

FULLEST = Stage.SETTLE  # of all stages one at which a list is longest: servers answer at the old address and the new


@dataclass(frozen=True)
class LongList:
    """An access list with more entries than its switch holds."""

    device: str
    model: str
    name: str
    entries: int
    limit: int

    def __str__(self) -> str:
        return (
            f"{self.device}: access list {self.name} has {self.entries} entries, expected at most {self.limit}, "
            f"which {self.model} holds (switch_models.{self.model}.acl_entries)"
        )


def find_long_lists(view: View) -> Iterator[LongList]:
    """Each access list of a view that is too long. Remarks take no place in the hardware."""
    limit = view.device.switch_model.acl_entries
    for name, rules in view.access_lists.items():
        entries = _count_entries(rules)
        if entries > limit:
            yield LongList(view.device.name, view.device.model, name, entries, limit)


def judge_long_lists(region: Region) -> Iterator[Verdict[Variable]]:
    """A warning for each access list of a region that is too long at its longest: it could not be rendered."""
    position = Position(dict.fromkeys(region.municipalities, FULLEST))
    for device in region.devices.values():
        if device.gateways or device.exits:
            for long_list in find_long_lists(build_view(device, position, region)):
                actual = f"{long_list.model}, and {long_list.entries} entries in the access list {long_list.name}"
                expected = f"a model that holds them; this one holds {long_list.limit} (its acl_entries)"
                advice = (
                    "no configuration is rendered with it: fewer ports, hosts or zones in the records it follows from"
                )
                yield judge_variable(device.name, ("model",), actual, expected, advice, Severity.WARNING)


def _count_entries(rules: Iterable[RuleView]) -> int:
    return sum(rule.action != "remark" for rule in rules)
