"""Why a ranking is as it is: every number against another way to it, by the embedded model."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from engine.attribution.explainer import Explainer
from engine.concepts.codes import Codes, encode
from engine.concepts.dictionary import Dictionary
from engine.corpus.embedding import document_embedder, embed_documents, index_model
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.retrieval.contrast import contrast
from engine.retrieval.explain_hits import explain_hits
from engine.retrieval.index import SearchIndex
from engine.retrieval.missing import why_missing
from engine.retrieval.search import embed_query, index_of_texts, rank_texts, search
from engine.retrieval.whatif import pin, probe, smallest_deletion, what_if
from engine.sae.architectures import SAEConfig, SparseAutoencoder

QUERY = "how do bees make honey"
TEXTS = [
    "bees turn the nectar of flowers into honey",
    "honey is sweet",
    "the queen lays eggs and workers tend the hive of bees",
    "bears like to eat honey",
    "wasps build nests of paper",
    "sugar is made from beets and cane",
    "bread is baked from flour",
    "the bank raised its interest rate",
    "a court hears both sides",
    "ships carry goods over the sea",
    "the hive is made by insects",
    "flowers open in spring",
]


@pytest.fixture(scope="module")
def explainer(encoder):
    return Explainer(encoder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("ranking") / "w"
    corpus = folder.with_name("corpus.txt")
    corpus.write_text("".join(f"{text}\n" for text in TEXTS))
    import_corpus(folder, ImportRequest(corpus), Job())
    with Workspace.open(folder) as workspace:
        embed_documents(workspace, index_model(encoder), document_embedder(encoder))
    return folder


@pytest.fixture
def workspace(folder):
    with Workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def index(workspace):
    return SearchIndex(workspace.active_vectors())


@pytest.fixture(scope="module")
def query(encoder):
    return embed_query(encoder, QUERY)


@pytest.fixture
def dictionary(workspace):
    store = workspace.active_vectors()
    sae = SparseAutoencoder(SAEConfig("topk", 384, 32, k=4, seed=0)).requires_grad_(False)
    sae.b_dec.add_(torch.from_numpy(store.vectors.mean(axis=0)))
    return Dictionary("random", workspace.folder, sae, store, Codes(encode(sae, store.vectors)), {})


def similarity(encoder, query: str, text: str) -> float:
    a, b = encoder.model.encode([query, text], show_progress_bar=False).astype(np.float64)
    return float(a @ b)


def rank_by_hand(encoder, query: str, text: str, row: int) -> int:
    others = [similarity(encoder, query, other) for i, other in enumerate(TEXTS) if i != row]
    return 1 + sum(other > similarity(encoder, query, text) for other in others)


# -- hits -------------------------------------------------------------------------------------------------


def test_hits_are_explained_best_first_and_one_by_one(explainer, workspace, index, query):
    ranking = search(workspace, index, query, 3)
    found = []
    explain_hits(explainer, QUERY, [hit.text for hit in ranking.hits], found.append)
    assert [one.place for one in found] == [0, 1, 2]
    for one, hit in zip(found, ranking.hits, strict=True):
        ledger = one.pair.ledger
        assert ledger.similarity == pytest.approx(hit.similarity, abs=1e-5)
        assert ledger.explained + ledger.reference + ledger.residual == pytest.approx(
            hit.similarity, abs=1e-5
        )
        assert [word.text for word in one.query_words] == QUERY.split()
        shares = [word.share for word in one.drivers(2)]
        assert shares == sorted((word.share for word in one.words), reverse=True)[:2]
    assert {word.text for word in found[0].drivers(3)} & {"bees", "honey", "nectar"}


@pytest.mark.parametrize("text", [TEXTS[0], " and ".join(TEXTS)], ids=["short", "long"])
def test_words_of_a_steered_query_speak_for_it(explainer, encoder, text):
    """Their sum, the specials' and the references' is the similarity; the written query sums otherwise."""
    steered = encoder.model.encode("a bank lends money", show_progress_bar=False)
    written, found = [], []
    explain_hits(explainer, QUERY, [text], written.append, layer=0)
    explain_hits(explainer, QUERY, [text], found.append, layer=0, vector=3 * steered)
    pair = found[0].pair
    e_q, e_c = steered.astype(np.float64), pair.candidate.embedding.astype(np.float64)
    paddings = np.stack([pair.query.padding, pair.candidate.padding]).astype(np.float64)
    span = np.linalg.qr(paddings.T)[0].T
    e_q /= np.linalg.norm(e_q)
    wanted = e_q @ (e_c - (span @ e_c) @ span)
    assert sum(word.share for word in found[0].words) == pytest.approx(wanted, abs=0.01)
    assert found[0].query_words == written[0].query_words
    assert abs(sum(word.share for word in written[0].words) - wanted) > 0.05


def test_explained_hits_stop_and_keep_what_is_done(explainer):
    token, found = CancelToken(), []

    def take(one):
        found.append(one)
        token.cancel()

    with pytest.raises(Cancelled):
        explain_hits(explainer, QUERY, TEXTS[:3], take, job=Job(token))
    assert len(found) == 1


def test_candidates_rank_as_documents_do(encoder, workspace, index, query):
    among = index_of_texts(encoder, TEXTS)
    ranking, wanted = rank_texts(query, TEXTS, among, index), search(workspace, index, query, len(TEXTS))
    assert [hit.id for hit in ranking.hits] == [hit.id for hit in wanted.hits]
    assert [hit.text for hit in ranking.hits] == [hit.text for hit in wanted.hits]
    assert [h.percentile for h in ranking.hits] == pytest.approx([h.percentile for h in wanted.hits], abs=0.5)
    assert rank_texts(query, TEXTS, among).hits[0].percentile is None
    with pytest.raises(UserError, match="candidate 2: the text is empty"):
        index_of_texts(encoder, ["a", " "])
    with pytest.raises(UserError, match="number of candidates is 1001"):
        index_of_texts(encoder, ["a"] * 1001)


# -- contrast ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cosine", "dot"])
@pytest.mark.parametrize("layer", [None, 0])
def test_both_accounts_of_a_margin_close(explainer, dictionary, encoder, kind, layer):
    found = contrast(explainer, QUERY, TEXTS[0], TEXTS[3], kind, layer, dictionary)
    margin = similarity(encoder, QUERY, TEXTS[0]) - similarity(encoder, QUERY, TEXTS[3])
    assert found.margin == pytest.approx(margin, abs=1e-5)
    rest = found.reference + found.residual
    query = sum(one.word.share for one in found.query_words)
    assert query + found.query_specials + rest == pytest.approx(margin, abs=1e-5)
    candidates = sum(word.share for word in found.words_a) - sum(word.share for word in found.words_b)
    assert candidates + found.candidate_specials + rest == pytest.approx(margin, abs=1e-5)
    for one in found.query_words:
        assert one.for_a - one.for_b == pytest.approx(one.word.share, abs=1e-6)
    concepts = found.concepts
    assert concepts.differences.sum() + concepts.bias + concepts.residual == pytest.approx(margin, abs=1e-5)
    assert concepts.for_a - concepts.for_b == pytest.approx(concepts.differences)
    assert concepts.for_a.sum() == pytest.approx(concepts.a.contributions.sum())
    assert np.all(np.diff(np.abs(concepts.differences)) <= 1e-12)


def test_the_rows_are_those_of_the_two_explanations(explainer):
    """Without the engine's sums: the rows of one product with the difference of the candidates."""
    found = contrast(explainer, QUERY, TEXTS[0], TEXTS[3], layer=0)
    a, b = found.a, found.b
    rows = a.query_vectors @ a.candidate_vectors.sum(axis=0) - b.query_vectors @ b.candidate_vectors.sum(
        axis=0
    )
    for word, one in zip(a.query.text.words, found.query_words, strict=True):
        assert one.word.share == pytest.approx(float(rows[list(word.tokens)].sum()), abs=1e-5)
    assert found.query_specials == pytest.approx(0, abs=1e-5)


