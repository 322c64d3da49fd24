"""Figures of published tables, computed from the tables by the package's own functions, beside those that are given.

    python bench/published_figures.py TABLES            a table in Markdown: figure, given, ours, whether they agree
    python bench/published_figures.py TABLES --all      every figure, not one line a group

TABLES is a folder of tables with `figures.json`, the figures to be met. What stands below is declarations: which rows,
which groups, which function. The functions are `xstilts.findings`'; none of them knows these tables.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from xstilts.findings.pairs import pairs
from xstilts.findings.rankings import mean_elsewhere, rank_sources, relative_to_own
from xstilts.findings.relations import Correlation, least_squares, random_intercepts, spearman
from xstilts.findings.replay import published_frame, read_facts, read_table, runs_of
from xstilts.findings.resample import bootstrap

MDEBERTA = "microsoft/mdeberta-v3-base"
XLMR = "FacebookAI/xlm-roberta-large"
BAVARIAN = ("bar-x-ba", "bar-x-muc", "bar-x-st")
DIALECTS = (*BAVARIAN, "gsw")
ENOUGH = 10
"""Features that two languages must share, so that their distance means something."""


class Tables:
    """A folder of tables, each read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scores = cache(self._scores)
        self.facts = cache(self._facts)

    def _scores(self, name: str) -> pl.DataFrame:
        """The long table of a table of results: what a store would give back."""
        return published_frame(runs_of([read_table(self.folder / f"{name}.csv.gz")]))

    def _facts(self, name: str) -> pl.DataFrame:
        return read_facts(self.folder / f"{name}.csv.gz")

    def column(self, table: str, key: str, value: str) -> dict[str, Any]:
        """One column of a table of facts, by another."""
        return dict(self.facts(table).select(key, value).iter_rows())


class Drawn:
    """A mean with its bootstrap interval, and where the ends may lie with another generator of random numbers.

    Of 10,000 draws 2.5% ± 0.5% lie beyond an end (three standard errors). With three seeds and three languages there
    are few different means to draw, so that such an end can jump.
    """

    def __init__(self, gains: np.ndarray) -> None:
        self.mean = float(gains.mean())
        self.low, self.high = bootstrap(gains)
        (low, high), (inner_low, inner_high) = (bootstrap(gains, level=level) for level in (0.96, 0.94))
        self.lows, self.highs = (low, inner_low), (inner_high, high)

    def agrees(self, given: list[float]) -> bool:
        """Whether a given mean and interval are these."""
        inside = (
            bounds[0] - ROUNDED <= end <= bounds[1] + ROUNDED
            for end, bounds in zip(given[1:], (self.lows, self.highs), strict=True)
        )
        return _close(given[0], self.mean) and all(inside)


ROUNDED = 0.05
"""What a bootstrap's end moves by from draw to draw where it does not jump, and by rounding."""


# --- auxtasks_bavarian_sid: gains, their spread, and distance


def auxtasks(tables: Tables) -> dict[str, Any]:
    """Paired gains over plain mDeBERTa by groups of languages; claims; gains and distance."""
    table = tables.scores("auxtasks_bavarian_sid").filter(pl.col("encoder") == MDEBERTA)
    gained = pairs(table, baseline="none")
    groups = {
        "dialects": pl.col("lang").is_in(DIALECTS),
        "bavarian3": pl.col("lang").is_in(BAVARIAN),
        "others": ~pl.col("lang").is_in(DIALECTS),
    }
    rows = []
    for (route, regime), condition in gained.group_by("route", "regime", maintain_order=True):
        row: dict[str, Any] = {"route": route.split(" ")[0], "regime": regime}
        for exam in ("slot_filling", "intent"):
            part = condition.filter(pl.col("exam") == exam)
            row |= {f"{exam}_{name}": _with_interval(part.filter(which)) for name, which in groups.items()}
        rows.append(row)
    by_condition = gained.filter(groups["bavarian3"] & (pl.col("exam") != "slot_intent"))
    by_condition = by_condition.group_by("regime", "exam", "route").agg(pl.col("gain").mean())
    return {
        "gain_over_mdeberta [mean, lo, hi]": rows,
        "claims_bavarian3": {
            f"{regime}|{exam}": {
                "conditions": len(part),
                "positive": int((part["gain"] > 0).sum()),
                "mean": part["gain"].mean(),
                "lowest": part["gain"].min(),
                "sd": part["gain"].std(),
            }
            for (regime, exam), part in by_condition.group_by("regime", "exam")
        },
        **_by_distance(tables, table, gained),
    }


