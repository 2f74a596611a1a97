"""Tables and plot of the exposure benchmark, from the figures of one run."""

import math

PEERS = ("PostgreSQL", "SQLite")
# Question, the bound in ms at a million people, and how many times PostgreSQL's best shape.
BOUNDS = [("count-whole", "people affected, whole district", 2, 1000),
          ("summary-whole", "every histogram, whole district", 25, 250),
          ("list-whole", "list with element sets, whole district", None, None),
          ("count-one", "people affected, one school, one year", 0.5, 50),
          ("list-one", "list, one school, one year", 0.5, 50),
          ("summary-one", "every histogram, one school, one year", 0.5, 50),
          ("count-schools", "people affected, 100 schools, three years", None, None),
          ("summary-schools", "every histogram, 100 schools, three years", None, None)]


def number(value):
    """Three digits that count."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def times_text(ratio):
    return "-" if ratio is None else f"{number(ratio)}x"


def best(run, peer, key):
    """The fastest shape of a question and its median; None if it was not asked."""
    shapes = run.get(peer, {}).get("questions", {}).get(key, {})
    finished = {shape: value["median"] for shape, value in shapes.items() if "median" in value}
    if not finished:
        return None, None
    shape = min(finished, key=finished.get)
    return finished[shape], shape


def spread(value):
    """Median with the range in brackets."""
    if value is None:
        return "-"
    if "missing" in value:
        return "not measured"
    return f"{number(value['median'])} ({number(value['min'])}-{number(value['max'])})"


def verdict(value, bound, lower_is_better=True):
    if bound is None or value is None:
        return ""
    met = value <= bound if lower_is_better else value >= bound
    if met:
        return "met"
    factor = value / bound if lower_is_better else bound / value
    return f"**missed** by {factor:.2f}x"


def question_table(run):
    lines = ["| question | Rollcall ms | PostgreSQL best | shape | SQLite best | of PostgreSQL | "
             "bound | |", "|---|---:|---:|---|---:|---:|---|---|"]
    for key, text, bound_ms, bound_ratio in BOUNDS:
        ours = run["engine"][key]
        postgres, shape = best(run, "PostgreSQL", key)
        sqlite, _ = best(run, "SQLite", key)
        ratio = postgres / ours["median"] if postgres else None
        bound = "" if bound_ms is None else f"{bound_ms:g} ms, {bound_ratio:,}x"
        words = []
        if bound_ms is not None:
            words = [verdict(ours["median"], bound_ms), verdict(ratio, bound_ratio, False)]
        cells = [text, spread(ours), number(postgres), shape or "-", number(sqlite),
                 times_text(ratio), bound, ", ".join(filter(None, words))]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def other_rows(run):
    """(text, figure, bound, verdict) of what has no table of its own."""
    calls, engine = run["calls"], run["engine"]
    people = run["people"]

    def median(key):
        value = calls.get(key, {})
        return value.get("median") if isinstance(value, dict) else None

    def row(text, value, shown, bound, bound_value, lower=True):
        return (text, shown, bound, verdict(value, bound_value, lower))

    rows = [
        row("all 1,500 vendors, counts, two threads", engine["count-all"]["median"],
            f"{spread(engine['count-all'])} ms", "2 s", 2000),
        row("all 1,500 vendors, full summaries, two threads", engine["summary-all"]["median"],
            f"{spread(engine['summary-all'])} ms", "6 s", 6000),
        row("all 1,500 vendors as the server keeps them, from cold",
            engine["portfolio-cold"]["median"], f"{spread(engine['portfolio-cold'])} ms", "2 s",
            2000),
        ("the same by `ListVendorExposures`, nothing changed",
         f"{spread(calls['rpc-vendors-kept'])} ms", "0", ""),
        ("the same after one share changed", f"{spread(calls['rpc-vendors-one-changed'])} ms",
         "one vendor", ""),
    ]
    stream = median("rpc-stream")
    rate = calls["rpc-stream-people"] / stream * 1000
    rows += [
        row("stream of everybody with element sets, TLS, decoded", rate,
            f"{rate:,.0f} people/s ({number(stream)} ms)", "2,000,000 people/s", 2e6, False),
        ("memory that client and server gained by streaming",
         f"{calls['rpc-stream-client-kb']:,.0f} and {calls['server-stream-kb']:,.0f} kB",
         "constant", ""),
        row("one person, all vendors", median("rpc-person"), f"{spread(calls['rpc-person'])} ms",
            "2 ms", 2),
        row("the same for somebody in five open cases", median("rpc-person-in-cases"),
            f"{spread(calls['rpc-person-in-cases'])} ms", "2 ms", 2),
        row(f"record a transfer of {calls['ids']:,.0f} ids, durable", median("rpc-record"),
            f"{spread(calls['rpc-record'])} ms", "150 ms", 150),
        row(f"check a transfer of {calls['ids']:,.0f} ids", median("rpc-check"),
            f"{spread(calls['rpc-check'])} ms", "50 ms", 50),
    ]
    case = median("rpc-case")
    if case and "bitmaps_ms" in calls:
        bare = calls["bitmaps_ms"]["median"]
        rows.append(row("open a case, against writing its bitmaps bare", case / bare,
                        f"{spread(calls['rpc-case'])} ms, {case / bare:.2f}x of {number(bare)} ms",
                        "3x", 3))
        notices = run.get("PostgreSQL", {}).get("notices")
        if notices:
            insert = min(value["median"] for value in notices.values())
            rows.append(row("the same against a row each in PostgreSQL", insert / case,
                            f"{insert / case:,.0f}x of {number(insert)} ms", "200x", 200, False))
    peak = calls["server_peak_kb"] * 1024 / people
    start = run["start_ms"]["median"]
    rows += [
        ("memory of the snapshot", f"{engine['world_bytes'] / people:.0f} bytes/person", "", ""),
        row("memory of the whole server at its peak, after all calls", peak,
            f"{peak:.0f} bytes/person", "300 bytes/person", 300),
        row("start-up until SERVING, from the image", start, f"{spread(run['start_ms'])} ms",
            "2 s", 2000),
        row("start-up until SERVING, the first time, from the rows", run["start_first_ms"],
            f"{number(run['start_first_ms'])} ms", "2 s", 2000),
    ]
    for callers in (1, 8, 64):
        server, echo = calls[f"server-calls-{callers}"], calls[f"echo-calls-{callers}"]
        rows.append(row(f"unary calls, {callers} at a time, TLS", server / echo,
                        f"{server:,.0f}/s of {echo:,.0f}/s, {server / echo:.0%}", "80 %", 0.8,
                        False))
    return rows


def tables(figures):
    machine = figures["machine"]
    lines = [f"{machine['cores']} cores, {machine['memory_gib']} GiB of memory."]
    for run in figures["runs"]:
        engine = run["engine"]
        affected, cells, sets = (engine[f"{key}-whole"] for key in ("people", "cells", "sets"))
        lines += ["", f"### {run['people']:,} people", "",
                  f"The whole-district vendor has {affected:,.0f} people affected, with "
                  f"{cells:,.0f} fields in {sets:,.0f} different sets.", ""]
        lines += question_table(run)
        lines.append("")
        for peer in PEERS:
            vendors = run.get(peer, {}).get("vendors")
            if vendors:
                estimate = vendors["estimated_ms"]
                lines.append(
                    f"{peer}, counts of all vendors: {estimate / 1000:,.0f} s, estimated from "
                    f"{vendors['sampled']} of them in {vendors['sampled_ms']:,.0f} ms; "
                    f"{estimate / engine['count-all']['median']:,.0f}x.")
        lines += ["", "| | measured | bound | |", "|---|---:|---|---|"]
        lines += [f"| {text} | {shown} | {bound} | {met} |"
                  for text, shown, bound, met in other_rows(run)]
        lines += ["", "| call over TLS | ms |", "|---|---:|"]
        for key, text in (("rpc-summary-whole", "summary, whole district, not asked before"),
                          ("rpc-summary-whole-digest", "the same with its digest"),
                          ("rpc-summary-kept", "summary asked again, digest kept"),
                          ("rpc-summary-one", "summary, one school, one year"),
                          ("rpc-summary-schools", "summary, 100 schools, three years")):
            lines.append(f"| {text} | {spread(run['calls'][key])} |")
    return "\n".join(lines)


def plot(figures, path):
    """Time by size of the district, one panel for each question."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "rollcall"
    from matplotlib import pyplot

    runs = figures["runs"]
    panels = [("count-whole", "people affected, whole district"),
              ("summary-whole", "every histogram, whole district"),
              ("list-whole", "list with element sets, whole district"),
              ("count-one", "people affected, one school, one year"),
              ("vendors", "counts of 1,500 vendors"),
              ("start", "start-up until SERVING")]
    figure, axes = pyplot.subplots(2, 3, figsize=(12, 7), sharex=True)
    for axis, (key, title) in zip(axes.flat, panels):
        series = {"Rollcall": [], "PostgreSQL, best shape": [], "SQLite, best shape": []}
        for run in runs:
            size = run["people"]
            if key == "start":
                series["Rollcall"].append((size, run["start_ms"]["median"]))
                continue
            ours = "count-all" if key == "vendors" else key
            series["Rollcall"].append((size, run["engine"][ours]["median"]))
            for peer in PEERS:
                value = (run.get(peer, {}).get("vendors", {}).get("estimated_ms")
                         if key == "vendors" else best(run, peer, key)[0])
                if value is not None:
                    series[f"{peer}, best shape"].append((size, value))
        values = [value for points in series.values() for _, value in points]
        for (name, points), marker in zip(series.items(), "os^"):
            if points:
                axis.plot(*zip(*points), marker=marker, label=name)
        axis.set(xscale="log", yscale="log",
                 ylim=(10 ** math.floor(math.log10(min(values) * 0.9)),
                       10 ** math.ceil(math.log10(max(values) * 1.1))))
        axis.set_title(title, fontsize=10)
        axis.set_xticks([run["people"] for run in runs],
                        [f"{run['people'] // 1000:,} k" for run in runs])
        axis.minorticks_off()
        axis.grid(True, which="major", alpha=0.3)
    for axis in axes[:, 0]:
        axis.set_ylabel("ms")
    for axis in axes[1]:
        axis.set_xlabel("people")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=3)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    figure.savefig(path, metadata={"Date": None, "Creator": None})
