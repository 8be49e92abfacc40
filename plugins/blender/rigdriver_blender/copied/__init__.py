"""rigdriver's own modules, word for word (`build.py --copies`); a test holds them to their originals."""
