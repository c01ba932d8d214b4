"""A HEPData submission: limits, spectra and Δχ² with qualifiers and keywords.

Tables are made with hepdata_lib. Its ``Submission.create_files`` is left aside: it
writes an archive into the current folder and puts every submission under CC0.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.arrays import Floats
from nusterile.errors import ProductError, require_package
from nusterile.exports.description import STATISTIC, limits_of
from nusterile.files.writing import write_file
from nusterile.product.labels import expected_only_of
from nusterile.product.rows import kinds_of
from nusterile.results import Results
from nusterile.vocabulary import (
    CHI2,
    CL,
    DEFAULT_MASSES,
    DISJOINT,
    DOF,
    EFFECTIVE,
    ELECTRON,
    EXPECTED,
    EXPECTED_LIMIT,
    EXPERIMENT,
    EXPOSURE,
    FLAVOR,
    KEV,
    KIND,
    LIMIT_LOW,
    M_4,
    MEV,
    MU,
    MU_REFERENCE,
    MUON,
    NO_EXPECTED,
    NO_EXPECTED_WORDS,
    SELECTION,
    STATUS_WORDS,
    TAU,
    TONNE_YEARS,
)

if TYPE_CHECKING:
    from hepdata_lib import Submission, Table, Variable

__all__ = ["validate_folder", "write"]

#: Masses of the tables of spectra and Δχ², MeV; the nearest of the product are taken.
_MASSES = DEFAULT_MASSES[1:]
_MOMENT = "mu_B"
_QUALIFIER_UNITS = {M_4: MEV, MU: _MOMENT, EXPOSURE: TONNE_YEARS}
_DIGITS = 17  # every digit of a float: what is read back is what was written
_LICENSES = {"MIT": "https://opensource.org/license/mit"}
_PHRASES = [
    "neutrino magnetic moment",
    "sterile neutrino",
    "solar neutrinos",
    "electron recoil",
    "xenon",
    "upper limit",
]
#: What the words in place of a limit mean.
_WORDS = {
    word: text.replace("Δχ²", "Delta chi2")
    for word, text in {**STATUS_WORDS, NO_EXPECTED: NO_EXPECTED_WORDS}.items()
}
_FLAVORS = {
    EFFECTIVE: "common moment of all flavors",
    ELECTRON: "nu_e",
    MUON: "nu_mu",
    TAU: "nu_tau",
}


def write(product: xr.Dataset, path: Path) -> None:
    """Write a product as a HEPData submission, checked by HEPData's own validator.

    Parameters
    ----------
    product : Dataset
        A product; one that holds limits only gives tables of limits only.
    path : Path
        Archive to write (.tar.gz), ready to be uploaded; the same product gives the same bytes.

    Raises
    ------
    InputError
        If hepdata_lib is not installed or the file cannot be written.
    ProductError
        If the submission is not valid.
    """
    for package in ("hepdata_lib", "hepdata_validator"):
        require_package(package, "export", "HEPData submissions")
    with tempfile.TemporaryDirectory() as name, _quiet():
        folder = Path(name)
        _write_folder(_submission(product), folder, str(product.attrs["license"]))
        message = validate_folder(folder)
        if message:
            raise ProductError(f"{path}: HEPData's validator refuses the submission: {message}")
        write_file(path, _archive(sorted(folder.glob("*.yaml"))))


def validate_folder(folder: Path) -> str:
    """Return what HEPData's validator has against a submission; nothing if it is valid.

    Parameters
    ----------
    folder : Path
        Folder with ``submission.yaml`` and its tables.
    """
    with _quiet():
        from hepdata_validator.full_submission_validator import FullSubmissionValidator

        validator = FullSubmissionValidator(autoload_remote_schemas=False)
        if validator.validate(directory=str(folder)):
            return ""
        found = [
            f"{Path(file).name}: {message.message}"
            for file, messages in validator.get_messages().items()
            for message in messages
        ]
    return found[0] if found else "no reason given"


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what hepdata_validator brings on itself: deprecations and files left open."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", ResourceWarning)
        yield


def _submission(product: xr.Dataset) -> Submission:
    from hepdata_lib import Submission

    results = Results(product)
    submission = Submission()
    summary = " ".join(str(product.attrs["summary"]).split())
    comment = " ".join(str(product.attrs.get("comment", "")).split())
    submission.comment = (
        f"{product.attrs['title']}. {summary}. {comment} Statistic: {STATISTIC}. Made with "
        f"nusterile {product.attrs['nusterile_version']}, configuration sha256 "
        f"{product.attrs['config_hash']}."
    )
    for doi in re.findall(r"doi:(\S+?)(?:;|$)", str(product.attrs["references"])):
        submission.add_link("Publication behind data or method", f"https://doi.org/{doi}")
    names = _Names()
    for selection in results.selections:
        table = _table(
            names(f"Limits {selection}"), "LIMIT", f"Limits of {results.label(selection)}"
        )
        _fill_limits(table, limits_of(product).sel(selection=selection))
        submission.add_table(table)
    if CHI2 not in product:
        return submission
    for selection in results.selections:
        what = f"Profiled chi-square of {results.label(selection)} above its minimum at each mass"
        table = _table(names(f"Delta chi2 {selection}"), "DELTA(CHI2)", what)
        _fill_profiles(table, results.delta_chi2(_masses(product)).sel(selection=selection))
        submission.add_table(table)
    for experiment in product.experiment.values:
        without_data = experiment in expected_only_of(product, EXPERIMENT)
        events = "Expected events" if without_data else "Counts and expected events"
        what = f"{events} of {experiment} in its exposure, nominal pulls"
        table = _table(names(f"Spectrum {experiment}"), "N", what)
        _fill_spectrum(table, product.sel(experiment=experiment))
        submission.add_table(table)
    return submission


class _Names:
    """Names of tables that HEPData takes, each once."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def __call__(self, wanted: str) -> str:
        # hepdata_lib makes the name of a file of it
        name = base = re.sub(r"[^\w +.-]", "_", wanted)[:60]
        number = 2
        while name.lower() in self._used:
            name, number = f"{base} {number}", number + 1
        self._used.add(name.lower())
        return name


