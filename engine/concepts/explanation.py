"""One match in terms of named concepts: its ledger, what words bring to it, and whether it is true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.attribution.contributions import TokenContributions
from engine.attribution.explainer import Explainer
from engine.attribution.integrated_jacobians import integrated_jacobians
from engine.attribution.pair import PairExplanation
from engine.concepts.dictionary import Dictionary
from engine.concepts.erasure import ErasureTest, erase_and_keep
from engine.concepts.flow import ConceptFlow, concept_flow, flow_directions
from engine.concepts.ledger import ConceptLedger, concept_ledger
from engine.jobs import Job

FLOW_FEATURES = 24


@dataclass(frozen=True)
class ConceptExplanation:
    """Why a model calls two texts similar, concept by concept.

    Attributes:
        dictionary: the name of the autoencoder.
        names: what each feature of the ledger is called.
        ledger: what each feature carries.
        flow: what each word brings to the features.
        erasure: what the match is without its strongest shared concepts.
    """

    dictionary: str
    names: Mapping[int, str]
    ledger: ConceptLedger
    flow: ConceptFlow
    erasure: ErasureTest

    @property
    def row_names(self) -> tuple[str, ...]:
        """What each row of the ledger is called: a family after its strongest member."""
        names = [self.names[int(feature)] for feature in self.ledger.features]
        for row, members in enumerate(self.ledger.members):
            if len(members) > 1:
                names[row] += f" (+{len(members) - 1})"
        return tuple(names)

    def folded(self, families: npt.NDArray[np.integer]) -> "ConceptExplanation":
        """Return the explanation with one row a family; the test stays that of single features.

        Args:
            families: (F,) the family of each feature, see `ConceptLedger.folded`.
        """
        ledger = self.ledger.folded(families)
        return replace(self, ledger=ledger, flow=self.flow.folded(ledger))


def explain_concepts(
    explainer: Explainer,
    dictionary: Dictionary,
    names: Sequence[str],
    pair: PairExplanation,
    tolerance: float = 2e-3,
    job: Job | None = None,
) -> ConceptExplanation:
    """Return the concepts of a pair that has been explained.

    Where the contributions of a side are known only as far as the other side can see them, they are
    computed once more, as far as the 24 strongest features can see them, and only these have a flow.

    Args:
        explainer: of the model that explained the pair.
        dictionary: features of the same model.
        names: of all features, see `engine.concepts.names`.
        pair: the explanation.
        tolerance: that was asked for in it.
        job: progress and cancellation.

    Raises:
        UserError: the features belong to another model.
    """
    job = job or Job()
    dictionary.check_model(explainer.encoder.info.fingerprint)
    job.step("concepts", 0)
    ledger = concept_ledger(dictionary, pair.query.embedding, pair.candidate.embedding, pair.similarity)
    whole = pair.query.basis is None and pair.candidate.basis is None
    count = None if whole else FLOW_FEATURES

    def seen(side: TokenContributions, part: Job) -> TokenContributions:
        if side.basis is None:
            return side
        # Only integrated Jacobians are ever computed within a basis.
        basis = flow_directions(dictionary, ledger.features[:count])
        return integrated_jacobians(explainer.encoder, side.text, side.layer, tolerance, basis, part)

    query, candidate = seen(pair.query, job.part(0, 0.5)), seen(pair.candidate, job.part(0.5, 1))
    job.step("concepts", 1)
    return ConceptExplanation(
        dictionary.name,
        {int(feature): names[feature] for feature in ledger.features},
        ledger,
        concept_flow(dictionary, ledger, query, candidate, count),
        erase_and_keep(dictionary, ledger, pair.query.embedding, pair.candidate.embedding),
    )
