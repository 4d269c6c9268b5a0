"""How matrix-vector products are taken; private to `landscape.curvature`."""
