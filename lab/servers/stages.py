"""What a municipality's routers do at a stage of its move, as the lab reads the records: pure, and not the product's.

Nothing changes here with a switch or a run of the product: somebody tells the lab how far a municipality has come.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.region.facts import LabError, MunicipalityFacts

WORDS = ("legacy", "survey", "connect", "harmonise", "pilot", "cutover", "settle", "retire")
ANY = "any"  # nobody has told: what there was and what there will be, side by side


@dataclass(frozen=True)
class Stages:
    """How far municipalities have come, as the lab was told."""

    told: Mapping[str, str] = field(default_factory=dict)

    def tell(self, municipality: str, stage: str) -> "Stages":
        """The same with another stage of one municipality.

        Raises:
            LabError: there is no such stage.
        """
        if stage not in (*WORDS, ANY):
            raise LabError(f"stage: found {stage!r}, expected one of {', '.join((*WORDS, ANY))}")
        told = {name: word for name, word in self.told.items() if name != municipality}
        return Stages(told if stage == ANY else {**told, municipality: stage})

    def has_old(self, municipality: str) -> bool:
        """Whether its old networks are there: until they are retired."""
        return not self._has_come_to(municipality, "retire", untold=False)

    def has_new(self, municipality: str, is_management: bool = False) -> bool:
        """Whether networks of the standard are there: that of the equipment from connect on, others from harmonise."""
        return self._has_come_to(municipality, "connect" if is_management else "harmonise", untold=True)

    def has_moved(self, municipality: MunicipalityFacts, site: str) -> bool:
        """Whether people at a site sit in the zones of the standard: where the pilot is before the others."""
        first = "pilot" if site in municipality.pilot_sites else "cutover"
        return self._has_come_to(municipality.name, first, untold=True)

    def _has_come_to(self, municipality: str, stage: str, untold: bool) -> bool:
        word = self.told.get(municipality)
        return untold if word is None else WORDS.index(word) >= WORDS.index(stage)


UNTOLD = Stages()
