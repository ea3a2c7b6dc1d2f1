"""What is loaded: a model, a workspace, and the features of one autoencoder. One thread uses it."""

from dataclasses import dataclass
from pathlib import Path

from engine.attribution.explainer import Explainer
from engine.concepts.dictionary import Dictionary, dictionary_names, open_dictionary
from engine.concepts.families import Families, open_families
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.encoder import Encoder
from engine.encoder.loading import default_model_folder
from engine.errors import UserError
from engine.jobs import Job
from engine.retrieval.index import SearchIndex
from engine.retrieval.search import index_of_texts


@dataclass(frozen=True)
class WorkspaceInfo:
    """What is to be said about an open workspace.

    Attributes:
        folder: where it lies.
        documents: how many it has.
        columns: names of the metadata columns, in the order in which documents bring them.
        indexes: the models whose vectors it holds, and how many vectors.
        active: the fingerprint of the index in use, None before the first is complete.
        dictionaries: names of its trained autoencoders, oldest first.
    """

    folder: str
    documents: int
    columns: tuple[str, ...]
    indexes: tuple[tuple[IndexModel, int], ...]
    active: str | None
    dictionaries: tuple[str, ...]


class Instrument:
    """Holds what requests share, and says in one line what is missing.

    Args:
        embedded: whether the embedded model is used where nobody has loaded one.

    Attributes:
        layer_path: the dotted path to the layers that was given for the model in use, if one was.
    """

    def __init__(self, embedded: bool = False) -> None:
        self._embedded = embedded
        self._explainer: Explainer | None = None
        self.layer_path: str | None = None
        self._workspace: Workspace | None = None
        self._dictionary: Dictionary | None = None
        self._families: tuple[Dictionary, Families] | None = None
        self._index: SearchIndex | None = None
        self._texts: tuple[tuple[str, tuple[str, ...]], SearchIndex] | None = None

    # -- model ------------------------------------------------------------------------------------

    def load_model(
        self, folder: str | Path | None = None, device: str = "auto", layer_path: str | None = None
    ) -> Explainer:
        """Load a model; the one in use stays if that fails.

        Raises:
            UserError: the folder is no model that can be used.
        """
        self._explainer = Explainer(Encoder(folder, device, layer_path))
        self.layer_path = layer_path
        return self._explainer

    @property
    def explainer(self) -> Explainer:
        """The explainer of the model in use.

        Raises:
            UserError: no model is loaded.
        """
        if self._explainer is None:
            if not self._embedded:
                raise UserError("no model is loaded; choose one at the top of the window")
            self.load_model(default_model_folder())
        assert self._explainer is not None
        return self._explainer

    def forget_texts(self) -> None:
        """Forget the contributions of texts, so that the next answer depends on its own texts alone."""
        self._explainer = Explainer(self.encoder)

    @property
    def encoder(self) -> Encoder:
        """The model in use."""
        return self.explainer.encoder

    # -- workspace --------------------------------------------------------------------------------

    def open_workspace(self, folder: str | Path) -> WorkspaceInfo:
        """Open a workspace; the one in use stays if that fails.

        Raises:
            UserError: the folder is no workspace.
        """
        workspace = Workspace.open(folder)
        self.close_workspace()
        self._workspace = workspace
        return self.workspace_info()

    def close_workspace(self) -> None:
        """Let go of the workspace, if one is open."""
        if self._workspace is not None:
            self._workspace.close()
        self._workspace = self._dictionary = self._index = self._families = None

    @property
    def has_workspace(self) -> bool:
        """Whether a workspace is open."""
        return self._workspace is not None

    @property
    def workspace(self) -> Workspace:
        """The open workspace.

        Raises:
            UserError: none is open.
        """
        if self._workspace is None:
            raise UserError("no workspace is open; open one, or make one from a file of documents")
        return self._workspace

    def workspace_info(self) -> WorkspaceInfo:
        """Return what is to be said about the open workspace, as it is now."""
        workspace = self.workspace
        return WorkspaceInfo(
            str(workspace.folder),
            workspace.document_count,
            workspace.columns(),
            tuple(workspace.indexes()),
            workspace.active_index,
            dictionary_names(workspace),
        )

    def texts_index(self, texts: tuple[str, ...], job: Job | None = None) -> SearchIndex:
        """Return texts that are in no workspace as something to search; the last ones are remembered.

        Raises:
            UserError: no model is loaded, there are more than 1,000 texts, or one is empty.
        """
        key = (self.encoder.info.fingerprint, texts)
        if self._texts is None or self._texts[0] != key:
            self._texts = (key, index_of_texts(self.encoder, texts, job=job))
        return self._texts[1]

    @property
    def search_index(self) -> SearchIndex:
        """The vectors in use, to be searched with the model in use.

        Raises:
            UserError: no workspace is open, it has no complete index, or that is of another model.
        """
        store, opened = self.workspace.active_vectors(), self._index
        if opened is None or (opened.model, len(opened)) != (store.model, store.count):
            opened = self._index = SearchIndex(store)
        opened.check_model(self.encoder.info.name, self.encoder.info.fingerprint)
        return opened

    # -- features ---------------------------------------------------------------------------------

    def open_dictionary(self, name: str, job: Job | None = None) -> Dictionary:
        """Open an autoencoder of the open workspace, or return it if it is open and nothing has changed.

        Raises:
            UserError: see `engine.concepts.dictionary.open_dictionary`.
        """
        opened, workspace = self._dictionary, self.workspace
        current = workspace.active_vectors()
        if (
            opened is None
            or opened.name != name
            or (opened.index.model, opened.index.count) != (current.model, current.count)
        ):
            self._dictionary = opened = None
            self._dictionary = opened = open_dictionary(workspace, name, job)
        return opened

    def open_families(self, name: str, job: Job | None = None) -> Families:
        """Return the families of an autoencoder's features; those of the open one are remembered.

        Raises:
            UserError: see `open_dictionary`.
        """
        job = job or Job()
        dictionary = self.open_dictionary(name, job.part(0, 0.5))
        if self._families is None or self._families[0] is not dictionary:
            self._families = dictionary, open_families(self.workspace, dictionary, job.part(0.5, 1))
        return self._families[1]

    def forget_dictionary(self) -> None:
        """Read the autoencoder anew the next time, as it was trained again or deleted."""
        self._dictionary = self._families = None

    @property
    def dictionary(self) -> Dictionary:
        """The features in use.

        Raises:
            UserError: none are open.
        """
        if self._dictionary is None:
            self.workspace  # noqa: B018  # says so first if there is no workspace at all
            raise UserError("no features are open; choose some in Concepts, or train them in Train")
        return self._dictionary