def _with_interval(part: pl.DataFrame) -> Drawn:
    return Drawn(part.pivot("lang", index="seed", values="gain").drop("seed").to_numpy())


def _by_distance(tables: Tables, table: pl.DataFrame, gained: pl.DataFrame) -> dict[str, Any]:
    known = tables.facts("distances")
    far = {name: tables.column("distances", "language", f"syntactic_{name}") for name in ("obs", "knn")}
    enough = set(known.filter(pl.col("syntactic_n") >= ENOUGH)["language"])
    langs = sorted(lang for lang in set(table["lang"]) - set(DIALECTS) - {"en"} if lang in enough)

    def against(rows: pl.DataFrame, value: str, measure: str) -> list[Any]:
        mean = dict(rows.group_by("lang").agg(pl.col(value).mean()).iter_rows())
        return _told(spearman([mean[lang] for lang in langs], [far[measure][lang] for lang in langs]))

    slots = gained.filter(pl.col("exam") == "slot_filling")
    base = table.filter((pl.col("exam") == "slot_filling") & (pl.col("route") == "none"))
    return {
        "languages_with_distance_outside_dialects": langs,
        **{f"baseline_slots_vs_syntactic_{name}_rho": against(base, "value", name) for name in far},
        "slot_gain_vs_syntactic [obs rho,p,n][knn rho,p,n]": {
            f"{route.split(' ')[0]}|{regime}": [against(part, "gain", name) for name in far]
            for (route, regime), part in slots.group_by("route", "regime")
        },
        "slot_gain_mean_of_14_conditions_vs_distance": {name: against(slots, "gain", name) for name in far},
    }


def _told(found: Correlation) -> list[Any]:
    return [found.rho, found.p, found.n]


# --- litmus_sumeval: mixes of languages, modelled with languages of their own level


def litmus(tables: Tables) -> dict[str, Any]:
    """Configurations, cells, and what the nearest language of the mix brings where the target is not in it."""
    table = tables.scores("litmus_sumeval")
    numbers = ("n_train_own", "n_train_total")
    table = table.with_columns(*(pl.col(name).cast(pl.Float64) for name in numbers))
    named = pl.concat_str("encoder", "target_task", separator="|")

    def configs(rows: pl.DataFrame) -> dict[str, int]:
        return dict(rows.group_by(named.alias("whose")).agg(pl.col("config_id").n_unique()).sort("whose").iter_rows())

    found: dict[str, Any] = {
        "rows": len(table),
        "configs": configs(table),
        "english_only_configs": configs(table.filter(pl.col("source_languages") == "en")),
    }
    plain = table.filter((pl.col("encoder") == XLMR) & pl.col("split").is_in(["sumeval-train", "sumeval-test"]))
    for (task,), rows in plain.group_by("target_task"):
        if task in ("udpos", "wikiann", "xnli"):
            found[str(task)] = _mixes(tables, rows)
    return found


