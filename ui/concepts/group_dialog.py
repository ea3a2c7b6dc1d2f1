"""Into which group do several features go?"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QInputDialog, QWidget

from ui.widgets.numbers import counted

_LISTED = 6


def ask_group(
    parent: QWidget, names: list[str], groups: list[str], answered: Callable[[str], object]
) -> QInputDialog:
    """Ask for the name of a group, without holding up the window.

    Args:
        parent: what the dialog belongs to.
        names: of the features that go into it.
        groups: that exist already, to choose from.
        answered: told the name; empty to take the features out of their groups.
    """
    listed = "".join(f"\n    {name}" for name in names[:_LISTED])
    more = f"\n    and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Group features")
    dialog.setLabelText(
        f"Put {counted(len(names), 'feature')} into one group:{listed}{more}\n\n"
        "Name of the group (empty takes them out of theirs):"
    )
    dialog.setOkButtonText("Group")
    dialog.setComboBoxEditable(True)
    dialog.setComboBoxItems(["", *groups])
    dialog.findChild(QComboBox).setAccessibleName("Name of the group")
    dialog.textValueSelected.connect(answered)
    dialog.open()
    return dialog
