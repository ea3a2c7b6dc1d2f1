"""Every action of the window once: menus, shortcuts and the command palette are made from this list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionSpec:
    """An action.

    Attributes:
        id: "menu.name"; the part before the dot groups actions of one menu.
        text: as in the menu, with its mnemonic.
        shortcut: portable key sequence, empty for none.
        menu: path of the menu it stands in, "View/Theme".
        group: actions of one group exclude each other, as radio buttons do.
        checkable: whether it is on or off.
        separated: whether a line stands above it in the menu.
        tip: one sentence for the tooltip and the palette; the text by default.
        needs: what must be there before it can be done, for the palette: "a run that is chosen".
    """

    id: str
    text: str
    shortcut: str = ""
    menu: str = ""
    group: str = ""
    checkable: bool = False
    separated: bool = False
    tip: str = ""
    needs: str = ""


_PANEL = "Go to the panel; once more hides it"
ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("file.open", "&Open candidates from a file…", "Ctrl+O", "File", tip="One candidate per line"),
    ActionSpec("file.model", "Open a &model folder…", "Ctrl+Shift+O", "File"),
    ActionSpec(
        "file.layer_path", "&Layer path of the model…", "", "File", tip="For a family that is not known"
    ),
    ActionSpec("file.workspace", "Open a wor&kspace…", "Ctrl+Alt+O", "File", tip="A folder of documents"),
    ActionSpec(
        "file.corpus",
        "New workspace from &documents…",
        "Ctrl+N",
        "File",
        tip="Import and embed a file or a folder of documents",
    ),
    ActionSpec(
        "file.sample",
        "Ope&n the sample workspace",
        "",
        "File",
        tip="Definitions of WordNet",
        needs="the sample that comes with the program",
    ),
    ActionSpec("file.example", "Show the &worked example", "Ctrl+Shift+W", "File"),
    ActionSpec(
        "file.open_session",
        "Open a &session…",
        "Ctrl+Alt+Shift+O",
        "File",
        separated=True,
        tip="Show again what was on the screen when it was saved",
    ),
    ActionSpec(
        "file.save_session", "S&ave the session as…", "Ctrl+Alt+S", "File", tip="All that is on the screen"
    ),
    ActionSpec("file.afresh", "Start a&fresh", "", "File", tip="As at the first start; the session is kept"),
    ActionSpec("file.report", "Save &report as HTML…", "Ctrl+S", "File", separated=True),
    ActionSpec(
        "file.add_item",
        "Add to the repor&t",
        "Ctrl+D",
        "File",
        tip="The explanation, ranking or feature in front becomes an item of the report",
    ),
    ActionSpec("file.tray", "&Items of the report…", "Ctrl+R", "File", tip="Order them, and save them"),
    ActionSpec("file.verify", "&Verify a report…", "Ctrl+Alt+V", "File", tip="Recompute every figure of it"),
    ActionSpec("file.csv", "Save numbers as &CSV…", "", "File"),
    ActionSpec("file.json", "Save numbers as &JSON…", "", "File"),
    ActionSpec("file.picture", "Save &picture of the panel…", "Ctrl+Shift+S", "File"),
    ActionSpec("file.quit", "&Quit", "Ctrl+Q", "File", separated=True),
    ActionSpec(
        "edit.undo",
        "&Undo",
        "Ctrl+Z",
        "Edit",
        tip="Take the last change to a feature back",
        needs="a change to take back",
    ),
    ActionSpec(
        "edit.redo",
        "&Redo",
        "Ctrl+Shift+Z",
        "Edit",
        tip="Do again what was taken back",
        needs="a change that was taken back",
    ),
    ActionSpec(
        "edit.group",
        "&Group the selected features…",
        "Ctrl+G",
        "Edit",
        tip="Merge them under one name",
        needs="an open autoencoder",
    ),
    ActionSpec("edit.features", "Search &features", "Ctrl+F", "Edit", separated=True),
    ActionSpec("edit.query", "Go to the &query", "Ctrl+L", "Edit", needs="a page with a query"),
    ActionSpec("edit.candidates", "Go to the &candidates", "Ctrl+Shift+L", "Edit"),
    ActionSpec("edit.copy_csv", "Copy numbers as CS&V", "Ctrl+Shift+C", "Edit", separated=True),
    ActionSpec("edit.copy_json", "Copy numbers as &JSON", "Ctrl+Shift+J", "Edit"),
    ActionSpec("edit.copy_picture", "Copy &picture of the panel", "Ctrl+Shift+X", "Edit"),
    ActionSpec(
        "edit.palette",
        "Command pa&lette…",
        "Ctrl+Shift+P",
        "Edit",
        separated=True,
        tip="Find anything by a few letters",
    ),
    ActionSpec("edit.settings", "&Settings…", "Ctrl+,", "Edit", tip="Looks, device, shortcuts, folders"),
    ActionSpec("run.explain", "&Run", "Ctrl+Return", "Run", tip="Explain the query and its candidates"),
    ActionSpec(
        "run.cancel",
        "&Cancel",
        "Ctrl+.",
        "Run",
        tip="Stop what you are waiting for; work in the background goes on",
        needs="work that you are waiting for",
    ),
    ActionSpec(
        "run.stop",
        "&Stop the work in the background",
        "Ctrl+Alt+.",
        "Run",
        tip="What is done is kept, and it can go on there",
        needs="work in the background",
    ),
    ActionSpec(
        "run.live",
        "Explain while &typing",
        "Ctrl+T",
        "Run",
        checkable=True,
        separated=True,
        tip="Answer at once from a deeper layer, then refine",
    ),
    ActionSpec("run.methods", "Compare &methods", "Ctrl+M", "Run", separated=True),
    ActionSpec("run.captum", "C&aptum checks", "Ctrl+Shift+M", "Run", tip="Infidelity and sensitivity"),
    ActionSpec(
        "train.start",
        "&Train features",
        "Ctrl+Shift+T",
        "Train",
        tip="Train what the form asks for",
        needs="documents and a name for the run",
    ),
    ActionSpec(
        "train.pause",
        "&Pause",
        "Ctrl+Shift+Space",
        "Train",
        tip="Stop; it goes on exactly there",
        needs="work in the background",
    ),
    ActionSpec(
        "train.resume",
        "&Resume",
        "Ctrl+Alt+R",
        "Train",
        tip="Go on with the run that is chosen",
        needs="a run that was stopped",
    ),
    ActionSpec(
        "train.finish",
        "Stop &early",
        "Ctrl+Alt+E",
        "Train",
        tip="End the training here, keep the features",
        needs="a training that is going on",
    ),
    ActionSpec(
        "train.name",
        "&Name features",
        "Ctrl+Alt+N",
        "Train",
        separated=True,
        tip="Of the run that is chosen",
        needs="a finished run that is chosen",
    ),
    ActionSpec(
        "train.delete",
        "&Delete the run…",
        "",
        "Train",
        tip="With all its features",
        needs="a finished run that is chosen",
    ),
    ActionSpec(
        "train.logarithmic",
        "&Logarithmic",
        "Ctrl+Alt+L",
        "Train",
        checkable=True,
        separated=True,
        tip="Scale FVU, L0 and loss logarithmically",
    ),
    ActionSpec(
        "train.picture", "Save picture of the &curves…", "", "Train", tip="As PNG, SVG or PDF", needs="curves"
    ),
    ActionSpec("train.copy_curves", "Copy curves as CS&V", "", "Train", needs="curves"),
    ActionSpec("train.copy_runs", "Copy r&uns as CSV", "", "Train", needs="runs"),
    ActionSpec(
        "inspect.run", "&Inspect the texts", "Ctrl+Shift+I", "Inspect", tip="Follow them through the model"
    ),
    ActionSpec(
        "inspect.model",
        "Compare with another &model…",
        "Ctrl+Alt+M",
        "Inspect",
        separated=True,
        tip="Similarities and ranks of the same texts by the model in another folder",
    ),
    ActionSpec(
        "inspect.build",
        "&Build with another model…",
        "Ctrl+Alt+B",
        "Inspect",
        separated=True,
        tip="Index the documents beside the index in use, which goes on answering",
        needs="an open workspace",
    ),
    ActionSpec(
        "inspect.resume",
        "&Go on building",
        "",
        "Inspect",
        tip="With the index that is not complete yet",
        needs="an index that is not complete",
    ),
    ActionSpec(
        "inspect.stop",
        "&Stop building",
        "",
        "Inspect",
        tip="What is embedded is kept; it goes on there",
        needs="an index that is being built",
    ),
    ActionSpec(
        "inspect.compare",
        "&Compare on saved queries",
        "",
        "Inspect",
        tip="What both indexes find",
        needs="a second, complete index",
    ),
    ActionSpec(
        "inspect.switch",
        "S&witch to the other index",
        "",
        "Inspect",
        separated=True,
        tip="Use the other index from now on",
        needs="a second, complete index",
    ),
    ActionSpec(
        "inspect.switch_back",
        "Switch bac&k",
        "",
        "Inspect",
        tip="Use the index that was in use before",
        needs="an index that was in use before",
    ),
    ActionSpec("go.explain", "&Explain", "F2", "Go", tip="Why two texts match"),
    ActionSpec("go.rank", "&Rank", "F3", "Go", tip="Rank documents, and see why"),
    ActionSpec("go.concepts", "&Concepts", "F4", "Go", tip="Browse the features of an autoencoder"),
    ActionSpec("go.train", "&Train", "F5", "Go", tip="Learn features from documents"),
    ActionSpec("go.inspect", "&Inspect", "F6", "Go", tip="The inside of an embedding"),
    ActionSpec("view.next_candidate", "&Next candidate", "Alt+Down", "View"),
    ActionSpec("view.previous_candidate", "&Previous candidate", "Alt+Up", "View"),
    ActionSpec("view.back", "Result &before", "Alt+Left", "View"),
    ActionSpec("view.forward", "Result &after", "Alt+Right", "View"),
    ActionSpec("view.show_all", "Show &everything again", "Esc", "View", tip="Undo an isolated word or link"),
    ActionSpec("view.raw", "&Raw values", "Ctrl+1", "View/Values", group="unit", checkable=True),
    ActionSpec("view.percent", "&Percent of the sum", "Ctrl+2", "View/Values", group="unit", checkable=True),
    ActionSpec("view.norm", "Unit &norm", "Ctrl+3", "View/Values", group="unit", checkable=True),
    ActionSpec("view.tokens", "&Tokens", "Ctrl+4", "View/Matrix", group="level", checkable=True),
    ActionSpec("view.words", "&Words", "Ctrl+5", "View/Matrix", group="level", checkable=True),
    ActionSpec("view.sentences", "&Sentences", "Ctrl+6", "View/Matrix", group="level", checkable=True),
    ActionSpec("view.system", "Follow the &system", "", "View/Theme", group="theme", checkable=True),
    ActionSpec("view.light", "&Light", "", "View/Theme", group="theme", checkable=True),
    ActionSpec("view.dark", "&Dark", "Ctrl+Shift+D", "View/Theme", group="theme", checkable=True),
    ActionSpec("view.larger", "&Larger", "Ctrl++", "View/Text size", tip="Larger text"),
    ActionSpec("view.smaller", "&Smaller", "Ctrl+-", "View/Text size", tip="Smaller text"),
    ActionSpec("view.usual_size", "&Usual", "Ctrl+0", "View/Text size", tip="Text as large as usual"),
    ActionSpec("view.texts", "&Texts", "Alt+1", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.connections", "&Connections", "Alt+2", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.matrix", "&Matrix", "Alt+3", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.ledger", "&Ledger", "Alt+4", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.faithfulness", "&Faithfulness", "Alt+5", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.candidates", "C&andidates", "Alt+6", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.history", "&History", "Alt+7", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.dimensions", "&Dimensions", "Alt+8", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.concepts", "Co&ncepts", "Alt+0", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.flow", "Flo&w", "Alt+Shift+F", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.methods", "M&ethods", "Alt+9", "View/Panels", checkable=True, tip=_PANEL),
    ActionSpec("view.reset", "Reset la&yout", "Ctrl+Shift+R", "View/Panels", separated=True),
    ActionSpec("help.here", "&Help", "F1", "Help", tip="The page of the guide about what has the focus"),
    ActionSpec("help.guide", "&Contents of the guide", "", "Help", tip="Every page of the guide, and search"),
    ActionSpec("help.tour", "&Take the tour", "", "Help", tip="A walk through the window, beside each thing"),
    ActionSpec("help.keys", "&Keyboard shortcuts", "Ctrl+F1", "Help", separated=True),
    ActionSpec("help.log", "Show &log", "", "Help", tip="What was logged in this run and in earlier ones"),
    ActionSpec("help.about", "&About Semascope", "", "Help", separated=True),
)
