"""Physical constants, in MeV-based natural units unless a name says otherwise.

References
----------
CODATA 2022 (m_e, alpha, hbar c, N_A); PDG 2024 (G_F, weak mixing angle);
IUPAC (molar mass of xenon).
"""

from __future__ import annotations

import math
from typing import Final

#: Fermi constant, MeV^-2 (PDG 2024: 1.1663788e-5 GeV^-2).
FERMI_CONSTANT: Final = 1.1663788e-11
#: Electron mass, MeV.
ELECTRON_MASS: Final = 0.51099895069
#: Fine-structure constant.
FINE_STRUCTURE: Final = 1 / 137.035999177
#: Bohr magneton e / (2 m_e) with e = sqrt(4 pi alpha), 1/MeV (296.30 1/GeV).
BOHR_MAGNETON: Final = math.sqrt(4 * math.pi * FINE_STRUCTURE) / (2 * ELECTRON_MASS)
#: (hbar c)^2, MeV^2 cm^2.
HBARC_SQUARED: Final = 0.3893793721e-21
#: Avogadro constant, 1/mol.
AVOGADRO: Final = 6.02214076e23
#: sin^2 of the weak mixing angle, MS-bar at zero momentum (PDG 2024).
SIN2_THETA_W: Final = 0.23863
#: Molar mass of xenon, g/mol.
XENON_MOLAR_MASS: Final = 131.293
#: One year (365.25 d) in seconds.
YEAR_SECONDS: Final = 365.25 * 86400.0
#: Grams in a tonne.
TONNE_GRAMS: Final = 1e6
#: keV in a MeV.
KEV_PER_MEV: Final = 1e3