def test_features_of_another_model_are_refused(explainer, dictionary):
    other = IndexModel("other", "0" * 64, "mean", "", 384, True, 256)

    class Store:
        model = other

    elsewhere = Dictionary("far", dictionary.folder, dictionary.sae, Store, Codes(csr_array((0, 32))), {})
    with pytest.raises(UserError, match="belong to other"):
        contrast(explainer, QUERY, TEXTS[0], TEXTS[1], dictionary=elsewhere)


# -- missing ----------------------------------------------------------------------------------------------


def test_a_missing_document_says_what_it_lacks(explainer, encoder, workspace, index, query):
    row = 7  # the bank raised its interest rate
    found = why_missing(explainer, workspace, index, query, row + 1, k=2)
    exact = sorted((similarity(encoder, QUERY, text) for text in TEXTS), reverse=True)
    assert found.rank == rank_by_hand(encoder, QUERY, TEXTS[row], row)
    assert found.similarity == pytest.approx(similarity(encoder, QUERY, TEXTS[row]), abs=1e-5)
    assert found.needed == pytest.approx(exact[1] - found.similarity, abs=1e-5)
    assert found.best_document == 1
    assert {one.word.text for one in found.unsupported} & {"bees", "honey"}
    for one in found.unsupported:
        tokens = list(found.pair.query.text.words[QUERY.split().index(one.word.text)].tokens)
        assert one.word.share == pytest.approx(float(found.pair.matrix[tokens].sum()), abs=1e-5)
        assert one.by_best == pytest.approx(float(found.best.matrix[tokens].sum()), abs=1e-5)
        assert one.word.share < 0.25 * one.by_best
        assert not {lent.text for lent in one.lacking} & set(TEXTS[row].split())
    with_words = f"{' '.join(found.remedy.words)} {TEXTS[row]}"
    assert found.remedy.similarity == pytest.approx(similarity(encoder, QUERY, with_words), abs=1e-5)
    assert found.remedy.rank == rank_by_hand(encoder, QUERY, with_words, row)


