"""What is shown: open products, the fit, its level, which limits are drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nusterile.vocabulary import CL, DOF, EXPECTED, FLAVOR, FLAVOR_SYMBOLS, SELECTION
from nusterile_gui.look.themes import FLAVOR_DASHES, Theme
from nusterile_gui.panels.bound_lines import SWATCH, swatch
from nusterile_gui.panels.limit_items import EXPECTED_DASHES, THIN, curve_color
from nusterile_gui.panels.overlay_list import OverlayList
from nusterile_gui.panels.product_list import ProductList, key_of
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["ViewPanel"]

_SHOWN_FIELDS = frozenset(
    {"layers", "active", SELECTION, FLAVOR, "shown_selections", "shown_flavors"}
)
_HIGHEST_LEVEL = 0.9999
_MENU = {
    "details": "Product details…",
    "save": "Save product…",
    "settings": "Save settings…",
    "close": "Close product",
}
_ROLE = Qt.ItemDataRole.UserRole
#: Height of a list that has to make do with little, pixels: two lines, the rest by scrolling.
_LEAST_LIST = 46


class ViewPanel(QWidget):
    """Layers and what is shown of them.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.

    Signals
    -------
    asked : str, int
        Something to do with a layer: ``save``, ``settings``, ``details`` or ``close``,
        and its key.
    """

    asked = Signal(str, int)

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__()
        self._model = model
        self._theme: Theme | None = None
        self._filling = False
        self.layers = ProductList(model, _MENU)
        self.layers.setObjectName("layers")
        self.layers.setToolTip("Check: draw. Click: make active. Double click: rename.")
        self.selection = QComboBox()
        self.selection.setObjectName(SELECTION)
        self.flavor = QComboBox()
        self.flavor.setObjectName(FLAVOR)
        self.cl = QDoubleSpinBox()
        self.cl.setObjectName(CL)
        self.cl.setRange(1.0, 100.0)
        self.cl.setValue(90.0)
        self.cl.setToolTip("Confidence level of limits and contours")
        self.cl.setDecimals(2)
        self.cl.setSuffix(" %")
        self.cl.setKeyboardTracking(False)
        self.dof = QComboBox()
        self.dof.setObjectName(DOF)
        self.dof.addItem("1 (μ at fixed m₄)", 1)
        self.dof.addItem("2 (m₄ and μ)", 2)
        self.dof.setToolTip(
            "1: Δχ² against the minimum at each mass; 2: against that of the whole plane"
        )
        self.selections = QListWidget()
        self.selections.setObjectName("shown-selections")
        self.selections.setToolTip("Data whose limits and profiles are drawn")
        self.selections.setAccessibleName("data drawn")
        self.flavors = QListWidget()
        self.flavors.setObjectName("shown-flavors")
        self.flavors.setToolTip("Moments whose limits are drawn, each with its dashes")
        self.flavors.setAccessibleName("moments drawn")
        self.expected = QCheckBox("Expected limit")
        self.expected.setObjectName(EXPECTED)
        for limits in (self.selections, self.flavors, self.expected):
            limits.setIconSize(SWATCH)
        for names in (self.layers, self.selections, self.flavors):
            names.setMinimumHeight(_LEAST_LIST)
        self.expected.setToolTip(
            "Thin dashes: limit of the fit above if counts were as expected without a signal"
        )
        self.ratio = QComboBox()
        self.ratio.setObjectName("ratio")
        self.ratio.setToolTip("Divide the limits of the active product by those of another")
        self.expected.setChecked(model.state.expected)
        self.toys = OverlayList(model, signals)
        self.toys.asked.connect(self.asked)
        self._lay_out()
        self._connect(signals)

    def chosen(self) -> int:
        """Key of the product that is saved or closed; 0 for none.

        The study whose row has the focus, else the active product, else the last study.
        """
        studies = self.toys.overlays
        if studies.hasFocus() and studies.count():
            return key_of(studies.currentItem() or studies.item(0))
        state = self._model.state
        return state.active or next((o.key for o in reversed(state.overlays)), 0)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        products = QGroupBox("Products")
        inner = QVBoxLayout(products)
        inner.addWidget(self.layers)
        inner.setContentsMargins(6, 6, 6, 6)
        fit = QGroupBox("Fit")
        form = QFormLayout(fit)
        form.setContentsMargins(6, 6, 6, 6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.selection.setToolTip("Experiment or combination whose Δχ², pulls and limit are shown")
        self.layers.setAccessibleName("products")
        self.flavor.setToolTip(
            "effective: one common moment of all flavours; otherwise only that of one flavour"
        )
        for combo in (self.selection, self.flavor, self.dof, self.ratio):
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(8)
        form.addRow("data", self.selection)
        form.addRow("moment", self.flavor)
        form.addRow("level", self.cl)
        form.addRow(DOF, self.dof)
        form.addRow("ratio to", self.ratio)
        drawn = QGroupBox("Limits drawn")
        box = QVBoxLayout(drawn)
        box.setContentsMargins(6, 6, 6, 6)
        box.addWidget(self.selections, 5)
        moments = QLabel("of moments")
        moments.setProperty("muted", True)
        box.addWidget(moments)
        box.addWidget(self.flavors, 4)
        box.addWidget(self.expected)
        layout.addWidget(products, 2)
        layout.addWidget(self.toys)
        layout.addWidget(fit)
        layout.addWidget(drawn, 5)

    def _connect(self, signals: ViewSignals) -> None:
        self.layers.currentItemChanged.connect(self._on_layer_chosen)
        self.layers.edited.connect(self._fill_layers)
        self.layers.asked.connect(self.asked)
        self.selection.activated.connect(
            lambda k: self._model.update(selection=self.selection.itemData(k))
        )
        self.flavor.activated.connect(lambda k: self._model.update(flavor=self.flavor.itemData(k)))
        self.dof.activated.connect(lambda k: self._model.update(dof=self.dof.itemData(k)))
        self.cl.valueChanged.connect(self._on_level)
        self.ratio.activated.connect(self._on_ratio)
        self.selections.itemChanged.connect(self._on_shown)
        self.flavors.itemChanged.connect(self._on_shown)
        self.expected.toggled.connect(lambda on: self._model.update(expected=on))
        signals.changed.connect(self._on_changed)

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._fill_layers()
        self._fill_shown()

    def _on_level(self, percent: float) -> None:
        if not self._filling:
            # No limit can be had at 100 %: the field then shows the highest level there is.
            self._model.update(cl=min(percent / 100, _HIGHEST_LEVEL))
            self._show_choices()

    def _on_ratio(self, index: int) -> None:
        other = self.ratio.itemData(index)
        self._model.update(ratio=(self._model.state.active, other) if other else ())

    def _on_layer_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None and not self.layers.filling:
            self._model.update(active=key_of(item))

    def _on_shown(self, _: QListWidgetItem) -> None:
        if not self._filling:
            state = self._model.state
            self._model.update(
                shown_selections=_toggled(state.shown_selections, self.selections),
                shown_flavors=_toggled(state.shown_flavors, self.flavors),
            )
            self._fill_shown()

    def _on_changed(self, changed: Changed) -> None:
        if changed & {"layers", "active"}:
            self._fill_layers()
        if changed & {"layers", "active", "ratio"}:
            self._fill_ratio()
        if "active" in changed or ("overlays" in changed and self._model.layer is None):
            self._fill_choices()
        if changed & {"active", "overlays", SELECTION, FLAVOR, CL, DOF}:
            self._show_choices()
        if EXPECTED in changed:
            self.expected.setChecked(self._model.state.expected)
        if changed & _SHOWN_FIELDS:
            self._fill_shown()

    def _fill_layers(self) -> None:
        state = self._model.state
        tips = {layer.key: str(layer.place or "not saved") for layer in state.layers}
        icons = None
        if self._theme is not None:
            icons = {layer.key: _square(self._theme.color(layer.color)) for layer in state.layers}
        self.layers.fill(state.layers, tips, icons, state.active)

    def _fill_ratio(self) -> None:
        state = self._model.state
        self.ratio.clear()
        self.ratio.addItem("–", 0)
        for layer in state.layers:
            if layer.key != state.active:
                self.ratio.addItem(layer.name, layer.key)
        self.ratio.setEnabled(len(state.layers) > 1)
        if state.ratio and state.ratio[0] == state.active:
            self.ratio.setCurrentIndex(max(self.ratio.findData(state.ratio[1]), 0))

    def _fill_choices(self) -> None:
        self.selection.clear()
        self.flavor.clear()
        for name in self._model.choices("selections"):
            self.selection.addItem(self._model.selection_label(name), name)
        for name in self._model.choices("flavors"):
            self.flavor.addItem(FLAVOR_SYMBOLS[name], name)

    def _show_choices(self) -> None:
        state = self._model.state
        self._filling = True
        self.selection.setCurrentIndex(self.selection.findData(state.selection))
        self.flavor.setCurrentIndex(self.flavor.findData(state.flavor))
        self.dof.setCurrentIndex(self.dof.findData(state.dof))
        self.cl.setValue(100 * state.cl)
        self._filling = False

    def _fill_shown(self) -> None:
        layer, state, theme = self._model.layer, self._model.state, self._theme
        self._filling = True
        for widget, names, shown, active, text in (
            (
                self.selections,
                self._model.names("selections"),
                state.shown_selections,
                state.selection,
                self._model.selection_label,
            ),
            (
                self.flavors,
                self._model.names("flavors"),
                state.shown_flavors,
                state.flavor,
                FLAVOR_SYMBOLS.__getitem__,
            ),
        ):
            widget.clear()
            for name in names:
                item = QListWidgetItem(text(name))
                item.setData(_ROLE, name)
                on = Qt.CheckState.Checked if name in shown else Qt.CheckState.Unchecked
                item.setCheckState(on)
                fit = (state.selection, name) if widget is self.flavors else (name, state.flavor)
                if theme is not None and layer and fit[0] in layer.slices.selections:
                    item.setIcon(swatch(*self._line(theme, layer, *fit)))
                if name == active:
                    item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
                    item.setToolTip("the fit above is always drawn")
                widget.addItem(item)
        if theme is not None and layer:
            color, _ = self._line(theme, layer, state.selection, state.flavor)
            self.expected.setIcon(swatch(color, EXPECTED_DASHES, THIN))
        self._filling = False

    def _line(
        self, theme: Theme, layer: Layer, selection: str, flavor: str
    ) -> tuple[QColor, Qt.PenStyle]:
        """Colour and dashes of a limit in the plane."""
        color = curve_color(theme, self._model, layer, selection)
        return color, FLAVOR_DASHES.get(flavor, Qt.PenStyle.SolidLine)


def _toggled(shown: frozenset[str], widget: QListWidget) -> frozenset[str]:
    """Names shown after a click in a list; those that it does not list stay as they are."""
    items = [widget.item(row) for row in range(widget.count())]
    on = {item.data(_ROLE) for item in items if item.checkState() == Qt.CheckState.Checked}
    return (shown - {item.data(_ROLE) for item in items}) | on


def _square(color: QColor) -> QIcon:
    """A square of a colour; the same where its row is selected."""
    pixmap = QPixmap(12, 12)
    pixmap.fill(color)
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon
