"""Made-up experiment folders and small configurations for tests."""

from __future__ import annotations

from pathlib import Path

#: Grids that make a product in a fraction of a second.
SMALL_GRIDS = """
[grids]
m_4 = { low = 1e-3, high = 1.0, points = 5 }
mu = { low = 1e-12, high = 1e-9, points = 9 }
"""

COUNTS = """\
# made up
energy_low_keV,energy_high_keV,counts
1,2,3
2,3,5
3,4,4
4,6,9
"""
EFFICIENCY = "energy_keV,efficiency\n0.5,0\n1,0.5\n3,0.9\n10,0.9\n"
FLAT = """\
[[components]]
name = "flat"
shape = "flat"
energy = "true"
events = 20.0
relative_sigma = 0.1
"""
EXPERIMENT = """\
name = "toy"
label = "Toy"
exposure = 0.5
fit_range = [1.0, 6.0]
counts = "counts.csv"

[efficiency]
table = "efficiency.csv"
energy = "true"

[resolution]
model = "square_root"
parameters = [0.3, 0.0]

[[references]]
text = "Nobody, unpublished"
"""


#: An experiment without data, in the bins of the one above up to 5 keV.
ASIMOV = EXPERIMENT.replace('counts = "counts.csv"', 'counts = "asimov"\nbin_width = 1.0')


def write_experiment(
    folder: Path,
    *,
    name: str = "toy",
    toml: str = EXPERIMENT,
    components: str = FLAT,
    counts: str | bytes | None = COUNTS,
    efficiency: str | bytes = EFFICIENCY,
    tables: dict[str, str] | None = None,
) -> Path:
    """Write an experiment folder; every part can be replaced, counts be left out."""
    folder.mkdir(parents=True, exist_ok=True)
    text = toml.replace('name = "toy"', f'name = "{name}"', 1) + "\n" + components
    files = {"experiment.toml": text, "counts.csv": counts, "efficiency.csv": efficiency}
    for file, content in {**files, **(tables or {})}.items():
        (folder / file).parent.mkdir(exist_ok=True)
        if content is None:
            continue
        raw = content if isinstance(content, bytes) else content.encode()
        (folder / file).write_bytes(raw)
    return folder


def write_asimov(folder: Path, *, name: str = "future", toml: str = ASIMOV, **parts: str) -> Path:
    """Write the folder of an experiment without data."""
    return write_experiment(folder, name=name, toml=toml, counts=None, **parts)


def only(*folders: Path | str) -> str:
    """Return a configuration with these folders alone, on small grids."""
    return f"experiments = []\nexperiment_folders = {[str(f) for f in folders]}\n{SMALL_GRIDS}"


def write_impossible(folder: Path) -> Path:
    """Write a configuration whose data no expectation can meet: events where there can be none."""
    text = EXPERIMENT.replace('energy = "true"', 'energy = "reconstructed"', 1)
    table = "energy_keV,efficiency\n0.5,0\n1,0.9\n3.9,0.9\n4,0\n"
    write_experiment(folder / "toy", toml=text, efficiency=table)
    path = folder / "impossible.toml"
    path.write_text(
        'experiments = []\nexperiment_folders = ["toy"]\nflavors = ["e"]\n[grids]\n'
        "m_4 = { values = [0.0, 0.1] }\nmu = { low = 1e-12, high = 1e-8, points = 9 }\n"
    )
    return path
