"""``scripts/inventory.py reach``: who reaches whom by the intended configurations, and on which line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption, Sources
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import CLEAN, DRIFT, WRONG
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.terminal import wrap
from nornir_tasks.core.text import count_noun
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.read_only import Standing
from nornir_tasks.model import Region, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import (
    Intended,
    choose_position,
    describe_unknown,
    read_switches,
    render_intended,
)
from nornir_tasks.reachability.places import Places, find_municipality, suggest_nearest
from nornir_tasks.reachability.way import Leg, Outcome, Reach, Service

HELP = """Whether FROM opens a connection to TO, hop by hop, and the line that lets it through or stops it.

The answer is read from the configurations that the switches are to run: VLANs, trunks, gateways, routes, access lists.
FROM and TO are a zone at a site, a server, a switch (where it is managed) or an address; PORT is tcp/443, udp/53,
tcp/5000-5010 or icmp. Nothing is connected to.

\b
  scripts/inventory.py reach school@hogtun-skole centre-names-01 udp/53
  scripts/inventory.py reach centre-control-01 loppa-acc-03 tcp/22
  scripts/inventory.py reach guest@hogtun-skole 10.17.0.1 icmp --stage retire
  scripts/inventory.py reach school@hogtun-skole 10.10.1.11 udp/53 \\
      --stage pilot --moved loppa-acc-03

Without --stage everything stands where the journal has it. Before retire what runs is the legacy with the standard
beside it: the legacy is the survey's snapshot, and where there is none, the answer is for retire, and says so.

Exit codes: 0 reached, 1 in part, or it cannot be told, 2 usage, 3 not reached."""
CODES = {Outcome.REACHED: CLEAN, Outcome.UNSURE: WRONG, Outcome.STOPPED: DRIFT}
ORDER = (Outcome.REACHED, Outcome.UNSURE, Outcome.STOPPED)  # the best first
INDENT = 6  # of a row below its hop
WAYS = 3  # that are told in full


def reach(
    source: Annotated[str, typer.Argument(metavar="FROM", help="zone@site, a server, a switch or an address")],
    target: Annotated[str, typer.Argument(metavar="TO", help="zone@site, a server, a switch or an address")],
    port: Annotated[str, typer.Argument(metavar="PORT", help="tcp/443, udp/53, tcp/5000-5010 or icmp")],
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="STAGE", help="as if FROM's and TO's municipalities stood there")
    ] = None,
    moved: Annotated[
        list[str] | None,
        typer.Option("--moved", metavar="DEVICE", help="a switch whose wave has come; the others wait (needs --stage)"),
    ] = None,
    inventory: Sources = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print whether packets arrive and answers come back, and leave with an exit code.

    Args:
        source: who opens the connection.
        target: to whom.
        port: by which protocol and port.
        stage: of the municipalities that both belong to; default: the journal's.
        moved: switches that are at that stage; the others are at the one before.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
        form: a text for people, or JSON.
    """

    def work() -> int:
        service = Service.parse(port)
        region, standing = load_region(inventory), Standing()
        homes = [home for word in (source, target) if (home := find_municipality(region, word))]
        position = standing.position()
        if stage is not None:
            position = choose_position(region, position, homes, parse_stage(stage), check_names(region, moved or ()))
        elif moved:
            raise UsageError("--moved: found without --stage, expected the stage that these switches have come to")
        intended = render_intended(region, position, [*homes, CENTRE], standing.legacy)
        forwarding = Forwarding(read_switches(region, intended.texts))
        places = Places(region, intended.position, forwarding)
        sources, targets = places.find(source), places.find(target)
        answers = [forwarding.ask(near, far, service) for near in sources for far in targets]
        outcome = judge_all(answers)
        if form == Format.JSON:
            terminal.print_json(
                {
                    "outcome": outcome.value,
                    "stages": {home: intended.position.of(home).word for home in dict.fromkeys(homes)},
                    "unknown": intended.unknown,
                    "answers": [answer.as_dict() for answer in answers],
                }
            )
        else:
            head = f"{outcome.value.capitalize()}: {source} to {target}, {service}"
            print("\n".join([wrap(f"{head}, {_describe_stages(region, intended, homes)}"), *format_answers(answers)]))
        return CODES[outcome]

    terminal.run_guarded(work)


