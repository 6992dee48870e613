"""The table of ratios."""


def table(documents):
    """Markdown of one or several results."""
    figures = [figure for document in documents for figure in document["figures"]]
    lines = [
        "| model | figure | threads | Isobath | llama.cpp | its setting | ratio | of bandwidth | of int8 peak |",
        "| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |",
    ]
    for figure in figures:
        best = figure["best"]
        lines.append("| " + " | ".join([
            figure["model"], title(figure), str(figure["threads"]), amount(figure, figure["isobath"]["median"]),
            amount(figure, figure["llama_cpp"][best]["median"]) if best else "–", best or "–",
            f"**{figure['ratio']:.2f}**" if figure["ratio"] else "–",
            share(figure, "share_of_bandwidth") if figure["figure"] == "decode" else "–",
            share(figure, "share_of_int8_peak") if figure["figure"] == "prefill" else "–",
        ]) + " |")
    return "\n".join(notes(documents) + [""] + lines)


def notes(documents):
    """What ran where; each only once."""
    lines = []
    for document in documents:
        machine, peer, options = document["machine"] or {}, document["peer"], document["options"]
        lines.append(
            f"{machine.get('processor', 'unknown processor')}, {machine.get('cores', '?')} cores; llama.cpp of "
            f"{peer['package']}, built natively; {options['pairs']} alternating rounds, medians, cache in "
            f"{options['cache_type']}; a ratio above 1 says that Isobath is faster, or smaller.")
        for threads, reads in sorted(bandwidths(document).items()):
            lines.append(
                f"Read bandwidth in between, {threads} thread{'s' if threads > 1 else ''}: "
                f"{min(reads):.1f} – {max(reads):.1f} GB/s.")
        others = [part for figure in document["figures"] for part in figure["others"] if part is not None]
        if others:
            lines.append(f"Other programs took {min(others):.0%} – {max(others):.0%} of the cores meanwhile.")
    return list(dict.fromkeys(lines))


def bandwidths(document):
    found = {}
    for figure in document["figures"]:
        if "read_gb_per_s" in figure:
            found.setdefault(figure["threads"], []).extend(figure["read_gb_per_s"]["values"])
    return found


def title(figure):
    what = {"load": "load, to the first token", "memory": "memory, at most"}.get(figure["figure"], figure["figure"])
    if figure["depth"]:
        what += f" at depth {figure['depth']}"
    if figure["measure"] == "batch":
        what += f", {figure['sequences']} sequence{'s' if figure['sequences'] > 1 else ''}"
    return what


def amount(figure, value):
    if figure["figure"] == "load":
        return f"{value:.2f} s"
    if figure["figure"] == "memory":
        return f"{value / 1e9:.2f} GB"
    return f"{value:.1f} t/s" if value >= 100 else f"{value:.2f} t/s"


def share(figure, name):
    return f"{100 * figure[name]:.0f} %" if figure.get(name) else "–"
