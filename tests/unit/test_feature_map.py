"""The map of features: planted clusters, their names, and what is kept."""

import threading
import time

import numpy as np
import pytest

from engine.concepts.dictionary import open_dictionary
from engine.concepts.feature_map import MAP_FILE, FeatureMap, cluster_names, feature_map, open_map
from engine.concepts.labels import Keyword, MachineLabel
from engine.corpus.workspace import Workspace
from engine.jobs import Cancelled, Job
from tests.planted import NAME, plant


def planted_rows(each: int = 20, clusters: int = 3, dimension: int = 12) -> np.ndarray:
    """Three bundles of directions, of any length, one after another."""
    random = np.random.default_rng(0)
    centres = np.repeat(np.eye(dimension)[:clusters], each, axis=0)
    rows = centres + 0.05 * random.normal(size=centres.shape)
    return (rows * random.uniform(0.5, 3, (len(rows), 1))).astype(np.float32)


def test_planted_bundles_are_the_clusters():
    found = feature_map(planted_rows())
    assert found.positions.shape == (60, 2)
    np.testing.assert_allclose(found.positions.mean(axis=0), 0, atol=1e-4)
    assert found.clusters == 3
    for start in (0, 20, 40):
        members = found.cluster[start : start + 20]
        assert len(set(members[members >= 0].tolist())) == 1
    again = feature_map(planted_rows())
    np.testing.assert_array_equal(again.positions, found.positions)


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_few_features_have_a_map_without_clusters(count):
    found = feature_map(planted_rows()[:count])
    assert found.positions.shape == (count, 2)
    assert np.isfinite(found.positions).all()
    assert found.clusters == 0


def labelled(feature: int, *words: str) -> MachineLabel:
    return MachineLabel(feature, None, "", tuple(Keyword(word, 0.5) for word in words), 0.1, None)


def test_clusters_are_named_by_words_that_are_common_there_and_not_everywhere():
    found = FeatureMap(np.zeros((9, 2), np.float32), np.array([0, 0, 0, 1, 1, 2, -1, -1, 3]))
    labels = [
        labelled(0, "wild bird", "thing", "wing"),
        labelled(1, "bird", "thing", "song bird"),
        labelled(2, "flock of birds", "bird", "thing", "beak of the"),
        labelled(3, "fish", "thing"),
        labelled(4, "small fish", "thing", "bird", "1990"),
        labelled(6, "thing"),
        labelled(7, "thing"),
        labelled(8, "moss", "fern"),
    ]
    # First: bird 3 * 3 / 4, thing 3 * 3 / 7; second: fish 2 * 2 / 2, thing 2 * 2 / 7.
    assert cluster_names(found, labels) == ("bird, thing", "fish, thing", "cluster 3", "fern, moss")


def test_a_map_is_kept_until_the_features_change(tmp_path, monkeypatch):
    with Workspace.open(plant(tmp_path / "w", np.eye(12), decoder=planted_rows()[:12])) as workspace:
        dictionary = open_dictionary(workspace, NAME)
        first = open_map(workspace, dictionary)
        monkeypatch.setattr("engine.concepts.feature_map._positions", None)
        again = open_map(workspace, dictionary)
        np.testing.assert_array_equal(again.positions, first.positions)
        np.testing.assert_array_equal(again.cluster, first.cluster)
        monkeypatch.setattr("engine.concepts.feature_map.PERPLEXITY", 5)
        with pytest.raises(TypeError):
            open_map(workspace, dictionary)
        assert (dictionary.folder / MAP_FILE).is_file()


def test_it_can_be_cancelled_while_it_is_laid_out(monkeypatch):
    job, stages = Job(), []

    def step(stage, fraction):
        stages.append(stage)
        if len(stages) > 2:
            job.cancel.cancel()
        Job.step(job, stage, fraction)

    def slow(decoder):
        time.sleep(0.4)
        return decoder[:, :2]

    monkeypatch.setattr(job, "step", step)
    monkeypatch.setattr("engine.concepts.feature_map._positions", slow)
    with pytest.raises(Cancelled):
        feature_map(planted_rows(), job)
    assert len(stages) == 3
    for thread in threading.enumerate():
        if thread.name == "map of the features":
            thread.join()