def test_the_best_hit_is_held_against_the_next(explainer, workspace, index, query):
    found = why_missing(explainer, workspace, index, query, 1, k=1)
    assert (found.rank, found.needed) == (1, 0)
    assert found.best_document != 1


def test_a_document_that_is_not_there(explainer, workspace, index, query):
    with pytest.raises(UserError, match=r"there is no document 13 in .* \(it has 1 to 12\)"):
        why_missing(explainer, workspace, index, query, 13)
    with pytest.raises(UserError, match="k is 0"):
        why_missing(explainer, workspace, index, query, 1, k=0)


# -- what if ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query_text", "text"),
    [
        (None, "bees turn the nectar of flowers into wax"),
        ("how do banks make money", None),
        ("how do bears live", "bears sleep"),
        (None, None),
    ],
)
def test_edits_are_encoded_anew(encoder, index, query, query_text, text):
    pinned = pin(index, query, 3, TEXTS[3])
    outcome = what_if(encoder, index, pinned, query_text, text)
    q, t = query_text or QUERY, text or TEXTS[3]
    assert (outcome.query, outcome.text) == (q, t)
    assert outcome.similarity == pytest.approx(similarity(encoder, q, t), abs=1e-5)
    before = similarity(encoder, QUERY, TEXTS[3])
    assert outcome.change == pytest.approx(outcome.similarity - before, abs=1e-5)
    assert outcome.rank == rank_by_hand(encoder, q, t, 3)


def test_an_empty_edit_and_a_wrong_row_are_refused(encoder, index, query):
    pinned = pin(index, query, 0, TEXTS[0])
    with pytest.raises(UserError, match="the text is empty"):
        what_if(encoder, index, pinned, text=" ")
    with pytest.raises(UserError, match="query: the text is empty"):
        what_if(encoder, index, pinned, query=" ")
    with pytest.raises(UserError, match="no document 13"):
        pin(index, query, 12, "?")


