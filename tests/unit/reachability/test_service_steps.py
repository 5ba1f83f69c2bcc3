"""What clients are told who are treated alike, and what is kept from the moment before, is what each is told alone."""

import random

import pytest

from nornir_tasks.model import Stage
from nornir_tasks.reachability.attachment import Attachment
from nornir_tasks.reachability.forwarding import CommonReach, Forwarding
from nornir_tasks.reachability.intended import choose_position, read_switches
from nornir_tasks.reachability.service_matrix import ServiceAnswer, ServiceProof
from nornir_tasks.reachability.service_questions import ServiceQuestion, list_questions
from nornir_tasks.reachability.way import Service, Station
from tests.support.forwarding_bridge_mistakes import BRIDGES
from tests.support.forwarding_list_mistakes import LISTS
from tests.support.forwarding_mistakes import Mistake
from tests.support.forwarding_region import POSITION, edited, region, standard
from tests.support.forwarding_route_mistakes import ROUTES

SAMPLE = 200  # questions of each mistake


class Apart(Forwarding):
    """Everybody is a case of their own, as if nothing were shared."""

    def find_attachment(self, client: Station) -> Attachment | None:
        """None."""
        return None

    def ask_for_alike(self, source: Station, destination: Station, service: Service) -> CommonReach:
        """The answer to this one alone."""
        return CommonReach(self.ask(source, destination, service), None)


@pytest.fixture(scope="module")
def asked() -> tuple[Forwarding, ServiceProof]:
    """The standard, with everything asked once."""
    forwarding = Forwarding(read_switches(region(), standard()))
    proof = ServiceProof(region(), POSITION, forwarding, "loppa")
    assert len(list(proof.answer(list_questions(region(), "loppa")))) > 2000
    return forwarding, proof


def summarise(proof: ServiceProof, questions: list[ServiceQuestion]) -> list[tuple[object, ...]]:
    """All that is told of these questions."""

    def tell(answer: ServiceAnswer) -> tuple[object, ...]:
        return (answer.key, answer.outcome, answer.deciding, answer.is_moved)

    return [tell(answer) for answer in proof.answer(questions)]


@pytest.mark.parametrize("mistake", [*LISTS, *BRIDGES, *ROUTES], ids=lambda mistake: mistake.name)
def test_a_mistake_and_its_mending(asked: tuple[Forwarding, ServiceProof], mistake: Mistake) -> None:
    """One switch after the other, wrong and then right again: outcomes and lines, of the new moment alone."""
    forwarding, proof = asked
    wrong = edited(mistake.edits)
    names = list(dict.fromkeys(edit.device for edit in mistake.edits))
    questions = random.Random(f"20261130 {mistake.name}").sample(list_questions(region(), "loppa"), SAMPLE)
    texts = dict(standard())
    for name, text in [*((name, wrong[name]) for name in names), *((name, standard()[name]) for name in names)]:
        texts[name] = text
        forwarding = forwarding.advance(read_switches(region(), {name: text}))
        proof = proof.advance(POSITION, forwarding)
        apart = Apart(read_switches(region(), texts))
        assert summarise(proof, questions) == summarise(ServiceProof(region(), POSITION, apart, "loppa"), questions)


def test_a_position_that_gives_servers_other_addresses(asked: tuple[Forwarding, ServiceProof]) -> None:
    """The configurations stay, and what was answered for one address of a server is not told of another."""
    forwarding, proof = asked
    before = choose_position(region(), POSITION, ["loppa"], Stage.CONNECT)
    questions = list_questions(region(), "loppa")
    after = proof.advance(before, forwarding.advance([]))
    apart = ServiceProof(region(), before, Apart(forwarding.switches.values()), "loppa")
    assert summarise(after, questions) == summarise(apart, questions)
    assert summarise(after, questions) != summarise(proof, questions)