def _mixes(tables: Tables, rows: pl.DataFrame) -> dict[str, Any]:
    overlap = {
        frozenset(pair): value
        for model, *pair, value in tables.facts("litmus_type_overlap").iter_rows()
        if model == rows["encoder"][0]
    }
    away = rows.filter(pl.col("n_train_own") == 0)
    mixes = [mix.split("+") for mix in away["source_languages"]]
    nearest = [
        max((overlap[pair] for source in mix if (pair := frozenset((lang, source))) in overlap), default=None)
        for lang, mix in zip(away["lang"], mixes, strict=True)
    ]
    variables = {
        "overlap": nearest,
        "log_examples": [math.log(total) for total in away["n_train_total"]],
        "languages": [len(mix) for mix in mixes],
    }
    slope = random_intercepts(away["value"].to_list(), variables, away["lang"].to_list()).slopes["overlap"]
    own = rows.group_by("lang", (pl.col("n_train_own") > 0).alias("own")).agg(pl.col("value").mean())
    own = own.pivot("own", index="lang", values="value").drop_nulls()
    brought = own.with_columns(more=pl.col("true") - pl.col("false")).sort("more")
    return {
        "cells": len(rows),
        "zero_shot_cells": len(away),
        "overlap_coef": slope.value,
        "overlap_se": slope.error,
        "overlap_p": slope.p,
        "own_minus_not_max": {brought["lang"][-1]: brought["more"][-1]},
        "own_minus_not_median": brought["more"].median(),
    }


# --- prompt_transferability: ranking the tasks to train on first


def prompts(tables: Tables) -> dict[str, Any]:
    """Same family against others, and how well predictors rank the sources."""
    table = tables.scores("prompt_transferability")
    return {str(model): _prompts(tables, str(model), rows) for (model,), rows in table.group_by("encoder")}


def _prompts(tables: Tables, model: str, rows: pl.DataFrame) -> dict[str, Any]:
    family = tables.column("prompt_tasks", "task", "family")
    classifies = {
        task for task, kind in tables.column("prompt_tasks", "task", "output").items() if kind != "generation"
    }
    scores: dict[str, dict[str, float]] = {}
    for target, source, value in rows.select("target_task", "route", "value").iter_rows():
        scores.setdefault(target, {})[source.split(" ")[0]] = value
    ours = {
        target: {source: value for source, value in by_source.items() if source in classifies}
        for target, by_source in scores.items()
        if target in classifies
    }
    shares = relative_to_own(ours)
    guesses = {
        name: _similarity(tables, model, name) for name in ("cos_concat", "cos_token_mean", "euclid_sim_concat")
    } | {
        "family": {t: {s: float(family[s] == family[t]) for s in by_source} for t, by_source in shares.items()},
        "source_mean_elsewhere": mean_elsewhere(shares),
    }
    ranked = {name: rank_sources(shares, guess, points=ours) for name, guess in guesses.items()}
    same, other = _by_family(shares, family)
    found: dict[str, Any] = {
        "targets": len(scores),
        "sources": len({source for by_source in scores.values() for source in by_source} - {"none"}),
        "classification_tasks": len(ours),
        "same_family": same,
        "other_family": other,
        "ranking": {
            name: {
                "targets": one.targets,
                "spearman": one.spearman,
                "ndcg3": one.ndcg,
                "regret1": one.regret1,
                "regret3": one.regret3,
            }
            for name, one in ranked.items()
        },
    }
    if any("none" in by_source for by_source in scores.values()):
        over = {t: {s: ours[t][s] - scores[t]["none"] for s in shares[t]} for t in shares}
        same, other = _by_family(over, family)
        found["mean_gain_over_random_prompt"] = {"same_family": same, "other_family": other}
    return found


def _similarity(tables: Tables, model: str, name: str) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    rows = tables.facts("prompt_similarity").filter(pl.col("model") == model)
    for one, other, value in rows.select("source_task", "target_task", name).iter_rows():
        found.setdefault(other, {})[one] = value
        found.setdefault(one, {}).setdefault(other, value)
    return found


def _by_family(values: Mapping[str, Mapping[str, float]], family: Mapping[str, str]) -> tuple[float, float]:
    parts: dict[bool, list[float]] = {True: [], False: []}
    for target, by_source in values.items():
        for source, value in by_source.items():
            parts[family[source] == family[target]].append(value)
    return sum(parts[True]) / len(parts[True]), sum(parts[False]) / len(parts[False])


