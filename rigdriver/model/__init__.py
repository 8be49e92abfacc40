"""The audio-to-rig network: what hears speech and answers with curves.

`frontend`, `settings` and `runtime` are light (NumPy, onnxruntime); `network` and `export` need PyTorch and are
imported only by training and by `--engine torch`.
"""
