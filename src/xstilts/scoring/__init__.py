"""Scoring: the measures of the field, as the official scorers compute them. Plain functions; numpy and nothing heavier.

Percentages unless a name or a docstring says otherwise. `cases/` reads gold and predictions from a folder and scores
them; the floors above call the functions.
"""