# --- mteb_bitext: two encoders language by language


def mteb(tables: Tables) -> dict[str, Any]:
    """Means over languages, and the difference of two encoders against distance and pretraining."""
    table = tables.scores("mteb_bitext")
    tatoeba = table.filter((pl.col("dataset") == "Tatoeba") & (pl.col("metric") == "f1"))
    known = tables.facts("distances").filter((pl.col("syntactic_n") >= ENOUGH) & pl.col("syntactic_obs").is_not_null())
    near = tatoeba.filter(pl.col("lang").is_in(known["language"].to_list()))
    encoders = {
        "moe": "nomic-ai/nomic-embed-text-v2-moe",
        "e5_base": "intfloat/multilingual-e5-base",
        "labse": "sentence-transformers/LaBSE",
        "random": "mteb/baseline-random-encoder",
    }

    def means(rows: pl.DataFrame) -> dict[str, Any]:
        return {name: rows.filter(pl.col("encoder") == one)["value"].mean() for name, one in encoders.items()}

    sides = tatoeba.with_columns(route="encoder", encoder=pl.lit("both"))
    sides = sides.filter(pl.col("route").is_in([encoders["moe"], encoders["e5_base"]]))
    gained = dict(pairs(sides, baseline=encoders["e5_base"]).select("lang", "gain").iter_rows())
    far = tables.column("distances", "language", "syntactic_obs")
    close = sorted(set(near["lang"]))
    langs = sorted(gained)
    sentences = tables.column("languages", "language", "glot500_sentences")
    script = tables.column("languages", "language", "script")
    knn = tables.column("distances", "language", "syntactic_knn")
    seen = tables.column("languages", "language", "in_xlmr")
    fit = least_squares(
        [gained[lang] for lang in langs],
        {
            "dist": [knn.get(lang) for lang in langs],
            "lg": [None if sentences.get(lang) is None else math.log1p(sentences[lang]) for lang in langs],
            "inx": [seen.get(lang) for lang in langs],
            "latin": [float(script.get(lang) == "Latn") for lang in langs],
        },
    )
    return {
        "models": dict(table.group_by("dataset").agg(pl.col("encoder").n_unique()).iter_rows()),
        "languages": len(close),
        "mean_f1": means(near),
        "mean_f1_all112": means(tatoeba),
        "moe_minus_e5_vs_syntactic_obs": _told(
            spearman([gained[lang] for lang in close], [far[lang] for lang in close])
        ),
        "moe_minus_e5_ols [coef, p]": {
            name: [slope.value, slope.p] for name, slope in fit.slopes.items() if name != "intercept"
        },
        "moe_minus_e5_ols_n": fit.n,
    }


# --- setfit_amazon: set-ups, re-run noise, suspect rows


def setfit(tables: Tables) -> dict[str, Any]:
    """Mean errors by set-up; what two trainings on the same data differ by; rows that the source copied."""
    table = tables.scores("setfit_amazon").with_columns(error=pl.col("mae_x100").cast(pl.Float64))
    few = table.filter(pl.col("shots") == "64").group_by("lang", "setup").agg(pl.col("error").mean())
    errors = {(lang, setup): value for lang, setup, value in few.iter_rows()}
    suspect = table.filter(pl.col("note").str.starts_with("suspect"))
    twice = table.filter(
        (pl.col("lang") == "en") & pl.col("setup").is_in(["en", "each"]) & pl.col("seed").is_not_null()
    )
    twice = twice.pivot("setup", index=["encoder", "shots", "seed"], values="error")
    twice = twice.with_columns(
        named=pl.concat_str("encoder", "shots", separator="|"), more=pl.col("en") - pl.col("each")
    )
    guessed = table.filter((pl.col("encoder") == "FacebookAI/xlm-roberta-base") & (pl.col("shots") == "8"))
    eight = suspect.filter(pl.col("shots") == "8")
    return {
        "64_shots_mae_x100 [en, each, all]": {
            lang: [errors[lang, setup] for setup in ("en", "each", "all")] for lang in sorted(set(few["lang"]))
        },
        "suspect_full_rows": sorted(suspect.filter(pl.col("shots") == "full")["lang"]),
        "suspect_8_shot_rows": sorted(f"{lang}-{seed}" for lang, seed in eight.select("lang", "seed").iter_rows()),
        "english_en_minus_each_sd (same data, trained twice)": dict(
            twice.group_by("named").agg(pl.col("more").std()).iter_rows()
        ),
        "xlmr_8_shots_share_of_runs_no_better_than_always_3_stars (MAE x100 >= 120)": (guessed["error"] >= 120).mean(),
    }


