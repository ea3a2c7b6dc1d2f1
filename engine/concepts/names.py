"""What the features of an autoencoder are called."""

from engine.concepts.dictionary import Dictionary
from engine.concepts.labels import load_labels
from engine.corpus.journal import Journal
from engine.corpus.workspace import Workspace
from engine.sae.checkpoints import checkpoint_digest


def feature_names(workspace: Workspace, dictionary: Dictionary) -> tuple[str, ...]:
    """Return the name of each of the F features: the analyst's, else the machine's label, else its number.

    Raises:
        UserError: the labels or the journal are damaged.
    """
    names = [f"feature {number}" for number in range(dictionary.features)]
    for label in load_labels(workspace, dictionary.name):
        if label.label is not None and label.feature < len(names):
            names[label.feature] = label.label
    for feature, said in journal_of(workspace, dictionary).annotations().by_feature.items():
        if said.name is not None:
            names[feature] = said.name
    return tuple(names)


def journal_of(workspace: Workspace, dictionary: Dictionary) -> Journal:
    """Return the journal in which an analyst's changes to the features of a dictionary are kept."""
    return Journal(workspace, dictionary.name, checkpoint_digest(dictionary.folder), dictionary.features)
