"""Copy as Python: a script that makes the numbers of the view anew, without the app."""

from __future__ import annotations

from nusterile_gui.layers import Layer
from nusterile_gui.model import ViewModel

__all__ = ["view_script"]

_HEAD = '''"""Numbers of a view of nusterile: limits, Δχ², spectrum and pulls at the cursor."""

import nusterile
'''

_SCAN = """
# Grid point nearest to the cursor: MeV and Bohr magnetons.
point = {{"m_4": {m_4!r}, "mu": {mu!r}}}
delta_chi2 = product.nusterile.delta_chi2(dof={dof}).sel(selection={selection!r}, flavor={flavor!r})
over_plane = delta_chi2
over_mu = delta_chi2.sel(m_4=point["m_4"], method="nearest")
over_m_4 = delta_chi2.sel(mu=point["mu"], method="nearest")
at_cursor = float(over_mu.sel(mu=point["mu"], method="nearest"))
spectrum = product.nusterile.spectrum(
    {experiment!r}, {flavor!r}, **point{fitted}
)
pulls = product.pulls.sel(selection={selection!r}, flavor={flavor!r}).sel(point, method="nearest")
print(f"delta chi2 = {{at_cursor:.6g}} at m_4 = {{point['m_4']:.6g}} MeV, mu = {{point['mu']:.6g}} mu_B")
print(spectrum.to_dataframe() if "component" not in spectrum.dims else spectrum.drop_dims("component").to_dataframe())
print(pulls.to_series().dropna())
"""

_LIMITS = """
# Upper limits on the moment in Bohr magnetons, over the mass in MeV.
limits = product.limit.sel(cl={cl!r}, dof={dof}, selection={selections!r}, flavor={flavors!r})
print(limits.to_series().unstack("m_4").T)
"""

_SCANNED_LIMITS = """
# Upper limits at a level that the product does not store, from its scan.
limits = product.nusterile.limit({cl!r}, dof={dof}).sel(selection={selections!r}, flavor={flavors!r})
print(limits.to_series().unstack("m_4").T)
"""

_RATIO = """
other = {other}
ratio = limits / other.limit.sel(
    cl={cl!r}, dof={dof}, selection={selections!r}, flavor={flavors!r}
).interp(m_4=limits.m_4)
"""


def view_script(model: ViewModel) -> str:
    """Write a script that rebuilds the numbers of the view.

    Parameters
    ----------
    model : ViewModel
        The state; its active layer is opened, or computed where it was never saved.

    Returns
    -------
    str
        Python; empty without a layer.
    """
    layer, state = model.layer, model.state
    if layer is None:
        return ""
    slices = layer.slices
    pairs = model.curves(layer)
    names = {
        "cl": state.cl,
        "dof": state.dof,
        "selection": state.selection,
        "flavor": state.flavor,
        "selections": [s for s in slices.selections if any(s == pair[0] for pair in pairs)],
        "flavors": [f for f in slices.flavors if any(f == pair[1] for pair in pairs)],
    }
    stored = [float(cl) for cl in slices.levels if abs(cl - state.cl) < 1e-9]
    text = _HEAD + f"\nproduct = {_source(layer)}\n"
    if stored:
        text += _LIMITS.format(**{**names, "cl": stored[0]})
    elif slices.has_scan:
        text += _SCANNED_LIMITS.format(**names)
    if not slices.has_scan:
        return text
    i, j = model.point()
    fitted = f",\n    selection={state.selection!r}," if state.fitted else ""
    text += _SCAN.format(
        m_4=float(slices.masses[i]),
        mu=float(slices.moments[j]),
        experiment=state.experiment,
        fitted=fitted,
        **names,
    )
    return text


def _source(layer: Layer) -> str:
    """Expression that gives the dataset of a layer."""
    if layer.path is not None:
        return f"nusterile.open({str(layer.path)!r})"
    values = layer.dataset.nusterile.config.model_dump(mode="json", exclude_none=True)
    return f"nusterile.Analysis(nusterile.Configuration.from_values({values!r})).build()"