# --- machamp_ud28: treebanks without training data


def machamp(tables: Tables) -> dict[str, Any]:
    """Zero-shot treebanks under five set-ups, and what mixing adds to the proxy's model."""
    table = tables.scores("machamp_ud28")
    away = table.filter(pl.col("zero_shot_treebank") == "1")
    unseen = away.filter(pl.col("language_has_training") == "0")
    found: dict[str, Any] = {
        "treebanks": table["dataset"].n_unique(),
        "zero_shot_treebanks": away["dataset"].n_unique(),
        "zero_shot_languages_without_training": unseen["lang"].n_unique(),
    }

    def means(rows: pl.DataFrame, metric: str) -> dict[str, float]:
        part = rows.filter(pl.col("metric") == metric)
        return dict(part.group_by("setup").agg(pl.col("value").mean()).sort("setup").iter_rows())

    gained = pairs(away, baseline="none (self)").filter(pl.col("route") == "none (concat.smoothed)")
    for metric in ("upos", "las"):
        found[f"zero_shot_mean_{metric}"] = means(away, metric)
        found[f"zero_shot_mean_{metric}_language_unseen"] = {
            **means(unseen, metric),
            "treebanks": unseen["dataset"].n_unique(),
        }
        more = gained.filter(pl.col("metric") == metric)["gain"].to_numpy()
        # One mean over three seeds that nobody gives apart: treebanks alone are drawn again.
        found[f"concat.smoothed_minus_proxy_{metric}"] = Drawn(more[None, :])
    return found


# --- euroeval_encoders: encoders over the data sets that all of them share


PRIMARY = {
    "linguistic_acceptability": "mcc",
    "ner": "micro_f1_no_misc",
    "reading_comprehension": "f1",
    "sentiment": "mcc",
}


def euroeval(tables: Tables) -> dict[str, Any]:
    """Counts, and means of five encoders where all five were scored."""
    table = tables.scores("euroeval_encoders")
    five = (XLMR, MDEBERTA, "jhu-clsp/mmBERT-base", "google/rembert", "fresh-xlm-roberta-base")
    main = table.filter(pl.col("encoder").is_in(five) & (pl.col("metric") == pl.col("target_task").replace(PRIMARY)))
    shared = main.filter(pl.col("encoder").n_unique().over("dataset") == len(five))
    means = shared.group_by("target_task", "encoder").agg(pl.col("value").mean()).sort("target_task", "encoder")
    by_task: dict[str, dict[str, float]] = {}
    for task, encoder, value in means.iter_rows():
        by_task.setdefault(task, {})[encoder] = value
    half = main.group_by("encoder").agg(pl.col("ci95").cast(pl.Float64).median())
    return {
        "encoders": table["encoder"].n_unique(),
        "languages": table["lang"].n_unique(),
        "datasets": table["dataset"].n_unique(),
        "common_datasets": shared["dataset"].n_unique(),
        "mean_primary_score": by_task,
        "median_ci95_half_width": dict(half.iter_rows()),
        "negative_scores": int((table["value"] < 0).sum()),
    }


