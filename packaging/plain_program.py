"""A window that does nothing and a torch that is not used: what a program of this kind costs at least."""

import multiprocessing
import sys


def main() -> int:
    multiprocessing.freeze_support()
    from PySide6.QtCore import Qt, QThread
    from PySide6.QtGui import QPalette
    from PySide6.QtWidgets import QApplication, QLabel

    class Loading(QThread):
        def run(self) -> None:
            import torch

            torch.ones(2, 2).matmul(torch.ones(2, 2))

    application = QApplication(sys.argv)
    label = QLabel("loading")
    label.setAutoFillBackground(True)
    label.setWindowTitle("Semascope, but plain")
    label.resize(1200, 800)
    label.show()
    loading = Loading()

    def loaded() -> None:
        # The colour is what packaging/measure.py waits for.
        palette = label.palette()
        palette.setColor(QPalette.ColorRole.Window, Qt.GlobalColor.darkYellow)
        label.setPalette(palette)

    loading.finished.connect(loaded)
    loading.start()
    status = application.exec()
    loading.wait()
    return status


if __name__ == "__main__":
    sys.exit(main())