@pytest.mark.parametrize("side", ["candidate", "query"])
def test_a_deletion_drops_the_text_and_no_word_of_it_is_idle(explainer, encoder, index, query, side):
    pinned = pin(index, query, 0, TEXTS[0])
    assert pinned.rank == 1
    deletion = smallest_deletion(explainer, index, pinned, side, k=1)
    assert deletion.below
    assert deletion.words

    def rank_without(words):
        whole = TEXTS[0] if side == "candidate" else QUERY
        left = " ".join(word for word in whole.split() if word not in {one.text for one in words})
        texts = (QUERY, left) if side == "candidate" else (left, TEXTS[0])
        return rank_by_hand(encoder, *texts, 0)

    assert deletion.outcome.rank == rank_without(deletion.words) > 1
    if len(deletion.words) > 1:
        for word in deletion.words:
            assert rank_without([one for one in deletion.words if one is not word]) == 1


def test_a_deletion_of_many_words_puts_back_what_it_can(explainer, encoder):
    """The twelve strongest words are the first that suffice; three of them can stay."""
    text = " and ".join(["bees make honey"] * 4) + " from nectar"
    among = index_of_texts(encoder, [text, *TEXTS])
    deletion = smallest_deletion(explainer, among, pin(among, embed_query(encoder, QUERY), 0, text), k=3)
    assert 8 < len(deletion.words) < 12
    assert len(deletion.outcome.text.split()) == len(text.split()) - len(deletion.words)
    left = similarity(encoder, QUERY, deletion.outcome.text)
    assert deletion.outcome.similarity == pytest.approx(left, abs=1e-5)
    assert deletion.outcome.rank == 1 + sum(similarity(encoder, QUERY, other) > left for other in TEXTS) > 3


def test_a_text_that_is_below_already_needs_no_deletion(explainer, index, query):
    pinned = pin(index, query, 7, TEXTS[7])
    deletion = smallest_deletion(explainer, index, pinned, k=3)
    assert (deletion.words, deletion.below, deletion.outcome.change) == ((), True, 0)


def test_a_rank_that_cannot_be_left_is_said(explainer, encoder):
    among = index_of_texts(encoder, ["bees make honey", "the bank raised its rate"])
    pinned = pin(among, embed_query(encoder, QUERY), 0, "bees make honey")
    deletion = smallest_deletion(explainer, among, pinned, k=2)
    assert not deletion.below
    assert deletion.outcome.rank <= 2


def test_probes_warn_of_what_does_not_move_the_similarity(encoder, index, query):
    pinned = pin(index, query, 0, TEXTS[0])
    found = probe(encoder, index, pinned)
    words = TEXTS[0].split()
    moves = [
        abs(similarity(encoder, QUERY, " ".join(words[:i] + words[i + 1 :])) - pinned.similarity)
        for i in range(len(words))
    ]
    assert found.threshold == pytest.approx(np.median(moves), abs=1e-5)
    assert [one.change.kind for one in found.probes] == ["negation", "names"]
    for one in found.probes:
        wanted = similarity(encoder, QUERY, one.change.text) - pinned.similarity
        assert one.outcome.change == pytest.approx(wanted, abs=1e-5)
        assert one.unmoved == (abs(wanted) < np.median(moves))


def test_probes_of_the_query_search_anew(encoder, index):
    asked = embed_query(encoder, "Bees are 2 kinds of insects")
    pinned = pin(index, asked, 10, TEXTS[10])
    found = probe(encoder, index, pinned, "query")
    assert [one.change.kind for one in found.probes] == ["negation", "number", "names"]
    for one in found.probes:
        assert one.outcome.text == TEXTS[10]
        assert one.outcome.rank == rank_by_hand(encoder, one.change.text, TEXTS[10], 10)
