"""How a report is put to the test: what is loaded for each item, and what is said where nothing fits."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.errors import UserError
from engine.evidence import verify as verification
from engine.evidence.bundle import MANIFEST, bundle
from engine.evidence.items import ExplanationItem, FeatureItem, RankingItem
from engine.evidence.report import Report
from engine.evidence.verify import verify
from engine.report.provenance import WorkspaceSource
from tests.gui.concepts import make_concepts
from tests.gui.results import make_explanation, make_model
from tests.reports import (
    WORKSPACE,
    explanation_evidence,
    feature_evidence,
    ranking_evidence,
    texts_ranking_evidence,
)

DAY = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
MODEL = make_model()


class World:
    """What lies on the machine of the verification, and what was done with it.

    Attributes:
        models: what a folder of a model holds; the one of the reports by default.
        workspaces: the identity and the number of documents of a workspace's folder.
        digests: of the checkpoints, by the name of the features.
        results: what an item gives now: by its title, a change of its evidence.
        did: everything in its order.
        asked: what rules were asked for.
    """

    def __init__(self):
        self.models, self.workspaces, self.digests = {}, {}, {}
        self.results, self.did, self.asked = {}, [], []


@pytest.fixture
def world(monkeypatch):
    found = World()

    class Machine:
        layer_path = None

        def load_model(self, folder, device, layer_path):
            found.did.append(("model", folder, device, layer_path))
            info = found.models.get(folder, MODEL)
            self.encoder = SimpleNamespace(info=info, tokenize=lambda text, role: (text, role))
            self.explainer = SimpleNamespace(
                encoder=self.encoder,
                contributions=lambda text, _request, job: found.did.append(("whole", text)),
            )

        def open_workspace(self, folder):
            found.did.append(("workspace", folder))
            identity, count = found.workspaces.get(folder, (WORKSPACE.identity, WORKSPACE.documents))
            self.workspace = SimpleNamespace(
                identity=identity,
                folder=Path(folder),
                active_vectors=lambda: SimpleNamespace(count=count),
            )

        def forget_texts(self):
            found.did.append("forget")

        def close_workspace(self):
            found.did.append("close")

    def source(machine, dictionary):
        workspace = machine.workspace
        digest = found.digests.get(dictionary, WORKSPACE.digest)
        if digest is None:
            raise UserError(f"there are no features called {dictionary}")
        count = workspace.active_vectors().count
        return WorkspaceSource(str(workspace.folder), workspace.identity, count, dictionary, digest)

    def compute(item, machine, _job):
        found.did.append(("compute", item.title))
        evidence = found.items[item.title]
        evidence = replace(evidence, model=replace(evidence.model, info=machine.encoder.info))
        if isinstance(item, ExplanationItem) and not item.dictionary:
            evidence = replace(evidence, result=replace(evidence.result, concepts={}))
        return found.results.get(item.title, lambda one: one)(evidence)

    rules_for = verification.rules_for

    def remembered(kind, stated, recomputed, tolerance, same_device):
        found.asked.append((kind, tolerance, same_device))
        return rules_for(kind, stated, recomputed, tolerance, same_device)

    monkeypatch.setattr(verification, "Instrument", Machine)
    monkeypatch.setattr(verification, "workspace_source", source)
    monkeypatch.setattr(verification, "rules_for", remembered)
    for kind in (ExplanationItem, RankingItem, FeatureItem):
        monkeypatch.setattr(kind, "compute", compute)
    return found


def concepts_evidence(query="with concepts"):
    explanation = make_explanation(query=query)
    concepts = {0: make_concepts(explanation.pairs[0]).explanation}
    return explanation_evidence(explanation, concepts=concepts)


def verified(world, tmp_path, *items, content=None, **settings):
    """Verify a report of some items, as it lies in a file or as `content` has it."""
    report = Report(items, created=DAY)
    given = Report.from_data(json.loads(report.json()))
    world.items = {one.title: one for one in given.items}
    file = tmp_path / "report"
    file.write_bytes(report.html().encode() if content is None else content)
    return verify(file, **settings)


def wrong(result):
    return [(row.item, row.figure, row.verdict) for row in result.rows if row.verdict != "stands"]


def at_fault(world, tmp_path, *items, **settings):
    return wrong(verified(world, tmp_path, *items, **settings))


ALL_KINDS = (
    explanation_evidence(make_explanation()),
    ranking_evidence(),
    feature_evidence(),
    texts_ranking_evidence(),
    concepts_evidence(),
)


@pytest.mark.parametrize("form", ["html", "bundle", "json"])
def test_items_of_every_kind_stand_and_what_they_share_is_loaded_once(world, tmp_path, form):
    content = getattr(Report(ALL_KINDS, created=DAY), form)()
    content = content if isinstance(content, bytes) else content.encode()
    result = verified(world, tmp_path, *ALL_KINDS, content=content)
    assert wrong(result) == []
    assert result.stands
    assert [one[0] for one in world.did if one[0] == "model"] == ["model"]
    assert [one[1] for one in world.did if one[0] == "compute"] == [one.title for one in ALL_KINDS]
    assert world.did[-1] == "close"
    assert [one[0] for one in world.asked] == ["explanation", "ranking", "feature", "ranking", "explanation"]


def test_every_item_is_computed_from_its_own_texts_alone(world, tmp_path):
    evidence = explanation_evidence(make_explanation(candidates=("one text", "another")))
    assert at_fault(world, tmp_path, evidence, ranking_evidence()) == []
    computed = [place for place, one in enumerate(world.did) if one[0] == "compute"]
    # What the report knew whole is known whole, and nothing else is known.
    query = evidence.item.request.query
    whole = [
        ("whole", (query, "query")),
        *(("whole", (text, "document")) for text in ("one text", "another")),
    ]
    assert world.did[computed[0] - 4 : computed[0]] == ["forget", *whole]
    assert world.did[computed[1] - 1] == "forget"


def test_an_item_that_differs_is_found_wherever_it_stands(world, tmp_path):
    for place, evidence in enumerate(ALL_KINDS[:4]):
        world.results = {evidence.title: changed}
        found = at_fault(world, tmp_path, *ALL_KINDS)
        assert {one[0] for one in found} == {place + 1}
        assert {one[2] for one in found} == {"differs"}


def changed(evidence):
    """Return evidence with one other number."""
    result = evidence.result
    if isinstance(evidence.item, RankingItem):
        hits = (replace(result.hits[0], similarity=0.1), *result.hits[1:])
        return replace(evidence, result=replace(result, hits=hits))
    if isinstance(evidence.item, FeatureItem):
        return replace(evidence, result=replace(result, fire_rate=0.5))
    pair = result.explanation.pairs[0]
    pair = replace(pair, ledger=replace(pair.ledger, similarity=0.1))
    return replace(evidence, result=replace(result, explanation=replace(result.explanation, pairs=(pair,))))


def swapped(evidence):
    """Return an explanation whose matrices have their axes turned round, as far as they fit."""
    pair = evidence.result.explanation.pairs[0]
    turned = pair.matrix[::-1, ::-1].copy()
    explanation = replace(evidence.result.explanation, pairs=(replace(pair, matrix=turned),))
    return replace(evidence, result=replace(evidence.result, explanation=explanation))


def without_words(evidence, *places):
    """Return a ranking some of whose hits have no words."""
    hits = list(evidence.result.hits)
    for place in places:
        hits[place] = replace(hits[place], words=None, query_words=None)
    layer = None if len(places) == len(hits) else evidence.result.layer
    return replace(evidence, result=replace(evidence.result, hits=tuple(hits), layer=layer))


@pytest.mark.parametrize(
    ("places", "stands"), [((), True), ((2,), True), ((1, 2), True), ((0, 1, 2), True), ((0,), False)]
)
def test_words_that_an_interrupted_search_had_not_come_to_are_not_missed(world, tmp_path, places, stands):
    whole = ranking_evidence(texts=("one text", "another", "a third"))
    world.results = {whole.title: lambda _: whole}
    assert (at_fault(world, tmp_path, without_words(whole, *places)) == []) is stands
    # What it had come to must be there, and whatever is there must be right.
    other = replace(whole.result.hits[0], words=whole.result.hits[0].words[:1])
    changed_words = replace(whole, result=replace(whole.result, hits=(other, *whole.result.hits[1:])))
    assert at_fault(world, tmp_path, changed_words) != []


def test_a_matrix_that_is_turned_round_is_found(world, tmp_path):
    evidence = ALL_KINDS[0]
    world.results = {evidence.title: swapped}
    assert (1, "candidate 1: matrix of tokens", "differs") in at_fault(world, tmp_path, evidence)


def test_each_item_is_answered_by_its_own_model_and_its_own_workspace(world, tmp_path):
    here = replace(MODEL, folder="/models/b", fingerprint="b" * 64)
    world.models["/models/b"] = here
    world.workspaces["/data/b"] = ("b" * 32, 7)
    second = ranking_evidence(query="another")
    second = replace(
        second,
        model=replace(second.model, info=here, layer_path="encoder.layer"),
        workspace=replace(second.workspace, folder="/data/b", identity="b" * 32, documents=7),
    )
    assert at_fault(world, tmp_path, ranking_evidence(), second, ranking_evidence(query="a third")) == []
    assert [one for one in world.did if one[0] in ("model", "workspace")] == [
        ("model", MODEL.folder, "cpu", None),
        ("workspace", "/data/papers"),
        ("model", "/models/b", "cpu", "encoder.layer"),
        ("workspace", "/data/b"),
        ("model", MODEL.folder, "cpu", None),
        ("workspace", "/data/papers"),
    ]


def test_folders_and_device_of_a_persons_choice_are_used(world, tmp_path):
    chosen = {"model": "/here/m", "workspace": "/here/w", "device": "mps"}
    assert at_fault(world, tmp_path, ranking_evidence(), **chosen) == []
    assert world.did[:2] == [("model", "/here/m", "mps", None), ("workspace", "/here/w")]


def test_a_device_that_is_not_here_is_not_asked_for(world, tmp_path, monkeypatch):
    monkeypatch.setattr(verification, "available_devices", lambda: ("cpu",))
    evidence = ranking_evidence()
    evidence = replace(evidence, model=replace(evidence.model, info=replace(MODEL, device="cuda")))
    assert at_fault(world, tmp_path, evidence) == []
    assert world.did[0][2] == "auto"
    assert world.asked == [("ranking", 1e-2, False)]


def test_an_explanation_is_held_to_the_tolerance_that_it_states(world, tmp_path):
    explanation = make_explanation()
    explanation = replace(explanation, request=replace(explanation.request, tolerance=0.0125))
    assert at_fault(world, tmp_path, explanation_evidence(explanation), ranking_evidence()) == []
    assert world.asked == [("explanation", 0.0125, True), ("ranking", 1e-2, True)]


@pytest.mark.parametrize("what", ["fingerprint", "tokenizer"])
def test_another_model_or_tokenizer_is_said(world, tmp_path, what):
    world.models[MODEL.folder] = replace(MODEL, **{what: "0" * 64})
    assert at_fault(world, tmp_path, ranking_evidence()) == [(1, "all figures", "cannot be checked")]


@pytest.mark.parametrize(
    "change", [{"pooling": "cls"}, {"layers": 7}, {"max_tokens": 512}, {"name": "x"}, {"normalized": False}]
)
def test_a_model_that_is_described_as_another_is_found(world, tmp_path, change):
    for evidence in ALL_KINDS[1:4]:
        described = replace(evidence.model, info=replace(evidence.model.info, **change))
        found = at_fault(world, tmp_path, replace(evidence, model=described))
        assert found == [(1, "model, as described", "differs")]


@pytest.mark.parametrize(
    ("there", "stands"),
    [
        ((WORKSPACE.identity, WORKSPACE.documents), True),
        (("0" * 32, WORKSPACE.documents), False),
        ((WORKSPACE.identity, WORKSPACE.documents + 1), False),
        ((WORKSPACE.identity, WORKSPACE.documents - 1), False),
    ],
)
def test_another_or_a_changed_workspace_is_said(world, tmp_path, there, stands):
    world.workspaces["/data/papers"] = there
    said = [] if stands else [(1, "all figures", "cannot be checked")]
    assert at_fault(world, tmp_path, ranking_evidence()) == said
    evidence = texts_ranking_evidence()
    item = replace(evidence.item, percentiles=True)
    beside = replace(evidence, item=item, workspace=replace(WORKSPACE, dictionary="", digest=""))
    assert at_fault(world, tmp_path, beside) == said


@pytest.mark.parametrize("digest", ["0" * 64, None])
def test_other_features_are_said(world, tmp_path, digest):
    world.digests = dict.fromkeys(("papers", "main", "made up"), digest)
    for evidence in (ranking_evidence(), feature_evidence()):
        assert at_fault(world, tmp_path, evidence) == [(1, "all figures", "cannot be checked")]
    found = verified(world, tmp_path, concepts_evidence())
    assert wrong(found) == [(1, "concepts", "cannot be checked")]
    assert not found.stands
    assert sum(row.figure.startswith("candidate 1: ") for row in found.rows) > 10


@pytest.mark.parametrize("place", [r"\\elsewhere\share", "//elsewhere/share"])
def test_no_other_machine_is_asked_for_a_model_or_a_workspace(world, tmp_path, place):
    evidence = ranking_evidence()
    remote = replace(evidence, workspace=replace(evidence.workspace, folder=place))
    assert at_fault(world, tmp_path, remote) == [(1, "all figures", "cannot be checked")]
    info = replace(MODEL, folder=place)
    remote = replace(evidence, model=replace(evidence.model, info=info))
    assert at_fault(world, tmp_path, remote) == [(1, "all figures", "cannot be checked")]
    assert not any(place in one for one in world.did)


def test_a_workspace_or_features_that_are_not_needed_are_refused(world, tmp_path):
    for evidence, workspace in (
        (explanation_evidence(make_explanation()), WORKSPACE),
        (explanation_evidence(make_explanation()), replace(WORKSPACE, dictionary="", digest="")),
        (texts_ranking_evidence(), WORKSPACE),
        (texts_ranking_evidence(), replace(WORKSPACE, dictionary="", digest="")),
        (ranking_evidence(), replace(WORKSPACE, dictionary="other")),
        (ranking_evidence(), replace(WORKSPACE, dictionary="", digest="")),
        (concepts_evidence(), replace(WORKSPACE, dictionary="other")),
    ):
        with pytest.raises(UserError, match="does not need"):
            Report.from_data(Report((replace(evidence, workspace=workspace),)).data())


def test_a_page_of_another_version_is_not_held_against_this_one(world, tmp_path):
    data = json.loads(Report(ALL_KINDS[:1], created=DAY).json())
    page = (
        Report(ALL_KINDS[:1], created=DAY).html().replace(f'"app": "{data["app"]}"', '"app": "Semascope 9"')
    )
    (row,) = [
        row
        for row in verified(world, tmp_path, ALL_KINDS[0], content=page.encode()).rows
        if row.verdict != "stands"
    ]
    assert (row.item, row.figure, row.verdict) == (0, "the page that is seen", "cannot be checked")
    assert "Semascope 9" in row.note


# -- what lies in a bundle ------------------------------------------------------------------------------

TABLE = "items/001-ranking/hits.csv"


def rewritten(change, with_digests=True):
    """Return a bundle whose files were changed, with digests that agree with them or with those of before."""
    report = Report((ranking_evidence(),), created=DAY)
    files = dict(report.files())
    change(files)
    if with_digests:
        return bundle(files, DAY)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(report.bundle())) as source, zipfile.ZipFile(stream, "w") as target:
        for name, content in {**files, MANIFEST: source.read(MANIFEST)}.items():
            target.writestr(name, content)
    return stream.getvalue()


def edit_table(files):
    files[TABLE] = files[TABLE].replace(b"0.9", b"0.8", 1)


def drop_table(files):
    del files[TABLE]


def add_file(files):
    files["read me.txt"] = b"Trust this."


def edit_page(files):
    files["report.html"] = files["report.html"].replace(b"0.900", b"0.800")


@pytest.mark.parametrize(
    ("change", "file"),
    [
        (edit_table, f"the file {TABLE}"),
        (drop_table, f"the file {TABLE}"),
        (add_file, "the file read me.txt"),
        (edit_page, "the page that is seen"),
    ],
)
def test_a_file_of_a_bundle_is_held_against_the_data_and_against_its_digest(world, tmp_path, change, file):
    content = rewritten(change)
    assert at_fault(world, tmp_path, ranking_evidence(), content=content) == [(0, file, "differs")]
    name = {"the page that is seen": "report.html"}.get(file, file.removeprefix("the file "))
    assert at_fault(world, tmp_path, ranking_evidence(), content=rewritten(change, with_digests=False)) == [
        (0, f"digest of {name}", "differs"),
        (0, file, "differs"),
    ]


def test_a_digest_is_the_sha256_of_a_file(world, tmp_path):
    found = verified(world, tmp_path, ranking_evidence(), content=rewritten(lambda files: None))
    (row,) = [row for row in found.rows if row.figure == f"digest of {TABLE}"]
    table = Report((ranking_evidence(),), created=DAY).files()[TABLE]
    assert row.recomputed == hashlib.sha256(table).hexdigest()[:16]
