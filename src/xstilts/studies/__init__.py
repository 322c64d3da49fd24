"""Which runs: a study is declared, planned as steps with digests, done by workers, and recorded. No torch here."""
