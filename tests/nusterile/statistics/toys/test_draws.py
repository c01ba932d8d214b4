"""Random numbers of toys: the generator's published answers, distributions, reproducibility."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nusterile.errors import InputError
from nusterile.statistics.toys.draws import Truth, _philox, draw, stream_of

MEANS = [0.0, 0.05, 0.7, 3.0, 40.0, 1e4]


def truth(means=MEANS, scale=(1.0,), sigma=(0.1,)) -> Truth:
    return Truth(
        np.array(means, dtype=float), np.array(scale, dtype=float), np.array(sigma, dtype=float)
    )


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ([0] * 4, [0] * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_generator_gives_the_known_answers_of_its_authors(counter, key, words):
    found = _philox(*(np.uint64(word) for word in [*counter, *key]))
    assert [int(word) for word in found] == [int(word, 16) for word in words.split()]


@pytest.mark.parametrize("mean", MEANS[1:])
def test_counts_have_the_poisson_distribution(mean):
    counts = draw(truth([mean]), 1, 2, 0, 200_000).counts[:, 0]
    edges = np.unique(stats.poisson.ppf(np.linspace(0.001, 0.999, 40), mean))
    observed = np.diff([0, *(np.sum(counts <= edge) for edge in edges), counts.size])
    expected = counts.size * np.diff([0, *stats.poisson.cdf(edges, mean), 1])
    used = expected > 5
    assert (
        stats.chisquare(
            np.append(observed[used], observed[~used].sum() + 1e-9),
            np.append(expected[used], expected[~used].sum() + 1e-9),
        ).pvalue
        > 1e-3
    )
    assert not np.any(counts % 1)


def test_a_bin_without_expectation_stays_empty():
    assert not draw(truth([0.0]), 1, 2, 0, 1000).counts.any()


@pytest.mark.parametrize(("scale", "sigma"), [(1.0, 0.07), (0.5, 1.0)])
def test_centres_have_the_normal_distribution_above_zero(scale, sigma):
    centres = draw(truth([1.0], [scale], [sigma]), 5, 0, 0, 100_000).centre[:, 0]
    normal = stats.truncnorm(-scale / sigma, np.inf, scale, sigma)
    assert centres.min() > 0
    assert stats.kstest(centres, normal.cdf).pvalue > 1e-3


def test_free_and_fixed_pulls_have_no_constraint():
    toys = draw(truth([1.0], [0.4, 1.0, 1.0], [np.inf, 0.0, 0.1]), 5, 0, 0, 10)
    assert np.all(toys.centre[:, :2] == 1)
    assert np.unique(toys.centre[:, 2]).size == 10


def test_toys_are_uncorrelated():
    """Between bins, pulls, neighbours and streams: each correlation is some 1/sqrt(n)."""
    one = truth([9.0, 9.0, 9.0], [1.0, 1.0], [0.1, 0.1])
    first, second = draw(one, 1, 0, 0, 40_000), draw(one, 1, 1, 0, 40_000)
    columns = np.column_stack([first.counts, first.centre, second.counts, second.centre])
    columns = np.column_stack([columns[:-1], columns[1:]])
    off = np.corrcoef(columns.T) - np.eye(columns.shape[1])
    assert np.abs(off).max() < 5 / np.sqrt(40_000)


def test_a_toy_depends_on_its_seed_stream_and_number_alone():
    whole = draw(truth(), 7, 3, 0, 100)
    for start, n in ((0, 1), (37, 20), (99, 1)):
        part = draw(truth(), 7, 3, start, n)
        np.testing.assert_array_equal(part.counts, whole.counts[start : start + n])
        np.testing.assert_array_equal(part.centre, whole.centre[start : start + n])
    for other in (draw(truth(), 8, 3, 0, 100), draw(truth(), 7, 4, 0, 100)):
        assert not np.array_equal(other.counts, whole.counts)
        assert not np.array_equal(other.centre, whole.centre)
    beyond = draw(truth(), 2**64 - 1, 2**32 - 1, 2**40, 2)
    assert not np.array_equal(beyond.counts, whole.counts[:2])


def test_bits_are_the_same_on_every_machine():
    """Drawn once; whatever changes them changes every result that anybody has published."""
    toys = draw(truth(), 1, stream_of("expected", "xenonnt_sr0"), 10**6, 2)
    assert toys.counts.tolist() == PINNED_COUNTS
    assert [float(c).hex() for c in toys.centre[:, 0]] == PINNED_CENTRES


PINNED_COUNTS = [[0, 0, 1, 1, 34, 10036], [0, 0, 1, 2, 49, 10034]]
PINNED_CENTRES = ["0x1.ae96555b21608p-1", "0x1.f197420dfd5fep-1"]


def test_more_events_than_can_be_drawn():
    with pytest.raises(InputError, match=r"2e\+07 events in one bin; at most 1e\+07"):
        draw(truth([1.0, 2e7]), 1, 0, 0, 1)
    with pytest.raises(InputError, match="nan events"):
        draw(truth([np.nan]), 1, 0, 0, 1)
