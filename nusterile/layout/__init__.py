"""Where labels go beside curves, for any toolkit: numbers in, numbers out.

Lengths are pixels, y upwards; a box is left, bottom, right, top. `in_turn` places one
label after another, fast enough for a plot that is dragged; `settling` moves labels
until none gains, for a figure that is drawn once. Both try the same kinds of places.
"""
