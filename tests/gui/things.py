"""A small workspace with named features: 54 sentences on six topics, and 16 features trained on them."""

from pathlib import Path

TOPICS = (
    (
        ("the river", "a mountain stream", "the lake"),
        ("carries cold water", "floods after rain", "is full of fish"),
    ),
    (
        ("rye bread", "a sweet cake", "the pizza"),
        ("is baked in an oven", "is made of flour", "smells of yeast"),
    ),
    (
        ("the sparrow", "a garden bird", "the owl"),
        ("builds its nest", "lays eggs in spring", "spreads its wings"),
    ),
    (
        ("a violin", "the church organ", "the piano"),
        ("plays a melody", "is tuned for a concert", "has a warm tone"),
    ),
    (
        ("melted iron", "copper ore", "steel"),
        ("is cast in a foundry", "is mined and smelted", "rusts as metal does"),
    ),
    (("the court", "a judge", "the lawyer"), ("hears the case", "reads the law aloud", "asks for a verdict")),
)
_QUICK = ("--features", "16", "--k", "2", "--epochs", "300", "--batch-size", "25")


def make_things(root: Path) -> Path:
    """Make the workspace in a folder, with its features `main`, and return where it is."""
    from engine.cli import main

    corpus, folder = root / "things.txt", root / "things"
    corpus.write_text("".join(f"{a} {b}\n" for things, ways in TOPICS for a in things for b in ways))
    for arguments in (
        ("workspace", str(folder), "--corpus", str(corpus)),
        ("train", str(folder), "--name", "main", "--architecture", "batchtopk", *_QUICK),
        ("label", str(folder), "--sae", "main"),
    ):
        assert main(list(arguments)) == 0
    return folder
