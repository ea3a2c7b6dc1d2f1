"""What the features of an autoencoder are called."""

from engine.concepts.dictionary import Dictionary
from engine.corpus.workspace import Workspace


def feature_names(workspace: Workspace, dictionary: Dictionary) -> tuple[str, ...]:
    """Return the name of each of the F features."""
    return tuple(f"feature {number}" for number in range(dictionary.features))