def _masses(product: xr.Dataset) -> list[float]:
    grid = product.m_4.values
    return [float(grid[index]) for index in sorted({int(abs(grid - m).argmin()) for m in _MASSES})]


def _table(name: str, observable: str, description: str) -> Table:
    from hepdata_lib import Table

    table = Table(name)
    table.description = f"{description}."
    table.location = "Product file of nusterile"
    table.keywords = {
        "observables": [observable],
        "phrases": _PHRASES,
        "reactions": ["NU E- --> NU4 E-"],
    }
    return table


def _add(
    table: Table,
    name: str,
    units: str,
    values: Iterable[Any],
    qualifiers: dict[str, Any] | None = None,
    *,
    binned: bool = False,
) -> None:
    """Add an independent variable, or a dependent one where there are qualifiers."""
    from hepdata_lib import Variable

    variable: Variable = Variable(
        name, is_independent=qualifiers is None, is_binned=binned, units=units
    )
    variable.values = list(values)
    variable.digits = _DIGITS
    for key, value in (qualifiers or {}).items():
        variable.add_qualifier(key, value, _MOMENT if key == MU else MEV if key == M_4 else "")
    table.add_variable(variable)


def _fill_limits(table: Table, limits: xr.Dataset) -> None:
    """Limits by mass, columns for each flavour, level and dof; a word where there is none."""
    selection = str(limits.selection.item())
    kind = kinds_of(limits)[selection]
    _add(table, M_4, MEV, limits.m_4.values.tolist())
    words: set[str] = set()
    for flavor in limits.flavor.values:
        for cl in limits.cl.values:
            for dof in limits.dof.values:
                qualifiers = {
                    SELECTION: selection,
                    FLAVOR: str(flavor),
                    "moment": _FLAVORS[str(flavor)],
                    CL: float(cl),
                    DOF: int(dof),
                    "statistic": "profiled Poisson chi-square",
                }
                part = limits.sel(flavor=flavor, cl=cl, dof=dof)
                for name, limit_kind, units, cells in _limit_columns(part, kind):
                    _add(table, name, units, cells, {**qualifiers, KIND: limit_kind})
                    words |= {str(cell) for cell in cells}
    said = [f"{word}: {text}." for word, text in _WORDS.items() if word in words]
    lacks = [
        text
        for name, text in ((LIMIT_LOW, "lower ends"), (EXPECTED_LIMIT, "expected limits"))
        if name not in limits
    ]
    if lacks:
        said.append(f"The product is of an older version and holds no {' and no '.join(lacks)}.")
    table.description = " ".join([table.description, *said])


