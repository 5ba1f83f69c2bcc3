"""``scripts/health_check.py --what-if``: who would lose what, and what would have no second any more."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.core.language import translate
from nornir_tasks.core.terminal import wrap
from nornir_tasks.health.what_if import (
    GroupLoss,
    count_sites,
    describe_weakened,
    find_weakened,
    group_losses,
    name_some,
    parse_outage,
    summarise,
)
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.read_only import Standing
from nornir_tasks.reachability.intended import describe_unknown, render_intended
from nornir_tasks.reachability.outage import OutageProof

NAMED = 6  # applications that a line names


def tell_what_if(words: Sequence[str], form: Format) -> int:
    """Print who would lose what, by the configurations that the switches are to run; nothing is connected to.

    Args:
        words: what is out, as ``health.what_if.parse_outage`` takes it.
        form: texts for people, or JSON.

    Raises:
        FellesdriftError: the inventory is wrong, or a word names nothing.
    """
    region, standing = load_region(), Standing()
    outage = parse_outage(region, words)
    intended = render_intended(region, standing.position(), region.municipalities, standing.legacy)
    cuts = OutageProof(region, intended.position, intended.texts).find_cut_off(outage)
    losses, weakened = group_losses(region, cuts), find_weakened(region, intended.position, outage)
    summary, unknown = summarise(region, losses), describe_unknown(region, intended)
    verdict = translate("Without {names}: {summary}.", names=", ".join(words), summary=summary)
    if form == Format.JSON:
        found = {"losses": [asdict(loss) for loss in losses], "weakened": [asdict(each) for each in weakened]}
        terminal.print_json({"what_if": list(words), "verdict": verdict, **found, "unknown": unknown})
        return CLEAN
    print(wrap(verdict))
    is_wide = len({loss.home for loss in losses}) > 1
    for line in _list_homes(losses) if is_wide else _list_groups(losses):
        print(line)
    if weakened:
        print("\n" + translate("No second any more:"))
    for each in weakened:
        print(wrap(f"  {describe_weakened(each)}", indent=4))
    if unknown:
        print(f"\n{wrap(unknown)}")
    return CLEAN


def _list_homes(losses: Sequence[GroupLoss]) -> Iterator[str]:
    """A line a municipality."""
    by_home: dict[str, list[GroupLoss]] = defaultdict(list)
    for loss in losses:
        by_home[loss.home].append(loss)
    for home, own in by_home.items():
        labels = list(dict.fromkeys(label for loss in own for label in loss.applications))
        people = sum(loss.people for loss in own)
        yield wrap(f"\n{people:5}  {home}, {count_sites(own)}: {name_some(labels, NAMED)}", indent=7)


def _list_groups(losses: Sequence[GroupLoss]) -> Iterator[str]:
    """Some lines for those of a group who lose the same, wherever they sit: the people, what they lose and keep."""
    alike: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[GroupLoss]] = defaultdict(list)
    for loss in losses:
        alike[loss.group, loss.applications, loss.keeps].append(loss)
    for (group, lost, keeps), own in alike.items():
        people = sum(loss.people for loss in own)
        yield wrap(f"\n{people:5}  {group}: {', '.join(loss.site for loss in own)}", indent=7)
        yield wrap(7 * " " + translate("lose {applications}", applications=name_some(lost, NAMED)), indent=7)
        if keeps:
            yield wrap(7 * " " + translate("keep {applications}", applications=name_some(keeps, NAMED)), indent=7)
