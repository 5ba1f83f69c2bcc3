"""The table of risks: what it says of lines that people write, that none of its rows is dead, and how it adds up."""

from pathlib import Path
from random import Random

import pytest
import yaml

from nornir_tasks.config.risk import UNKNOWN, assess_risk, describe_score, judge_lines
from nornir_tasks.model import RiskRule, Stage
from tests.support import migration_plans as plans

CASES = yaml.safe_load((Path(__file__).resolve().parents[2] / "cases" / "risk" / "edits.yml").read_text())
PLATFORMS = ("eos", "ios", "procurve")
RULES = (
    RiskRule(matches="^- router", score=90, why="routing"),
    RiskRule(matches="^[-+] name", score=1, why="a name"),
    RiskRule(matches="name", score=2, why="a name on one platform", platforms=("procurve",)),
)


def table() -> tuple[RiskRule, ...]:
    """The real one."""
    return plans.region().devices["loppa-core-01"].standard.risks


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['platform']}: {case['why']}")
def test_what_people_do(case: dict[str, str]) -> None:
    """The word that a person reads, and the reason that stands first."""
    found = assess_risk(case["platform"], case["diff"], table())
    assert (found.word, case["why"] in found.reasons[0]) == (case["word"], True), found


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_has_every_word(platform: str) -> None:
    """None of them is always harmless or always grave."""
    assert {case["word"] for case in CASES if case["platform"] == platform} == {"low", "medium", "high", "grave"}


def test_no_row_is_dead() -> None:
    """Each row is the gravest for some line of a real move, or of an edit: one that never is, protects nobody."""
    seen = [*plans.moves("loppa"), *((case["platform"], case["diff"]) for case in CASES)]
    won = {line.why for platform, diff in seen for line in judge_lines(platform, diff, table())}
    assert [rule.matches for rule in table() if rule.why not in won] == []
    assert len({rule.why for rule in table()}) == len(table()), "two rows with one reason: this test could not tell"


def test_the_table_is_long_enough_to_be_a_table() -> None:
    """And every row says why in more than a word."""
    assert len(table()) >= 25
    assert [rule for rule in table() if len(rule.why.split()) < 4] == []


def test_every_line_of_a_move_is_judged() -> None:
    """Nobody approves what nobody has thought of: each stage, each platform, there and back."""
    lines = [line for platform, diff in plans.moves("loppa") for line in judge_lines(platform, diff, table())]
    assert [line.change.words for line in lines if line.why == UNKNOWN.why] == []
    assert len(lines) > 2000


@pytest.mark.parametrize(
    ("stage", "device", "words"),
    [
        (Stage.HARMONISE, "loppa-acc-06", {"low"}),  # VLANs beside the legacy ones
        (Stage.CUTOVER, "loppa-acc-06", {"medium"}),  # ports move
        (Stage.CONNECT, "loppa-core-01", {"high"}),  # the way out
        (Stage.RETIRE, "loppa-acc-06", {"high", "grave"}),  # the legacy goes
    ],
)
def test_the_stages_differ(stage: Stage, device: str, words: set[str]) -> None:
    """If everything were grave, nobody would read the word."""
    made = plans.region().devices[device]
    assert assess_risk(made.platform, plans.diff(device, "loppa", stage.before, stage), table()).word in words


def test_nothing_is_no_risk() -> None:
    """An unchanged device."""
    found = assess_risk("ios", "", table())
    assert (found.score, found.word, found.reasons) == (0, "none", ())


def test_a_line_without_a_row() -> None:
    """It gets the declared default."""
    assert assess_risk("ios", "+ something new\n", RULES).reasons == (UNKNOWN.why,)
    assert assess_risk("ios", "+ something new\n", ()).score == UNKNOWN.score


def test_the_gravest_row_wins_in_whatever_order_they_stand() -> None:
    """A harmless row above a grave one hides nothing."""
    rules = (RiskRule(matches=".", score=1, why="anything"), *RULES)
    for some in (rules, tuple(reversed(rules))):
        assert assess_risk("ios", "- router ospf 1\n", some).reasons == ("routing",)


def test_a_row_of_one_platform_is_not_asked_on_another() -> None:
    """The same words mean something else there."""
    assert assess_risk("ios", "+ name x\n", RULES).reasons == ("a name",)
    assert assess_risk("procurve", "+ name x\n", RULES).reasons == ("a name on one platform",)


@pytest.mark.parametrize(("many", "score"), [(1, 1), (2, 2), (3, 2), (4, 3), (48, 6), (1000, 10)])
def test_more_of_the_same_weighs_a_little_more(many: int, score: int) -> None:
    """A thousand names are still low."""
    assert assess_risk("ios", "+ name x\n" * many, RULES).score == score


def test_one_grave_line_among_harmless_ones_is_grave() -> None:
    """The reasons: the gravest first, each once."""
    found = assess_risk("ios", "+ name x\n" * 48 + "- router ospf 1\n+ name y\n", RULES)
    assert (found.score, found.reasons) == (90, ("routing", "a name"))


def test_a_score_is_never_above_100() -> None:
    """However long the diff."""
    assert assess_risk("ios", "- router ospf 1\n" * 5000, RULES).score == 100


def test_a_further_line_never_lowers_a_score() -> None:
    """Whatever lines a diff is made of."""
    random = Random(3)
    rules = [RiskRule(matches=f"^. line-{score}$", score=score, why=str(score)) for score in range(1, 101)]
    for _ in range(50):
        diff, last = "", 0
        for _ in range(40):
            diff += f"+ line-{random.choice([1, 2, 3, random.randint(1, 100)])}\n"
            score = assess_risk("ios", diff, rules).score
            assert last <= score <= 100, diff
            last = score


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, "none"), (1, "low"), (19, "low"), (20, "medium"), (49, "medium"), (50, "high"), (74, "high"), (75, "grave")],
)
def test_words(score: int, expected: str) -> None:
    """Where one word ends and the next begins."""
    assert describe_score(score) == expected