def judge_all(answers: Iterable[Reach]) -> Outcome:
    """The worst of all; of what has several addresses the best counts."""
    best: dict[tuple[str, str], Outcome] = {}
    for answer in answers:
        key = (answer.source.place, answer.destination.place)
        best[key] = min(best.get(key, answer.outcome), answer.outcome, key=ORDER.index)
    return max(best.values(), key=ORDER.index)


def parse_stage(word: str) -> Stage:
    """The stage that ``--stage`` names.

    Raises:
        UsageError: it names none.
    """
    try:
        return Stage.parse(word)
    except ValueError as error:
        raise UsageError(f"--{error}") from error


def check_names(region: Region, names: Sequence[str]) -> Sequence[str]:
    """The switches that ``--moved`` names.

    Raises:
        UsageError: one is none of the inventory's.
    """
    for name in names:
        if name not in region.devices:
            near = suggest_nearest(name, region.devices)
            raise UsageError(f"--moved: found {name!r}, expected a switch of the inventory{near}")
    return names


def _describe_stages(region: Region, intended: Intended, homes: Iterable[str]) -> str:
    """Where the municipalities stand, and what is not known of them."""
    movers = [home for home in dict.fromkeys(homes) if region.municipalities[home].has_legacy]
    words = [f"{home} at {intended.position.of(home).word}" for home in movers]
    apart = sorted(name for name in intended.position.devices if not name.startswith("/"))
    text = ", ".join(words) or "at the standard"
    text += f" ({', '.join(f'{name} {intended.position.devices[name].word}' for name in apart)})" if apart else ""
    return f"{text}. {describe_unknown(region, intended)}".rstrip()


def format_answers(answers: Sequence[Reach]) -> Iterator[str]:
    """The ways in full, the worst first, and the line that decides last; at most three ways."""
    ordered = sorted(answers, key=lambda answer: -ORDER.index(answer.outcome))
    for answer in ordered[:WAYS]:
        yield ""
        yield wrap(f"{answer.source.place} ({_describe_addresses(answer)}): {answer.outcome.value}", 2)
        yield from _format_leg("there", answer.there)
        if answer.back is not None:
            yield from _format_leg("back", answer.back)
    if len(ordered) > WAYS:
        yield ""
        yield f"{count_noun(len(ordered) - WAYS, 'more way')}: --format json shows all."
    yield ""
    verb = "Let through by" if ordered[0].outcome == Outcome.REACHED else "Stopped by"
    verb = "In doubt by" if ordered[0].outcome == Outcome.UNSURE else verb
    yield wrap(f"{verb} {ordered[0].deciding}", 2)


def _describe_addresses(answer: Reach) -> str:
    texts = [
        str(end.addresses if end.addresses.prefixlen < 32 else end.addresses.network_address)
        for end in (answer.source, answer.destination)
    ]
    return " to ".join(texts)


def _format_leg(title: str, leg: Leg) -> Iterator[str]:
    for number, crossing in enumerate(leg.crossings):
        vlan = f"VLAN {crossing.vlan}" if crossing.vlan is not None else ""
        words = f"{crossing.device:<19} {crossing.interface:<22} {crossing.direction:<3} {vlan}"
        yield f"{title if not number else '':<{INDENT}}{make_safe(words)}".rstrip()
        for row in leg.rows:
            if row.crossing is crossing:
                yield wrap(f"{'':<{INDENT}}  {row.text}", INDENT + 4)
    if not (leg.rows and leg.end == str(leg.rows[-1])):  # told in the line above
        yield wrap(f"{'' if leg.crossings else title:<{INDENT}}{leg.end}", INDENT + 2)
