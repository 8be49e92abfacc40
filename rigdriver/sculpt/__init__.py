"""The built-in head, sculpted by code: `python -m rigdriver.sculpt -o rigs/head.glb`.

Nothing here is traced from a scan or borrowed from another mesh: proportions come from published anthropometry,
forms from melted solids, and every shape from strokes. The result is the file `rigs/head.glb`; nothing else in the
package imports this one.
"""
