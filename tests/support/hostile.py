"""Texts that terminals, spreadsheets, LaTeX, BibTeX, mathtext and Qt would act on."""

from __future__ import annotations

import json
from pathlib import Path

import netCDF4
from experiment_folders import EXPERIMENT, FLAT, SMALL_GRIDS, write_experiment

#: Acts on a terminal: sets its title, rings, colours, turns the direction of writing.
CONTROL = "\x1b]0;owned\x07\x1b[31m\x9b32m\u202e"
#: Acts in a spreadsheet, as markup, as a formula or as a command; 124Xe is typeset.
MARKUP = (
    "=HYPERLINK(1,2) <b>bold</b> <img src=x> $\\frac{ \\input{secret} $ \\124Xe "
    "%&_^~ @misc{x, { |`*["
)


def quoted(text: str) -> str:
    """Write a text as TOML does."""
    return json.dumps(text)


def hostile_experiment(folder: Path, text: str = MARKUP, only: str = "") -> Path:
    """Write an experiment with a text in every field that is free, or in one of them only."""
    fields = ("label", "caveats", "reference", "doi", "component")
    given = {name: quoted(text) if only in ("", name) else '"plain"' for name in fields}
    toml = EXPERIMENT.replace('label = "Toy"', f"label = {given['label']}")
    toml = toml.replace("exposure =", f"caveats = {given['caveats']}\nexposure =")
    toml = toml.replace('text = "Nobody, unpublished"', f"text = {given['reference']}")
    toml += f"doi = {given['doi']}\n"
    components = FLAT + f"label = {given['component']}\n"
    return write_experiment(folder, toml=toml, components=components)


def hostile_bound(folder: Path, text: str = MARKUP, only: str = "") -> Path:
    """Write a bound with a text in every field that is free, or in one of them only."""
    fields = ("label", "converted", "notes", "reference", "branch")
    given = {name: text if only in ("", name) else "plain" for name in fields}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bound.toml").write_text(
        f'name = "mine"\nlabel = {quoted(given["label"])}\nflavor = "all"\ncl = 0.9\n'
        'kind = "upper_limit"\nmass_unit = "MeV"\nquantity = "mu"\ncurve = "c.csv"\n'
        f"converted = {quoted(given['converted'])}\nnotes = {quoted(given['notes'])}\n"
        f"[[references]]\ntext = {quoted(given['reference'] + ' bound')}\n"
    )
    branch = given["branch"].replace('"', '""')
    (folder / "c.csv").write_text(
        f'mass,coupling,branch\n0.001,1e-9,"{branch}"\n1,2e-9,"{branch}"\n', encoding="utf-8"
    )
    return folder


def hostile_configuration(folder: Path) -> Path:
    """Write an experiment, a bound and a configuration of both."""
    hostile_experiment(folder / "toy")
    hostile_bound(folder / "mine")
    path = folder / "hostile.toml"
    path.write_text(
        f'experiments = []\nexperiment_folders = ["toy"]\nbound_folders = ["mine"]\n{SMALL_GRIDS}'
    )
    return path


#: Attributes that are compared with one another, or say how to read the file.
_COMPARED = ("config", "config_hash", "content", "input_hashes", "input_texts")


def spoil_attributes(product: Path) -> None:
    """Put hostile text into every text of a product that nothing is compared with."""
    with netCDF4.Dataset(product, "a") as file:
        for name in file.ncattrs():
            value = file.getncattr(name)
            if isinstance(value, str) and name not in _COMPARED:
                file.setncattr(name, f"{value}; {MARKUP},{MARKUP} {CONTROL}")
        for variable in file.variables.values():
            variable.long_name = MARKUP + CONTROL
            variable.comment = CONTROL


def spoil_names(product: Path, text: str) -> None:
    """Put a text into the names of a product's selections, experiments and components."""
    with netCDF4.Dataset(product, "a") as file:
        for name in ("experiment", "selection", "component"):
            for number in range(len(file[name])):
                file[name][number] = f"{text}{number}"
        for number, pull in enumerate(file["pull"][:]):
            if ":" in str(pull):
                file["pull"][number] = f"{text}0:{text}0"
