"""Shows a product in windows of many sizes, and prints what cannot be read there, as JSON.

A script of its own, since Qt takes the scale of the screen at its start.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(product, sizes, pictures):
    from scene import covers, cut_texts, empty_thirds, overlapping_texts, overlapping_widgets
    from window_hand import settle

    from nusterile_gui.application import application
    from nusterile_gui.frame.window import Window
    from nusterile_gui.screenshots import SCENES

    app = application()
    window = Window([Path(product)])
    window.show()
    settle(window)
    found = {}
    for width, height in sizes:
        window.resize(width, height)
        for theme in ("light", "dark"):
            window.menus.actions[theme].trigger()
            for scene in ("plane", "bounds", "points"):
                SCENES[scene](window)
                for _ in range(12):
                    app.processEvents()
                    time.sleep(0.002)
                window.statusBar().clearMessage()
                app.processEvents()
                assert (window.width(), window.height()) == (width, height), window.size()
                name = f"{scene}-{width}x{height}-{theme}"
                if pictures:
                    window.grab().save(f"{pictures}/{name}.png")
                found[name] = {
                    "cut": cut_texts(window),
                    "overlapping": [*overlapping_texts(window), *overlapping_widgets(window)],
                    "empty": empty_thirds(window),
                    "small plane": [] if covers(window, 0.2) else ["plane"],
                }
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # nothing is to be kept of this session


if __name__ == "__main__":
    wanted = [tuple(map(int, size.split("x"))) for size in sys.argv[2].split(",")]
    main(sys.argv[1], wanted, sys.argv[3] if len(sys.argv) > 3 else "")
