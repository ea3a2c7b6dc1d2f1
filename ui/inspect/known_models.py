"""The models that Inspect has met: the one in use, and the folders in which others lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.requests import ModelReady
    from ui.settings import Settings


class KnownModels:
    """Keeps the model in use, and where models lie that were named on the page.

    Args:
        settings: the models that earlier runs used.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.in_use: ModelReady | None = None
        self._folders: list[str] = []
        self._folder_of: dict[str, str] = {}

    def use(self, ready: ModelReady) -> None:
        """Take note of a model that has just been loaded."""
        self.in_use = ready
        self.remember(ready.info.folder)
        self._folder_of[ready.info.fingerprint] = ready.info.folder

    def remember(self, folder: str) -> None:
        """Take note of a folder with a model."""
        if folder not in self._folders:
            self._folders.append(folder)

    def remember_index(self, fingerprint: str, folder: str) -> None:
        """Take note of the model that an index was built with, for the next runs as well."""
        self._folder_of[fingerprint] = folder
        self._settings.add_recent_model(folder)

    def folder_of(self, fingerprint: str) -> str | None:
        """Return where a model is known to lie."""
        return self._folder_of.get(fingerprint)

    @property
    def folders(self) -> tuple[str, ...]:
        """Where models lie: those of this run first."""
        return tuple(dict.fromkeys([*self._folders, *self._settings.recent_models]))

    @property
    def device(self) -> str:
        """Where the model in use runs."""
        return "auto" if self.in_use is None else self.in_use.choice.device
