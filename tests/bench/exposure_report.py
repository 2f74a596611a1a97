"""Tables and plot of the exposure benchmark, from the figures of one run."""

PEERS = ("PostgreSQL", "SQLite")


def tables(figures):
    return "TODO"
