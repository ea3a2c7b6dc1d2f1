"""What the features of an autoencoder are called."""

from engine.concepts.dictionary import Dictionary
from engine.concepts.labels import autoencoder_digest, load_labels
from engine.corpus.journal import Journal
from engine.corpus.workspace import Workspace


def feature_names(workspace: Workspace, dictionary: Dictionary) -> tuple[str, ...]:
    """Return the name of each of the F features: the analyst's, else the machine's label, else its number.

    Raises:
        UserError: the labels or the journal are damaged.
    """
    names = [f"feature {number}" for number in range(dictionary.features)]
    for label in load_labels(workspace, dictionary.name):
        if label.label is not None:
            names[label.feature] = label.label
    digest = autoencoder_digest(dictionary.folder)
    journal = Journal(workspace, dictionary.name, digest, dictionary.features)
    for feature, said in journal.annotations().by_feature.items():
        if said.name is not None:
            names[feature] = said.name
    return tuple(names)
