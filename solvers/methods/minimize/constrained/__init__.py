"""Steps for problems with constraints, in a trust region: parts of `trust_constr`."""
