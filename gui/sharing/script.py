"""Copy as Python: a script that makes the numbers of the view anew, without the app."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nusterile.statistics.intervals import level_index
from nusterile.vocabulary import CL, DOF, FLAVOR, SELECTION
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import ViewModel

__all__ = ["view_script"]

_HEAD = '''"""Numbers of a view of nusterile: limits, Δχ², spectrum and pulls at the cursor."""

import numpy as np

import nusterile
'''

_SCAN = """
# Δχ² over the plane, along both axes, and at the grid point nearest to the cursor.
fit = {{"selection": {selection!r}, "flavor": {flavor!r}}}
point = {{"m_4": {m_4!r}, "mu": {mu!r}}}  # MeV, Bohr magnetons
delta_chi2 = product.nusterile.delta_chi2(dof={dof}).sel(fit)
over_mu = delta_chi2.sel(m_4=point["m_4"])
over_m_4 = delta_chi2.sel(mu=point["mu"])
at_cursor = float(delta_chi2.sel(point))
print("Δχ² at the cursor:", at_cursor)

# Events in each bin{how}, and the pulls of the fit.
spectrum = product.nusterile.spectrum(
    {experiment!r}, fit["flavor"], **point{fitted}
)
print(spectrum.drop_dims("component").to_dataframe())
pulls = product.pulls.sel(fit).sel(point)
print(pulls.to_series().dropna())
"""

_LIMITS = """
# Upper limits on the moment in Bohr magnetons, over the mass in MeV.
drawn = {{"selection": {selections!r}, "flavor": {flavors!r}}}
limits = {limits}.sel(drawn)
print(limits.to_series().unstack("m_4").T)
"""

_OTHERS = """
# The same limits of the other products that are drawn.
others = {{}}
{entries}for name, theirs in others.items():
    print(name)
    print(theirs.to_series().unstack("m_4").T)
"""

_OTHER = "others[{name!r}] = {limits}.sel({drawn!r})\n"

_BOUNDS = """
# External bounds that are drawn: moments in Bohr magnetons over masses in MeV.
known = load_bounds({folders!r})
bounds = [known[name] for name in {names!r}]
"""

_OWN_BOUND = """
# A curve of one's own, as the folder of a bound.
files = {{
    "bound.toml": {toml!r},
    "curve.csv": {curve!r},
}}
bounds.append(read_bound(TextFolder(Path({name!r}), files)))
"""

_EACH_BOUND = """
for bound in bounds:
    print(bound.label, f"{100 * bound.cl:g} % CL", bound.references[0].text, sep=", ")
    print(bound.curve().to_dataframe(name="mu"))
"""

_MARKS = """
# Published limits for a massless final state.
marks = massless_marks()
print(marks.sel(mark=marks.flavor.isin([{flavor!r}, "all"])).to_series())
"""

_RATIO = """
# Ratio of the limits to those of another product.
other = {other}
shared = {{
    name: [value for value in values if value in other[name]] for name, values in drawn.items()
}}
theirs = {limits}.sel(shared)
if not theirs.m_4.equals(limits.m_4):  # straight lines in the logarithms, massive points only
    theirs, limits = theirs.sel(m_4=theirs.m_4 > 0), limits.sel(m_4=limits.m_4 > 0)
    theirs = np.exp(
        np.log(theirs).assign_coords(m_4=np.log(theirs.m_4)).interp(m_4=np.log(limits.m_4.values))
    ).assign_coords(m_4=limits.m_4)
ratio = limits.sel(shared) / theirs
print(ratio.to_series().unstack("m_4").T)
"""


def view_script(model: ViewModel, bound_folders: Sequence[Path] = ()) -> str:
    """Write a script that rebuilds the numbers of the view.

    Parameters
    ----------
    model : ViewModel
        The state; its layers are opened, or computed where they were never saved.
    bound_folders : sequence of Path
        Folders of bounds besides those that come with nusterile.

    Returns
    -------
    str
        Python; empty without a layer.
    """
    layer, state = model.layer, model.state
    if layer is None:
        return ""
    slices = layer.slices
    names = {
        CL: state.cl,
        DOF: state.dof,
        SELECTION: state.selection,
        FLAVOR: state.flavor,
        "selections": _drawn(model, layer)[SELECTION],
        "flavors": _drawn(model, layer)[FLAVOR],
    }
    shown = [bound.name for bound in state.drawn_bounds]
    own = [curve for curve in state.own_curves if curve.key in state.shown_bounds]
    needed = [
        name for name, used in (("load_bounds", shown), ("massless_marks", state.massless)) if used
    ]
    text = _HEAD
    if own:
        text = text.replace("import numpy", "from pathlib import Path\n\nimport numpy")
        text += "from nusterile.bounds.folder import read_bound\n"
    if needed:
        text += f"from nusterile.bounds.registry import {', '.join(needed)}\n"
    if own:
        text += "from nusterile.files.folder import TextFolder\n"
    text += f"\nproduct = {_source(layer)}\n"
    limits = _limits(model, layer, "product")
    if limits:
        text += _LIMITS.format(limits=limits, **names)
    entries = ""
    for other in state.layers:
        found = _limits(model, other, _source(other))
        if other.visible and other.key != layer.key and found:
            entries += _OTHER.format(name=other.name, limits=found, drawn=_drawn(model, other))
    if entries:
        text += _OTHERS.format(entries=entries)
    second = model.find(state.ratio[1]) if state.ratio and state.ratio[0] == layer.key else None
    if second is not None and limits:
        text += _RATIO.format(other=_source(second), limits=_limits(model, second, "other"))
    if shown:
        read = [name for name in shown if name in state.bounds]
        text += _BOUNDS.format(folders=[str(folder) for folder in bound_folders], names=read)
        for curve in own:
            files = curve.texts()
            toml, points = files["bound.toml"], files["curve.csv"]
            text += _OWN_BOUND.format(name=curve.name, toml=toml, curve=points)
        text += _EACH_BOUND
    if state.massless:
        text += _MARKS.format(flavor=state.flavor)
    if not slices.has_scan:
        return text
    i, j = model.point()
    text += _SCAN.format(
        m_4=float(slices.masses[i]),
        mu=float(slices.moments[j]),
        experiment=state.experiment,
        how=" after the fit's pulls" if state.fitted else "",
        fitted=', selection=fit["selection"]' if state.fitted else "",
        **names,
    )
    return text


def _drawn(model: ViewModel, layer: Layer) -> dict[str, list[str]]:
    """Selections and flavours of a layer whose limits are drawn."""
    pairs, slices = model.curves(layer), layer.slices
    return {
        SELECTION: [s for s in slices.selections if any(s == pair[0] for pair in pairs)],
        FLAVOR: [f for f in slices.flavors if any(f == pair[1] for pair in pairs)],
    }


def _limits(model: ViewModel, layer: Layer, source: str) -> str:
    """Expression for the limits of a layer at the level of the view; empty where there are none."""
    state = model.state
    stored = level_index(layer.slices.levels, state.cl)
    if stored is not None:
        return f"{source}.limit.sel(cl={float(layer.slices.levels[stored])!r}, dof={state.dof})"
    return f"{source}.nusterile.limit({state.cl!r}, dof={state.dof})" * layer.slices.has_scan


def _source(layer: Layer) -> str:
    """Expression that gives the dataset of a layer."""
    if layer.place is not None:
        return f"nusterile.open({str(layer.place)!r})"
    values = layer.dataset.nusterile.config.model_dump(mode="json", exclude_none=True)
    return f"nusterile.Analysis(nusterile.Configuration.from_values({values!r})).build()"
