"""A synthetic table: three routes by four exams by thirteen invented languages by three seeds, with known gains."""

from __future__ import annotations

import numpy as np
import polars as pl

from xstilts.findings.account import Account, RunNote

PIVOT = "lab-piv"
DISTANCE = {
    PIVOT: 0.0,
    "lab-near": 0.25,
    "lab-near-sov": 0.25,
    "lab-near-script": 0.27,
    "lab-near-case": 0.3,
    "lab-near-small": 0.33,
    "lab-near-new": 0.4,
    "lab-mid": 0.5,
    "lab-far-sov": 0.8,
    "lab-far-vso": 0.86,
    "lab-near-lex": 0.9,
    "lab-far-new": 1.0,
    "lab-twin": 0.26,
}
GAIN = {
    "squad1": {"lab-xquad": 6.0, "lab-panx": 0.3, "lab-xnli": -0.2, "lab-tatoeba": 9.0},
    "mnli": {"lab-xquad": 1.5, "lab-panx": -0.6, "lab-xnli": 3.0, "lab-tatoeba": -7.0},
    "ccg": {"lab-xquad": -2.5, "lab-panx": 0.8, "lab-xnli": -0.1, "lab-tatoeba": 1.0},
}
EXAMS = {"lab-xquad": ("span", "f1", 45), "lab-panx": ("tag", "f1", 60), "lab-xnli": ("classify", "accuracy", 62)}
EXAMS["lab-tatoeba"] = ("retrieve", "accuracy", 30)


def synthetic(*, seeds: tuple[int, ...] = (1, 2, 3), spread: float = 0.3) -> pl.DataFrame:
    """The long table. Seeds share noise between routes, as paired runs do; a gain fades with distance."""
    draw = np.random.default_rng(7)
    rows = []
    for exam, (form, metric, base) in EXAMS.items():
        langs = [lang for lang in DISTANCE if not (lang == PIVOT and form == "retrieve")]
        for seed in seeds:
            shared = draw.normal(0, 1.5, len(langs))
            for route in ("none", *GAIN):
                gain = GAIN.get(route, {}).get(exam, 0.0)
                whole = draw.normal(0, spread)
                for place, lang in enumerate(langs):
                    faded = gain * (1.3 - 0.6 * DISTANCE[lang]) if gain else 0.0
                    value = base + 12 - 30 * DISTANCE[lang] + shared[place] + faded + whole + draw.normal(0, spread)
                    value = float(np.clip(value, 0, 100))
                    rows.append((route, exam, form, lang, lang == PIVOT, seed, metric, True, value))
    names = ["route", "exam", "form", "lang", "pivot", "seed", "metric", "main", "value"]
    table = pl.DataFrame(rows, schema=names, orient="row")
    return table.with_columns(
        study=pl.lit("lab-demo"),
        encoder=pl.lit("lab"),
        n=pl.lit(200),
        digest=pl.concat_str("route", "exam", "seed", separator="/"),
        health=pl.lit("ok"),
    )


def account() -> Account:
    """How the synthetic runs came about: one of them collapsed."""
    notes = [
        RunNote(
            digest=f"{place:016x}",
            kind="train",
            label=f"{route} → {exam}",
            seed=seed,
            steps=300,
            loss=0.41,
            dev="accuracy 71.5",
            seconds=38.0,
            health="collapsed" if (route, exam, seed) == ("ccg", "lab-panx", 2) else "ok",
            why="one label for every dev example" if (route, exam, seed) == ("ccg", "lab-panx", 2) else "",
        )
        for place, (route, exam, seed) in enumerate(
            (route, exam, seed) for route in ("none", *GAIN) for exam in EXAMS for seed in (1, 2, 3)
        )
    ]
    return Account(
        study="lab-demo",
        question="Which intermediate task helps which exam, zero-shot, in languages that no task was trained in?",
        encoder="lab",
        about_encoder="package:lab, 3 layers, width 128",
        seeds=(1, 2, 3),
        lab=True,
        recipes=(("intermediate", "AdamW at 0.001, 300 steps of 32"), ("target", "AdamW at 0.001, 2 epochs of 32")),
        packages={"xstilts": "0.1.0", "torch": "2.13.0", "transformers": "5.23.0"},
        machines=("Linux x86_64, Python 3.11.9, cpu",),
        started="2026-03-02 09:14",
        ended="2026-03-02 09:52",
        seconds=2280.0,
        runs=tuple(notes),
        planned=len(notes) + 1,
        missing=("ccg → lab-xnli, seed 3",),
        warnings=("mnli → lab-xnli: the same task twice, lab-mnli before lab-mnli.",),
    )
