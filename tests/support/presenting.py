"""Presents from every arrangement on a screen of 1280 × 800, and prints the sizes of the window.

A script of its own, since Qt takes the size of a screen that is none at its start.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(product):
    from window_hand import settle

    from nusterile_gui.application import application
    from nusterile_gui.frame.arrangement import ARRANGEMENTS
    from nusterile_gui.frame.window import Window
    from nusterile_gui.screenshots import SCENES

    app = application()
    window = Window([Path(product)])
    window.show()
    settle(window)
    found = {}

    def start(name):
        window.menus.actions[name].trigger()
        for _ in range(12):
            app.processEvents()
            time.sleep(0.002)

    for arrangement in ARRANGEMENTS:
        for scene in ("plane", "bounds", "points"):
            SCENES[scene](window)
            start(f"arrange-{arrangement}")
            steps = ("text-presentation", "present", "present", "text-normal", "present", "present")
            for number, step in enumerate(steps):
                start(step)
                name = f"{arrangement}, {scene}: {number} {step}"
                found[name] = [window.width(), window.height()]
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # nothing is to be kept of this session


if __name__ == "__main__":
    main(sys.argv[1])
