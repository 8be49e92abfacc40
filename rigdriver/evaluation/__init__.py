"""How good is it? Figures on test splits, always beside what a trivial answer would get."""
