"""Style sheet of the window in the colours of a theme."""

from __future__ import annotations

from nusterile_gui.look.themes import Theme

__all__ = ["style_sheet"]


def style_sheet(theme: Theme, scale: float = 1.0) -> str:
    """Style sheet of ordinary widgets, their text larger than usual by a factor."""
    text, title, field = 9.5 * scale, 17 * scale, round(108 * scale)
    # Lists leave boxes no more room than this.
    small = min(round(11 * scale), 14)
    wrong = "#c0392b" if theme.name == "light" else "#ff7b6b"
    return f"""
    QWidget {{ font-size: {text:g}pt; color: {theme.text}; }}
    QPlainTextEdit {{ font-family: monospace; }}
    QMainWindow, QDialog, QMenuBar, QStatusBar, QToolBar {{ background: {theme.window}; }}
    QMainWindow::separator {{ background: {theme.window}; width: 5px; height: 5px; }}
    QDockWidget::title {{
        background: {theme.window}; padding: 3px 6px; text-align: left;
    }}
    QDockWidget {{ font-weight: bold; }}
    QLabel[muted="true"] {{ color: {theme.muted}; }}
    QLabel#title {{ font-size: {title:g}pt; }}
    QLineEdit#cursor-mass, QLineEdit#cursor-moment {{ min-width: {field}px; }}
    QLabel[wrong="true"] {{ color: {wrong}; }}
    QLineEdit, QListWidget, QTreeWidget, QPlainTextEdit {{
        background: {theme.base}; border: 1px solid {theme.grid}; border-radius: 3px;
        padding: 2px 4px; selection-background-color: {theme.accent};
        selection-color: {theme.base};
    }}
    QListWidget, QTreeWidget {{ padding: 1px; }}
    QListWidget::item:selected, QTreeWidget::item:selected {{
        background: {theme.grid}; color: {theme.text};
    }}
    QTableWidget {{
        background: {theme.base}; border: 1px solid {theme.grid}; border-radius: 3px;
        selection-background-color: {theme.grid}; selection-color: {theme.text};
    }}
    QTableWidget#comparison, QTableWidget#comparison QHeaderView {{ font-size: {0.9 * text:g}pt; }}
    QTableWidget::item {{ padding: 0; }}
    QHeaderView, QHeaderView::section, QTableCornerButton::section {{
        background: {theme.base}; border: none; padding: 1px 2px;
    }}
    QComboBox QAbstractItemView {{ background: {theme.base}; color: {theme.text}; }}
    QGroupBox {{
        border: 1px solid {theme.grid}; border-radius: 4px;
        margin-top: {round(9 * scale)}px; padding-top: {round(5 * scale)}px;
        font-weight: bold;
    }}
    QGroupBox::title {{ subcontrol-origin: margin; left: 7px; padding: 0 3px; }}
    QPushButton {{
        background: {theme.base}; border: 1px solid {theme.grid}; border-radius: 3px;
        padding: 4px 10px;
    }}
    QPushButton:hover {{ border-color: {theme.accent}; }}
    QLineEdit:focus, QListWidget:focus, QTreeWidget:focus, QPlainTextEdit:focus,
    QPushButton:focus {{ border-color: {theme.accent}; }}
    QLineEdit[wrong="true"], QListWidget[wrong="true"] {{ border: 1px solid {wrong}; }}
    QPushButton:disabled {{ color: {theme.muted}; }}
    QPushButton#pins {{ padding: 1px 8px; }}
    QPushButton:default {{ border-color: {theme.accent}; }}
    QProgressBar {{
        background: {theme.base}; border: 1px solid {theme.grid}; border-radius: 3px;
        height: 10px;
    }}
    QProgressBar::chunk {{ background: {theme.accent}; }}
    QFrame#notice {{ background: {theme.accent}; }}
    QFrame#notice QLabel {{ color: {theme.base}; }}
    QTabBar::tab {{
        background: {theme.window}; border: 1px solid {theme.grid}; padding: 4px 9px;
        color: {theme.muted};
    }}
    QTabBar::tab:selected {{ background: {theme.base}; color: {theme.text}; }}
    QMenu {{ background: {theme.base}; border: 1px solid {theme.grid}; }}
    QMenu::item:selected, QMenuBar::item:selected {{
        background: {theme.accent}; color: {theme.base};
    }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QToolTip {{
        background: {theme.base}; color: {theme.text}; border: 1px solid {theme.muted};
    }}
    QCheckBox::indicator, QListView::indicator, QTreeView::indicator {{
        width: {small}px; height: {small}px; border: 1px solid {theme.muted}; border-radius: 2px;
        background: {theme.base};
    }}
    QCheckBox::indicator:checked, QListView::indicator:checked, QTreeView::indicator:checked {{
        background: {theme.accent}; border-color: {theme.accent};
    }}
    QTreeView::indicator:indeterminate {{ background: {theme.muted}; }}
    QCheckBox::indicator:disabled {{ border-color: {theme.grid}; }}
    QScrollArea {{ border: 1px solid transparent; }}
    QToolButton {{ border: 1px solid transparent; padding: 2px; }}
    QToolButton:focus, QScrollArea:focus {{ border: 1px solid {theme.accent}; }}
    QCheckBox:focus, QComboBox:focus, QAbstractSpinBox:focus, QTabBar::tab:selected:focus {{
        color: {theme.accent};
    }}
    """
