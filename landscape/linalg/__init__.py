"""Eigenvalues, spectra and traces of symmetric operators, whatever they are operators of."""
