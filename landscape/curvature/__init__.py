"""Hessian, Gauss-Newton and Fisher operators, and what is measured of them."""
