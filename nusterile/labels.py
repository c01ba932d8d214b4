"""Units, long names and labels of everything labelled, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Final

__all__ = ["ATTRIBUTES", "selection_labels"]

_RATE = "1/(t yr keV)"

#: Attributes of each coordinate and variable.
ATTRIBUTES: Final[dict[str, dict[str, str]]] = {
    name: {"units": units, "long_name": long_name}
    for name, (units, long_name) in {
        "experiment": ("1", "experiment"),
        "selection": ("1", "experiments that a fit takes"),
        "flavor": ("1", "flavour whose moment is not zero; effective: one common moment"),
        "component": ("1", "background component"),
        "pull": ("1", "nuisance parameter of the fit"),
        "bin": ("1", "bin number"),
        "bin_low": ("keV", "lower bin edge, reconstructed energy"),
        "bin_high": ("keV", "upper bin edge, reconstructed energy"),
        "energy": ("keV", "recoil energy"),
        "m_4": ("MeV", "sterile neutrino mass"),
        "mu": ("bohr_magneton", "transition magnetic moment"),
        "cl": ("1", "confidence level"),
        "dof": ("1", "degrees of freedom"),
        "rate": (_RATE, "neutrino rate after the detector, SM + dipole, mean over the bin"),
        "rate_sm": (_RATE, "Standard Model neutrino rate after the detector"),
        "rate_dipole": (_RATE, "dipole rate after the detector for mu = 1e-11 mu_B"),
        "background": (_RATE, "expected background without solar neutrinos"),
        "counts": ("1", "observed events"),
        "exposure": ("t yr", "exposure"),
        "chi2": ("1", "chi-square, profiled over all pulls"),
        "pulls": ("1", "best-fit pulls in units of their sigma, relative shift where free"),
        "chi2_min": ("1", "minimum of chi-square over mu >= 0"),
        "mu_best": ("bohr_magneton", "moment at the minimum of chi-square"),
        "limit": ("bohr_magneton", "upper limit on the transition moment, NaN where none"),
        "limit_status": (
            "1",
            "ok; open: chi-square never crosses the threshold above its minimum; "
            "outside: found beyond the mu grid; failed",
        ),
    }.items()
}


def selection_labels(
    members: Mapping[str, Sequence[str]], experiments: Mapping[str, str]
) -> dict[str, str]:
    """Text for people by selection.

    Parameters
    ----------
    members : mapping of str to sequence of str
        Experiments of each selection.
    experiments : mapping of str to str
        Label of each experiment.

    Returns
    -------
    dict
        The experiment's label for one experiment, ``Combination`` for all of them, the
        words that all labels start with for some (``PandaX-4T``), or the labels joined.

    Examples
    --------
    >>> runs = {"a": "PandaX-4T Run0", "b": "PandaX-4T Run1", "c": "XENONnT SR0"}
    >>> selection_labels({"x": ["c"], "y": ["a", "b"], "z": ["a", "b", "c"]}, runs)
    {'x': 'XENONnT SR0', 'y': 'PandaX-4T', 'z': 'Combination'}
    """
    labels = {}
    for selection, names in members.items():
        texts = [experiments[name] for name in names]
        if len(texts) == 1:
            labels[selection] = texts[0]
        elif len(texts) == len(experiments):
            labels[selection] = "Combination"
        else:
            words = zip(*(text.split() for text in texts), strict=False)
            common = [word for word, *_ in takewhile(lambda w: len(set(w)) == 1, words)]
            labels[selection] = " ".join(common) or " + ".join(texts)
    return labels
