"""What is kept: the store of runs, their records, what other studies need of them, and how they are looked over."""
