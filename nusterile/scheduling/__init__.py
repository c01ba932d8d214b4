"""Running many independent tasks: on this machine or on a cluster, the same results anywhere.

`engine.run` is the one way in; `checkpoint` keeps what has been computed until it is written.
Nothing here knows what the tasks are.
"""