def distances(tables: Tables) -> dict[str, Any]:
    """Which distance one uses matters."""
    table = tables.facts("distances")
    enough = table.filter(pl.col("syntactic_n") >= ENOUGH)
    column = {name: enough[name].to_list() for name in ("syntactic_obs", "syntactic_knn", "grambank")}
    return {
        "languages": len(table),
        "with_10_shared_syntax_features": len(enough),
        "knn_vs_observed_rho": spearman(column["syntactic_knn"], column["syntactic_obs"]).rho,
        "syntactic_vs_grambank_rho": spearman(column["syntactic_obs"], column["grambank"]).rho,
    }


FIGURES: dict[str, Callable[[Tables], dict[str, Any]]] = {
    "auxtasks_bavarian_sid": auxtasks,
    "litmus_sumeval": litmus,
    "prompt_transferability": prompts,
    "mteb_bitext": mteb,
    "setfit_amazon": setfit,
    "machamp_ud28": machamp,
    "euroeval_encoders": euroeval,
    "distances": distances,
}


# --- comparing


def agreement(given: Any, ours: Any, place: tuple[str, ...] = ()) -> Iterable[tuple[tuple[str, ...], Any, Any, bool]]:
    """Every single figure: where it stands, as given, ours, and whether they agree to the digits that are given."""
    if isinstance(given, dict):
        for name in sorted({*given, *(ours if isinstance(ours, dict) else ())}):
            one = ours.get(name) if isinstance(ours, dict) else None
            yield from agreement(given.get(name), one, (*place, name))
    elif isinstance(given, list) and given and isinstance(given[0], dict):
        keys = [name for name, value in given[0].items() if isinstance(value, str)]
        mine = {tuple(one[key] for key in keys): one for one in ours or []}
        for one in given:
            named = tuple(one[key] for key in keys)
            yield from agreement(one, mine.get(named), (*place, "|".join(named)))
    elif isinstance(ours, Drawn):
        yield place, given, [ours.mean, ours.low, ours.high], ours.agrees(given)
    elif isinstance(given, list):
        same = isinstance(ours, list) and len(ours) == len(given) and all(map(_close, given, ours))
        yield place, given, ours, same
    else:
        yield place, given, ours, _close(given, ours)


def _close(given: Any, ours: Any) -> bool:
    """Equal; numbers to the last digit that is given."""
    if isinstance(given, list):
        return isinstance(ours, list) and len(given) == len(ours) and all(map(_close, given, ours))
    if isinstance(given, float) and isinstance(ours, int | float):
        digits = len(repr(given).split(".")[1])
        return abs(given - ours) <= 0.5 * 10**-digits + 1e-9
    return bool(given == ours)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:.2f}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return "none" if value is None else str(value)


def _lines(rows: list[tuple[tuple[str, ...], Any, Any, bool]], every: bool) -> Iterable[str]:
    yield "| table | figure | given | ours | agrees |\n|---|---|---|---|---|"
    groups: dict[tuple[str, ...], list[tuple[tuple[str, ...], Any, Any, bool]]] = {}
    for row in rows:
        groups.setdefault(row[0][:2] if not every else row[0], []).append(row)
    for place, group in groups.items():
        where, given, ours, _ = group[0]
        agree = sum(row[3] for row in group)
        count = "yes" if agree == len(group) == 1 else f"{agree} of {len(group)}"
        example = f" (first: {', '.join(where[2:])})" if len(group) > 1 else ""
        name = " / ".join(place[1:]).replace("|", "\\|")
        yield f"| {place[0]} | {name}{example.replace('|', ' ')} | {_shown(given)} | {_shown(ours)} | {count} |"


def main() -> None:
    """Print the comparison; exit with 1 if a figure does not agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--all", action="store_true")
    asked = parser.parse_args()
    tables = Tables(asked.tables)
    given = json.loads((asked.tables / "figures.json").read_text("utf-8"))
    ours = {name: FIGURES[name](tables) for name in given if name in FIGURES}
    rows = list(agreement(given, ours))
    print("\n".join(_lines(rows, asked.all)))
    agree = sum(row[3] for row in rows)
    print(f"\n{agree} of {len(rows)} figures agree.")
    sys.exit(agree != len(rows))


if __name__ == "__main__":
    main()
