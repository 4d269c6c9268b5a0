"""How Hessian-vector products are computed; private to `landscape.curvature`."""
