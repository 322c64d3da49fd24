"""Before anything runs: the plan with its digests, what it costs, what it warns of."""
