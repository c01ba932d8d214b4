"""What to cite: every publication behind the data, the formulas and the bounds.

They stand in one BibTeX file, ``data/references.bib``.
"""

from __future__ import annotations

from collections.abc import Iterable

from nusterile.arguments import require_name
from nusterile.bounds.curve import Bound
from nusterile.bounds.registry import mark_references
from nusterile.experiments.experiment import Experiment
from nusterile.model.configuration import Configuration
from nusterile.model.physics_settings import OscillationSettings
from nusterile.publications.bibliography import Entry, bibliography, made_entry, once
from nusterile.publications.reference import Reference
from nusterile.version import __version__

__all__ = [
    "analysis_references",
    "bibtex",
    "bound_references",
    "experiment_references",
    "product_references",
    "software_entry",
    "study_references",
]

_PAPER = ("Mustamin2025",)
_SOLAR = (
    "Vinyoles2017",
    "BahcallUlrich1988",
    "Bahcall1996",
    "Bahcall1997",
    "Lopes2013",
    "Serenelli2009",
    "Parke1986",
)
_DIPOLE = ("McKeen2010", "Magill2018", "Brdar2021", "Miranda2021")
_COUPLINGS = {
    "tree": ("tHooft1971", "MarcianoParsa2003"),
    "radiative": ("tHooft1971", "MarcianoParsa2003", "ErlerSu2013", "AtzoriCorona2023"),
}
_RESPONSE = ("Chen2017",)
#: What studies with toys rest on beside the analysis.
_STUDIES = {
    "expected": ("Cowan2011",),
    "coverage": (),
    "unified": ("FeldmanCousins1998",),
    "cls": ("Read2002", "Cowan2011", "CowanPower2011"),
    "significance": ("Cowan2011", "GrossVitells2010"),
}
#: Year of this version.
_YEAR = "2026"
_GENERAL = ("XrayDataBooklet2009", "CODATA2022", "PDG2024", "BakerCousins1984")


def software_entry() -> Entry:
    """Return the entry of nusterile itself, in this version.

    Examples
    --------
    >>> software_entry().key
    'nusterile'
    """
    return made_entry(
        "misc",
        "nusterile",
        {
            "author": "{The nusterile developers}",
            "title": "nusterile: limits on active-to-sterile neutrino magnetic moments from the "
            "electron recoils of xenon detectors",
            "year": _YEAR,
            "version": __version__,
            "note": f"Computer program, version {__version__}",
        },
    )


def experiment_references(experiments: Iterable[Experiment]) -> tuple[Entry, ...]:
    """Return what stands behind experiments, each publication once.

    Parameters
    ----------
    experiments : iterable of Experiment
        For example ``Configuration().load_experiments()``.

    Examples
    --------
    >>> experiments = Configuration().load_experiments()
    >>> [entry.arxiv for entry in experiment_references(experiments[:1])]
    ['2207.11330', '2003.03825', '2006.09721']
    """
    known = bibliography()
    return once(
        known.entry_of(reference, f"experiment_{experiment.name}_{number}")
        for experiment in experiments
        for number, reference in enumerate(experiment.references, 1)
    )


def bound_references(bounds: Iterable[Bound], *, marks: bool = True) -> tuple[Entry, ...]:
    """Return what stands behind external bounds, each publication once.

    Parameters
    ----------
    bounds : iterable of Bound
        For example ``load_bounds().values()``.
    marks : bool, optional
        Whether the limits for a massless final state are shown with them.

    Examples
    --------
    >>> from nusterile.bounds import load_bounds
    >>> [entry.key for entry in bound_references([load_bounds()["borexino"]], marks=False)]
    ['Brdar2021', 'FernandezMartinez2023']
    """
    known = bibliography()
    entries = [
        known.entry_of(reference, f"bound_{bound.name}_{number}")
        for bound in bounds
        for number, reference in enumerate(bound.references, 1)
    ]
    if marks:
        entries += [
            known.entry_of(reference, f"massless_{number}")
            for number, reference in enumerate(mark_references(), 1)
        ]
    return once(entries)


def study_references(study: str) -> tuple[Entry, ...]:
    """Return what stands behind a study with toys, beside its analysis.

    Parameters
    ----------
    study : {"expected", "coverage", "unified", "cls", "significance"}
        Which one.

    Returns
    -------
    tuple of Entry

    Raises
    ------
    InputError
        If there is no such study.

    Examples
    --------
    >>> [entry.key for entry in study_references("unified")]
    ['FeldmanCousins1998']
    """
    require_name("study", study, _STUDIES)
    known = bibliography()
    return tuple(known[key] for key in _STUDIES[study])


def analysis_references(configuration: Configuration | None = None) -> tuple[Entry, ...]:
    """Return what stands behind an analysis, each publication once.

    Parameters
    ----------
    configuration : Configuration, optional
        The default one if left out. NuFIT is named where a mixing parameter has its
        value, the radiative corrections and the atom's response where they are on.

    Returns
    -------
    tuple of Entry

    Raises
    ------
    InputError
        If an experiment of the configuration cannot be read.

    Examples
    --------
    >>> [entry.key for entry in analysis_references()][:3]
    ['Mustamin2025', 'Vinyoles2017', 'BahcallUlrich1988']
    """
    settings = configuration or Configuration()
    default = OscillationSettings().model_dump()
    fitted = any(value == default[k] for k, value in settings.oscillation.model_dump().items())
    keys = [
        *_PAPER,
        *_SOLAR,
        *(("NuFIT2024",) if fitted else ()),
        *_COUPLINGS[settings.cross_section.couplings],
        *(_RESPONSE if settings.atom.response == "rrpa" else ()),
        *_DIPOLE,
        *_GENERAL,
    ]
    known = bibliography()
    return once(
        [*(known[key] for key in keys), *experiment_references(settings.load_experiments())]
    )


def product_references(attribute: str) -> tuple[Entry, ...]:
    """Return what stands behind a product, each publication once.

    Parameters
    ----------
    attribute : str
        The product's attribute ``references``: ``doi:10.…``, with semicolons between. A DOI
        that is not in the bibliography gets an entry that holds nothing else.

    Examples
    --------
    >>> [entry.key for entry in product_references("doi:10.1103/PhysRevD.98.115015")]
    ['Magill2018']
    """
    known = bibliography()
    dois = [text.strip().removeprefix("doi:") for text in attribute.split(";")]
    return once(
        known.entry_of(Reference(text=f"doi:{doi}", doi=doi), f"doi_{number}")
        for number, doi in enumerate(filter(None, dois), 1)
    )


def bibtex(references: Iterable[str | Entry]) -> str:
    """Write references as BibTeX.

    Parameters
    ----------
    references : iterable of str or Entry
        Keys, DOIs, arXiv numbers or entries; each publication is written once.

    Returns
    -------
    str
        Entries with an empty line between them, without a line end after the last.

    Raises
    ------
    InputError
        If one is not in the bibliography.

    Examples
    --------
    >>> bibtex(["arXiv:1803.03262"]).splitlines()[0]
    '@article{Magill2018,'
    """
    known = bibliography()
    entries = once(
        reference if isinstance(reference, Entry) else known.find(reference)
        for reference in references
    )
    return "\n\n".join(entry.text for entry in entries)