def _limit_columns(
    part: xr.Dataset, kind: str
) -> Iterator[tuple[str, str, str, list[float | str]]]:
    """Name, kind, unit and cells of each column about one limit by mass."""
    status = part.limit_status.values.astype(str)
    yield "Upper limit on mu", kind, _MOMENT, _cells(part.limit.values, status)
    if LIMIT_LOW in part and bool((part[LIMIT_LOW] > 0).any()):
        yield "Lower end of the allowed mu", kind, _MOMENT, _cells(part[LIMIT_LOW].values, status)
    if DISJOINT in status:
        yield "Status of the limit", kind, "", [str(word) for word in status]
    if kind != EXPECTED and EXPECTED_LIMIT in part:
        values = part[EXPECTED_LIMIT].values
        yield (
            "Upper limit on mu",
            EXPECTED,
            _MOMENT,
            _cells(values, np.full(values.size, NO_EXPECTED)),
        )


def _cells(values: Floats, words: NDArray[np.str_]) -> list[float | str]:
    """Numbers, and a word where there is none."""
    pairs = zip(values, words, strict=True)
    return [float(value) if np.isfinite(value) else str(word) for value, word in pairs]


def _fill_profiles(table: Table, delta: xr.DataArray) -> None:
    """Δχ² by mass and moment, a column for each flavour."""
    masses, moments = delta.m_4.values, delta.mu.values
    _add(table, M_4, MEV, np.repeat(masses, moments.size).tolist())
    _add(table, MU, _MOMENT, np.tile(moments, masses.size).tolist())
    for flavor in delta.flavor.values:
        values = delta.sel(flavor=flavor).transpose(M_4, MU).values.ravel().tolist()
        qualifiers = {
            SELECTION: str(delta.selection.item()),
            FLAVOR: str(flavor),
            "moment": _FLAVORS[str(flavor)],
            "minimum over": "mu at the same m_4",
        }
        cells = [value if np.isfinite(value) else "failed" for value in values]
        _add(table, "Delta chi2", "", cells, qualifiers)


def _fill_spectrum(table: Table, data: xr.Dataset) -> None:
    """Counts, Standard Model, each background and dipole events by bin."""
    data = data.isel(bin=np.isfinite(data.bin_low.values))
    low, high = data.bin_low.values, data.bin_high.values
    per_bin = float(data.exposure) * (high - low)
    _add(table, "Reconstructed energy", KEV, zip(low, high, strict=True), binned=True)
    head: dict[str, Any] = {
        EXPERIMENT: str(data.experiment.item()),
        EXPOSURE: float(data.exposure),
    }
    if head[EXPERIMENT] not in expected_only_of(data, EXPERIMENT):
        _add(table, "Observed events", "", [int(n) for n in data.counts.values], head)
    solar = {**head, "process": "solar neutrinos, Standard Model"}
    _add(table, "Expected events", "", (data.rate_sm.values * per_bin).tolist(), solar)
    for component in data.component.values:
        events = data.background.sel(component=component).values * per_bin
        if np.isfinite(events).all():
            process = {**head, "process": f"background {component}"}
            _add(table, "Expected events", "", events.tolist(), process)
    for mass in _masses(data):
        for flavor in data.flavor.values:
            events = data.rate_dipole.sel(m_4=mass, flavor=flavor).values * per_bin
            process = {
                **head,
                "process": "solar neutrinos, dipole",
                FLAVOR: str(flavor),
                M_4: mass,
                MU: MU_REFERENCE,
            }
            _add(table, "Expected events", "", events.tolist(), process)


def _write_folder(submission: Submission, folder: Path, license_name: str) -> None:
    import yaml

    general: dict[str, Any] = {
        "comment": submission.comment,
        "additional_resources": submission.additional_resources,
    }
    if license_name in _LICENSES:
        license_data = {"name": license_name, "url": _LICENSES[license_name]}
        general["data_license"] = license_data
        for table in submission.tables:
            table.add_data_license(**license_data)
    text = yaml.safe_dump(general, explicit_start=True, allow_unicode=True, width=100)
    (folder / "submission.yaml").write_text(text, encoding="utf-8")
    for table in submission.tables:
        table.write_output(str(folder))


def _archive(files: list[Path]) -> bytes:
    """Pack files without times and owners."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for file in files:
            content = file.read_bytes()
            entry = tarfile.TarInfo(file.name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
